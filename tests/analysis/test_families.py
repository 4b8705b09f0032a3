from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equipoise.analysis.endpoints import Result
from equipoise.analysis.estimators.multiplicity import fixed_sequence, holm, hommel
from equipoise.analysis.families import PROCEDURES, adjust
from equipoise.protocol.estimand import Multiplicity
from tests.small import analysis


def _family(procedure: str, *endpoints: str) -> Multiplicity:
    given = {"title": "Family", "procedure": procedure, "endpoints": endpoints}
    return Multiplicity.model_validate(given)


def _results(**p: float) -> list[Result]:
    one = analysis().results[0]
    return [
        replace(
            one,
            endpoint=name,
            visit=None,
            estimate=replace(one.estimate, p_value=np.float64(value)),
        )
        for name, value in p.items()
    ]


def test_p_values_are_adjusted_in_the_order_of_the_family() -> None:
    results = _results(a=0.01, b=0.04, c=0.03)
    found = adjust(_family("fixed sequence", "b", "a", "c"), results)
    assert [each.endpoint for each in found] == ["b", "a", "c"]
    assert [each.p_value for each in found] == pytest.approx(fixed_sequence([0.04, 0.01, 0.03]))
    found = adjust(_family("Holm", "a", "b", "c"), results)
    assert [each.p_value for each in found] == pytest.approx(holm([0.01, 0.04, 0.03]))
    assert [each.rejected for each in found] == [True, False, False]


def test_every_visit_is_a_hypothesis() -> None:
    mine = [r for r in analysis().results if r.endpoint == "pain_at_rest"]
    found = adjust(_family("Holm", "pain_at_rest"), analysis().results)
    assert [each.visit for each in found] == [r.visit for r in mine]
    assert [each.p_value for each in found] == pytest.approx(
        holm([float(r.estimate.p_value) for r in mine])
    )


def test_what_could_not_be_estimated_gains_nothing() -> None:
    results = _results(a=0.02, b=np.nan)
    found = adjust(_family("Holm", "a", "b", "gone"), results)
    assert [each.p_value for each in found] == pytest.approx([0.06, 1.0, 1.0])
    found = adjust(_family("fixed sequence", "gone", "a"), results)
    assert [each.rejected for each in found] == [False, False]


def test_every_procedure_that_a_protocol_can_name_is_there() -> None:
    for procedure in PROCEDURES:
        assert _family(procedure, "a").procedure == procedure
    named = Multiplicity.model_fields["procedure"].annotation
    assert {*PROCEDURES, "graphical"} == set(named.__args__)  # type: ignore[union-attr]


def test_alpha_is_handed_on_along_the_graph() -> None:
    """b has all of alpha and hands half of it to c, half to a; c hands its own to a."""
    family = Multiplicity.model_validate(
        {
            "title": "Family",
            "procedure": "graphical",
            "endpoints": ("a", "b", "c"),
            "graph": {
                "weights": {"b": 1},
                "transitions": {"b": {"a": 0.5, "c": 0.5}, "c": {"a": 1}},
            },
        }
    )
    found = adjust(family, _results(a=0.03, b=0.01, c=0.02))
    assert [each.p_value for each in found] == pytest.approx([0.04, 0.01, 0.04])
    found = adjust(family, _results(a=0.001, b=0.06, c=0.001))
    assert not any(each.rejected for each in found)


def test_hommel_gains_on_hochberg() -> None:
    results = _results(a=0.01, b=0.02, c=0.022, d=0.09)
    names = ("a", "b", "c", "d")
    gained, plain = (adjust(_family(by, *names), results) for by in ("Hommel", "Hochberg"))
    assert [each.p_value for each in gained] == pytest.approx(hommel([0.01, 0.02, 0.022, 0.09]))
    assert gained[0].p_value < plain[0].p_value
