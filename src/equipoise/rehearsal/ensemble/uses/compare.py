"""Designs side by side: what the allocation costs and gives, in the same people.

All designs have the same seed, so the same people come; who is in which arm differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.protocol.parts import Protocol, Rehearsal
from equipoise.rehearsal.ensemble.plan import usable
from equipoise.rehearsal.ensemble.rows import rows_of
from equipoise.rehearsal.ensemble.sequence import sequences
from equipoise.rehearsal.ensemble.uses.predictability import (
    Chain,
    blocks_chain,
    complete_chain,
    guess_chances,
    stick_chain,
)
from equipoise.rehearsal.ensemble.uses.trials import Question, Share, rooted, with_slots
from equipoise.rules.allocation.planned import specification

PLANNED = "as planned"
_CHAIN_STATES_MAX = 3000
_TEXT = re.compile(
    r"(blocks (?P<sizes>\d+(/\d+)*)|big stick (?P<limit>\d+)|complete|as planned)"
    r"(, (?P<ratio>\d+(:\d+)+))?(, n=(?P<n>\d+))?"
)


@dataclass(frozen=True)
class Design:
    """A design as the command line says it; what is None is as planned."""

    name: str
    kind: str
    sizes: tuple[int, ...] = ()
    limit: int | None = None
    ratio: tuple[int, ...] | None = None
    participants: int | None = None


@dataclass(frozen=True)
class Mean:
    """A mean over trials with its Monte Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Compared:
    """What a design does.

    ``imbalance`` is the largest difference, at any time, of the arms' counts over their weights;
    ``guessed`` the chance to guess the next arm, ``chance`` that without knowing anything.
    ``dose_ug`` is by drug, the sum over all arms for each participant randomized.
    """

    design: Design
    participants: int
    randomized: dict[str, Mean]
    power: Share
    imbalance: Mean
    guessed: Mean
    chance: float
    dose_ug: dict[str, Mean]


def design(text: str) -> Design:
    """Return the design written as ``blocks 4/6, 2:1, n=250`` or ``big stick 3`` or ``complete``.

    Raises :class:`InputError` for anything else.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"--design '{text}'", "is no design",
            "Write it so: 'blocks 4/6', 'big stick 3', 'complete', 'blocks 3/6, 2:1, n=250'.",
        )  # fmt: skip
    sizes = tuple(map(int, match["sizes"].split("/"))) if match["sizes"] else ()
    ratio = tuple(map(int, match["ratio"].split(":"))) if match["ratio"] else None
    kind = match[1].rstrip(" 0123456789/")
    return Design(text.strip(), "permuted blocks" if kind == "blocks" else kind, sizes,
                  int(match["limit"]) if match["limit"] else None, ratio,
                  int(match["n"]) if match["n"] else None)  # fmt: skip


def designed(asked: Question, wanted: Design) -> Question:
    """Return the question asked of trials of another design.

    Raises :class:`InputError` when the design does not fit the arms of the study.
    """
    longer = with_slots(asked)
    protocol = usable(longer.loaded)
    root = protocol.root
    allocation, rehearsal = root.allocation, root.rehearsal or Rehearsal()
    assert allocation is not None
    if allocation.design == "minimization":
        raise InputError("allocation", "is by minimization, and only lists are compared with lists",
                         "Ask `equipoise design size`, or rehearse it with --trials.")  # fmt: skip
    weights = wanted.ratio or tuple(allocation.ratio[arm] for arm in root.arms)
    if len(weights) != len(root.arms) or min(weights) < 1:
        raise InputError(f"--design '{wanted.name}'", f"its ratio is not one of {len(root.arms)} "
                         f"arms", f"Give a weight for each of {', '.join(root.arms)}.")  # fmt: skip
    updates: dict[str, object] = {"allocation": allocation.model_copy(update={
        "ratio": dict(zip(root.arms, weights, strict=True)),
        "design": allocation.design if wanted.kind == PLANNED else wanted.kind})}  # fmt: skip
    if wanted.kind != PLANNED:
        annex: dict[str, object] = {}
        if wanted.sizes:
            annex["block_sizes"] = list(wanted.sizes)
        if wanted.limit is not None:
            annex["limit"] = wanted.limit
        updates["rehearsal"] = rehearsal.model_copy(update={"allocation_annex": annex})
    changed = rooted(protocol, **updates)
    _check(changed, wanted)
    return replace(
        longer, loaded=replace(longer.loaded, protocol=changed),
        participants=wanted.participants or asked.participants,
    )  # fmt: skip


def _check(protocol: Protocol, wanted: Design) -> None:
    annex = (protocol.root.rehearsal or Rehearsal()).allocation_annex
    weight = sum(specification(protocol).ratio)
    if any(size < 1 or size % weight for size in annex.get("block_sizes") or ()):
        raise InputError(f"--design '{wanted.name}'", f"a block does not hold {weight} places "
                         "evenly", f"Give multiples of {weight}.")  # fmt: skip
    if annex.get("limit") is not None and annex["limit"] < 1:
        raise InputError(f"--design '{wanted.name}'", "allows no imbalance at all",
                         "Give a limit of 1 or more.")  # fmt: skip


def compare(asked: Question, designs: Sequence[Design], *, trials: int) -> tuple[Compared, ...]:
    """Return what each design does in ``trials`` trials."""
    return tuple(_compared(designed(asked, each), each, trials) for each in designs)


def _compared(asked: Question, wanted: Design, trials: int) -> Compared:
    protocol, program = usable(asked.loaded), asked.program()
    arms = list(protocol.root.arms)
    ratio = specification(protocol).ratio
    wins, leads, tables = 0, [], []
    for block in asked.blocks(0, trials):
        rows = rows_of(block, block.program.protocol, asked.threads)
        wins += int(asked.successes(rows).sum())
        leads.append(imbalance(block.arm, ratio))
        tables.append({name: rows[name].to_numpy().astype(np.float64) for name in rows.columns
                       if name.startswith(("dose_ug.", "randomized."))})  # fmt: skip
    found = {name: np.concatenate([each[name] for each in tables]) for name in tables[0]}
    assert program.sequence is not None
    slots = max(1, program.participants // len(program.strata))
    lists = sequences(program.sequence, asked.seed, 0, trials, slots)[:, 0]
    annex = program.world.annex
    guessed = guess_chances(chain(ratio, annex.get("block_sizes") or (), annex.get("limit")), lists)
    return Compared(
        wanted, program.participants,
        {arm: _mean(found[f"randomized.{arm}"]) for arm in arms},
        Share(wins, trials), _mean(np.concatenate(leads)), _mean(guessed.mean(axis=1)),
        max(ratio) / sum(ratio),
        {drug: _mean(np.sum([found[f"dose_ug.{drug}.{arm}"] for arm in arms], axis=0)
                     / program.participants) for drug in program.drugs},
    )  # fmt: skip


def chain(ratio: Sequence[int], sizes: Sequence[int], limit: int | None) -> Chain:
    """Return the chain of a design; raise :class:`InputError` when it has too many states."""
    if limit is not None:
        states = (limit + 1) ** sum(ratio)
        made = stick_chain
        if states <= _CHAIN_STATES_MAX:
            return made(ratio, limit)
        raise InputError("big stick", f"a limit of {limit} has too many states to be guessed at",
                         "Give a smaller limit.")  # fmt: skip
    return blocks_chain(ratio, sizes) if sizes else complete_chain(ratio)


def imbalance(arm: NDArray[np.int8], ratio: Sequence[int]) -> NDArray[np.float64]:
    """Return each trial's largest difference of counts over weights, at any time."""
    counts = np.stack([np.cumsum(arm == place, axis=1) / weight
                       for place, weight in enumerate(ratio)])  # fmt: skip
    return np.asarray((counts.max(axis=0) - counts.min(axis=0)).max(axis=1))


def _mean(values: NDArray[np.float64]) -> Mean:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return Mean(float(values.mean()), float(error))
