"""The rows that an ensemble keeps: one for each trial, or one for each participant of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.endpoints import EnsembleResult, estimate_ensemble
from equipoise.analysis.facts import Facts, Place
from equipoise.errors import InputError
from equipoise.protocol.expression import parse
from equipoise.protocol.facts import FACTS, VISIT_H
from equipoise.protocol.parts import Item, Protocol
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.by_arm import by_arm, use
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.simulate import simulate

Columns = dict[str, Any]
Flags = NDArray[np.bool_]

NOT_SIMULATED = {"visits_missed", VISIT_H}
"""Facts that only conduct has; an analysis that asks for one cannot be run in an ensemble."""


def trial_rows(
    program: Program, protocol: Protocol, seed: int, first: int, trials: int, threads: int = 1
) -> pl.DataFrame:
    """Return one row for each of the trials ``first`` to ``first`` + ``trials`` - 1 of ``seed``.

    The columns are described in docs/ensembles.md. ``protocol`` says what is analysed; it is that
    of the program unless a question with other endpoints is asked of the same people. The rows are
    the same for any number of threads.

    Raises:
        InputError: when an endpoint asks for something that an ensemble does not simulate, or too
            few people are eligible.
    """
    return rows_of(simulate(program, seed, first, trials, threads), protocol, threads)


def rows_of(block: Block, protocol: Protocol, threads: int = 1) -> pl.DataFrame:
    """Return one row for each trial of the block."""
    check_analyses(protocol)
    facts = facts_of(block, protocol)
    _check_answers(protocol, facts)
    columns: Columns = {"trial": np.arange(block.first, block.first + block.trials, dtype=np.int64)}
    columns |= _conduct(block)

    def estimated(name: str) -> Columns:
        found: Columns = {}
        for result in estimate_ensemble(protocol, facts, name):
            found |= _estimates(protocol, result)
        return found

    names = list(protocol.all_endpoints())
    if threads == 1:
        each = [estimated(name) for name in names]
    else:
        with ThreadPoolExecutor(threads) as pool:  # whole endpoints: no sum depends on the threads
            each = list(pool.map(estimated, names))
    for found in each:
        columns |= found
    return pl.DataFrame(columns)


def people_rows(block: Block) -> pl.DataFrame:
    """Return one row for each randomized participant of each trial, in order of randomization."""
    program, (trials, n) = block.program, block.arm.shape
    numbers = np.arange(block.first, block.first + trials, dtype=np.int64)
    columns: Columns = {
        "trial": np.repeat(numbers, n),
        "participant": block.person.ravel(),
        "arm": pl.Series(block.arm.ravel()).replace_strict(
            list(range(len(program.arms))), list(program.arms), return_dtype=pl.String
        ),
        "treated": block.treated.ravel(),
    }
    items = _items(program.protocol)
    columns |= {name: _shown(items[name], values) for name, values in block.baseline.items()}
    for study in program.studies:
        columns |= {
            f"{what}.{study}": of[study].ravel()
            for what, of in (("enrolled", block.enrolled), ("lost", block.lost),
                             ("declined", block.declined), ("withdrawn", block.withdrawn))
            if study in of
        }  # fmt: skip
    columns |= {name: values.ravel() for name, values in use(block).items()}
    for place, term in enumerate(program.adverse_events):
        columns[f"adverse_event.{term}"] = block.adverse_events[:, :, place].ravel()
    columns |= {".".join(key): _shown(items[key[2]], of) for key, of in block.answers.items()}
    return pl.DataFrame(columns)


def _items(protocol: Protocol) -> dict[str, Item]:
    return {item.id: item for form in protocol.all_forms().values() for item in form.items}


def _shown(item: Item, values: NDArray[np.float32]) -> pl.Series:
    """Return answers as people read them: the code of a choice, yes or no, or the number."""
    column = pl.Series(values.ravel()).fill_nan(None)
    if item.type == "choice":
        codes = list(item.codes or ())
        return column.cast(pl.Int32).replace_strict(
            list(range(len(codes))), codes, return_dtype=pl.String
        )
    return column.cast(pl.Boolean) if item.type == "boolean" else column


# --- what an analysis reads -----------------------------------------------------------------


def check_analyses(protocol: Protocol) -> None:
    """Raise :class:`InputError` when an endpoint asks for what an ensemble does not simulate."""
    for name, endpoint in protocol.all_endpoints().items():
        rules = [protocol.all_populations()[endpoint.estimand.population].rule]
        rules += [event.rule for event in endpoint.estimand.intercurrent if event.rule]
        asked = frozenset().union(*(parse(rule).names for rule in rules))
        for fact in sorted(asked & NOT_SIMULATED):
            raise InputError(
                f"endpoint '{name}'",
                f"asks for '{fact}', which only a rehearsal of single trials knows",
                "Rehearse it without --trials, or plan it by another fact.",
            )


def asked_of_people(protocol: Protocol) -> frozenset[str]:
    """Return the names in the rules of analysis sets and intercurrent events."""
    rules = [population.rule for population in protocol.all_populations().values()]
    for endpoint in protocol.all_endpoints().values():
        rules += [event.rule for event in endpoint.estimand.intercurrent if event.rule]
    return frozenset().union(*(parse(rule).names for rule in rules))


def asked_of_baseline(protocol: Protocol) -> frozenset[str]:
    """Return the screening items that the main analyses read."""
    screening = {
        item.id
        for visit in protocol.root.schedule
        if visit.phase == "screening"
        for form in visit.forms
        for item in protocol.form(form).items
    }
    found: set[str] = set()
    for endpoint in protocol.all_endpoints().values():
        procedure = endpoint.analysis
        found |= {*procedure.adjust_for, *procedure.stratify_by, *procedure.handling.predictors}
        found |= parse(protocol.all_populations()[endpoint.estimand.population].rule).names
        for event in endpoint.estimand.intercurrent:
            found |= parse(event.rule).names if event.rule else frozenset()
    return frozenset(found & screening)


def _check_answers(protocol: Protocol, facts: Facts) -> None:
    asked = asked_of_baseline(protocol)
    for name in sorted(asked - set(facts.baseline(protocol, asked))):
        raise InputError(
            f"item '{name}'",
            "is read by a planned analysis and is not simulated in an ensemble",
            "Draw it under `rehearsal.covariates`, or rehearse single trials.",
        )


def facts_of(block: Block, protocol: Protocol) -> Facts:
    """Return what an analysis reads of the block's trials: arrays of (trials, participants)."""
    program = block.program
    treated = block.treated
    pump = protocol.root.pump
    duration_h = float(pump.duration_h) if pump else np.nan

    def used(values: ArrayLike) -> NDArray[np.float64]:
        return np.where(treated, values, np.nan)

    def of_any(by_study: Mapping[str, Flags]) -> NDArray[np.bool_]:
        found = np.zeros(treated.shape, bool)
        for each in by_study.values():
            found |= each
        return found

    made: dict[str, Callable[[], ArrayLike]] = {
        "randomized": lambda: np.ones(treated.shape), "eligible": lambda: np.ones(treated.shape),
        "treated": lambda: treated, "completed_treatment": lambda: treated,
        "enrolled": lambda: of_any(block.enrolled), "withdrawn": lambda: of_any(block.withdrawn),
        "lost": lambda: of_any(block.lost), "stopped_early": lambda: np.zeros(treated.shape),
        "deviations": lambda: np.zeros(treated.shape), "pump_h": lambda: used(duration_h),
        "infused_ml": lambda: used(block.infused_ml), "demands": lambda: used(block.demands),
        "boluses": lambda: used(block.delivered), "bags": lambda: used(block.bags),
    }  # fmt: skip
    assert set(made) <= set(FACTS)
    asked = asked_of_people(protocol)
    facts = {name: np.asarray(make(), np.float64) for name, make in made.items() if name in asked}
    answers: dict[Place, ArrayLike] = dict(block.answers)
    for visit in protocol.root.schedule:
        if visit.phase == "screening":
            for form in visit.forms:
                for item in protocol.form(form).items:
                    if item.id in block.baseline:
                        answers[visit.visit, form, item.id] = block.baseline[item.id]
    order = sorted(program.strata)
    rank = np.array([order.index(name) for name in program.strata], dtype=np.int64)
    return Facts(
        arms=program.arms, arm=block.arm.astype(np.int64), facts=facts, answers=answers,
        stratum=rank[block.stratum],
    )  # fmt: skip


# --- one comparison -------------------------------------------------------------------------


def comparison(name: str, visit: str | None) -> str:
    """Return how the columns of a comparison begin: the endpoint, and the visit if there is one."""
    return name if visit is None else f"{name}.{visit}"


def _estimates(protocol: Protocol, result: EnsembleResult) -> Columns:
    start, found = comparison(result.endpoint, result.visit), result.estimate
    shape = result.analysed.shape[:1]
    columns: Columns = {
        f"{start}.{name}": np.broadcast_to(np.asarray(values, np.float64), shape)
        for name, values in (
            ("estimate", found.value), ("low", found.low), ("high", found.high),
            ("p_value", found.p_value),
        )
    }  # fmt: skip
    columns[f"{start}.note"] = np.broadcast_to(np.asarray(found.note), shape).astype(object)
    columns[f"{start}.note"] = pl.Series(columns[f"{start}.note"], dtype=pl.String)
    for place, arm in enumerate(protocol.all_endpoints()[result.endpoint].estimand.compare):
        columns[f"{start}.analysed.{arm}"] = result.analysed[:, place].astype(np.int32)
        columns[f"{start}.missing.{arm}"] = result.missing[:, place].astype(np.int32)
        columns[f"{start}.sum.{arm}"] = result.total[:, place]
    return columns


# --- how it went ----------------------------------------------------------------------------


def _conduct(block: Block) -> Columns:
    """Return the counts of a trial, and the counts and sums of each arm."""
    found = by_arm(block)
    return {
        "screened": block.screened, "refused": block.refused, "ineligible": block.ineligible,
        **{f"{name}.{arm}": values[place] for place, arm in enumerate(block.program.arms)
           for name, values in found.items()},
    }  # fmt: skip
