from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from equipoise.analysis import pictures
from equipoise.analysis.endpoints import Result
from equipoise.analysis.rounding import count_text
from equipoise.language import Language
from tests.small import analysis

EN, ZH = Language("en"), Language("zh")


def _results(summary: str, *, repeated: bool = False) -> list[Result]:
    endpoints = analysis().protocol.all_endpoints()
    return [
        r
        for r in analysis().results
        if endpoints[r.endpoint].estimand.summary == summary and (r.visit is not None) == repeated
    ]


def test_arms_have_their_titles_and_dummies_have_numbers() -> None:
    assert pictures.arm_names(analysis(), ZH) == {"combined": "联合组", "placebo": "安慰剂组"}
    assert pictures.arm_names(analysis(dummy=True), EN) == {
        "combined": "Dummy 1",
        "placebo": "Dummy 2",
    }


def test_the_forest_prints_the_counts() -> None:
    drawn = pictures.ratios(analysis(), _results("risk ratio"), EN)
    for result in _results("risk ratio"):
        for group in result.groups:
            assert count_text(group.events, group.n, denominator=True) in drawn


def test_a_course_names_its_visits_and_counts() -> None:
    rest = [r for r in _results("median difference", repeated=True) if r.endpoint == "pain_at_rest"]
    drawn = pictures.course(analysis(), rest, EN)
    for result in rest:
        words = analysis().protocol.visit(str(result.visit)).title.en.split()
        assert all(word in drawn for word in words)


@pytest.mark.parametrize("say", [EN, ZH])
def test_every_picture_is_well_formed_and_speaks_the_language(say: Language) -> None:
    drawn = [
        pictures.ratios(analysis(), _results("risk ratio"), say),
        pictures.scores(analysis(), _results("mean difference"), say),
        pictures.use(analysis(), say),
        pictures.concentrations(analysis(), say),
    ]
    for picture in drawn:
        ET.fromstring(picture)  # noqa: S314 - our own text
        assert pictures.arm_names(analysis(), say)["combined"].split()[0] in picture


def test_concentrations_stand_beside_published_ones() -> None:
    drawn = pictures.concentrations(analysis(), EN)
    assert "median needed in PCA" in drawn
    assert "lowest analgesic target tested: 40" in drawn
