"""What requests say of the making of media and posts: ``provenance[...]``."""

from __future__ import annotations

from fedserver.domain.provenance.declarations import Declaration, Saying
from fedserver.edge.params import Params
from fedserver.services.lineage import MAX_SOURCES
from fedserver.services.provenance import MAX_MODELS


def declaration(params: Params) -> Declaration | None:
    """Of a medium: ``declared`` (generated, assisted, not_ai or ''), ``tool``, ``tool_version``, ``model`` (one or a
    list), ``license``, ``publish_prompt``, ``publish_workflow``. None where the request says nothing at all."""
    given = params.sub("provenance")
    if given is None:
        return None
    return Declaration(
        declared=given.text("declared"),
        tool=given.text("tool"),
        tool_version=given.text("tool_version"),
        models=tuple(given.texts("model", MAX_MODELS)) if given.has("model") else None,
        license=given.text("license"),
        publish_prompt=given.maybe_flag("publish_prompt"),
        publish_workflow=given.maybe_flag("publish_workflow"),
    )


def saying(params: Params) -> Saying | None:
    """Of a post: ``text`` (as ``declared``), ``based_on[]`` (ids or addresses), ``no_remix``, ``training`` (refuse,
    allow or '': as the author has it)."""
    given = params.sub("provenance")
    if given is None:
        return None
    return Saying(
        text=given.text("text"),
        # one more than may be, so that too many are told as such
        based_on=given.texts("based_on", 10 * MAX_SOURCES) if given.has("based_on") else None,
        no_remix=given.maybe_flag("no_remix"),
        training=given.text("training"),
    )
