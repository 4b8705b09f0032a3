"""How long an index of records takes to make, how large it is, how quickly it answers.

    python benchmarks/bench_registry.py                  print the figures
    python benchmarks/bench_registry.py --write          renew docs/registry/scale.md with them, and
                                                         benchmarks/record/registry_search.json
    python benchmarks/bench_registry.py --keep FOLDER    keep the indexes and what they cost there,
                                                         and use those that are there already

The records are those of the folder of test data: the full ones, the old XML ones, and 101,016 of
which only titles and descriptions are known. These borrow everything else but results (dates,
sites, arms, conditions, …) from the full records in turn, so that every kind of question finds
something in proportion. Without the folder there is nothing to measure.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import re
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.exchange.ctgov_legacy_xml import read
from equipoise.registry.record import nct_id
from equipoise.registry.search.ask import ask
from equipoise.registry.search.index import FACETS, Query
from equipoise.registry.search.local import LocalIndex

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "registry" / "records"
PAGE = ROOT / "docs" / "registry" / "scale.md"
RECORD = ROOT / "benchmarks" / "record" / "registry_search.json"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

SIZES = (10_000, 110_000)
REGISTRY, WITH_RESULTS = 593_000, 75_000
"""The registry in July 2026 (ctrdata's count of its records; about 75,000 have results)."""
REPEATS = 30
GOAL_MS = 15.0

Record = dict[str, Any]

WORDS = (
    "pain", "cancer", "diabetes", "placebo", "children", "stroke", "vaccine", "depression",
    "surgery", "insulin", "asthma", "sleep", "exercise", "radiotherapy", "hypertension",
)  # fmt: skip
PAIRS = (
    "heart failure",
    "breast cancer",
    "low back pain",
    "blood pressure",
    "bone marrow transplant",
    "postoperative delirium",
    "knee replacement",
    "smoking cessation",
    "chronic kidney disease",
)
COUNTRIES = ("United States", "Germany", "China", "France", "Poland")
YEARS = ("2012", "2015", "2018", "2020", "2022")
POINTS = ("39.0036,-77.1013", "48.8534,2.3488", "31.2222,121.4581", "52.5244,13.4105")

KINDS: dict[str, tuple[dict[str, str], ...]] = {
    "one word": tuple({"query.term": word} for word in WORDS),
    "two or three words": tuple({"query.term": pair} for pair in PAIRS),
    "a phrase": tuple({"query.term": f'"{pair}"'} for pair in PAIRS),
    "twelve words, any of them": tuple(
        {"query.term": " OR ".join(islice(cycle(WORDS), at, at + 12))} for at in range(15)
    ),
    "a condition": tuple({"query.cond": pair} for pair in PAIRS),
    "AND, OR, NOT": tuple(
        {"query.term": f"({a} OR {b}) AND placebo NOT {c}"}
        for a, b, c in zip(WORDS, PAIRS, reversed(WORDS), strict=False)
    ),
    "a condition, a status, a start date": tuple(
        {"query.cond": pair, "filter.overallStatus": "RECRUITING|COMPLETED",
         "filter.advanced": f"AREA[StartDate]RANGE[{year}, MAX]"}
        for pair, year in zip(PAIRS, cycle(YEARS), strict=False)
    ),
    "missing fields": tuple(
        {"query.term": f"{word} AND AREA[ResultsFirstPostDate]MISSING"} for word in WORDS
    ),
    "one site: country and status": tuple(
        {"query.term": f"{word} AND SEARCH[Location](AREA[LocationCountry]{country} AND "
         "AREA[LocationStatus]Recruiting)"}
        for word, country in zip(WORDS, cycle(COUNTRIES), strict=False)
    ),
    "one site: country and not that status": tuple(
        {"query.term": f"{word} AND SEARCH[Location](AREA[LocationCountry]{country} AND NOT "
         "AREA[LocationStatus]Recruiting)"}
        for word, country in zip(WORDS, cycle(COUNTRIES), strict=False)
    ),
    "within 50 km": tuple(
        {"query.term": word, "filter.geo": f"distance({point},50km)"}
        for word, point in zip(WORDS, cycle(POINTS), strict=False)
    ),
    "sorted by two fields": tuple(
        {"query.term": word, "sort": "LastUpdatePostDate,EnrollmentCount:desc"} for word in WORDS
    ),
    "everything, sorted": ({"sort": "LastUpdatePostDate"},),
    "a word, with ten facets": tuple({"query.term": word} for word in WORDS),
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What an index took: how many records, its making (by the clock and of processors), size."""

    records: int
    build_s: float
    build_cpu_s: float
    bytes: int
    load: float
    """How many processes wanted a core, over the last minute of making it."""


@dataclass(frozen=True)
class Times:
    """Median and 95th percentile of questions of a kind, and the median of processor time."""

    median_ms: float
    late_ms: float
    cpu_ms: float


@dataclass(frozen=True)
class Measured:
    """One index: what it took and how quickly it answers each kind of question."""

    cost: Cost
    load: float
    times: dict[str, Times]


def full() -> Iterator[Record]:
    """Yield the full records."""
    with gzip.open(DATA / "ctgov_v2_studies.ndjson.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def old() -> Iterator[Record]:
    """Yield the records read from the old XML."""
    with tarfile.open(DATA / "ctgov_legacy_xml.tar.xz") as archive:
        for member in archive:
            held = archive.extractfile(member) if member.isfile() else None
            if held:
                yield read(held.read())


def described() -> Iterator[Record]:
    """Yield the records of which texts are known, the rest borrowed from full ones in turn."""
    lenders = [{k: v for k, v in each.items() if k != "resultsSection"} for each in full()]
    with lzma.open(DATA / "trial_texts_101k.ndjson.xz", "rt", encoding="utf-8") as lines:
        for line, lender in zip(lines, cycle(lenders), strict=False):
            text, protocol = json.loads(line), lender["protocolSection"]
            own = {
                "identificationModule": {"nctId": text["nct_id"],
                                         "briefTitle": text["brief_title"]},
                "descriptionModule": {"briefSummary": text["brief_summary"],
                                      "detailedDescription": text["detailed_description"]},
            }  # fmt: skip
            yield lender | {"protocolSection": protocol | own, "hasResults": False}


def records(count: int) -> Iterator[Record]:
    """Yield ``count`` different records, the full ones among them."""
    seen = set()
    for each in chain(full(), old(), described()):
        if (name := nct_id(each)) not in seen:
            seen.add(name)
            yield each
            if len(seen) == count:
                return


def measure(count: int, folder: Path) -> Measured:
    """Return what an index of ``count`` records costs and how quickly it answers."""
    kept = folder / "cost.json"
    if kept.exists():
        cost = Cost(**json.loads(kept.read_text("utf-8")))
    else:
        cost = build(count, folder / "index")
        kept.write_text(json.dumps(asdict(cost)), "utf-8")
    index = LocalIndex(folder / "index")
    times = {kind: timed(index, kind) for kind in KINDS}
    return Measured(cost, os.getloadavg()[0], times)


def build(count: int, folder: Path) -> Cost:
    """Make an index of ``count`` records; return what it took."""
    spent = spent_cpu = 0.0

    def fed() -> Iterator[Record]:
        nonlocal spent, spent_cpu
        given = records(count)
        while True:
            start, start_cpu = time.perf_counter(), time.thread_time()
            each = next(given, None)
            spent += time.perf_counter() - start  # reading the test data is not the index's work
            spent_cpu += time.thread_time() - start_cpu
            if each is None:
                return
            yield each

    index = LocalIndex(folder)
    start, start_cpu = time.perf_counter(), time.process_time()
    made = index.build(fed())
    build_s = time.perf_counter() - start - spent
    build_cpu_s = time.process_time() - start_cpu - spent_cpu
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Cost(made, build_s, build_cpu_s, size, os.getloadavg()[0])


def timed(index: LocalIndex, kind: str) -> Times:
    """Return how long questions of a kind take.

    Sites found are remembered between questions; they are forgotten before each.
    """
    facets = FACETS if "facets" in kind else ()
    times, work = [], []
    for given in islice(cycle(KINDS[kind]), REPEATS):
        index._numbers.cache_clear()
        start, start_cpu = time.perf_counter(), time.process_time()
        asked = ask(given, index.synonyms).query
        index.search(Query(asked.where, asked.sort, 0, 10, facets))
        work.append(1000 * (time.process_time() - start_cpu))
        times.append(1000 * (time.perf_counter() - start))
    return Times(float(np.median(times)), float(np.percentile(times, 95)), float(np.median(work)))


def results_cost(folder: Path) -> tuple[float, float]:
    """Return what results add to a record: seconds of processor and bytes of index."""
    both = []
    having = [each for each in full() if each.get("hasResults")][:300]
    without = [{k: v for k, v in each.items() if k != "resultsSection"} for each in having]
    for name, given in (("with", having), ("without", without)):
        start = time.process_time()
        LocalIndex(folder / name).build(given)
        took = time.process_time() - start
        size = sum(f.stat().st_size for f in (folder / name).rglob("*") if f.is_file())
        both.append((took / len(given), size / len(given)))
    (with_s, with_bytes), (without_s, without_bytes) = both
    return with_s - without_s, with_bytes - without_bytes


def page(small: Measured, large: Measured, cost: tuple[float, float]) -> str:
    """Return the figures as Markdown, with what they come to for the whole registry."""

    def grown(of: Callable[[Measured], float]) -> float:
        ends = (small, large)
        (x, y), (x_2, y_2) = ((each.cost.records, of(each)) for each in ends)
        return max(y_2, y_2 + (y_2 - y) / (x_2 - x) * (REGISTRY - x_2))

    made, last = (small.cost, large.cost), f"{REGISTRY:,} (drawn on)"
    took = grown(lambda each: each.cost.build_s) + WITH_RESULTS * cost[0]
    work = grown(lambda each: each.cost.build_cpu_s) + WITH_RESULTS * cost[0]
    size = grown(lambda each: each.cost.bytes) + WITH_RESULTS * cost[1]
    rows = [
        ("", *(f"{each.records:,} records" for each in made), last),
        ("---",) * 4,
        ("index made in", *(f"{each.build_s:.0f} s" for each in made), f"{took / 60:.0f} min"),
        ("processor time of that", *(f"{each.build_cpu_s:.0f} s" for each in made),
         f"{work / 60:.0f} min"),
        ("index", *(f"{each.bytes / 1e6:.0f} MB" for each in made), f"{size / 1e9:.1f} GB"),
    ]  # fmt: skip
    for kind in KINDS:
        cells = (_cell(each.times[kind]) for each in (small, large))
        drawn = grown(lambda each, kind=kind: each.times[kind].cpu_ms)  # type: ignore[misc]
        rows.append((kind, *cells, f"({drawn:.0f})"))
    loads = [each.load for each in (*made, small, large)]
    lines = [
        (
            f"Measured on {os.cpu_count()} cores, Python {sys.version.split()[0]}, with "
            f"{min(loads):.0f} to {max(loads):.0f} processes running, this one among them; times "
            "in ms, median / 95th percentile by the clock (median of processor time). The last "
            "column is the line through the first two, drawn on."
        ),
        "",
        *(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows),
        "",
        (
            f"Of the {len(KINDS)} kinds of question at {large.cost.records:,} records, those with "
            f"a median of {GOAL_MS:.0f} ms or more: {_slow(large, lambda t: t.median_ms)} by the "
            f"clock, {_slow(large, lambda t: t.cpu_ms)} by processor time."
        ),
        (
            f"Results add {1000 * cost[0]:.0f} ms and {cost[1] / 1000:.0f} kB to a record; the "
            f"last column counts them for {WITH_RESULTS:,} records."
        ),
    ]
    return "\n".join(lines)


def _cell(times: Times) -> str:
    return f"{times.median_ms:.1f} / {times.late_ms:.1f} ({times.cpu_ms:.1f})"


def _slow(measured: Measured, of: Callable[[Times], float]) -> str:
    return ", ".join(k for k, each in measured.times.items() if of(each) >= GOAL_MS) or "none"


def main() -> None:
    if not DATA.exists():
        sys.exit("The folder of test data is not there; nothing was measured.")
    kept = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else None
    folder = Path(kept or tempfile.mkdtemp(prefix="bench-registry-"))
    try:
        for count in SIZES:
            (folder / str(count)).mkdir(parents=True, exist_ok=True)
        small, large = (measure(count, folder / str(count)) for count in SIZES)
        cost = results_cost(folder)
    finally:
        if not kept:
            shutil.rmtree(folder)
    told = page(small, large, cost)
    print(told)
    if "--write" in sys.argv:
        between = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
        text = between.sub(lambda _: f"{BEGIN}\n{told}\n{END}", PAGE.read_text("utf-8"))
        PAGE.write_text(text, encoding="utf-8")
        measured = {"sizes": [asdict(small), asdict(large)], "results": cost}
        RECORD.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
