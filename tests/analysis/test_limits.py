from __future__ import annotations

from dataclasses import replace

import pytest

from equipoise.analysis.limits import limits
from equipoise.language import Language
from tests.small import analysis

EN = Language("en")


def _said(**changed: object) -> str:
    return "\n".join(limits(replace(analysis(), **changed), EN))  # type: ignore[arg-type]


def test_simulated_data_come_first() -> None:
    assert next(limits(analysis(), EN)).startswith("The data are simulated")


def test_made_up_arms_are_told() -> None:
    assert "The arms are made up" in _said(dummy=True)
    assert "The arms are made up" not in _said()


def test_missing_primary_outcomes_are_counted() -> None:
    result = next(r for r in analysis().results if r.endpoint == "chronic_pain_24m")
    missing = sum(group.missing for group in result.groups)
    there = sum(group.n for group in result.groups)
    assert f"two years after surgery: {missing} of {missing + there} have no outcome" in _said()
    assert "within 72 hours: " not in _said()


def test_what_failed_is_told() -> None:
    assert "could not be estimated" not in _said()
    assert "SRS-22 total was planned and could not be estimated." in _said(
        failed={"srs22_total_24m": "…"}
    )
    assert (
        "complete cases (Chronic postsurgical pain two years after surgery) was planned"
        in _said(failed_sensitivity={("chronic_pain_24m", 0): "…"})
    )


def test_another_plan_or_code_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipoise.analysis.analyse.code_digest", lambda: "0" * 64)
    assert "Plan or code are not those that were signed" in _said()


def test_concentrations_are_no_measurements() -> None:
    assert "predicted by published models" in _said()
    assert "predicted by published models" not in _said(bands=[])
