from __future__ import annotations

from dataclasses import replace

import pytest

from equipoise.analysis.plan_words import plan_lines, probe_lines, procedure_text, set_lines
from equipoise.language import Language
from equipoise.protocol.estimand import Missing, Procedure
from tests.small import PEOPLE, analysis

EN, ZH = Language("en"), Language("zh")


def test_a_set_and_those_left_out_of_it_add_up_to_the_randomized() -> None:
    for line in set_lines(analysis(), EN):
        out = sum(n for _, counts in line.reasons for n in counts)
        assert sum(line.sizes) + out == PEOPLE
        assert len(line.left) == out


def test_reasons_are_said_in_the_words_of_the_protocol() -> None:
    treated = {line.title[:8]: line for line in set_lines(analysis(), EN)}["Modified"]
    assert [reason for reason, _ in treated.reasons] == ["the study pump was never started"]
    assert treated.left[0][1] == "the study pump was never started"
    assert set_lines(analysis(), ZH)[1].left[0][1] == "从未开始使用研究镇痛泵"


def test_every_endpoint_is_planned_with_its_whole_estimand() -> None:
    lines = plan_lines(analysis(), EN)
    main = [line for line in lines if line.main]
    assert len(main) == len(analysis().protocol.all_endpoints())
    first = main[0]
    assert first.planned
    assert first.function == 'binary.risk_ratio(method="katz")'
    assert "treatment: Combined supplement against Placebo" in first.estimand
    assert "intercurrent event: the pump is stopped early, treatment policy" in first.estimand
    assert "summary: risk ratio" in first.estimand
    assert "population: Modified intention to treat" in "; ".join(first.estimand)
    assert "疗法策略" in "; ".join(plan_lines(analysis(), ZH)[0].estimand)


def test_a_plan_that_was_not_signed_says_so() -> None:
    state = analysis().state
    kept = dict(state.plans)
    state.plans.clear()
    try:
        assert not any(line.planned for line in plan_lines(analysis(), EN))
    finally:
        state.plans.update(kept)


def test_a_dummy_plan_names_no_arm() -> None:
    said = "; ".join(plan_lines(analysis(dummy=True), EN)[0].estimand)
    assert "treatment: an arm against another" in said
    assert "Placebo" not in said


def test_a_procedure_is_said_with_all_that_it_is_given() -> None:
    plain = Procedure(method="Welch difference in means")
    assert procedure_text(plain, EN) == (
        "Welch difference in means; 95%; missing values: complete cases"
    )
    whole = Procedure(
        method="Welch difference in means",
        level=0.99,
        adjust_for=("age_y",),
        stratify_by=("sex",),
        options={"steps": 3},
        missing=Missing(method="worst case", predictors=("bmi",)),
    )
    assert procedure_text(whole, EN) == (
        "Welch difference in means; 99%; adjusted for age_y; stratified by sex; steps: 3; "
        "missing values: worst case; imputed from bmi"
    )


def test_sensitivity_analyses_are_told_whether_or_not_they_gave_something() -> None:
    lines = probe_lines(analysis(), EN)
    planned = [line for line in plan_lines(analysis(), EN) if not line.main]
    assert [(line.endpoint, line.title) for line in lines] == [
        (line.endpoint, line.title) for line in planned
    ]
    assert all(line.estimate and not line.why for line in lines)
    failed = replace(
        analysis(), sensitivity=[], failed_sensitivity={("chronic_pain_24m", 0): "nobody is left"}
    )
    (line,) = probe_lines(failed, EN)
    assert (line.why, line.estimate) == ("nobody is left", "")


@pytest.mark.parametrize("say", [EN, ZH])
def test_no_number_is_printed_that_is_not_one(say: Language) -> None:
    for line in probe_lines(analysis(), say):
        assert "nan" not in (line.estimate + line.p).lower()
