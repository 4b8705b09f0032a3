"""The whole shipped study in plain NumPy, as a careful user would write it by hand for this trial.

Screening, consent, eligibility, permuted blocks, models by weight, the loop over minutes, answers,
adverse events, loss, the call at two years with SRS-22, and the risk ratio of each trial. It has
visits at the same hours for everybody and no ledger; its numbers are those of the two protocols.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from benchmarks.simulators.case import DRUGS, WISH, Case, Lived
from benchmarks.simulators.numpy_loop import feedback
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug
from equipoise.kernels.ward import BODY

TITLE = "NumPy by hand"
PARTICIPANTS = 200
AT_ONCE = 50
"""Trials side by side: 10,000 people, the size at which its loop is fastest."""


def run(trials: int, participants: int = PARTICIPANTS, threads: int = 1) -> dict[str, float]:
    """Simulate ``trials`` trials; return the means that tell whether it is the same study."""
    del threads
    sums: list[Any] = []
    for first in range(0, trials, AT_ONCE):
        sums += _some(first, min(AT_ONCE, trials - first), participants)
    pain, arms, ratios = (np.concatenate(part) for part in zip(*sums, strict=True))
    return {
        "chronic pain, combined": float(np.nanmean(pain[arms == 0])),
        "chronic pain, placebo": float(np.nanmean(pain[arms == 1])),
        "median risk ratio": float(np.nanmedian(ratios)),
    }


def _some(first: int, trials: int, participants: int) -> list[Any]:
    rng = np.random.default_rng((3, first))  # noqa: TID251
    people = trials * participants
    who = _willing(rng, people)
    arm = _blocks(rng, trials, participants).reshape(-1)
    _answers(rng, who, _on_the_pump(rng, who, arm, first), arm)
    pain = _two_years(rng, who)
    events, observed = np.zeros((trials, 2)), np.zeros((trials, 2))
    pain, arms = pain.reshape(trials, participants), arm.reshape(trials, participants)
    for side in (0, 1):
        here = (arms == side) & ~np.isnan(pain)
        observed[:, side], events[:, side] = here.sum(1), (here & (pain == 1)).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = events / observed
        ratios = rates[:, 0] / rates[:, 1]
    return [(pain.reshape(-1), arm, ratios)]


def _willing(rng: Any, people: int) -> dict[str, Any]:
    """Screen until enough are willing and eligible."""
    found: list[dict[str, Any]] = []
    have = 0
    while have < people:
        one = _screened(rng, int(1.9 * (people - have)) + 50)
        keep = np.flatnonzero(one.pop("eligible"))[: people - have]
        found.append({name: values[keep] for name, values in one.items()})
        have += keep.size
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def _screened(rng: Any, n: int) -> dict[str, Any]:
    def chance(p: Any) -> Any:
        return rng.random(n) < p

    def lognormal(median: Any, cv: float) -> Any:
        return median * np.exp(np.sqrt(np.log1p(cv * cv)) * rng.standard_normal(n))

    male = chance(0.26)
    age = np.clip(lognormal(27.0, 0.38), 15, 75)
    height = 158 + 10 * male + 6.5 * rng.standard_normal(n)
    weight = lognormal(52.5 + 9 * male, 0.16)
    osa = chance(0.01)
    stop_bang = (
        chance(_expit(-2.2 + 0.8 * male + 0.02 * (age - 27))) * 1 + chance(0.12) + chance(0.01)
        + chance(_expit(-4.2 + 0.08 * (age - 27))) + (weight / (height / 100) ** 2 > 35)
        + (age > 50) + chance(_expit(-4.5 + 1.5 * male)) + male
    )  # fmt: skip
    bicarbonate = 25 + 1.8 * rng.standard_normal(n)
    child_pugh = (
        5 + (lognormal(11.0, 0.4) > 34) + (44 + 3 * rng.standard_normal(n) < 35)
        + (1.02 + 0.06 * rng.standard_normal(n) > 1.7)
    )  # fmt: skip
    excluded = osa | ((stop_bang >= 3) & (bicarbonate >= 28)) | (child_pugh >= 10)
    excluded |= 76 + 10 * rng.standard_normal(n) < 50
    excluded |= chance(0.002) & ~chance(0.001)
    for p in (0.001, 0.015, 0.008, 0.01, 0.006, 0.0005, 0.002, 0.006, 0.001, 0.001, 0.005, 0.0005,
              0.005, 0.01, 0.01):  # fmt: skip
        excluded |= chance(p)
    before = chance(_expit(-0.9 + 0.03 * (age - 27)))
    return {
        "eligible": (age >= 18) & (weight >= 40) & chance(0.985) & chance(0.92) & ~excluded,
        "male": male, "age": age, "weight": weight, "before": before,
        "pain": 2.7 + 0.25 * ~male + 0.3 * before - 0.01 * (age - 27)
        + 1.57 * rng.standard_normal(n),
        "movement": 2.44 + 0.1 * rng.standard_normal(n),
        "sleep": 4.6 + 1.3 * rng.standard_normal(n),
        "demand": lognormal(1.0, 0.8), "lot": rng.random(n),
        "wellbeing": 0.45 * rng.standard_normal(n),
    }  # fmt: skip


def _expit(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _blocks(rng: Any, trials: int, participants: int) -> Any:
    """Return permuted blocks of 4 and 6 of two arms, (trials, participants)."""
    count = participants // 4 + 1
    sizes = rng.choice([4, 6], (trials, count))
    tickets = rng.random((trials, count, 6))
    tickets[np.arange(6) >= sizes[:, :, None]] = 2
    arms = (tickets.argsort(axis=2).argsort(axis=2) >= sizes[:, :, None] // 2).astype(np.int8)
    inside = np.arange(6) < sizes[:, :, None]
    order = np.argsort(~inside.reshape(trials, -1), axis=1, kind="stable")[:, :participants]
    return np.take_along_axis(arms.reshape(trials, -1), order, axis=1)


def _on_the_pump(rng: Any, who: dict[str, Any], arm: Any, first: int) -> Lived:
    n, weight = arm.size, who["weight"]
    person = Covariates(weight_kg=70, age_y=27, height_cm=160, sex="female")
    models = np.empty((len(DRUGS), n, len(PARAMETERS)))
    powers = {"dexmedetomidine": [1, 1, 1, 0.75, 0.75, 0.75, 0],
              "esketamine": [1, 1, 1, 1, 1, 1, 0]}  # fmt: skip
    for d, name in enumerate(DRUGS):
        known = drug(name)
        sd = [known.variability[p].sd_log if p in known.variability else 0.0 for p in PARAMETERS]
        size = (weight[:, None] / 70) ** np.array(powers.get(name, [0] * 7))
        drawn = np.exp(np.array(sd) * rng.standard_normal((n, 7)))
        models[d] = np.array(astuple(known.typical(person))) * size * drawn
    combined = arm == 0
    strength = np.array([np.minimum(4 * weight, 250) / 200, 1.0 * combined, 250.0 * combined])
    columns: dict[str, Any] = WISH | {
        "start": who["pain"], "effect": -1.0 * combined, "per_min": 0.31 / 60 * who["demand"],
        "started_s": 60 * np.floor(60 * (13 + 5 * rng.random(n))),
    }  # fmt: skip
    body = np.stack([np.broadcast_to(columns[name], n) for name in BODY], axis=1)
    return feedback(Case(models, strength, np.empty((n, 0), np.int64), body, first + 1))


def _answers(rng: Any, who: dict[str, Any], lived: Lived, arm: Any) -> Any:
    """Return what is asked at the bedside, with gaps, and the adverse events."""
    shape = lived.pain[:, :7].shape
    asked = lived.pain[:, :7]
    rest = np.clip(np.floor(asked + 0.5), 0, 10)
    moving = np.clip(np.floor(asked + who["movement"][:, None] + 0.5), 0, 10)
    rest[rng.random(shape) < 0.004] = np.nan
    moving[rng.random(shape) < 0.006] = np.nan
    nights = lived.pain[:, 3:8]
    hours = np.array([17, 41, 65, 89, 113])
    sleep = who["sleep"][:, None] + 0.25 * (nights - 3) - 0.008 * hours - 1.5 * (arm == 0)[:, None]
    sleep = np.clip(np.floor(sleep + 1.1 * rng.standard_normal(nights.shape) + 0.5), 0, 10)
    sleep[rng.random(nights.shape) < 0.006] = np.nan
    chances = [0.30, 0.17, 0.16, 0.08, 0.05, 0.05, 0.06, 0.03, 0.04, 0.02, 0.01]
    events = rng.random((arm.size, len(chances))) < chances
    return rest, moving, sleep, events


def _two_years(rng: Any, who: dict[str, Any]) -> Any:
    """Return chronic pain (1, 0, not-a-number when lost); the questionnaire is drawn as well."""
    n = who["lot"].size

    def chance(p: Any) -> Any:
        return rng.random(n) < p

    risk = _expit(-1.1 + 0.55 * who["before"] + 0.25 * (who["pain"] - 3) + 0.15 * ~who["male"])
    sick = who["lot"] < risk
    present = chance(np.maximum(sick, 0.06))
    score = np.clip(np.floor(3.4 + 1.6 * rng.standard_normal(n) + 0.5), 1, 10)
    new, more = chance(0.06 + 0.60 * sick), chance(0.04 + 0.85 * sick)
    chronic = (
        present & (score >= 1) & (new | more) & ~chance(0.05) & ~chance(0.02)
        & ~chance(0.03 * who["before"])
    )  # fmt: skip
    means = np.repeat([4.25, 3.95, 3.85, 4.15, 4.35], [5, 5, 5, 5, 2])
    less = np.repeat([0.90, 0.35, 0.20, 0.45, 0.30], [5, 5, 5, 5, 2])
    scores = means + who["wellbeing"][:, None] - less * present[:, None]
    scores = np.clip(np.floor(scores + 0.7 * rng.standard_normal((n, 22)) + 0.5), 1, 5)
    scores[rng.random((n, 22)) < 0.004] = np.nan
    np.nanmean(scores, axis=1)
    lost = chance(0.02) | chance(_expit(-2.55 + 0.25 * risk))
    return np.where(lost, np.nan, chronic.astype(float))
