"""Two nodes on loopback: an AI image is posted on one, followed, received, answered and boosted on the other.

``make demo`` runs it. Every signed message is printed as it leaves, and every check as it is made; it ends by itself
with exit code 0 when all of them passed. The picture is the one named on the command line, else the first one of the
corpus folder (``CORPUS``), else it is painted here by a small random neural network.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import math
import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fedserver.app import Node  # noqa: E402
from fedserver.config.load import load  # noqa: E402
from fedserver.jobqueue.delivery import DeliveryWorker  # noqa: E402
from fedserver.kit.clock import now_ms  # noqa: E402
from fedserver.net.answer import Answer  # noqa: E402
from keys.pair import PublicKey  # noqa: E402
from protocol.http.claim import Claim, Verified, read_claim  # noqa: E402
from protocol.http.request import Request  # noqa: E402
from protocol.media import digest_multibase  # noqa: E402
from protocol.proofs import ProofVerified, check_proof  # noqa: E402

WAIT_S = 20.0
COLOUR = sys.stdout.isatty()


def say(text: str, style: str = "") -> None:
    """One line, in colour on a terminal."""
    codes = {"head": "\033[1m", "good": "\033[32m", "message": "\033[36m", "bad": "\033[31m"}
    print(f"{codes[style]}{text}\033[0m" if COLOUR and style else text, flush=True)


class CheckFailed(Exception):
    """The demonstration shows something that must not be."""


def check(name: str, passed: bool, detail: str = "") -> None:
    """Print a check; stop at the first that fails."""
    say(f"  {'ok ' if passed else 'NO '} {name}{': ' + detail if detail else ''}", "good" if passed else "bad")
    if not passed:
        raise CheckFailed(name)


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Side:
    """One node with its one person, driven through the client API as any app would."""

    def __init__(self, folder: Path, name: str, person: str, port: int, others: Mapping[str, int]) -> None:
        self.name, self.person, self.port = name, person, port
        self.url = f"http://127.0.0.1:{port}"
        self.config = folder / "config.toml"
        hosts = ", ".join(f'"{host}" = "127.0.0.1:{there}"' for host, there in others.items())
        self.command("init", "--domain", name, "--base-url", f"http://{name}", "--listen", f"127.0.0.1:{port}",
                     "--data-dir", str(folder / "data"), "--owner", person, "--owner-email", f"{person}@{name}",
                     "--password-stdin", stdin="correct horse battery staple\n")  # fmt: skip
        text = self.config.read_text()
        text = text.replace(
            "[network]\n", f"[network]\nallow_http = true\nallow_addresses = ['127.0.0.0/8']\nhosts = {{ {hosts} }}\n"
        )
        self.config.write_text(text)
        self.token = self.command("token", "create", person, "--scopes", "read write follow").strip()
        self.node = Node(load(self.config, {}))
        self.sent: list[tuple[str, dict[str, Any], Mapping[str, str], bytes]] = []
        self.session: aiohttp.ClientSession | None = None

    def command(self, *words: str, stdin: str = "") -> str:
        """Run ``fedserver`` as a person would; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "fedserver", "--config", str(self.config), *words],
            input=stdin, capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CheckFailed(f"fedserver {words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    async def start(self) -> None:
        """Start the node; whatever it sends is shown."""
        self.node.deliveries = DeliveryWorker(self.node.db, sign=self.node.signer, post=self._shown(self.node.net.post))
        await self.node.start()
        self.session = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {self.token}"})

    async def stop(self) -> None:
        """Stop the node in order."""
        if self.session is not None:
            await self.session.close()
        await self.node.stop()

    def _shown(self, post: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def shown(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            activity = orjson.loads(body)
            scheme = "RFC 9421" if "Signature-Input" in headers else "draft-cavage"
            say(f"  {self.name} -> POST {url}  {activity['type']} ({scheme}, {len(body)} bytes)", "message")
            say(f"      {(headers.get('Signature-Input') or headers['Signature'])[:108]}...")
            answer = await post(url, body, headers)
            say(f"      answered {answer.status}")
            self.sent.append((url, activity, headers, body))
            return answer

        return shown

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """One call of the client API; its JSON."""
        assert self.session is not None
        async with self.session.request(method, path, **more) as response:
            found = await response.json()
            if response.status >= 400:
                raise CheckFailed(f"{method} {path}: {response.status} {found}")
            return found

    async def until(self, what: str, path: str, wanted: Callable[[Any], Any]) -> Any:
        """Ask until something is there; the check fails after ``WAIT_S`` seconds."""
        for _ in range(int(WAIT_S / 0.1)):
            found = wanted(await self.call("GET", path))
            if found:
                check(f"{self.person} sees {what}", True)
                return found
            await asyncio.sleep(0.1)
        check(f"{self.person} sees {what}", False)
        return None


async def verify_message(
    sender: Side, url: str, activity: dict[str, Any], headers: Mapping[str, str], body: bytes
) -> None:
    """Check a message with what anybody can fetch: the sender's actor document."""
    accept = {"Accept": "application/activity+json"}
    actor_path = activity["actor"].removeprefix(f"http://{sender.name}")
    async with aiohttp.ClientSession(sender.url, headers=accept) as session, session.get(actor_path) as response:
        actor = await response.json(content_type=None)
    claim = read_claim(Request("POST", url, tuple(headers.items()), body), now_ms())
    check("digest, date and signed headers are in order", isinstance(claim, Claim), type(claim).__name__)
    assert isinstance(claim, Claim)
    key = PublicKey.from_pem(actor["publicKey"]["publicKeyPem"])
    check("the signature is by the key that the actor publishes", isinstance(claim.verify(key), Verified), claim.key_id)
    if "proof" in activity:
        multikey = PublicKey.from_multikey(actor["assertionMethod"][0]["publicKeyMultibase"])
        proof = check_proof(activity, multikey, now_ms())
        check("the object integrity proof holds (FEP-8b32)", isinstance(proof, ProofVerified))
        changed = {**activity, "published": "1999-01-01T00:00:00Z"}
        check("a changed copy is refused", not isinstance(check_proof(changed, multikey, now_ms()), ProofVerified))


def picture() -> tuple[bytes, str]:
    """The bytes of an AI image, and where it is from."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1]).read_bytes(), sys.argv[1]
    folder = Path(os.environ.get("CORPUS", ROOT.parent / "shared" / "corpus"))
    for name in ("example-assets/ChatGPT_Image.png", "comfyui_examples/lora.png"):
        if (folder / name).is_file():
            return (folder / name).read_bytes(), name
    return paint(), "painted by a small random neural network"


def paint(side: int = 256, seed: int = 11) -> bytes:
    """A picture by a compositional pattern-producing network: four hidden layers, random weights, soft colours."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    rng = random.Random(seed)
    sizes = (5, 14, 14, 14, 14, 3)
    layers = [[[rng.gauss(0, 1.1) for _ in range(n)] for _ in range(m)] for n, m in itertools.pairwise(sizes)]
    tint = [rng.uniform(-0.6, 0.8) for _ in range(3)]
    image = Image.new("RGB", (side, side))
    pixels = image.load()
    assert pixels is not None
    for x in range(side):
        for y in range(side):
            u, v = 2 * x / side - 1, 2 * y / side - 1
            values = [u, v, math.hypot(u, v), math.sin(4 * u + seed) * math.cos(3 * v), 1.0]
            for weights in layers[:-1]:
                values = [math.tanh(sum(w * i for w, i in zip(row, values, strict=True))) for row in weights]
            light = [sum(w * i for w, i in zip(row, values, strict=True)) for row in layers[-1]]
            pixels[x, y] = tuple(
                int(255 / (1 + math.exp(-0.45 * one - shade))) for one, shade in zip(light, tint, strict=True)
            )
    notes = PngInfo()
    notes.add_text("parameters", f"random CPPN, seed {seed}\nSteps: 1, Size: {side}x{side}, Model: cppn-14x4")
    out = BytesIO()
    image.save(out, "PNG", pnginfo=notes)
    return out.getvalue()


async def story(alpha: Side, beta: Side) -> None:
    """What happens, in order."""
    await follow(alpha, beta)
    note, seen = await post(alpha, beta)
    await answer(alpha, beta, note, seen)
    say("\n5. Somebody forges", "head")
    await forge(beta, next(one for one in alpha.sent if one[1]["type"] == "Create"))
    say("\n6. Alice deletes the post", "head")
    await alpha.call("DELETE", f"/api/v1/statuses/{note['id']}")
    await beta.until(
        "that it is gone",
        "/api/v1/timelines/home",
        lambda rows: all(row["uri"] != note["uri"] for row in rows),
    )


async def follow(alpha: Side, beta: Side) -> None:
    """Ben finds Alice by her handle and follows her."""
    say("\n1. Ben, on beta, looks Alice up and follows her", "head")
    found = await beta.call("GET", f"/api/v2/search?resolve=true&q=@alice@{alpha.name}")
    alice = found["accounts"][0]
    check("the handle was confirmed by WebFinger and the actor", alice["acct"] == f"alice@{alpha.name}")
    await beta.call("POST", f"/api/v1/accounts/{alice['id']}/follow")
    await beta.until(
        "the follow accepted",
        f"/api/v1/accounts/relationships?id[]={alice['id']}",
        lambda rows: rows[0]["following"],
    )


async def post(alpha: Side, beta: Side) -> tuple[Any, Any]:
    """Alice posts an image; (her post, what Ben sees of it)."""
    say("\n2. Alice posts an AI image with a text for those who cannot see it", "head")
    data, origin = picture()
    say(f"  picture: {origin} ({len(data)} bytes)")
    form = aiohttp.FormData()
    form.add_field("file", data, filename="picture.png", content_type="image/png")
    form.add_field("description", "What a network dreamed up")
    form.add_field("provenance[declared]", "generated")
    form.add_field("provenance[tool]", "a small random network")
    upload = await alpha.call("POST", "/api/v2/media", data=form)
    note = await alpha.call(
        "POST", "/api/v1/statuses", json={"status": "Fresh from the model #AIgenerated", "media_ids": [upload["id"]]}
    )
    check(
        "the post has its picture and its text",
        note["media_attachments"][0]["description"] == "What a network dreamed up",
    )

    say("\n3. It arrives at Ben's", "head")
    seen = await beta.until(
        "the post in his home timeline",
        "/api/v1/timelines/home",
        lambda rows: next((row for row in rows if row["uri"] == note["uri"]), None),
    )
    message = next(one for one in alpha.sent if one[1]["type"] == "Create")
    await verify_message(alpha, *message)
    published = message[1]["object"]["attachment"][0]
    async with aiohttp.ClientSession() as session:
        path = published["url"].removeprefix(f"http://{alpha.name}")
        async with session.get(alpha.url + path) as response:
            served = await response.read()
    check(
        "the bytes that are served have the digest that was signed",
        digest_multibase(hashlib.sha256(served).digest()) == published["digestMultibase"],
        published["digestMultibase"][:24] + "...",
    )
    copy_path = seen["media_attachments"][0]["url"].removeprefix(f"http://{beta.name}")
    async with aiohttp.ClientSession() as session, session.get(beta.url + copy_path) as response:
        copy = await response.read()
    check("beta serves its readers the same bytes", copy == served, f"{len(copy)} bytes")

    made = await beta.until(
        "how it was made, once beta has checked the bytes",
        f"/api/v1/statuses/{seen['id']}",
        lambda row: _checked(row["media_attachments"][0]["provenance"]),
    )
    check(
        "beta knows who says that it is AI, and that nothing was changed on the way",
        made["integrity"] == "intact",
        made["said"],
    )
    return note, seen


def _checked(made: Any) -> dict[str, str] | None:
    """What the receiver says of a medium, once it has compared the bytes with what was signed."""
    found = [claim for claim in made["claims"] if "digest" in claim["evidence"].get("check", {})]
    said = next((claim["by"] for claim in made["claims"] if claim["basis"] == "declared"), "nobody")
    words = f"{made['label']}, says {said}"
    return {"integrity": found[0]["state"]["integrity"], "said": words} if found else None


async def answer(alpha: Side, beta: Side, note: Any, seen: Any) -> None:
    """Ben answers, likes and boosts; Alice hears of all three."""
    say("\n4. Ben answers, likes and boosts", "head")
    await beta.call(
        "POST", "/api/v1/statuses", json={"status": f"@alice@{alpha.name} lovely!", "in_reply_to_id": seen["id"]}
    )
    await beta.call("POST", f"/api/v1/statuses/{seen['id']}/favourite")
    await beta.call("POST", f"/api/v1/statuses/{seen['id']}/reblog")
    for kind in ("follow", "mention", "favourite", "reblog"):
        await alpha.until(
            f"a notification: {kind}",
            "/api/v1/notifications",
            partial(_has_type, kind),
        )
    counted = await alpha.until(
        "the counts", f"/api/v1/statuses/{note['id']}", lambda row: row if row["reblogs_count"] else None
    )
    counts = (counted["replies_count"], counted["favourites_count"], counted["reblogs_count"])
    check("one answer, one favourite, one boost", counts == (1, 1, 1), str(counts))


def _has_type(kind: str, rows: list[dict[str, Any]]) -> bool:
    return any(row["type"] == kind for row in rows)


async def forge(beta: Side, message: tuple[str, dict[str, Any], Mapping[str, str], bytes]) -> None:
    """An unsigned message, a changed body, and another's name: all refused."""
    _, _, headers, body = message
    kind = {"Content-Type": "application/activity+json", "Host": beta.name}
    async with aiohttp.ClientSession(beta.url) as session:
        async with session.post("/inbox", data=body, headers=kind) as response:
            check("an unsigned message is refused", response.status == 401, str(response.status))
        changed = body.replace(b"Fresh", b"Stale")
        async with session.post("/inbox", data=changed, headers={**headers, **kind}) as response:
            check("a changed body is refused", response.status == 401, str(response.status))


async def main() -> None:
    """Make two nodes, run the story, take them down."""
    with tempfile.TemporaryDirectory(prefix="fedserver-demo-") as folder:
        ports = {"alpha.example": free_port(), "beta.example": free_port()}
        say("Making two nodes ...", "head")
        sides = []
        for name, person in (("alpha.example", "alice"), ("beta.example", "ben")):
            place = Path(folder) / name
            place.mkdir()
            others = {host: port for host, port in ports.items() if host != name}
            sides.append(Side(place, name, person, ports[name], others))
            say(f"  {name} on 127.0.0.1:{ports[name]}, with {person}")
        try:
            for side in sides:
                await side.start()
            await story(sides[0], sides[1])
            say("\nAll checks passed.", "good")
        finally:
            for side in sides:
                await side.stop()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except CheckFailed as failed:
        say(f"\nFailed: {failed}", "bad")
        sys.exit(1)
