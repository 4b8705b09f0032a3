from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from equipoise.analysis.estimators.event_counts import imputed_events
from equipoise.analysis.estimators.imputation import impute_binary
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.chance import Chance

N = 120
ARM = np.arange(N) % 2 == 0
Z = normals(Chance(1), (), np.arange(N), "z", 1)
U = uniforms(Chance(2), (), np.arange(N), "u", 4)
EVENT = np.where(U[:, 0] < special.expit(Z[:, 0] - ARM), 1.0, 0.0)
HOLES = np.where(U[:, 1] < 0.25, np.nan, EVENT)


@pytest.mark.parametrize("model", ["own arm", "both arms", "reference arm"])
@pytest.mark.parametrize("delta", [(0.0, 0.0), (2.0, -30.0)])
def test_events_counted_are_those_of_the_completed_data(
    model: Any, delta: tuple[float, float]
) -> None:
    arms = np.array([ARM, ~ARM, U[:, 2] < 0.3])
    values, z = np.array([HOLES, EVENT, HOLES]), np.array([Z, Z, -Z])
    how: dict[str, Any] = {"covariates": z, "model": model, "delta": delta}
    draws = Draws(Chance(9), 400)
    done = impute_binary(values, arms, draws, **how)
    counted = imputed_events(values, arms, draws, **how)
    for place, arm in enumerate((arms, ~arms)):
        assert (counted[..., place] == (done * arm[:, None, :]).sum(axis=-1)).all()


def test_a_number_as_near_as_can_be_to_the_chance_is_counted_as_it_is_drawn() -> None:
    # a shift that makes the log odds of somebody the logit of one of their numbers
    draws = Draws(Chance(7), 40)
    who = np.flatnonzero(np.isnan(HOLES) & ARM)[0]
    only = np.where(np.arange(N) == who, np.nan, EVENT)
    u = draws.uniforms((), N, "imputed event")[who]
    rest = special.logit(EVENT[ARM & (np.arange(N) != who)].mean())
    for near in special.logit(u):
        delta = (float(near - rest), 0.0)
        done = impute_binary(only, ARM, draws, delta=delta)
        counted = imputed_events(only, ARM, draws, delta=delta)
        assert (counted[:, 0] == done[:, ARM].sum(axis=-1)).all()


def test_events_that_cannot_be_imputed_are_not_counted() -> None:
    nothing = np.where(ARM, np.nan, EVENT)
    assert np.isnan(imputed_events(nothing, ARM, Draws(Chance(1), 3))).all()
    whole = imputed_events(EVENT, ARM, Draws(Chance(1), 3))
    assert whole.tolist() == [[EVENT[ARM].sum(), EVENT[~ARM].sum()]] * 3
