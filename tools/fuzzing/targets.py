"""What is fuzzed: for each name a function of bytes that raises only when a promise is broken, and seeds to begin with.

A reader may refuse with the one error that it declares; anything else that it raises is a fault, and so is a value
that breaks the property stated beside it. ``make fuzz`` drives these with coverage; the suite runs the seeds, a few
hundred mutations and every input that was ever found.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, NamedTuple

from fedserver.domain.text.clean import clean, to_text
from fedserver.domain.text.compose import prepare
from fedserver.domain.text.scan import extract
from fedserver.edge.params import from_pairs, parse_pairs
from fedserver.kit.errors import Failure
from fedserver.media.avif import strip_avif
from fedserver.media.probe import FORMATS, HEAD_BYTES, sniff
from fedserver.media.strip import STRIPPERS, Broken
from fuzzing import metadata
from keys.algorithms import Algorithm
from keys.pair import PrivateKey, PublicKey
from protocol import hostmeta, nodeinfo, webfinger
from protocol.activitystreams.read import (
    read_activity,
    read_actor,
    read_collection,
    read_keys,
    read_object,
    read_tombstone,
)
from protocol.errors import Malformed, Refusal
from protocol.http.claim import Claim, Verified, read_claim
from protocol.http.request import Request
from protocol.http.sign import sign_9421, sign_cavage
from protocol.json import dump, parse
from protocol.proofs import ProofVerified, check_proof

ROOT: Final = Path(__file__).resolve().parents[2]
ACTIVITIES: Final = ROOT / "tests" / "fixtures" / "activities"
NOW: Final = 1_790_000_000_000
_INBOX: Final = "https://here.example/inbox"
_SIGNER: Final = PrivateKey.generate(Algorithm.ED25519)
_STRANGER: Final[PublicKey] = PrivateKey.generate(Algorithm.ED25519).public
_TAGS: Final = frozenset(
    ("p", "span", "br", "a", "del", "pre", "code", "em", "strong", "b", "i", "u", "ul", "ol", "li", "blockquote")
)
_ATTRIBUTES: Final = frozenset(("class", "href", "rel", "start", "reversed", "target", "translate", "value"))


class Target(NamedTuple):
    """`run` raises only for a broken promise; `seeds` are valid inputs; `biggest` bounds an input in bytes."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    biggest: int = 4096


def run_json(data: bytes) -> None:
    """Strict JSON: what is taken has one meaning, also for another parser, and survives being written."""
    try:
        document = parse(data)
    except Malformed:
        return
    if parse(dump(document)) != document:
        raise AssertionError("written and read again it is another document")
    if json.loads(data, object_pairs_hook=_once) != document:
        raise AssertionError("another parser reads it differently")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AssertionError("a key twice")
    return found


def run_activity(data: bytes) -> None:
    """Every reader of documents gives a value or `Malformed`; an unsigned document never has a valid proof."""
    try:
        document = parse(data)
    except Malformed:
        return
    for read in (read_activity, read_actor, read_collection, read_keys, read_object, read_tombstone):
        try:
            read(document)
        except Malformed:
            continue
    if isinstance(check_proof(document, _STRANGER, NOW), ProofVerified):
        raise AssertionError("a stranger's key verified a proof")


def claim_of(data: bytes) -> Claim | Refusal:
    """What is read of lines `name: value`, an empty line and a body."""
    head, _, body = data.partition(b"\n\n")
    pairs = [line.partition(":") for line in head.decode("latin-1").split("\n")[:40]]
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs if name.strip())
    return read_claim(Request("POST", _INBOX, headers, body), NOW)


def run_signature(data: bytes) -> None:
    """Reading a signed request never raises, and another key never verifies it."""
    found = claim_of(data)
    if isinstance(found, Claim):
        if isinstance(found.verify(_STRANGER), Verified):
            raise AssertionError("a stranger's key verified the request")
    elif not isinstance(found, Refusal):
        raise AssertionError("neither a claim nor a refusal")


class _Outline(HTMLParser):
    """Checks the tags and attributes of cleaned HTML as a tokenizer finds them; `seen` has them in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.seen: list[object] = []
        self.feed(markup)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise AssertionError(f"<{tag}> passed")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                raise AssertionError(f"{name}= passed")
            if name == "href" and not (value or "").lower().startswith(("http://", "https://")):
                raise AssertionError(f"a link to {value!r} passed")
        self.seen.append((tag, sorted(attrs)))


def run_html(data: bytes) -> None:
    """Cleaned HTML holds only what is allowed, and cleaning it again changes nothing."""
    markup = data.decode("utf-8", "replace")
    cleaned = clean(markup)
    if _Outline(clean(cleaned)).seen != _Outline(cleaned).seen:
        raise AssertionError("not the same when cleaned again")
    to_text(markup)


def run_text(data: bytes) -> None:
    """What a person typed: links, mentions and hashtags lie inside the text, in order, apart from each other."""
    text = prepare(data.decode("utf-8", "replace"))
    found = extract(text)
    spans = sorted((each.start, each.end) for group in found for each in group)
    end = 0
    for start, stop in spans:
        if not end <= start < stop <= len(text):
            raise AssertionError(f"{start}-{stop} overlaps or lies outside")
        end = stop


def run_discovery(data: bytes) -> None:
    """Resources, and the documents of WebFinger, host-meta and NodeInfo."""
    try:
        resource = webfinger.parse_resource(data.decode("utf-8", "replace"))
    except Malformed:
        pass
    else:
        if isinstance(resource, webfinger.Acct) and webfinger.parse_resource(f"acct:{resource}") != resource:
            raise AssertionError("a handle is read differently the second time")
    hostmeta.read_xrd(data)
    try:
        document = parse(data)
    except Malformed:
        return
    _ = webfinger.read_jrd(document).handle
    for read in (nodeinfo.read_links, nodeinfo.read_nodeinfo):
        try:
            read(document)
        except Malformed:
            continue


def run_media(data: bytes) -> None:
    """Stripping gives a file of the same format, not longer, that has nothing left to strip; or it refuses."""
    form = sniff(data[:HEAD_BYTES])
    if form is None or not form.still:
        return
    strip = strip_avif if form.name == "avif" else STRIPPERS[form.name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's words about damaged EXIF
        try:
            stripped = strip(data).data
        except Broken:
            return
        if sniff(stripped[:HEAD_BYTES]) is not form:
            raise AssertionError("the format changed")
        if strip(stripped).data != stripped:
            raise AssertionError("something was left to strip")


def run_form(data: bytes) -> None:
    """The bodies of forms, `a[b][]=c`: a tree, or a problem that has a name."""
    try:
        from_pairs(parse_pairs(data.decode("latin-1")))
    except Failure:
        return


def activities() -> list[bytes]:
    """The activities of other servers that the tests keep."""
    return [path.read_bytes() for path in sorted(ACTIVITIES.rglob("*.json"))]


def signatures() -> list[bytes]:
    """Requests that are well signed, in both schemes, by a key that nobody asks."""
    request = Request("POST", _INBOX, (), b'{"type":"Like"}')
    made = [sign(request, _SIGNER, "https://a.example/u#key", NOW) for sign in (sign_cavage, sign_9421)]
    texts = ["\n".join(f"{name}: {value}" for name, value in headers) for headers in made]
    return [text.encode("latin-1") + b"\n\n" + request.body for text in texts]


def markups() -> list[bytes]:
    """HTML as servers send it, and as attackers do."""
    texts = (
        '<p>Hi <span class="h-card"><a href="https://a.example/@b" class="u-url mention">@b</a></span></p>',
        '<p><a href="javascript:alert(1)">x</a><img src=x onerror=alert(1)><script>1</script></p>',
        "<blockquote><ul><li>one<li>two</ul><pre><code>a &lt; b</code></pre></blockquote><h1>t</h1>",
        '<math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
        "\u202eevil\u202c <ruby>a<rp>(</rp><rt>b</rt></ruby>",
    )
    return [text.encode() for text in texts]


def typed() -> list[bytes]:
    """Texts of posts."""
    texts = ("Hi @alice and @bob@b.example, see https://a.example/x_(y)?z=1. #AI #音楽", "a@b.c #1 #a1 http:// @ @@ #")
    return [text.encode() for text in texts]


def discovered() -> list[bytes]:
    """What the readers of discovery are made for."""
    jrd = webfinger.write_jrd(
        webfinger.Acct("alice", "a.example"),
        actor_url="https://a.example/users/alice",
        profile_url="https://a.example/@alice",
        subscribe_template="https://a.example/authorize_interaction?uri={uri}",
    )
    return [b"acct:alice@a.example", b"@alice@b.example:8080", dump(jrd), hostmeta.write_xrd("https://a.example")]


def pictures() -> list[bytes]:
    """Small pictures of each format, with something to strip."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    seeds = []
    for name in ("jpeg", "png", "gif", "webp", "avif"):
        held = io.BytesIO()
        picture = Image.new("RGB", (9, 7), (200, 40, 90))
        extra: dict[str, Any] = {} if name == "gif" else {"exif": exif}
        picture.save(held, FORMATS[name].decoder, **extra)
        seeds.append(held.getvalue())
    return seeds


def forms() -> list[bytes]:
    """Bodies as clients send them."""
    return [
        b"status=a&media_ids[]=1&media_ids[]=2&poll[options][]=x",
        b"fields_attributes[0][name]=a&a[=1&[]=2&a]b=%ff",
    ]


TARGETS: Final[Mapping[str, Target]] = {
    "json": Target(run_json, activities),
    "activity": Target(run_activity, activities, 8192),
    "signature": Target(run_signature, signatures, 2048),
    "html": Target(run_html, markups, 2048),
    "text": Target(run_text, typed, 2048),
    "discovery": Target(run_discovery, discovered, 2048),
    "media": Target(run_media, pictures),
    "metadata": Target(metadata.run, metadata.seeds),
    "form": Target(run_form, forms, 1024),
}
