"""Rules in terms, as loops take them, give the bounds that the rules give."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.instruments import Answer, Instrument, Part, instrument, instrument_names
from equipoise.instruments._terms import NO, YES, Given, Term

IN_TERMS = [
    *(instrument(name) for name in instrument_names() if instrument(name).in_terms),
    instrument("stop_bang", neck="original"),
    instrument("cpsp", cut_off=4),
    instrument("srs22", satisfaction_minimum=2),
]


def answers(part: Part) -> st.SearchStrategy[Answer]:
    if part.type == "boolean":
        return st.one_of(st.none(), st.booleans())
    step = 10**part.precision
    low, high = int(part.low * step), int(part.high * step)
    numbers = st.integers(low, min(high, low + 60 * step))
    return st.one_of(st.none(), numbers.map(lambda n: Decimal(n) / step))


def evaluated(term: Term) -> float:
    names = {"quotient": lambda x, y: x / y if y else math.nan}
    return float(eval(term.source, names))  # noqa: S307 - our own source


@pytest.mark.parametrize("scale", IN_TERMS, ids=lambda scale: f"{scale.name} {scale.settings}")
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_terms_are_the_rule(scale: Instrument, data: st.DataObject) -> None:
    given_ = {part.name: data.draw(answers(part), part.name) for part in scale.parts}
    parts = {
        name: Given(Term(repr(float(answer or 0))), Term(NO if answer is None else YES))
        for name, answer in given_.items()
    }
    assert scale.in_terms is not None
    bounds = scale.in_terms(parts, lambda term: term)
    for score in scale.scores:
        value = scale.score(given_)[score.name]
        expected = (value, value) if value is not None else scale.bounds(given_, score.name)
        for end, term in zip(expected, bounds[score.name], strict=True):
            number = score.codes.index(str(end)) if score.type == "choice" else Decimal(end)
            found = Decimal(evaluated(term))
            if score.type == "decimal":
                number, found = (
                    n.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for n in (Decimal(number), found)
                )
            assert found == number, (score.name, given_)


def test_the_instruments_of_the_shipped_trials_are_in_terms() -> None:
    assert {"child_pugh", "cpsp", "srs22", "stop_bang"} <= {scale.name for scale in IN_TERMS}
