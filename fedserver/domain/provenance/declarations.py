"""What an author says of the making of media and of text, in the words that the API takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from fedserver.domain.provenance.claims import GENERATED, NOT_AI, PARTLY, Claim
from fedserver.domain.provenance.labels import WORDS, Label

SOURCE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"generated": GENERATED, "assisted": PARTLY, "not_ai": NOT_AI}
)
"""What may be said; '' is "nothing is said"."""

# of claims that say the same, whose words stand beside the label
_TELLING: Final = ("moderator", "c2pa", "xmp", "declared", "tool-metadata", "remote-server")


class Declaration(NamedTuple):
    """None leaves what was said before, '' takes it back. ``license``: an SPDX identifier or an address."""

    declared: str | None = None
    tool: str | None = None
    tool_version: str | None = None
    models: tuple[str, ...] | None = None
    license: str | None = None
    publish_prompt: bool | None = None
    publish_workflow: bool | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """What an author says of a post: of its text, of what it is based on (ids or addresses), of remixes of it. None
    leaves what was said before."""

    text: str | None = None
    based_on: Sequence[str] | None = None
    no_remix: bool | None = None
    # refuse or allow that models are trained with it, '' as the author has it
    training: str | None = None


class Summary(NamedTuple):
    """Of all claims the one source type, tool and so on that stand beside a label; '' where nothing is said."""

    source_type: str = ""
    tool: str = ""
    version: str = ""
    models: tuple[str, ...] = ()


def word_for(source_type: str) -> str:
    """``generated`` and so on for a source type that a declaration made; '' for any other."""
    return next((word for word, name in SOURCE_TYPES.items() if name == source_type), "")


_SILENT = Summary("", "", "", ())


def summary(claims: Sequence[Claim], label: str) -> Summary:
    """The source type of the weightiest claim that says what the label says (of any, where they dispute), its tool or
    the first one that is named, the models of all.

    Broken and revoked claims count for nothing here.
    """
    if not claims:
        return _SILENT
    standing = [each for each in claims if not each.revoked and each.state.integrity != "broken"]
    standing.sort(key=lambda each: _TELLING.index(each.basis))
    named = [each.source_type for each in standing if each.source_type]
    agreeing = named if label == Label.DISPUTED else [each for each in named if WORDS.get(each) == label]
    tooled = next((each for each in standing if each.tool), None)
    models = tuple(dict.fromkeys(model for each in standing for model in each.models))
    typed = agreeing[0] if agreeing else ""
    if tooled is None:
        return Summary(typed, models=models)
    # whoever names the tool first may not know its version
    version = next((each.version for each in standing if each.tool == tooled.tool and each.version), "")
    return Summary(typed, tooled.tool, version, models)
