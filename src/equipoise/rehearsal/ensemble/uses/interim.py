"""Group-sequential looks at an ensemble: the planned analysis of the first randomized.

At a look the endpoint of the first participants is analysed as planned, as if all of them had
been followed up; information is taken to be the share of the participants. Limits are two-sided
and are those of :mod:`equipoise.analysis.estimators.group_sequential`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from equipoise.analysis.estimators.group_sequential import (
    Boundaries,
    Spend,
    obrien_fleming_type,
    pocock_type,
    spending,
)
from equipoise.errors import InputError
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.rows import rows_of
from equipoise.rehearsal.ensemble.uses.trials import Question, Share, column, direction

SPENDING: dict[str, Spend] = {"obrien-fleming": obrien_fleming_type, "pocock": pocock_type}


@dataclass(frozen=True)
class Course:
    """What looks do in one world: trials that stop at each for the better and for the worse.

    ``size`` is the mean number randomized and ``size_error`` its Monte Carlo error; ``fixed`` is
    the share of rejections of one look at the end.
    """

    scenario: str
    exchangeable: bool
    better: tuple[Share, ...]
    worse: tuple[Share, ...]
    rejected: Share
    size: float
    size_error: float
    fixed: Share


@dataclass(frozen=True)
class Interim:
    """The limits, the number randomized at each look, and what they do."""

    boundaries: Boundaries
    participants: tuple[int, ...]
    courses: tuple[Course, ...]


def interim(
    asked: Question, scenarios: Sequence[str], *, looks: Sequence[float], spend: str, trials: int
) -> Interim:
    """Return what looks at the shares ``looks`` of the participants do in each scenario.

    Raises InputError for looks that do not rise to 1 or an unknown spending function.
    """
    if spend not in SPENDING:
        raise InputError("--spending", f"there is no '{spend}'", f"Use {' or '.join(SPENDING)}.")
    wanted = [round(look * asked.size) for look in looks]
    limits = spending([n / asked.size for n in wanted], asked.alpha, SPENDING[spend], sides=2)
    courses = tuple(_course(replace(asked, scenario=each), limits, wanted, trials)
                    for each in dict.fromkeys(scenarios))  # fmt: skip
    return Interim(limits, tuple(wanted), courses)


def first_of(block: Block, participants: int) -> Block:
    """Return the block with the first ``participants`` randomized of each trial."""
    shape = block.arm.shape

    def cut(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.shape[:2] == shape:
            return value[:, :participants]
        if isinstance(value, dict):
            return {key: cut(each) for key, each in value.items()}
        return value

    return replace(block, **{each.name: cut(getattr(block, each.name)) for each in fields(block)})


def statistics(asked: Question, block: Block, wanted: Sequence[int]) -> NDArray[np.float64]:
    """Return Z at each look, positive for the better, 0 where there is no P: [trials, looks]."""
    found = []
    for n in wanted:
        rows = rows_of(first_of(block, n), block.program.protocol, asked.threads)
        p = np.nan_to_num(column(asked, rows, "p_value"), nan=1.0)
        z = stats.norm.isf(np.maximum(p, 1e-300) / 2)
        found.append(z * direction(asked, column(asked, rows, "estimate")))
    return np.column_stack(found)


def _course(asked: Question, limits: Boundaries, wanted: Sequence[int], trials: int) -> Course:
    z = np.concatenate([statistics(asked, block, wanted) for block in asked.blocks(0, trials)])
    crossed = np.abs(z) >= np.array(limits.upper)
    stops = crossed.copy()
    stops[:, -1] = True
    at = stops.argmax(axis=1)
    trial = np.arange(trials)
    rejects, sign = crossed[trial, at], z[trial, at] > 0
    sizes = np.array(wanted, np.float64)[at]

    def share(which: NDArray[np.bool_]) -> Share:
        return Share(int(which.sum()), trials)

    places = range(len(wanted))
    return Course(
        asked.scenario, asked.exchangeable,
        tuple(share(rejects & sign & (at == place)) for place in places),
        tuple(share(rejects & ~sign & (at == place)) for place in places),
        share(rejects), float(sizes.mean()), float(sizes.std(ddof=1) / np.sqrt(trials)),
        share(np.abs(z[:, -1]) > stats.norm.isf(asked.alpha / 2)),
    )  # fmt: skip
