"""How near a drug comes to a concentration at which it does something, and the worst that can be.

The worst patient presses at every end of the lockout, day and night, has every bolus the pump
allows, and gets a fresh bag the second the last one is dry. That is more than a ward would do: it
bounds what the pump's program permits. Concentrations are exact, also between flows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from equipoise.chance import Chance
from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS
from equipoise.infusion.drugs import drug as drug_of
from equipoise.infusion.drugs import drugs
from equipoise.infusion.program import Program as PumpProgram
from equipoise.infusion.pump import Pump
from equipoise.kernels.compartments import advance, modes
from equipoise.kernels.compiled import njit
from equipoise.kernels.peak import LONGEST_MIN, highest_effect
from equipoise.rehearsal.ensemble.by_arm import landmarks
from equipoise.rehearsal.ensemble.plan import usable
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

Floats = NDArray[np.float64]

QUANTILES = (0.5, 0.9, 0.99)
WEIGHTS = (0.01, 0.5, 0.99)
"""Light, middling and heavy: quantiles of the weight of those randomized."""


GIVEN = "as given"
"""What is said of a threshold that is no landmark of its drug."""


@dataclass(frozen=True)
class Threshold:
    """A concentration at the effect site, and what it is known for."""

    drug: str
    ng_ml: float
    meaning: str


@dataclass(frozen=True)
class Passed:
    """People of an arm whose concentration reaches the threshold at any time, as trials have it.

    ``error`` is the Monte Carlo standard error with trials as clusters.
    """

    threshold: Threshold
    arm: str
    people: Share
    error: float


@dataclass(frozen=True)
class Worst:
    """Peaks of the worst patient of a weight: at QUANTILES of persons, and who passes."""

    threshold: Threshold
    arm: str
    weight_kg: float
    typical_ng_ml: float
    peaks_ng_ml: tuple[float, ...]
    passes: Share


@dataclass(frozen=True)
class Exposure:
    """What is found: ``worst_ml`` is what the worst patient gets."""

    trials: int
    passed: tuple[Passed, ...]
    worst: tuple[Worst, ...]
    worst_ml: float
    boluses: int


def exposure(asked: Question, given: dict[str, float], *, trials: int, persons: int) -> Exposure:
    """Return how often thresholds are passed; ``given`` (ng/ml by drug) add to the landmarks.

    Raises :class:`InputError` for a drug that is in no bag, or when nobody is randomized.
    """
    whole = replace(asked, peaks=True)
    program = whole.program()
    thresholds = _thresholds(program, given)
    arms = program.arms
    counts: dict[tuple[Threshold, str], list[NDArray[np.int64]]] = {}
    weights: list[Floats] = []
    body = usable(asked.loaded).root.body
    people: list[Floats] = []
    for block in whole.blocks(0, trials):
        weights.append(block.baseline[body.weight_kg].ravel().astype(np.float64))
        people.append(
            np.column_stack(
                [
                    block.baseline[name].ravel().astype(np.float64)
                    for name in (body.weight_kg, body.age_y, body.height_cm, body.sex)
                ]
            )
        )
        for threshold in thresholds:
            above = block.peak_ng_ml[threshold.drug] >= threshold.ng_ml
            for place, arm in enumerate(arms):
                inside = block.treated & (block.arm == place)
                pair = np.column_stack([(above & inside).sum(axis=1), inside.sum(axis=1)])
                counts.setdefault((threshold, arm), []).append(pair)
    passed = [
        _passed(threshold, arm, np.concatenate(pairs)) for (threshold, arm), pairs in counts.items()
    ]
    flows = worst_flows(program)
    everyone = np.concatenate(people)
    worst = [
        each
        for threshold in thresholds
        for each in _worst(program, threshold, everyone, flows, asked.seed, persons)
    ]
    got = float(np.sum(flows[:, 2] * (flows[:, 1] - flows[:, 0]) / 60))
    background = program.pump.background_ml_h
    return Exposure(trials, tuple(passed), tuple(worst), got, int(np.sum(flows[:, 2] > background)))


def _thresholds(program: Program, given: dict[str, float]) -> list[Threshold]:
    for name in given:
        if name not in program.drugs:
            raise InputError(
                f"drug '{name}'",
                "is in no bag of this study",
                f"Use one of {', '.join(program.drugs)}.",
            )
    known = [
        Threshold(name, mark.ng_ml, mark.names["en"])
        for name, mark in landmarks(program)
        if name not in given
    ]
    found = [*known, *(Threshold(name, level, GIVEN) for name, level in given.items())]
    return sorted(found, key=lambda each: program.drugs.index(each.drug))


def _passed(threshold: Threshold, arm: str, pairs: NDArray[np.int64]) -> Passed:
    above, treated = pairs.sum(axis=0)
    share = above / treated if treated else np.nan
    apart = pairs[:, 0] - share * pairs[:, 1]
    error = np.sqrt(len(pairs) * apart.var(ddof=1)) / treated if len(pairs) > 1 else np.nan
    return Passed(threshold, arm, Share(int(above), int(treated)), float(error))


def worst_flows(program: Program) -> Floats:
    """Return the flow of who presses at every end of the lockout: rows (start, end, ml/h)."""
    part = usable_pump(program)
    pump, lockout_s = Pump(part), int(np.ceil(60 * part.lockout_min - 1e-6))
    stop_min = program.pump.stop_min
    pump.start(0.0)
    at_s = 0
    while at_s / 60 < stop_min:
        dry = pump.empty_at()
        if dry is not None and dry <= at_s / 60:
            pump.refill(at_s / 60, part.reservoir_ml)
        pump.press(at_s / 60)
        dry = pump.empty_at()
        following = at_s + lockout_s
        if dry is not None and dry < min(following / 60, stop_min):
            pump.refill(float(np.ceil(60 * dry) / 60), part.reservoir_ml)
        at_s = following
    pump.stop(stop_min, "")
    flows = pump.flows(0.0, stop_min)
    return np.array([(flow.start_min, flow.end_min, flow.rate_ml_h) for flow in flows])


def usable_pump(program: Program) -> PumpProgram:
    """Return the pump's program of the study; every program of an ensemble has one."""
    part = program.protocol.root.pump
    assert part is not None
    return PumpProgram.of(part)


def _worst(
    program: Program,
    threshold: Threshold,
    everyone: Floats,
    flows: Floats,
    seed: int,
    persons: int,
) -> list[Worst]:
    found, place = [], program.drugs.index(threshold.drug)
    order = np.argsort(everyone[:, 0], kind="stable")
    sexes = _male_code(program)
    for share in WEIGHTS:
        person = everyone[order[round(share * (len(order) - 1))]]
        weight, age, height = (person[k : k + 1] for k in range(3))
        male = np.array([person[3] == sexes])
        typical = program.models.typical(weight, age, height, male)[place, 0]
        models = np.vstack([typical, typical * _individuals(threshold.drug, seed, persons)])
        for number, arm in enumerate(program.arms):
            bag = program.bags.ug_per_ml(np.array([number], np.int8), weight)[place, 0]
            if bag == 0:
                continue
            peaks = _peaks(models, flows, bag)
            found.append(
                Worst(
                    threshold,
                    arm,
                    float(person[0]),
                    float(peaks[0]),
                    tuple(np.quantile(peaks[1:], QUANTILES).tolist()),
                    Share(int((peaks[1:] >= threshold.ng_ml).sum()), persons),
                )
            )
    return found


def _male_code(program: Program) -> float:
    body = program.protocol.root.body
    items = {i.id: i for form in program.protocol.all_forms().values() for i in form.items}
    codes = list(items[body.sex].codes or ())
    return float(codes.index(body.male)) if body.male in codes else -1.0


def _individuals(name: str, seed: int, persons: int) -> Floats:
    """Return what each person's parameters are times the typical ones: [persons, parameters]."""
    if name not in drugs():
        return np.ones((persons, len(PARAMETERS)))
    varying = drug_of(name).variability
    normals = np.array(
        [
            [Chance(seed, person).normal(0, f"worst {name}", k) for k in range(len(PARAMETERS))]
            for person in range(persons)
        ]
    )
    sd = np.array([varying[each].sd_log if each in varying else 0.0 for each in PARAMETERS])
    return np.asarray(np.exp(normals * sd))


@njit(cache=True, error_model="numpy")
def _peaks(models: Floats, flows: Floats, ug_per_ml: float) -> Floats:
    """Return the highest effect-site concentration of each model, also after the flow's end."""
    found = np.zeros(models.shape[0])
    for i in range(models.shape[0]):
        m = models[i]
        mode, ke0 = modes(m[0], m[1], m[2], m[3], m[4], m[5]), m[6]
        state = (0.0, 0.0, 0.0, 0.0)
        best = 0.0
        for k in range(flows.shape[0]):
            rate, dt = flows[k, 2] / 60.0 * ug_per_ml, flows[k, 1] - flows[k, 0]
            best = highest_effect(state, mode, ke0, rate, dt, best)
            state = advance(state, mode, ke0, rate, dt)
        found[i] = highest_effect(state, mode, ke0, 0.0, LONGEST_MIN, best)
    return found
