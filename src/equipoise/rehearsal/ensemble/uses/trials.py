"""Trials of one question: one endpoint, in one world, without what it does not read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.analysis.estimators.proportion import proportion
from equipoise.errors import InputError
from equipoise.protocol.estimand import Endpoint
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.characteristics import NO_EFFECT, plain, share_error
from equipoise.rehearsal.ensemble.exchangeable import exchangeable
from equipoise.rehearsal.ensemble.plan import Cell, compiled, usable
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.rows import rows_of
from equipoise.rehearsal.ensemble.simulate import simulate
from equipoise.rehearsal.model import changed, world
from equipoise.rules.allocation.planned import specification

PEOPLE_AT_ONCE = 100_000
"""About how many participants are simulated and analysed at once."""
SLOTS = 100_000
"""Slots of a list that is made longer to ask what a larger trial would find."""

ROUNDS_MORE = 10
"""How often a longer stock holds the ratio beyond a tenth more than there are people."""


@dataclass(frozen=True)
class Share:
    """``events`` of ``n`` trials or people, with the Monte Carlo error of their share."""

    events: int
    n: int

    @property
    def value(self) -> float:
        """The share."""
        return self.events / self.n if self.n else np.nan

    @property
    def error(self) -> float:
        """The Monte Carlo standard error."""
        return share_error(self.value, self.n)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval."""
        _, low, high = proportion(self.events, self.n)
        return float(low), float(high)

    def as_json(self) -> dict[str, float | int | None]:
        """Return the share for JSON."""
        low, high = self.interval
        return {"events": self.events, "n": self.n, "value": plain(self.value),
                "error": plain(self.error), "low": plain(low), "high": plain(high)}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One comparison of a study, under ``scenario`` with ``changes``, in trials of ``seed``.

    ``participants`` is None for as many as the protocol plans. ``peaks`` keeps concentrations.
    """

    loaded: Loaded
    endpoint: str
    visit: str | None
    scenario: str
    seed: int = 1
    threads: int = 1
    participants: int | None = None
    changes: Mapping[str, float] = field(default_factory=dict)
    peaks: bool = False

    @property
    def part(self) -> Endpoint:
        """The endpoint as it is planned."""
        return usable(self.loaded).all_endpoints()[self.endpoint]

    @property
    def alpha(self) -> float:
        """The two-sided level of the test."""
        return round(1 - self.part.analysis.level, 12)

    @property
    def size(self) -> int:
        """How many are randomized."""
        return world(self.protocol, self.scenario, self.participants).participants

    @property
    def protocol(self) -> Protocol:
        """The protocol with the changes of its numbers."""
        return changed(usable(self.loaded), self.scenario, self.changes)

    @property
    def exchangeable(self) -> bool:
        """Whether nothing tells the arms apart, so that every success is an error."""
        return exchangeable(self.protocol, world(self.protocol, self.scenario), self.part)

    def program(self) -> Program:
        """Return the program of the question."""
        found = compiled(self.loaded, Cell(self.scenario, self.changes), self.participants)
        return replace(found, pump=found.pump._replace(peaks=int(self.peaks)))

    def blocks(self, first: int, trials: int) -> Iterator[Block]:
        """Yield trials ``first`` to ``first`` + ``trials`` - 1, some at a time."""
        program = self.program()
        step = max(1, PEOPLE_AT_ONCE // program.participants)
        for at in range(first, first + trials, step):
            count = min(step, first + trials - at)
            yield simulate(program, self.seed, at, count, self.threads)

    def rows(self, first: int, trials: int) -> pl.DataFrame:
        """Return one row for each trial, as docs/ensembles.md describes it."""
        return pl.concat(rows_of(block, block.program.protocol, self.threads)
                         for block in self.blocks(first, trials))  # fmt: skip

    def successes(self, rows: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which trials find the arm better than the reference with P below alpha."""
        return succeeded(self, rows)

    def power(self, first: int, trials: int) -> Share:
        """Return the share of successes."""
        return Share(int(self.successes(self.rows(first, trials)).sum()), trials)


def question(
    loaded: Loaded, *, endpoint: str | None = None, visit: str | None = None,
    scenario: str | None = None, seed: int = 1, threads: int = 1, participants: int | None = None,
) -> Question:  # fmt: skip
    """Return the question of the last study's primary endpoint, unless another one is named.

    Raises :class:`InputError` when there is no such endpoint or visit.
    """
    protocol = usable(loaded)
    endpoints = protocol.all_endpoints()
    primary = [*(n for n, e in protocol.endpoints.items() if e.role == "primary"),
               *(n for n, e in endpoints.items() if e.role == "primary"), *endpoints]  # fmt: skip
    name = endpoint or primary[0]
    if name not in endpoints:
        raise InputError(
            f"endpoint '{name}'", f"is not in the protocol of {protocol.study}",
            f"Use one of {', '.join(endpoints)}.",
        )  # fmt: skip
    visits = endpoints[name].variable.visits
    if visit is not None and visit not in visits:
        raise InputError(f"visit '{visit}'", f"is not one of '{name}'",
                         f"Use one of {', '.join(visits)}.")  # fmt: skip
    asked = replace(loaded, protocol=_only(protocol, name))
    chosen = scenario or next(iter(protocol.scenarios))
    world(protocol, chosen, participants)
    return Question(asked, name, visit, chosen, seed, threads, participants)


def _only(protocol: Protocol, endpoint: str) -> Protocol:
    """Return the protocol with one endpoint, so that nothing else is simulated or analysed."""
    kept = {name: part for name, part in protocol.endpoints.items() if name == endpoint}
    parent = _only(protocol.parent, endpoint) if protocol.parent else None
    return protocol.model_copy(update={"endpoints": kept, "parent": parent})


def rooted(protocol: Protocol, **updates: object) -> Protocol:
    """Return the protocol with other parts in the study that randomizes."""
    if protocol.parent is None:
        return protocol.model_copy(update=updates)
    return protocol.model_copy(update={"parent": rooted(protocol.parent, **updates)})


def with_slots(asked: Question, slots: int = SLOTS) -> Question:
    """Return the question with a list long enough for ``slots`` people.

    A longer list begins alike. A longer stock, from which minimization takes, does not; it has to
    hold the ratio, and more than there are people, as arms end nearly balanced in every trial.
    """
    protocol = usable(asked.loaded)
    allocation = protocol.root.allocation
    if allocation is not None and allocation.design == "minimization":
        places = sum(specification(protocol).ratio)
        slots = (math.ceil(1.1 * slots / places) + ROUNDS_MORE) * places
    if allocation is None or allocation.length >= slots:
        return asked
    longer = allocation.model_copy(update={"length": slots})
    return replace(
        asked, loaded=replace(asked.loaded, protocol=rooted(protocol, allocation=longer))
    )


def column(asked: Question, rows: pl.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column of the comparison; raise :class:`InputError` where a visit must be named."""
    start = asked.endpoint if asked.visit is None else f"{asked.endpoint}.{asked.visit}"
    if f"{start}.{name}" not in rows.columns:
        visits = ", ".join(asked.part.variable.visits)
        raise InputError(f"endpoint '{asked.endpoint}'", "is compared at each visit",
                         f"Name one with --visit: {visits}.")  # fmt: skip
    return rows[f"{start}.{name}"].to_numpy().astype(np.float64)


def direction(asked: Question, estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 where the arm is better than the reference, -1 where worse, 0 where alike."""
    sign = 1 if asked.part.better == "higher" else -1
    found = sign * np.sign(estimate - NO_EFFECT[asked.part.estimand.summary])
    return np.asarray(np.where(np.isnan(found), 0.0, found))


def succeeded(asked: Question, rows: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which trials find the arm better than the reference with P below alpha."""
    better = direction(asked, column(asked, rows, "estimate")) > 0
    return np.asarray(better & (column(asked, rows, "p_value") < asked.alpha))
