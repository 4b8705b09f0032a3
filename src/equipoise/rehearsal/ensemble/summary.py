"""What an ensemble found, as plain values: operating characteristics, use, attrition, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import polars as pl

from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.characteristics import Comparison, fill, plain
from equipoise.rehearsal.ensemble.exchangeable import exchangeable
from equipoise.rehearsal.ensemble.moments import Moments, Ratio
from equipoise.rehearsal.ensemble.plan import SYNTHETIC, Cell, usable
from equipoise.rehearsal.ensemble.rows import comparison
from equipoise.rehearsal.ensemble.storage import TRIALS, Folder
from equipoise.rehearsal.model import World, changed, world

_TRIAL = ("screened", "refused", "ineligible")
_ROWS = 4096  # that are summed at once
_GREATEST, _LEAST, _MEAN = "peak_max_ng_ml", "bag_life_min_h", "bag_life_h"


def summary(loaded: Loaded, folder: Folder) -> dict[str, Any]:
    """Return the summary of a whole ensemble; the keys are in docs/ensembles.md.

    The parts are read one after the other, twice, so it takes as little memory for a million
    trials as for a thousand. Raises :class:`InputError` when one is missing.
    """
    whole, protocol = folder.ensemble, usable(loaded)
    return {
        "synthetic": SYNTHETIC,
        "study": whole.study, "digests": dict(whole.digests), "software": whole.software,
        "code": whole.code, "seed": whole.seed, "trials": whole.trials,
        "cells": [
            _cell(changed(protocol, cell.scenario, cell.changes), folder, place, cell)
            for place, cell in enumerate(whole.cells)
        ],
    }  # fmt: skip


def _cell(protocol: Protocol, folder: Folder, place: int, cell: Cell) -> dict[str, Any]:
    plan = world(protocol, cell.scenario, folder.ensemble.participants)
    first = next(folder.tables(TRIALS, place))
    comparisons = list(_comparisons(protocol, plan, first.columns))
    use = _Use(protocol, comparisons, first.columns)
    fill(comparisons, lambda columns: _joined(folder.tables(TRIALS, place, columns)), use.add)
    return {
        "scenario": cell.scenario, "changes": dict(cell.changes),
        "participants": plan.participants, "trials": folder.ensemble.trials,
        "trials_with_peaks": folder.ensemble.trials_with_peaks(plan.participants),
        "comparisons": [each.as_json() for each in comparisons],
        **use.as_json(),
    }  # fmt: skip


def _joined(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield small parts as larger tables: each takes its time, however few its rows."""
    some: list[pl.DataFrame] = []
    for part in parts:
        some.append(part)
        if sum(map(len, some)) >= _ROWS:
            yield pl.concat(some, rechunk=True)
            some = []
    if some:
        yield pl.concat(some, rechunk=True)


def _comparisons(protocol: Protocol, plan: World, columns: list[str]) -> Iterator[Comparison]:
    for name, endpoint in protocol.all_endpoints().items():
        for visit in (None, *endpoint.variable.visits):
            if f"{comparison(name, visit)}.estimate" in columns:
                yield Comparison(name, visit, endpoint, exchangeable(protocol, plan, endpoint))


class _Use:
    """What happened in the trials besides the endpoints, by arm."""

    def __init__(
        self, protocol: Protocol, comparisons: Iterable[Comparison], columns: list[str]
    ) -> None:
        """Find the columns of each arm."""
        analysed = tuple(f"{comparison(each.name, each.visit)}." for each in comparisons)
        others = [name for name in columns if not name.startswith(analysed)]
        self.arms = list(protocol.root.arms)
        self.names = {
            arm: [name.removesuffix(f".{arm}") for name in others if name.endswith(f".{arm}")]
            for arm in self.arms
        }
        self.trial = {name: Moments(1) for name in _TRIAL}
        self.ratios = {(arm, name): Ratio() for arm in self.arms for name in self.names[arm]}
        self.greatest: dict[tuple[str, str], float] = {}

    def add(self, table: pl.DataFrame) -> None:
        """Add a part."""
        for name, moments in self.trial.items():
            moments.add(table[name].to_numpy().astype(np.float64)[:, None])
        for arm in self.arms:
            treated = table[f"treated.{arm}"].to_numpy().astype(np.float64)
            everybody = table[f"randomized.{arm}"].to_numpy().astype(np.float64)
            for name in self.names[arm]:
                values = table[f"{name}.{arm}"].to_numpy().astype(np.float64)
                there, key = ~np.isnan(values), (arm, name)
                kind = name.partition(".")[0]
                if kind in {_GREATEST, _LEAST} and there.any():
                    sign = 1 if kind == _GREATEST else -1
                    most = sign * float(values[there].max() if sign > 0 else values[there].min())
                    self.greatest[key] = max(self.greatest.get(key, -np.inf), most)
                below = {"randomized": np.ones(len(values)), _MEAN: there.astype(np.float64)}.get(
                    kind, everybody if kind in _OF_RANDOMIZED else treated
                )
                self.ratios[key].add(values[there], below[there])

    def as_json(self) -> dict[str, Any]:
        """Return means per trial, and by arm totals over people."""
        return {
            "recruitment": {
                name: {"mean": plain(moments.mean[0]), "error": plain(moments.error(np.ones(1)))}
                for name, moments in self.trial.items()
            },
            "arms": {arm: dict(self._of(arm)) for arm in self.arms},
        }

    def _of(self, arm: str) -> Iterator[tuple[str, Any]]:
        for name in self.names[arm]:
            kind = name.partition(".")[0]
            if kind in {_GREATEST, _LEAST}:
                most = self.greatest.get((arm, name), np.nan)
                yield name, plain(abs(most))
            else:
                ratio = self.ratios[arm, name]
                yield name, {"mean": plain(ratio.value), "error": plain(ratio.error)}


_OF_RANDOMIZED = frozenset({"treated", "enrolled", "lost", "declined", "withdrawn"})
"""Counted per randomized participant; the rest per participant treated, or per trial."""
