"""What makes an ensemble, and what is refused before anything is made."""

from __future__ import annotations

import pytest

from equipoise.rehearsal.ensemble.plan import Cell, Ensemble, compiled
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import knees
from tests.rehearsals.knee import study


def test_every_scenario_is_crossed_with_every_value() -> None:
    vary = {"demand.per_h": [1.0, 2.0], "attrition.lost": [0.0, 0.5]}
    cells = knees(vary=vary).cells
    assert [cell.name for cell in cells[:3]] == [
        "plain, demand.per_h = 1, attrition.lost = 0",
        "plain, demand.per_h = 1, attrition.lost = 0.5",
        "plain, demand.per_h = 2, attrition.lost = 0",
    ]
    assert len(cells) == 8


def test_a_manifest_reads_back() -> None:
    whole = knees(vary={"demand.per_h": [1.0, 2.0]})
    assert Ensemble.from_json(whole.as_json()) == whole


def test_the_last_chunk_is_as_short_as_it_must_be() -> None:
    chunks = knees(trials=25).chunks(1)
    assert [(chunk.first, chunk.trials) for chunk in chunks] == [(0, 10), (10, 10), (20, 5)]
    assert knees(chunk=None).chunk == 8334  # about 100,000 people


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"trials": 0}, "0 trials make no ensemble"),
        ({"seed": -1}, "-1 is not a whole number of 64 bits"),
        ({"chunk": 0}, "0 trials cannot be kept together"),
        ({"scenarios": ("plane",)}, "is not in the protocol of KNEE-PCA"),
        ({"scenarios": ("plain", "plain")}, "one is asked for twice"),
        ({"vary": {"demand.perh": [1.0]}}, "is not a number under `rehearsal`"),
        ({"vary": {"recruitment.consent": [2.0]}}, "cannot be 2.0: input should be less than"),
        ({"vary": {"covariates.years.normal.7": [2.0]}}, "is not a number under `rehearsal`"),
    ],
)
def test_what_makes_no_ensemble_is_refused(changed: dict[str, object], says: str) -> None:
    assert says in refusal(knees, **changed).what


def test_the_nearest_name_is_suggested() -> None:
    assert refusal(knees, vary={"demand.perh": [1.0]}).todo == "Did you mean 'demand.per_h'?"
    assert refusal(knees, scenarios=("plane",)).todo == "Did you mean 'plain'?"


def test_what_is_varied_changes_the_world_and_the_program() -> None:
    world = compiled(study(), Cell("plain", {"covariates.years.normal.1": 2.0}), 12).world
    assert world.covariates["years"] == {"normal": [66, 2.0]}
