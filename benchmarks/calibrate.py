"""Do rehearsals give what was published? Simulate many trials, and compare figure by figure.

A study's ``published.yaml`` holds published figures, their sources, and how near the mean over
trials must come. Ends with 1 when a figure is missed.

    python benchmarks/calibrate.py [STUDY ...] [--trials 100] [--seed 2023] [--workers N]
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from rich.progress import track

from equipoise.analysis.analyse import analyse
from equipoise.analysis.summary import summary
from equipoise.ledger import MemoryStore, read_events
from equipoise.protocol.load import load_study, shipped
from equipoise.protocol.source import read_yaml
from equipoise.rehearsal.run import rehearse

Summary = Mapping[str, Any]
"""What a trial's ``summary.json`` holds."""


# --- published.yaml -----------------------------------------------------------------------------


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Source(Entry):
    """A publication; its DOI, or where else it is found."""

    citation: str
    doi: str | None = None
    link: str | None = None


class Share(Entry):
    """The percentage of an arm's analysed participants with the endpoint."""

    kind: Literal["share"]
    endpoint: str
    arm: str


class RiskRatio(Entry):
    """The mean share in the first arm over that in the second."""

    kind: Literal["risk ratio"]
    endpoint: str
    arms: tuple[str, str]


class DoseRate(Entry):
    """The mean dose of a drug in an arm, in micrograms per kg and hour."""

    kind: Literal["dose rate"]
    arm: str
    drug: str


class Visits(Entry):
    """The number of visits with an estimate from ``low`` to ``high``.

    ``on average`` counts by the mean of the estimates over trials; ``in a trial`` counts in each,
    those with a P value of at most ``p_max``, and takes the mean of the counts.
    """

    kind: Literal["visits on average", "visits in a trial"]
    endpoint: str
    low: float = Field(alias="from")
    high: float = Field(alias="to")
    p_max: float = 1.0


Measure = Annotated[Share | RiskRatio | DoseRate | Visits, Field(discriminator="kind")]


class Figure(Entry):
    """One published figure, what measures it in rehearsals, and what is near enough, and why."""

    figure: str
    source: str
    published: float
    accepted: tuple[float, float]
    because: str
    scenario: str
    measure: Measure


class Published(Entry):
    """All of a ``published.yaml``."""

    sources: dict[str, Source]
    figures: tuple[Figure, ...]


def published(folder: Path) -> Published:
    """Read the ``published.yaml`` of a study's folder."""
    file = folder / "published.yaml"
    return Published.model_validate(read_yaml(file.read_text(encoding="utf-8"), file.name).data)


# --- what rehearsals give -----------------------------------------------------------------------


@dataclass(frozen=True)
class Simulated:
    """A figure over all trials: its value, and its Monte Carlo error or spread in words."""

    value: float
    spread: str


def simulated(measure: Measure, trials: Sequence[Summary]) -> Simulated:
    """Return what ``measure`` is over the summaries of ``trials``, two or more."""
    match measure:
        case Share():
            return _mean([100 * _share(t, measure.endpoint, measure.arm) for t in trials])
        case DoseRate():
            return _mean([_dose_rate(t, measure) for t in trials])
        case RiskRatio(endpoint=endpoint, arms=(one, other)):
            return _ratio(
                [_share(t, endpoint, one) for t in trials],
                [_share(t, endpoint, other) for t in trials],
            )
        case Visits(kind="visits on average"):
            return _visits_on_average(measure, trials)
        case Visits():
            return _visits_in_a_trial(measure, trials)


def _mean(values: Sequence[float]) -> Simulated:
    mean = fmean(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return Simulated(mean, f"± {math.sqrt(variance / len(values)):.2g}")


def _ratio(over: Sequence[float], under: Sequence[float]) -> Simulated:
    """Return the ratio of means, its error by the delta method."""
    ratio = fmean(over) / fmean(under)
    rests = [a - ratio * b for a, b in zip(over, under, strict=True)]
    variance = sum(r * r for r in rests) / (len(rests) - 1) / len(rests)
    return Simulated(ratio, f"± {math.sqrt(variance) / fmean(under):.2g}")


def _visits_on_average(measure: Visits, trials: Sequence[Summary]) -> Simulated:
    estimates: dict[str, list[float]] = {}
    for trial in trials:
        for row in _rows(trial, measure.endpoint):
            estimates.setdefault(row["visit"], []).append(row["estimate"])
    means = [fmean(each) for each in estimates.values()]
    count = sum(measure.low <= mean <= measure.high for mean in means)
    return Simulated(count, f"({min(means):.2f} to {max(means):.2f})")


def _visits_in_a_trial(measure: Visits, trials: Sequence[Summary]) -> Simulated:
    counts = [
        sum(
            measure.low <= row["estimate"] <= measure.high and row["p_value"] <= measure.p_max
            for row in _rows(trial, measure.endpoint)
        )
        for trial in trials
    ]
    mean = _mean(counts)
    return Simulated(mean.value, f"{mean.spread}, median {median(counts):g}")


def _rows(trial: Summary, endpoint: str) -> list[Mapping[str, Any]]:
    return [row for row in trial["endpoints"] if row["endpoint"] == endpoint]


def _share(trial: Summary, endpoint: str, arm: str) -> float:
    (row,) = _rows(trial, endpoint)
    (group,) = (group for group in row["groups"] if group["arm"] == arm)
    return float(group["sum"] / group["analysed"])


def _dose_rate(trial: Summary, measure: DoseRate) -> float:
    (mean,) = (
        rate["mean"]
        for rate in trial["exposure"]["dose_rates_ug_kg_h"]
        if (rate["arm"], rate["drug"]) == (measure.arm, measure.drug)
    )
    return float(mean)


# --- trials -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """One trial to rehearse."""

    study: str
    scenario: str
    seed: int
    trial: int


def one_trial(job: Job) -> Summary:
    """Rehearse and analyse one trial."""
    store = MemoryStore()
    loaded = load_study(job.study)
    rehearse(loaded, store, job.seed, job.scenario, None, _say_nothing, trial=job.trial)
    return summary(analyse(read_events(store), str(store.head())))


def _say_nothing(what: str, done: float) -> None:
    del what, done


def rehearse_all(jobs: Sequence[Job], workers: int) -> dict[tuple[str, str], list[Summary]]:
    """Return the summaries of ``jobs`` by study and scenario, showing the progress."""
    found: dict[tuple[str, str], list[Summary]] = {}
    with ProcessPoolExecutor(workers) as pool:
        results = zip(jobs, pool.map(one_trial, jobs), strict=True)
        for job, result in track(results, "Rehearsing", total=len(jobs)):
            found.setdefault((job.study, job.scenario), []).append(result)
    return found


# --- the table ----------------------------------------------------------------------------------


def table(
    figures: Sequence[tuple[str, Figure]], trials: Mapping[tuple[str, str], Sequence[Summary]]
) -> tuple[list[str], int]:
    """Return the lines of the table and the number of figures that were missed."""
    head = f"{'figure':72}{'published':>10}{'simulated':>11} {'':24}{'accepted':>16}"
    lines, missed, study = [head], 0, ""
    for name, figure in figures:
        if name != study:
            study = name
            lines += ["", study]
        found = simulated(figure.measure, trials[name, figure.scenario])
        low, high = figure.accepted
        met = low <= found.value <= high
        missed += not met
        lines.append(
            f"{figure.figure:72}{figure.published:>10g}{found.value:>11.3g} {found.spread:24}"
            f"{f'{low:g} to {high:g}':>16}  {'✓' if met else '✗'}"
        )
    return lines, missed


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Calibrate; return 0 when every figure is met, 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("studies", nargs="*", help="all that have a published.yaml by default")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    if given.trials < 2:
        parser.error("a Monte Carlo error takes 2 trials or more")
    folders = {n: f for n, f in shipped().items() if (f / "published.yaml").is_file()}
    for unknown in set(given.studies) - folders.keys():
        parser.error(f"{unknown} has no published.yaml; these have: {', '.join(folders)}")
    names = given.studies or list(folders)
    figures = [(name, figure) for name in names for figure in published(folders[name]).figures]
    jobs = [
        Job(study, scenario, given.seed, trial)
        for study, scenario in dict.fromkeys((name, figure.scenario) for name, figure in figures)
        for trial in range(given.trials)
    ]
    lines, missed = table(figures, rehearse_all(jobs, given.workers))
    for line in lines:
        say(line)
    say("")
    say(f"{given.trials} trials of seed {given.seed}; ± is the Monte Carlo error of a mean.")
    say(f"{missed} of {len(figures)} figures missed." if missed else "All figures are met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
