from __future__ import annotations

from functools import cache

import pytest

from benchmarks.references import FAMILIES, NO_VALUE, Coverage, coverage, lines
from benchmarks.validate import families
from benchmarks.validation.case import DATA, Case, gold

REAL = pytest.mark.skipif(not DATA.exists(), reason="the real trials are not here")


@cache
def cases_of(family: str) -> list[Case]:
    return list(families()[family]())


@REAL
@pytest.mark.parametrize("family", families())
def test_every_number_agrees_with_its_reference(family: str) -> None:
    cases = cases_of(family)
    assert cases
    assert not [case for case in cases if not case.agrees]


def case(ours: float, reference: float | None, published: str | None = None) -> Case:
    return Case("a trial", "a ratio", ours, reference, "R", 1e-6, published)


def test_a_case_can_disagree() -> None:
    assert case(0.763, 0.763, "0.76").agrees
    assert case(float("inf"), float("inf")).agrees
    assert not case(0.763, 0.7631).agrees
    assert not case(0.763, 0.763, "0.77").agrees
    assert not case(float("nan"), 0.763).agrees
    assert not case(0.763, float("nan")).agrees
    assert not case(float("nan"), None, "0.76").agrees


@REAL
def test_every_reference_value_is_compared_or_explained() -> None:
    found = {name: cases_of(name) for name in families()}
    covered = coverage(gold(), found)
    omitted = [item for _, others in covered.values() for item, why in others.items() if not why]
    assert not omitted
    assert sum(compared + len(others) for compared, others in covered.values()) == len(gold())


@REAL
def test_every_trial_appears() -> None:
    names = " ".join({case.trial.lower() for name in families() for case in cases_of(name)})
    for trial in (
        *("antidepressant", "asthma", "cdisc", "nct03858257", "indo", "ist", "nct01444703"),
        *("respiratory", "nct04791059", "strep", "sammpris", "today", "migraine", "nct04368728"),
    ):
        assert trial in names


def test_each_family_of_references_has_cases() -> None:
    assert {name for _, name in FAMILIES} == set(families())


def test_an_item_is_compared_only_by_its_own_family() -> None:
    items = {"mult.made_up": {"result": {"p": [0.0123]}}}
    mine = [case(0.0123, 0.0123)]
    assert coverage(items, {"multiplicity": mine}) == {"multiplicity": Coverage(1, {})}
    assert coverage(items, {"multiplicity": [], "gee": mine}) == {
        "multiplicity": Coverage(0, {"mult.made_up": ""})
    }


def test_a_number_counts_in_the_form_compared() -> None:
    items = {"mult.made_up": {"result": {"upper": 8.0}}}
    for reference in (8.0, -8.0, 0.125, 2.0794415416798357):
        compared = coverage(items, {"multiplicity": [case(1.0, reference)]})
        assert compared["multiplicity"].compared == 1
    assert not coverage(items, {"multiplicity": [case(8.0, 7.9)]})["multiplicity"].compared


def test_an_error_has_no_value_and_an_omission_stands_out() -> None:
    items = {"mult.error": {"result": {"error": "zero cell"}}, "mult.left": {"result": {"p": 0.5}}}
    covered = coverage(items, {})
    assert covered["multiplicity"].others == {"mult.error": NO_VALUE, "mult.left": ""}
    assert "| mult.left | **omitted** |" in lines(covered)
    assert "| all | 0 | 2 |" in lines(covered)
