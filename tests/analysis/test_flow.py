from __future__ import annotations

from equipoise.analysis.drawings.flow_diagram import check
from equipoise.analysis.flow import diagram, flow
from equipoise.language import Language
from tests.small import PEOPLE, analysis, events

EN = Language("en")


def test_everybody_is_counted_once() -> None:
    found = flow(analysis(), EN)
    kinds = [event.kind for event in events()]
    assert check(found) == []
    assert found.assessed == kinds.count("Screened")
    assert found.randomized == PEOPLE
    assert found.pending == 0
    assert sum(reason.n for reason in found.excluded) == found.assessed - PEOPLE


def test_the_arms_are_followed_to_the_analyses() -> None:
    found = flow(analysis(), EN)
    assert [arm.label for arm in found.arms] == ["Combined supplement", "Placebo"]
    assert sum(arm.received for arm in found.arms) == PEOPLE - 1
    assert [r.label for arm in found.arms for r in arm.not_received] == ["surgery was postponed"]
    primary = {result.endpoint: result for result in analysis().results}
    for arm, place in zip(found.arms, (0, 1), strict=True):
        first, second = arm.analyses
        assert first.n == primary["moderate_severe_pain_72h"].groups[place].n
        assert second.n == primary["chronic_pain_24m"].groups[place].n
        assert second.excluded[1].n == primary["chronic_pain_24m"].groups[place].missing
        (period,) = arm.periods
        assert period.followed == second.n


def test_the_diagram_speaks_the_reports_language() -> None:
    assert f"Randomized (n = {PEOPLE})" in diagram(analysis(), EN).replace("\xa0", " ")
    assert f"随机分组（n = {PEOPLE}）" in diagram(analysis(), Language("zh")).replace("\xa0", " ")
