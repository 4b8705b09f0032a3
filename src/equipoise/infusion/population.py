"""Known doses in many people: their models, what flowed in, the concentrations, all as arrays.

:class:`equipoise.infusion.pharmacokinetics.Course` follows one person as things happen; here
everything is known beforehand, and people are computed side by side
(:mod:`equipoise.kernels.given`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS, Drug
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp
from equipoise.kernels.given import given

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Flows:
    """What flowed into each of many people, in segments of constant rate, end to end from minute 0.

    ``end_min`` and ``rate_ml_h`` have an entry for each segment, one person's after the other's;
    person i has those from ``offsets[i]`` to before ``offsets[i + 1]``. With two offsets everybody
    has the same. Nothing flows after the last segment. Raises InputError when a person's segments
    do not follow each other, or a rate is negative or not finite.
    """

    end_min: Floats
    rate_ml_h: Floats
    offsets: Counts

    def __post_init__(self) -> None:
        """Refuse what cannot have flowed."""
        end, rate, offsets = self.end_min, self.rate_ml_h, self.offsets
        if not (
            end.ndim == offsets.ndim == 1 and end.shape == rate.shape and offsets.size > 1
            and offsets[0] == 0 and offsets[-1] == end.size and (np.diff(offsets) >= 0).all()
        ):  # fmt: skip
            raise InputError(
                "flows",
                f"{end.size} ends, {rate.size} rates and {offsets.size} offsets do not fit",
                "Give an end and a rate for each segment, and offsets that rise from 0.",
            )
        first = np.zeros(end.size, bool)
        first[offsets[:-1][np.diff(offsets) > 0]] = True
        in_order = ((end[1:] >= end[:-1]) | first[1:]).all() and (end[first] >= 0).all()
        if not (in_order and np.isfinite(rate).all() and (rate >= 0).all()):
            raise InputError(
                "flows",
                "a segment ends before it begins, or has a rate that is negative or not a number",
                "Give ends (min) in order of time and rates (ml/h), zero or more.",
            )

    @classmethod
    def each(cls, people: Iterable[Iterable[tuple[float, float]]]) -> Flows:
        """Return the flows of people whose segments are (end in min, rate in ml/h)."""
        rows = [list(segments) for segments in people]
        table = np.array([row for segments in rows for row in segments], float).reshape(-1, 2)
        offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return cls(np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]), offsets)


class Concentrations(NamedTuple):
    """In plasma and at the effect site (ng/ml), both of shape (..., people, times)."""

    plasma_ng_ml: Floats
    effect_ng_ml: Floats


def individuals(drug: Drug, typical: ArrayLike, normals: ArrayLike) -> Floats:
    """Return the models of people, (people, 7), as :meth:`Drug.individual` draws each.

    ``typical`` are the parameters of their typical models, in the order of ``PARAMETERS``: (7,) or
    (people, 7). ``normals`` are standard normal numbers, (people, 7). Raises InputError when shapes
    do not fit.
    """
    spread = [drug.variability[p].sd_log if p in drug.variability else 0.0 for p in PARAMETERS]
    drawn = np.ascontiguousarray(normals, np.float64)
    if drawn.ndim != 2 or drawn.shape[1] != len(PARAMETERS):
        raise InputError(
            f"drug {drug.name}",
            f"normal numbers of shape {drawn.shape}",
            f"Give one for each person and each of {', '.join(PARAMETERS)}.",
        )
    around = _fitting("typical models", typical, drawn.shape)
    found = np.empty_like(drawn)
    _draw(around, np.array(spread), drawn, found)
    return found


def concentrations(
    models: ArrayLike, ug_per_ml: ArrayLike, flows: Flows, times_min: ArrayLike, threads: int = 1
) -> Concentrations:
    """Return the concentrations of many people at the same times, exact however they were dosed.

    ``models`` has shape (..., people, 7): the parameters of :class:`ThreeCompartment`, in its
    order; leading axes are drugs that flow together. ``ug_per_ml`` (..., people), or what becomes
    it by repetition, is how much of them is in a millilitre. ``times_min`` (times,) rise from 0 or
    later. Everybody begins without drug. The greatest relative error is about 1e-12.

    Solution by exponentials: Benet LZ. J Pharm Sci 1972;61:536-541, doi:10.1002/jps.2600610408.
    Raises InputError when shapes do not fit, a model cannot be, or a number is out of range.
    """
    model = np.ascontiguousarray(models, np.float64)
    times = np.ascontiguousarray(times_min, np.float64)
    if model.ndim < 2 or model.shape[-1] != len(PARAMETERS):
        raise InputError(
            "pharmacokinetic models",
            f"an array of shape {model.shape}",
            f"Give {len(PARAMETERS)} parameters a person: {', '.join(PARAMETERS)}.",
        )
    people = model.shape[-2]
    if flows.offsets.size not in {2, people + 1}:
        raise InputError(
            "flows",
            f"there are those of {flows.offsets.size - 1} people, and {people} models",
            "Give the segments of each person, or one course for everybody.",
        )
    if not (times.ndim == 1 and times.size and np.isfinite(times).all()) or (
        times[0] < 0 or (np.diff(times) < 0).any()
    ):
        raise InputError(
            "times", "they do not rise from 0 or later", "Give minutes in order of time."
        )
    strength = _fitting("ug per ml", ug_per_ml, model.shape[:-1])
    _check(model, strength)
    drugs = model.reshape(-1, people, len(PARAMETERS))
    found = np.empty((len(drugs), 2, people, times.size))

    def run(part: tuple[int, int]) -> None:
        given(drugs, strength.reshape(-1, people), flows.end_min, flows.rate_ml_h, flows.offsets,
              times, *part, found)  # fmt: skip

    _share(people, threads, run)
    plasma, effect = (found[:, i].reshape(*model.shape[:-1], times.size) for i in range(2))
    return Concentrations(plasma, effect)


def _fitting(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    try:
        return np.ascontiguousarray(np.broadcast_to(np.asarray(values, np.float64), shape))
    except ValueError:
        raise InputError(
            name, f"an array of shape {np.shape(values)}", f"Give one that fits {shape}."
        ) from None


def _check(models: Floats, ug_per_ml: Floats) -> None:
    """Refuse what :class:`ThreeCompartment` refuses, and doses that cannot be."""
    v1, v2, v3, clearance, q2, q3, ke0 = np.moveaxis(models, -1, 0)
    if (
        not (np.isfinite(models).all() and (models >= 0).all())
        or not (
            (v1 > 0) & (clearance > 0) & (ke0 > 0) & ((q2 == 0) | (v2 > 0)) & ((q3 == 0) | (v3 > 0))
        ).all()
    ):
        raise InputError(
            "pharmacokinetic models",
            "a parameter is negative or not a number, or zero where drug has to pass",
            "V1, clearance, ke0, and the volume of every compartment in exchange are above 0.",
        )
    if not (np.isfinite(ug_per_ml).all() and (ug_per_ml >= 0).all()):
        raise InputError(
            "ug per ml", "a number is negative or not finite", "Give micrograms in a millilitre."
        )


def _share(people: int, threads: int, run: Callable[[tuple[int, int]], None]) -> None:
    """Let each thread do as many of the people."""
    if threads == 1:
        run((0, people))
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, pairwise(people * t // threads for t in range(threads + 1))))


@njit(cache=True, error_model="numpy")
def _draw(typical: Floats, spread: Floats, normals: Floats, found: Floats) -> None:
    for i in range(found.shape[0]):
        for k in range(found.shape[1]):
            found[i, k] = typical[i, k] * exp(spread[k] * normals[i, k])
