from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.rules.allocation import Annex, Minimization, Specification, check_annex, choose_place
from tests.refusal import refusal

CODES: dict[str, tuple[str, ...]] = {"sex": ("f", "m"), "age": ("young", "old")}
RULE = Minimization(reader="robot", ratio=(1, 1), factors=CODES, probability="0.8")
THREE = RULE.model_copy(update={"ratio": (1, 1, 1)})
YOUNG_WOMAN = {"sex": "f", "age": "young"}
OLD_WOMAN = {"sex": "f", "age": "old"}
OLD_MAN = {"sex": "m", "age": "old"}


def _draws(*values: int) -> Callable[[int], int]:
    coming = iter(values)

    def draw(n: int) -> int:
        value = next(coming)
        assert 0 <= value < n
        return value

    return draw


def _chances(rule: Minimization, before: list[tuple[int, dict[str, str]]]) -> dict[int, float]:
    """Return the probability of each place for a young woman, over all ways the draws can fall."""
    chances: Counter[int] = Counter()
    for numbers in product(range(6), range(5), range(2)):
        coming = iter(numbers)

        def draw(n: int, coming: Iterator[int] = coming) -> int:
            return next(coming) % n

        chances[choose_place(rule, before, YOUNG_WOMAN, draw)] += 1
    return {place: round(chances[place] / 60, 3) for place in range(sum(rule.ratio))}


def test_without_a_past_every_place_is_as_likely() -> None:
    assert _chances(RULE, []) == {0: 0.5, 1: 0.5}
    assert _chances(THREE, []) == {0: 0.333, 1: 0.333, 2: 0.333}


def test_the_place_that_balances_has_the_probability_of_the_protocol() -> None:
    assert _chances(RULE, [(0, YOUNG_WOMAN)]) == {0: 0.2, 1: 0.8}
    assert _chances(THREE, [(0, YOUNG_WOMAN), (1, YOUNG_WOMAN)]) == {0: 0.1, 1: 0.1, 2: 0.8}


def test_two_places_that_balance_share_it() -> None:
    assert _chances(THREE, [(2, OLD_WOMAN)]) == {0: 0.45, 1: 0.45, 2: 0.1}


def test_only_codes_that_are_shared_count() -> None:
    assert _chances(RULE, [(0, OLD_MAN)] * 3) == {0: 0.5, 1: 0.5}
    assert _chances(RULE, [(0, OLD_WOMAN)]) == {0: 0.2, 1: 0.8}


def test_factors_that_disagree_weigh_the_same_however_far_off() -> None:
    """Sex says place 1 by one, age says place 0 by two: each is one step nearer or farther."""
    young_man = {"sex": "m", "age": "young"}
    past = [(0, OLD_WOMAN), (1, young_man), (1, young_man)]
    assert _chances(RULE, past) == {0: 0.5, 1: 0.5}


def test_the_factors_vote() -> None:
    rule = RULE.model_copy(update={"factors": dict.fromkeys("abc", ("x", "y"))})
    past = [(0, {"a": "x", "b": "y", "c": "x"}), (1, {"a": "y", "b": "x", "c": "y"})]
    places = [choose_place(rule, past, dict.fromkeys("abc", "x"), lambda n: 0)]
    places += [choose_place(rule, past, dict.fromkeys("abc", "y"), lambda n: 0)]
    assert places == [1, 0]


@given(st.lists(st.sampled_from([YOUNG_WOMAN, OLD_WOMAN, OLD_MAN]), max_size=30))
def test_when_the_coin_always_falls_right_places_stay_within_the_factors(
    people: list[dict[str, str]],
) -> None:
    before: list[tuple[int, dict[str, str]]] = []
    for factors in people:
        before.append((choose_place(RULE, before, factors, lambda n: 0), factors))
    for name, codes in CODES.items():
        for code in codes:
            counts = Counter(place for place, theirs in before if theirs[name] == code)
            assert abs(counts[0] - counts[1]) <= 2 * len(CODES)


def test_the_draws_are_tie_coin_and_other() -> None:
    assert choose_place(RULE, [], OLD_MAN, _draws(1, 3)) == 1
    assert choose_place(RULE, [], OLD_MAN, _draws(1, 4, 0)) == 0


@pytest.mark.parametrize("probability", ["0.5", "0.1", "1", "1.5", "-1", "NaN", "Infinity", "x",
                                         "0.80000001"])  # fmt: skip
def test_a_coin_that_does_not_favour_balance_is_refused(probability: str) -> None:
    problem = refusal(
        Minimization, reader="r", ratio=(1, 1), factors=CODES, probability=probability
    )
    assert problem.where == "allocation.allocator.probability"
    assert problem.todo == "Give a number between 1/2 and 1; 0.8 is usual."


def test_something_must_be_balanced() -> None:
    problem = refusal(Minimization, reader="r", ratio=(1, 1), factors={}, probability="0.8")
    assert problem.what == "there are no factors to balance"


@pytest.mark.parametrize(
    "factors", [{}, {"sex": "f"}, {"sex": "f", "age": "x"}, {**OLD_MAN, "more": "x"}]
)
def test_unknown_factors_and_codes_are_refused(factors: dict[str, str]) -> None:
    assert refusal(RULE.check, factors).todo == "Give a code for each of: sex, age."


# --- in the specification -------------------------------------------------------------------------


def _spec(ratio: tuple[int, ...] = (1, 1), strata: tuple[str, ...] = ("all",), length: int = 4,
          design: str = "minimization") -> Specification:  # fmt: skip
    return Specification("T", ("a", "b"), ratio, design, strata, length, minimization=RULE)


def test_the_rule_is_in_the_digest() -> None:
    other = Minimization(reader="robot", ratio=(1, 1), factors=CODES, probability="0.7")
    changed = Specification("T", ("a", "b"), (1, 1), "minimization", ("all",), 4,
                            minimization=other)  # fmt: skip
    assert changed.digest != _spec().digest
    assert b'"probability":"0.8"' in _spec().canonical()


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ({"ratio": (2, 1), "length": 3}, "it is not that of the minimization"),
        ({"strata": ("x", "y")}, "a stock is shared by all"),
        ({"length": 5}, "5 kits do not hold the ratio 1:1"),
        ({"design": "complete"}, "'complete' takes the slots in order, without an allocator"),
    ],
)
def test_a_stock_that_cannot_be_is_refused(spec: dict[str, object], what: str) -> None:
    assert refusal(_spec, **spec).what == what


def test_its_annex_is_empty() -> None:
    check_annex(_spec(), Annex(bytes(32)))
    problem = refusal(check_annex, _spec(), Annex(bytes(32), (4,)))
    assert problem.todo == "Give neither block sizes nor a limit."
