"""One trial of an ensemble through conduct: a full ledger, held against the ensemble's row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from equipoise.analysis.analyse import Analysis
from equipoise.conduct.trial import Store, Trial
from equipoise.errors import InputError
from equipoise.protocol.load import Loaded, digest
from equipoise.protocol.wording import nearest
from equipoise.rehearsal.ensemble.plan import Ensemble, usable
from equipoise.rehearsal.ensemble.rows import comparison
from equipoise.rehearsal.ensemble.storage import TRIALS, Folder
from equipoise.rehearsal.run import Progress, rehearse

RELATIVE = 1e-9
"""Estimates of one trial and of many at once are added up in another order: they may differ so."""

SINGLE = 1e-6
"""Volumes are kept in single precision, and so are their sums."""


@dataclass(frozen=True)
class Compared:
    """A number of the ledger's own analysis and of the ensemble's row; NaN where there is none."""

    name: str
    ledger: float
    ensemble: float
    within: float = 0.0

    @property
    def same(self) -> bool:
        """Whether the two are the same, to the relative difference ``within``."""
        if math.isnan(self.ledger) or math.isnan(self.ensemble):
            return math.isnan(self.ledger) and math.isnan(self.ensemble)
        return self.ledger == self.ensemble or math.isclose(
            self.ledger, self.ensemble, rel_tol=self.within, abs_tol=self.within * 1e-3
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        ledger, ensemble = (v if math.isfinite(v) else None for v in (self.ledger, self.ensemble))
        return {"name": self.name, "ledger": ledger, "ensemble": ensemble, "same": self.same}


def find_cell(ensemble: Ensemble, scenario: str | None, changes: Mapping[str, float]) -> int:
    """Return the place of the cell that is asked for.

    ``scenario`` may be left out when there is one, and so may each varied path that has one value.
    Raises :class:`InputError` when there is no such cell, or more than one.
    """
    scenarios = list(dict.fromkeys(cell.scenario for cell in ensemble.cells))
    if scenario is not None and scenario not in scenarios:
        raise InputError(
            f"scenario '{scenario}'", "is not in this ensemble", nearest(scenario, scenarios)
        )
    paths = list(ensemble.cells[0].changes)
    for path in changes:
        if path not in paths:
            raise InputError(
                f"'{path}'", "was not varied in this ensemble",
                nearest(path, paths) if paths else "Leave --vary out.",
            )  # fmt: skip
    found = [
        place
        for place, cell in enumerate(ensemble.cells)
        if scenario in {None, cell.scenario}
        and all(cell.changes[path] == value for path, value in changes.items())
    ]
    if len(found) == 1:
        return found[0]
    asked = ", ".join([scenario or "", *(f"{p}={v:g}" for p, v in changes.items())]).strip(", ")
    cells = "; ".join(cell.name for cell in ensemble.cells[:6])
    raise InputError(
        asked or "the trial",
        "is in no cell of this ensemble" if not found else f"is in {len(found)} cells of it",
        f"Say which with --scenario and --vary: {cells}{' …' if len(ensemble.cells) > 6 else ''}",
    )


def check(loaded: Loaded, ensemble: Ensemble, trial: int) -> None:
    """Raise :class:`InputError` unless it is a trial of the ensemble, by the same protocol."""
    if not 0 <= trial < ensemble.trials:
        raise InputError(
            f"trial {trial}", f"is not in this ensemble of {ensemble.trials}",
            f"Give 0 to {ensemble.trials - 1}.",
        )  # fmt: skip
    for part in usable(loaded).lineage():
        if ensemble.digests.get(part.study) != digest(part):
            raise InputError(
                f"protocol {part.study}", "is not the one with which the ensemble was made",
                "Replay with the protocol of that time: give its folder with --study.",
            )  # fmt: skip


def replay(
    loaded: Loaded, ensemble: Ensemble, cell: int, trial: int, store: Store, progress: Progress
) -> Trial:
    """Rehearse trial number ``trial`` of a cell into the empty ``store``.

    Raises :class:`InputError` as :func:`check`.
    """
    check(loaded, ensemble, trial)
    world = ensemble.cells[cell]
    return rehearse(
        loaded, store, ensemble.seed, world.scenario, ensemble.participants, progress,
        trial=trial, changes=world.changes,
    )  # fmt: skip


def row_of(folder: Folder, cell: int, trial: int) -> dict[str, Any]:
    """Return the ensemble's row; raise :class:`InputError` when its part is not there."""
    chunk = folder.ensemble.chunks(cell)[trial // folder.ensemble.chunk]
    table = folder.table(TRIALS, chunk).filter(pl.col("trial") == trial)
    if len(table) != 1:
        raise InputError(
            f"trial {trial}", "has no row in its part", "Give the ensemble's command again."
        )
    return table.row(0, named=True)


def compare(row: Mapping[str, Any], analysis: Analysis) -> list[Compared]:
    """Hold all that the ledger's analysis and the ensemble's row both say side by side."""
    return [*_counts(row, analysis), *_estimates(row, analysis)]


def _estimates(row: Mapping[str, Any], analysis: Analysis) -> Iterator[Compared]:
    results = {(result.endpoint, result.visit): result for result in analysis.results}
    for name, endpoint in analysis.protocol.all_endpoints().items():
        for visit in (None, *endpoint.variable.visits):
            start = comparison(name, visit)
            if f"{start}.estimate" not in row:
                continue
            result = results.get((name, visit))
            for column, field in (("estimate", "value"), ("low", "low"), ("high", "high"),
                                  ("p_value", "p_value")):  # fmt: skip
                value = float(getattr(result.estimate, field)) if result else math.nan
                yield Compared(f"{start}.{column}", value, _number(row, start, column), RELATIVE)
            for group in result.groups if result else ():
                arm = group.arm
                yield Compared(
                    f"{start}.analysed.{arm}", group.n, _number(row, start, "analysed", arm)
                )
                yield Compared(
                    f"{start}.missing.{arm}", group.missing, _number(row, start, "missing", arm)
                )
                yield Compared(
                    f"{start}.sum.{arm}", float(sum(group.values)),
                    _number(row, start, "sum", arm), RELATIVE,
                )  # fmt: skip


def _number(row: Mapping[str, Any], *names: str) -> float:
    value = row.get(".".join(names))
    return math.nan if value is None else float(value)


def _counts(row: Mapping[str, Any], analysis: Analysis) -> Iterator[Compared]:
    people, data = analysis.people.by_number, analysis.data
    protocol = analysis.protocol
    root = protocol.root.study
    yield Compared("screened", len(people), _number(row, "screened"))
    refused = sum(root in each.declined for each in people.values())
    yield Compared("refused", refused, _number(row, "refused"))
    arms = data.arms()
    studies = [part.study for part in protocol.lineage()]
    for arm in protocol.root.arms:
        inside = [people[number] for number, its in arms.items() if its == arm]
        pumps = [person.pump for person in inside if person.pump]
        presses = [press for pump in pumps for press in pump.presses]
        counted: dict[str, float] = {
            "randomized": len(inside),
            "treated": len(pumps),
            "demands": len(presses),
            "delivered": sum(len(pump.boluses) for pump in pumps),
            "bags": sum(len(pump.bags) for pump in pumps),
            "refilled": sum(len(pump.bags) > 1 for pump in pumps),
        }
        for reason in ("lockout", "limit", "empty"):
            counted[f"denied.{reason}"] = sum(press.denied == reason for press in presses)
        for study in studies:
            counted[f"lost.{study}"] = sum(study in each.lost for each in inside)
            counted[f"declined.{study}"] = sum(study in each.declined for each in inside)
            counted[f"withdrawn.{study}"] = sum(study in each.withdrawn for each in inside)
        for study in studies[1:]:
            counted[f"enrolled.{study}"] = sum(study in each.enrolled for each in inside)
        events = [{event.term for _, event in each.adverse_events} for each in inside]
        prefix = "adverse_event."
        for column in row:
            if column.startswith(prefix) and column.removeprefix(prefix).endswith(f".{arm}"):
                term = column.removeprefix(prefix).removesuffix(f".{arm}")
                counted[f"{prefix}{term}"] = sum(term in had for had in events)
        counted["adverse_event"] = sum(bool(had) for had in events)
        for name, value in counted.items():
            yield Compared(f"{name}.{arm}", value, _number(row, name, arm))
        infused = sum(float(pump.infused_ml or 0) for pump in pumps)
        yield Compared(f"infused_ml.{arm}", infused, _number(row, "infused_ml", arm), SINGLE)
