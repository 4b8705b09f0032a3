"""What can be measured of a participant without looking at outcomes, and how well it tells arms."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from equipoise.rules.allocation.kits import SYMBOLS

Shown = dict[str, Any]
Floats = NDArray[np.float64]
Features = dict[str, Floats]

FALSE_ALARM = 0.001
FOLDS = 5


# --- features -------------------------------------------------------------------------------------


def features(shown: Sequence[Shown]) -> tuple[list[str], Features]:
    """Return the randomized in the order in which they are shown, and every feature of them.

    ``shown`` are the events that masked people read, in the order in which they are shown.
    """
    of: dict[str, list[Shown]] = defaultdict(list)
    place: dict[int, int] = {}
    for index, event in enumerate(shown):
        place[id(event)] = index
        if event["participant"]:
            of[event["participant"]].append(event)
    people = [e["participant"] for e in shown if e["kind"] == "Randomized"]
    kinds = sorted({event["kind"] for events in of.values() for event in events})
    rows: list[dict[str, float]] = []
    for order, number in enumerate(people):
        first = {kind: next((e for e in of[number] if e["kind"] == kind), None) for kind in kinds}
        row = {"order": float(order), "number": float(number.lstrip("P"))}
        row |= _of_kit(first["Randomized"])
        row |= _of_times(first)
        for kind in kinds:
            mine = [event for event in of[number] if event["kind"] == kind]
            row[f"count {kind}"] = float(len(mine))
            row[f"bytes {kind}"] = float(sum(len(json.dumps(event)) for event in mine))
        row["count"] = float(len(of[number]))
        row["bytes"] = float(len(json.dumps(of[number])))
        row["place"] = float(np.mean([place[id(event)] for event in of[number]]))
        row["place of first"] = float(place[id(of[number][0])])
        row["place of last"] = float(place[id(of[number][-1])])
        rows.append(row)
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    for name in ("number", "slot", "place of first", "place of last", "randomized at"):
        before = np.diff(table[name], prepend=table[name][0])
        table[f"gap before: {name}"] = before
        table[f"gap after: {name}"] = np.roll(before, -1)
    return people, {name: column for name, column in table.items() if np.ptp(column) > 0}


def _of_kit(randomized: Shown | None) -> dict[str, float]:
    assert randomized
    content = randomized["content"]
    values = [SYMBOLS.index(symbol) for symbol in content["kit"]]
    number = 0
    for value in values:
        number = number * len(SYMBOLS) + value
    return {
        **{f"kit symbol {n}": float(value) for n, value in enumerate(values)},
        "kit number": float(number),
        "kit sum": float(sum(values)),
        "kit parity": float(sum(values) % 2),
        "kit letters": float(sum(symbol.isalpha() for symbol in content["kit"])),
        "kit ascents": float(sum(a < b for a, b in pairwise(values))),
        "slot": float(content["slot"]),
        "slot parity": float(content["slot"] % 2),
        **{f"slot modulo {n}": float(content["slot"] % n) for n in (3, 4, 5, 6, 8)},
    }


def _of_times(first: Mapping[str, Shown | None]) -> dict[str, float]:
    """Return hours of the day and gaps, in seconds; -1 for what did not happen."""
    found = {}
    moments = {
        kind: datetime.fromisoformat(event["recorded_at"]) if event else None
        for kind, event in first.items()
        if kind in ("Screened", "Randomized", "PumpStarted", "ConsentGiven")
    }
    randomized = moments["Randomized"]
    assert randomized
    found["randomized at"] = randomized.timestamp()
    for kind, moment in moments.items():
        day = moment.hour * 3600 + moment.minute * 60 + moment.second if moment else -1
        found[f"time of day {kind}"] = float(day)
        found[f"second {kind}"] = float(moment.second if moment else -1)
        gap = (moment - randomized).total_seconds() if moment else -1.0
        found[f"from randomization to {kind}"] = gap
    return found


# --- how well they tell ---------------------------------------------------------------------------


def auc(score: Floats, arm: NDArray[np.bool_]) -> float:
    """Return the chance that the score of one of the second arm is the higher; ties count half."""
    ranks, n = rankdata(score), int(arm.sum())
    return float((ranks[arm].sum() - n * (n + 1) / 2) / (n * (len(arm) - n)))


def band(arm: NDArray[np.bool_], tests: int = 1) -> float:
    """Return how far an AUC of nothing strays from one half, in 99.9 % of ``tests`` taken together.

    The rank sum's variance without ties (Mann and Whitney 1947, doi:10.1214/aoms/1177730491) is the
    greatest; Bonferroni shares 0.001 among the tests. Blocks only make it smaller.
    """
    n, m = int(arm.sum()), int((~arm).sum())
    return float(-ndtri(FALSE_ALARM / 2 / tests) * np.sqrt((n + m + 1) / (12 * n * m)))


def cross_validated(columns: Features, arm: NDArray[np.bool_]) -> float:
    """Return the mean AUC of a ridge logistic regression on folds that it has not seen."""
    x = np.column_stack([rankdata(column) / len(column) - 0.5 for column in columns.values()])
    fold = np.arange(len(arm)) * 7919 % len(arm) % FOLDS  # a fixed order that mixes neighbours
    scores = []
    for held in range(FOLDS):
        seen = fold != held
        weights = _fit(x[seen], arm[seen])
        scores.append(auc(x[~seen] @ weights, arm[~seen]))
    return float(np.mean(scores))


def _fit(x: Floats, arm: NDArray[np.bool_], penalty: float = 1.0) -> Floats:
    """Return the weights of a logistic regression with a ridge penalty, by Newton's method."""
    x = np.column_stack([x, np.ones(len(x))])
    ridge = penalty * np.eye(x.shape[1])
    ridge[-1, -1] = 0.0
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (arm - p) - ridge @ weights
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights[:-1]


def telling(
    shown: Sequence[Shown], arm_of: Mapping[str, int]
) -> tuple[list[str], dict[str, float]]:
    """Return the features that tell the arm beyond chance, and all measured figures."""
    people, columns = features(shown)
    arm = np.array([arm_of[number] == 1 for number in people])
    single = {name: auc(column, arm) for name, column in columns.items()}
    joint, many, one = cross_validated(columns, arm), band(arm, len(columns)), band(arm)
    found = [name for name, value in single.items() if abs(value - 0.5) > many]
    found += ["all together"] if abs(joint - 0.5) > one else []
    figures = {
        "features": float(len(columns)),
        "largest": max(abs(value - 0.5) for value in single.values()),
        "band": many,
        "all together": joint,
        "band of one": one,
    }
    return found, figures
