"""The wish that what people made here is not used to train models: the words for it, each in one place. Pure.

It is a request. AIPREF (`Content-Usage`, draft-ietf-aipref-attach and -vocab) is not finished, so its words stand
in ``preference`` alone; `noai` and `noimageai` are what crawlers of pictures look for in `X-Robots-Tag`; TDMRep is the
W3C community's protocol for text and data mining; `plus:DataMining` is IPTC's and PLUS's word inside of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

REFUSE: Final = "refuse"
ALLOW: Final = "allow"
WORDS: Final = (REFUSE, ALLOW)
ROBOTS: Final = ("noai", "noimageai")
DATA_MINING: Final = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"

# those that collect for models, by the name that they give of themselves; an admin changes the list
CRAWLERS: Final = (
    "AI2Bot",
    "Ai2Bot-Dolma",
    "Amazonbot",
    "anthropic-ai",
    "Applebot-Extended",
    "Bytespider",
    "CCBot",
    "ChatGPT-User",
    "Claude-Web",
    "ClaudeBot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "Diffbot",
    "DuckAssistBot",
    "FacebookBot",
    "Google-CloudVertexBot",
    "Google-Extended",
    "GPTBot",
    "ImagesiftBot",
    "img2dataset",
    "Meta-ExternalAgent",
    "OAI-SearchBot",
    "omgili",
    "PanguBot",
    "PerplexityBot",
    "SemrushBot-OCOB",
    "Timpibot",
    "VelenPublicWebCrawler",
    "Webzio-Extended",
    "YouBot",
)


def wish(post: str, account: str, node: str) -> str:
    """What holds of a post: its own word, else its author's, else the node's. A node that allows says nothing."""
    return post or account or (REFUSE if node == REFUSE else "")


def preference(word: str) -> str:
    """AIPREF's words, as a header, a line of robots.txt and `aiUsage` have them; '' where nothing is said."""
    return {REFUSE: "train-ai=n", ALLOW: "train-ai=y"}.get(word, "")


_HEADERS: Final = MappingProxyType(
    {
        REFUSE: {"Content-Usage": preference(REFUSE), "X-Robots-Tag": ", ".join(ROBOTS), "tdm-reservation": "1"},
        ALLOW: {"Content-Usage": preference(ALLOW)},
    }
)
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def headers(word: str) -> Mapping[str, str]:
    """What an answer says of what is in it; nothing where nothing is said."""
    return _HEADERS.get(word, _NONE)


def properties(word: str) -> dict[str, Any]:
    """What an object of ActivityStreams says (AIPREF's words, and FEP-5e53)."""
    if not word:
        return {}
    return {"aiUsage": preference(word), **({"xRobotsTag": list(ROBOTS)} if word == REFUSE else {})}


def word_of(said: Mapping[str, Any]) -> str:
    """What an object of another server says: refuse, allow, or '' for nothing."""
    usage, robots = said.get("aiUsage"), said.get("xRobotsTag")
    if isinstance(usage, str):
        told = {part.strip().lower() for part in usage.split(",")}
        if "train-ai=n" in told:
            return REFUSE
        if "train-ai=y" in told:
            return ALLOW
    tags = robots if isinstance(robots, list) else [robots]
    if any(isinstance(tag, str) and ROBOTS[0] in {part.strip().lower() for part in tag.split(",")} for tag in tags):
        return REFUSE
    return ""
