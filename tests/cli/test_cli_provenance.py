"""``provenance inspect`` and ``provenance trust``: what they print, and what they refuse."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cli_home import Home
from manifest_support import certificate, changed, picture, sign
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MAKER = certificate("maker.test")
ROOT = "-----BEGIN" + MAKER.chain.rpartition("-----BEGIN")[2]
LOOPBACK = {"FEDSERVER_NETWORK__ALLOW_HTTP": "true", "FEDSERVER_NETWORK__ALLOW_ADDRESSES": '["127.0.0.0/8"]'}


def test_inspect_as_json(home: Home) -> None:
    path = home.folder / "signed.jpg"
    path.write_bytes(sign(picture(), MAKER))
    found = json.loads(home.run("provenance", "inspect", str(path), "--json").done())
    assert (found["label"], found["reading"], found["has_c2pa"]) == ("ai-generated", "read", True)
    (claim,) = found["claims"]
    assert (claim["basis"], claim["source_type"], claim["tool"], claim["version"], claim["by"]) == (
        *("c2pa", "trainedAlgorithmicMedia", "Dreamer", "1.0"),
        "maker.test",
    )
    assert claim["state"] == {"integrity": "intact", "signature": "valid", "trust": "untrusted"}
    assert [step["relation"] for step in found["chain"]] == ["active"]
    trust = home.folder / "data" / "trust"
    trust.mkdir()
    (trust / "c2pa-signers.pem").write_text(ROOT)
    found = json.loads(home.run("provenance", "inspect", str(path), "--json").done())
    assert found["claims"][0]["state"]["trust"] == "trusted"
    path.write_bytes(changed(path.read_bytes()))
    found = json.loads(home.run("provenance", "inspect", str(path), "--json").done())
    assert (found["label"], found["claims"][0]["state"]["integrity"]) == ("may-contain-ai", "broken")


def test_inspect_in_words_and_without_a_node(empty: Home) -> None:
    texts = PngInfo()
    texts.add_text("parameters", "a cat\nNegative prompt: dogs\nSteps: 20, Sampler: Euler, Seed: 5, Model: dream")
    Image.new("RGB", (9, 9)).save(empty.folder / "cat.png", pnginfo=texts)
    said = empty.run("provenance", "inspect", "cat.png").done()
    for part in ("cat.png: made by AI", "AUTOMATIC1111", "models: dream", "prompt: a cat", "seed: 5", "nobody signed"):
        assert part in said
    (empty.folder / "plain.png").write_bytes(picture())
    assert empty.run("provenance", "inspect", "plain.png").done().startswith("plain.png: unknown")
    assert not (empty.folder / "config.toml").exists()


def test_inspect_refuses(empty: Home) -> None:
    empty.run("provenance", "inspect", "nothing.png").failed(1, "no file nothing.png")
    empty.run("provenance", "inspect").failed(2, "FILE")
    empty.run("--config", "missing.toml", "provenance", "inspect", "x").failed(1, "x")


@contextmanager
def served(answers: dict[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def settings(url: str) -> dict[str, str]:
    return {
        **LOOPBACK,
        "FEDSERVER_NETWORK__ALLOW_PORTS": f"[{url.rpartition(':')[2]}]",
        "FEDSERVER_PROVENANCE__SIGNERS_URL": f"{url}/signers.pem",
        "FEDSERVER_PROVENANCE__TIME_STAMPERS_URL": f"{url}/clocks.pem",
    }


def test_trust_is_fetched_shown_and_never_replaced_by_rubbish(home: Home) -> None:
    folder = home.folder / "data" / "trust"
    nothing = home.run("provenance", "trust", "show")
    assert (nothing.done(), "nobody is trusted" in nothing.err) == ("", True)
    with served({"/signers.pem": ROOT.encode(), "/clocks.pem": MAKER.chain.encode()}) as url:
        lines = home.run("provenance", "trust", "refresh", env=settings(url)).done().splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["signers", "1"], ["time-stampers", "2"]]
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    shown = [line.split("\t") for line in home.run("provenance", "trust", "show").done().splitlines()]
    assert [line[0] for line in shown] == ["signers", "time-stampers", "time-stampers"]
    assert "maker.test media root" in shown[0][2] and len(shown[0][3]) == 64
    with served({"/signers.pem": b"<html>not a list</html>"}) as url:
        failed = home.run("provenance", "trust", "refresh", env=settings(url))
    failed.failed(1, "no certificate in it")
    assert "The lists that were there stay" in failed.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


def test_trust_goes_through_the_guarded_client(home: Home) -> None:
    with served({"/signers.pem": ROOT.encode()}) as url:
        env = {name: value for name, value in settings(url).items() if "ADDRESSES" not in name}
        home.run("provenance", "trust", "refresh", env=env).failed(1, "The lists that were there stay")
    assert not Path(home.folder / "data" / "trust").exists()


def test_a_list_that_was_spoiled_is_told(home: Home) -> None:
    folder = home.folder / "data" / "trust"
    folder.mkdir()
    (folder / "c2pa-signers.pem").write_text("nothing")
    home.run("provenance", "trust", "show").failed(1, "no certificate in it")


def test_inspect_says_why_nothing_is_known(empty: Home) -> None:
    """A manifest that is there and broken, or cannot be read, is not the same as no manifest."""
    signed = sign(picture(), MAKER, source_type="digitalCapture")
    (empty.folder / "broken.jpg").write_bytes(changed(signed))
    assert "unknown: a signed manifest is broken" in empty.run("provenance", "inspect", "broken.jpg").done()
    (empty.folder / "plain.jpg").write_bytes(picture())
    assert "nothing in the file tells" in empty.run("provenance", "inspect", "plain.jpg").done()
