"""Every real sample reads as the table beside the samples says, where the folder is present."""

from __future__ import annotations

import asyncio
import csv

import pytest
from media_files import CORPUS

from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Trust
from fedserver.domain.provenance.labels import Label, label
from fedserver.media.findings import Findings, Reading
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings

TABLE = CORPUS / "CORPUS.csv"
LABELS = {
    "": Label.UNKNOWN,
    "trainedAlgorithmicMedia": Label.GENERATED,
    "compositeWithTrainedAlgorithmicMedia;trainedAlgorithmicMedia": Label.PARTLY,
    "digitalCapture": Label.CAPTURED,
    "algorithmicMedia": Label.DECLARED,
}
TOOLS = {
    "a1111_parameters": "AUTOMATIC1111",
    "comfyui_prompt": "ComfyUI",
    "comfyui_exif": "ComfyUI",
    "fooocus": "Fooocus",
    "invokeai_dream": "InvokeAI",
    "invokeai_metadata": "InvokeAI",
    "novelai": "NovelAI",
}
# their pixels carry what their table, made without looking there, does not know of
HIDDEN = {"sd-parsers/automatic1111_stealth.png": "AUTOMATIC1111"}


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, str]]:
    if not TABLE.is_file():
        pytest.skip("no sample files in corpus (set FEDSERVER_CORPUS)")
    with TABLE.open(encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def read(rows: dict[str, dict[str, str]]) -> dict[str, Findings]:
    return inspected(list(rows), MediaSettings(children=2))


def inspected(names: list[str], settings: MediaSettings) -> dict[str, Findings]:
    async def main() -> dict[str, Findings]:
        pipeline = Pipeline(settings)
        found = await asyncio.gather(*(pipeline.inspect(CORPUS / name) for name in names))
        return dict(zip(names, found, strict=True))

    return asyncio.run(main())


def manifests(found: Findings) -> list[Claim]:
    return [claim for claim in found.claims if claim.basis is Basis.C2PA]


def test_manifests(rows: dict[str, dict[str, str]], read: dict[str, Findings]) -> None:
    of = {name: row for name, row in rows.items() if row["class"] in ("c2pa-other", "c2pa-tampered")}
    of |= {name: row for name, row in rows.items() if row["class"].startswith("c2pa-ai")}
    assert len(of) == 18
    for name, row in of.items():
        found = read[name]
        assert found.reading is Reading.READ and found.has_c2pa, name
        claims, codes = manifests(found), set(filter(None, row["c2pa_codes"].split(";")))
        assert claims[0].evidence["relation"] == "active", name
        assert set(claims[0].evidence["codes"]) == codes, name
        assert {claim.source_type for claim in claims if claim.source_type} == set(filter(None, row["dst"].split(";")))
        tampered = row["class"] == "c2pa-tampered"
        assert claims[0].state.integrity is (Integrity.BROKEN if tampered else Integrity.INTACT), name
        expired = "signingCredential.expired" in codes
        assert claims[0].state.trust is (Trust.EXPIRED if expired else Trust.UNTRUSTED), name
        assert label(found.claims) is LABELS[row["dst"]], name


def test_what_generators_leave(rows: dict[str, dict[str, str]], read: dict[str, Findings]) -> None:
    of = {name: TOOLS[row["tool_signals"].split(";")[0]] for name, row in rows.items() if row["tool_signals"]} | HIDDEN
    assert len(of) == 15
    for name, tool in of.items():
        found = read[name]
        assert [claim.tool for claim in found.claims] == [tool], name
        assert label(found.claims) is Label.GENERATED, name
        assert found.recipe is not None and found.recipe.prompt and found.recipe.seed, name
        assert found.recipe.steps and found.recipe.cfg and found.recipe.sampler, name
        assert "prompt" in found.private, name
        assert ("workflow" in found.private) == (tool == "ComfyUI"), name
        # the first generation of InvokeAI did not name its model
        assert found.recipe.models or name == "sd-parsers/invokeai_dream1.png", name


def test_plain_files_cameras_and_broken_ones(rows: dict[str, dict[str, str]], read: dict[str, Findings]) -> None:
    met = set()
    for name, row in rows.items():
        if row["class"] not in ("plain", "camera-exif", "malformed", "c2pa-remote") or name in HIDDEN:
            continue
        met.add(row["class"])
        assert label(read[name].claims) is Label.UNKNOWN, name
        expected = {"malformed": Reading.UNREADABLE, "c2pa-remote": Reading.READ}.get(row["class"], Reading.NONE)
        assert read[name].reading is expected, name
        if row["class"] == "camera-exif":
            assert "serial-number" in read[name].private and not read[name].claims
    assert len(met) == 4


def test_a_manifest_elsewhere_is_named_and_not_fetched(read: dict[str, Findings]) -> None:
    (claim,) = read["c2pa-rs/cloud.jpg"].claims
    assert claim.evidence == {"manifest": "remote", "host": "cai-manifests.adobe.com"}
    assert claim.state.integrity is Integrity.UNCHECKED


def test_details(read: dict[str, Findings]) -> None:
    lora = read["comfyui_examples/lora.png"].recipe
    assert lora is not None
    assert (lora.prompt, lora.negative_prompt) == ("masterpiece best quality girl", "bad hands")
    assert (lora.seed, lora.steps, lora.sampler, lora.cfg) == ("851616030078638", 20, "euler", 8.0)
    assert (lora.models, lora.loras) == (("v1-5-pruned-emaonly",), ("epiNoiseoffset_v2",))
    assert lora.workflow.startswith('{"last_node_id": 10')
    chat = read["example-assets/ChatGPT_Image.png"].claims
    assert [claim.evidence["relation"] for claim in chat] == ["active", "parentOf"]
    assert (chat[1].by, chat[1].tool, chat[1].models) == ("OpenAI", "ChatGPT", ("GPT-4o",))
    launder = manifests(read["c2pa-rs/CIE-sig-CA.jpg"])
    assert [claim.state.integrity for claim in launder] == [Integrity.INTACT, Integrity.BROKEN]
    assert read["c2pa-js/C_with_CAWG_data.jpg"].wishes == "DMI-PROHIBITED-GENAIMLTRAINING"


def test_the_official_lists_change_trust_and_nothing_else(read: dict[str, Findings]) -> None:
    trust = CORPUS / "trust"
    settings = MediaSettings(
        children=2,
        claim_signers=trust / "C2PA-TRUST-LIST.pem",
        time_stampers=trust / "C2PA-TSA-TRUST-LIST.pem",
    )
    names = [name for name, found in read.items() if manifests(found)]
    for name, found in inspected(names, settings).items():
        assert label(found.claims) is label(read[name].claims), name
        for claim, before in zip(found.claims, read[name].claims, strict=True):
            assert claim.state[:2] == before.state[:2], name
