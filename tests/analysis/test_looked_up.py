from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis import looked_up
from equipoise.analysis.estimators.noise import uniforms
from equipoise.chance import Chance
from equipoise.protocol.arrays import Column, codes, evaluate, numbers

NAN = np.nan
SHAPE = (60, 500)
U = uniforms(Chance(5), (), np.arange(30_000), "scores", 6).T.reshape(6, *SHAPE)
SCORES = {
    name: np.where(u < 0.1, NAN, np.floor(15 * v))
    for name, u, v in zip(("rest", "walk", "night"), U[:3], U[3:], strict=True)
}
ODD = {"half": SCORES["rest"] / 2, "low": SCORES["rest"] - 1, "high": SCORES["rest"] + 1}


def columns(*names: str) -> dict[str, Column]:
    return {name: numbers((SCORES | ODD)[name]) for name in names}


def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the size of all that is evaluated."""
    sizes: list[int] = []

    def noted(text: str, given: dict[str, Column]) -> object:
        found = evaluate(text, given)
        sizes.append(int(np.size(found.low)))
        return found

    monkeypatch.setattr(looked_up, "evaluate", noted)
    return sizes


@pytest.mark.parametrize(
    ("expression", "names", "combinations"),
    [
        ("rest >= 4 or walk >= 4", ("rest", "walk"), 16**2),
        ("rest - walk", ("rest", "walk"), 16**2),
        ("rest / walk > 0.5 and not rest == 3", ("rest", "walk"), 16**2),
        ("sqrt(rest) + 0.1", ("rest",), 16),
        ("(rest + walk + night) / 3", ("rest", "walk", "night"), 16**3),
    ],
)
def test_scores_are_looked_up_and_the_values_are_the_same(
    expression: str, names: tuple[str, ...], combinations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = looked(monkeypatch)
    found = looked_up.value(expression, columns(*names), SHAPE)
    assert sizes == [combinations]
    np.testing.assert_array_equal(found, evaluate(expression, columns(*names)).exact)


@pytest.mark.parametrize("name", ["half", "low", "high"])
def test_what_is_no_score_is_evaluated_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = looked(monkeypatch)
    found = looked_up.value(f"{name} >= 4", columns(name), SHAPE)
    assert sizes == [SCORES["rest"].size]
    np.testing.assert_array_equal(found, evaluate(f"{name} >= 4", columns(name)).exact)


def test_few_people_codes_bounds_and_unknown_names_are_evaluated_as_they_are() -> None:
    few = {"rest": numbers([3.0, NAN])}
    assert looked_up.value("rest >= 3", few, (2,)) == pytest.approx([1, NAN], nan_ok=True)
    assert np.isnan(looked_up.value("rest >= 3", {}, SHAPE)).all()
    sexes = {"sex": codes(("f", "m"), np.arange(SHAPE[0] * SHAPE[1]).reshape(SHAPE) % 2)}
    assert looked_up.value('sex == "m"', sexes, SHAPE).mean() == 0.5
    between = {"rest": numbers(SCORES["walk"], SCORES["walk"] + 1)}
    found = looked_up.value("rest >= 4", between, SHAPE)
    assert np.isnan(found[SCORES["walk"] == 3]).all()
    assert (found[SCORES["walk"] >= 4] == 1).all()
