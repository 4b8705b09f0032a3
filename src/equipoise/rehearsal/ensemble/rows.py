"""The rows that an ensemble keeps: one for each trial, or one for each participant of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.endpoints import EnsembleResult, estimate_ensemble
from equipoise.analysis.facts import Facts, Place
from equipoise.errors import InputError
from equipoise.infusion.drug import Landmark
from equipoise.infusion.drugs import drug, drugs
from equipoise.protocol.expression import parse
from equipoise.protocol.facts import FACTS, VISIT_H
from equipoise.protocol.parts import Item, Protocol
from equipoise.rehearsal.ensemble.block import Block
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
    columns |= {name: values.ravel() for name, values in _use(block).items()}
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
    known = facts.baseline(protocol)
    for name in sorted(asked_of_baseline(protocol) - set(known)):
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

    def of_any(by_study: Mapping[str, Flags]) -> NDArray[np.float64]:
        found = np.zeros(treated.shape)
        for each in by_study.values():
            found[each] = 1.0
        return found

    nothing, everybody = np.zeros(treated.shape), np.ones(treated.shape)
    facts: dict[str, ArrayLike] = {
        "randomized": everybody, "eligible": everybody, "treated": treated.astype(np.float64),
        "enrolled": of_any(block.enrolled), "withdrawn": of_any(block.withdrawn),
        "lost": of_any(block.lost), "completed_treatment": treated.astype(np.float64),
        "stopped_early": nothing, "pump_h": used(duration_h), "infused_ml": used(block.infused_ml),
        "demands": used(block.demands), "boluses": used(block.delivered), "bags": used(block.bags),
        "deviations": nothing,
    }  # fmt: skip
    assert set(facts) <= set(FACTS)
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


def landmarks(program: Program) -> Iterator[tuple[str, Landmark]]:
    """Yield each drug of the program with each published concentration to compare with."""
    for name in program.drugs:
        if name in drugs():
            for landmark in drug(name).landmarks:
                yield name, landmark


def _use(block: Block) -> dict[str, NDArray[Any]]:
    """Return what the pump was asked and gave, over (trials, participants)."""
    return {
        "demands": block.demands, "delivered": block.delivered,
        **{f"denied.{reason}": values for reason, values in block.denied.items()},
        "infused_ml": block.infused_ml, "bags": block.bags,
        **{f"dose_ug.{name}": values for name, values in block.dose_ug.items()},
        **{f"peak_ng_ml.{name}": values for name, values in block.peak_ng_ml.items()},
    }  # fmt: skip


def _conduct(block: Block) -> Columns:
    """Return the counts of a trial, and the counts and sums of each arm."""
    program = block.program
    columns: Columns = {
        "screened": block.screened, "refused": block.refused, "ineligible": block.ineligible,
    }  # fmt: skip
    for place, arm in enumerate(program.arms):
        columns |= {f"{name}.{arm}": found for name, found in _of_arm(block, place)}
    return columns


def _of_arm(block: Block, place: int) -> Iterator[tuple[str, NDArray[Any]]]:
    program, inside = block.program, block.arm == place
    treated = inside & block.treated
    given = treated.sum(axis=1)

    def total(values: ArrayLike) -> NDArray[Any]:
        given_to = np.asarray(values)
        if given_to.dtype.kind == "f":  # a product would hand on the not-a-number of others
            return np.asarray(np.where(treated, given_to, 0).sum(axis=1, dtype=np.float64))
        return np.asarray((given_to * treated).sum(axis=1, dtype=np.int64))

    def of(what: Callable[[NDArray[Any]], NDArray[Any]], values: NDArray[Any]) -> NDArray[Any]:
        return np.where(given > 0, what(np.where(treated, values, 0.0)), np.nan)

    yield "randomized", inside.sum(axis=1)
    yield "treated", given
    for name, values in _use(block).items():
        if not name.startswith("peak_ng_ml"):
            yield name, total(values)
    yield "refilled", total(block.bags > 1)
    yield "refills", total(np.maximum(block.bags.astype(np.int64) - 1, 0))
    yield from _bag_life(block, treated)
    for name, values in block.peak_ng_ml.items():
        wide = values.astype(np.float64)
        yield f"peak_ng_ml.{name}", total(wide)
        yield f"peak_max_ng_ml.{name}", of(lambda each: each.max(axis=1), wide)
    for name, landmark in landmarks(program):
        peak = block.peak_ng_ml[name]
        reached = np.where(np.isnan(peak), np.nan, (peak >= landmark.ng_ml).astype(np.float64))
        yield f"above.{name}.{landmark.ng_ml:g}", total(reached)
    for place_, term in enumerate(program.adverse_events):
        yield f"adverse_event.{term}", total(block.adverse_events[:, :, place_])
    yield "adverse_event", total(block.adverse_events.any(axis=2))
    for study in program.studies:
        for name, by_study in (
            ("enrolled", block.enrolled), ("lost", block.lost), ("declined", block.declined),
            ("withdrawn", block.withdrawn),
        ):  # fmt: skip
            if study in by_study:
                yield f"{name}.{study}", (inside & by_study[study]).sum(axis=1)


def _bag_life(block: Block, treated: Flags) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield how long a full bag lasts at the mean rate of the arm, and at the fastest."""
    program = block.program
    infused = np.where(treated, block.infused_ml, 0).astype(np.float64)
    hours, bag_ml = program.pump.stop_min / 60, program.pump.bag_ml
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = bag_ml * hours * treated.sum(axis=1) / infused.sum(axis=1)
        least = bag_ml * hours / infused.max(axis=1)
    yield "bag_life_h", np.where(np.isfinite(mean), mean, np.nan)
    yield "bag_life_min_h", np.where(np.isfinite(least), least, np.nan)
