"""How the trials of a block went in each arm: counts, sums over those treated, extremes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.infusion.drug import Landmark
from equipoise.infusion.drugs import drug, drugs
from equipoise.kernels.compiled import njit
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.program import Program

Arms = NDArray[np.int8]
"""The arm by which each participant counts, -1 for none."""
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def landmarks(program: Program) -> Iterator[tuple[str, Landmark]]:
    """Yield each drug of the program with each published concentration to compare with."""
    for name in program.drugs:
        if name in drugs():
            for landmark in drug(name).landmarks:
                yield name, landmark


def use(block: Block) -> dict[str, NDArray[Any]]:
    """Return what the pump was asked and gave, over (trials, participants)."""
    return {
        "demands": block.demands, "delivered": block.delivered,
        **{f"denied.{reason}": values for reason, values in block.denied.items()},
        "infused_ml": block.infused_ml, "bags": block.bags,
        **{f"dose_ug.{name}": values for name, values in block.dose_ug.items()},
        **{f"peak_ng_ml.{name}": values for name, values in block.peak_ng_ml.items()},
    }  # fmt: skip


def by_arm(block: Block) -> dict[str, NDArray[Any]]:
    """Return by name what is known of each arm in each trial, (arms, trials); in docs/ensembles.md.

    All but the counts of those randomized and of the studies are over those treated.
    """
    given = np.where(block.treated, block.arm, np.int8(-1))
    treated = _counted(block.treated, given, block)
    found: dict[str, NDArray[Any]] = {
        "randomized": _counted(np.ones_like(block.treated), block.arm, block), "treated": treated,
    }  # fmt: skip
    greatest: dict[str, Floats] = {}
    for name, values in use(block).items():
        if values.dtype.kind == "f":
            found[name], greatest[name] = _summed(values, given, block)
        else:
            found[name] = _counted(values, given, block)
    peaks = [name for name in found if name.startswith("peak_ng_ml")]
    sums = {name: found.pop(name) for name in peaks}  # they stand behind the bags
    found["refilled"] = _counted(np.asarray(block.bags > 1), given, block)
    found["refills"] = _counted(np.maximum(block.bags, 1) - 1, given, block)
    found |= _bag_life(block, treated, found["infused_ml"], greatest["infused_ml"])
    for name in peaks:
        found[name] = sums[name]
        found[name.replace("peak", "peak_max", 1)] = np.where(treated > 0, greatest[name], np.nan)
    for name, landmark in landmarks(block.program):
        peak = block.peak_ng_ml[name]
        reached = np.where(np.isnan(peak), np.float32(np.nan), peak >= landmark.ng_ml)
        found[f"above.{name}.{landmark.ng_ml:g}"], _ = _summed(reached, given, block)
    anything = np.zeros_like(block.treated)
    for place, term in enumerate(block.program.adverse_events):
        happened = np.ascontiguousarray(block.adverse_events[:, :, place])
        anything |= happened
        found[f"adverse_event.{term}"] = _counted(happened, given, block)
    found["adverse_event"] = _counted(anything, given, block)
    for study in block.program.studies:
        for name, by_study in (
            ("enrolled", block.enrolled), ("lost", block.lost), ("declined", block.declined),
            ("withdrawn", block.withdrawn),
        ):  # fmt: skip
            if study in by_study:
                found[f"{name}.{study}"] = _counted(by_study[study], block.arm, block)
    return found


def _bag_life(
    block: Block, treated: Counts, infused: Floats, most: Floats
) -> dict[str, NDArray[Any]]:
    """Return how long a full bag lasts at the mean rate of the arm, and at the fastest."""
    pump = block.program.pump
    hours = pump.stop_min / 60
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, least = pump.bag_ml * hours * treated / infused, pump.bag_ml * hours / most
    return {
        "bag_life_h": np.where(np.isfinite(mean), mean, np.nan),
        "bag_life_min_h": np.where(np.isfinite(least), least, np.nan),
    }


# --- one pass over the participants ---------------------------------------------------------


def _counted(values: NDArray[Any], arms: Arms, block: Block) -> Counts:
    """Return the sum of whole numbers, or of truths, of each arm in each trial."""
    sums = np.zeros((len(block.program.arms), block.trials), np.int64)
    _count(np.ascontiguousarray(values, np.int32), arms, sums)
    return sums


def _summed(values: NDArray[Any], arms: Arms, block: Block) -> tuple[Floats, Floats]:
    """Return the sum of each arm in each trial, and the greatest value or 0."""
    sums, greatest = (np.zeros((len(block.program.arms), block.trials)) for _ in range(2))
    _sum(np.ascontiguousarray(values, np.float32), arms, sums, greatest)
    return sums, greatest


@njit(cache=True, nogil=True)
def _count(values: NDArray[np.int32], arms: Arms, sums: Counts) -> None:
    for trial in range(values.shape[0]):
        for arm in range(sums.shape[0]):
            total = 0
            for i in range(values.shape[1]):
                total += values[trial, i] if arms[trial, i] == arm else 0
            sums[arm, trial] = total


@njit(cache=True, nogil=True)
def _sum(values: NDArray[np.float32], arms: Arms, sums: Floats, greatest: Floats) -> None:
    """Write the sum and the greatest value above 0; not-a-number is handed on by both.

    Four of each run side by side. Sums of so many float32 in float64 are exact in whatever order,
    as long as no value is two million times as great as another.
    """
    n = values.shape[1]
    row = np.zeros(n + 3)  # up to a multiple of four
    for trial in range(values.shape[0]):
        for arm in range(sums.shape[0]):
            for i in range(n):
                row[i] = values[trial, i] if arms[trial, i] == arm else np.float32(0.0)
            a = b = c = d = most_a = most_b = most_c = most_d = 0.0
            for i in range(0, n, 4):
                a += row[i]
                b += row[i + 1]
                c += row[i + 2]
                d += row[i + 3]
                most_a = max(row[i], most_a)
                most_b = max(row[i + 1], most_b)
                most_c = max(row[i + 2], most_c)
                most_d = max(row[i + 3], most_d)
            total = (a + b) + (c + d)
            most = max(most_a, most_b, most_c, most_d)
            sums[arm, trial] = total
            greatest[arm, trial] = np.nan if np.isnan(total) else most
