"""Real trials that are known to belong together."""

from __future__ import annotations

import json
import lzma
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from equipoise.registry.record import nct_id
from equipoise.registry.related.facts import facts
from equipoise.registry.related.index import Index
from equipoise.registry.related.links import reasons

TEXTS = (
    Path(__file__).resolve().parents[3].parent
    / "shared/data/registry/records/trial_texts_101k.ndjson.xz"
)
_OTHERS = {"113", "513", "713", "913", "313"}
SISTERS = {"NCT03012984", "NCT03012971"}


def _shipped(number: str) -> dict[str, Any]:
    file = resources.files("equipoise") / "studies" / number / "record.json"
    study: dict[str, Any] = json.loads(file.read_bytes())
    return study


@pytest.fixture(scope="module")
def held() -> list[dict[str, Any]]:
    if not TEXTS.exists():
        pytest.skip("the texts of trials are not beside the repository")
    with lzma.open(TEXTS, "rt") as file:
        # One in two hundred of the others, so that the test stays quick.
        return [
            _study(json.loads(line))
            for line in file
            if any(each in line[:40] for each in SISTERS) or line[20:23] in _OTHERS
        ]


@pytest.fixture(scope="module")
def index(held: list[dict[str, Any]]) -> Index:
    return Index.build([*held, _shipped("NCT04791059")])


def _study(told: dict[str, str]) -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": told["nct_id"], "briefTitle": told["brief_title"]},
            "descriptionModule": {
                "briefSummary": told["brief_summary"],
                "detailedDescription": told["detailed_description"],
            },
        }
    }


def test_the_flagship_is_the_follow_up_of_its_parent() -> None:
    one, other = (facts(_shipped(each)) for each in ("NCT05718544", "NCT04791059"))
    kinds = [reason.kind for reason in reasons(one, other)]
    assert kinds[0] in {"parent", "cohort"}
    assert "people" in kinds


def test_the_parent_comes_first_among_real_trials(index: Index) -> None:
    assert index.related(_shipped("NCT05718544"), 1)[0].nct_id == "NCT04791059"
    assert index.related(_shipped("NCT05718544"), 1, linked=False)[0].nct_id == "NCT04791059"


def test_the_sisters_find_each_other_as_the_same_participants(
    index: Index, held: list[dict[str, Any]]
) -> None:
    sisters = [each for each in held if nct_id(each) in SISTERS]
    assert len(sisters) == len(SISTERS)
    for study in sisters:
        first = index.related(study, 1, linked=False)[0]
        assert {nct_id(study), first.nct_id} == SISTERS
        assert first.reasons[0].kind == "cohort"
