"""How long an index of records takes to make, how large it is, how quickly it answers.

    python benchmarks/bench_registry.py            print the figures
    python benchmarks/bench_registry.py --write    renew docs/registry/scale.md with them

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
from dataclasses import dataclass
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
class Measured:
    """One index: how many records, its making (by the clock and of processors) and size, and the
    median and 95 % time by kind.
    """

    records: int
    build_s: float
    build_cpu_s: float
    bytes: int
    times_ms: dict[str, tuple[float, float]]


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
    return Measured(made, build_s, build_cpu_s, size, {kind: timed(index, kind) for kind in KINDS})


def timed(index: LocalIndex, kind: str) -> tuple[float, float]:
    """Return the median and the 95th percentile in ms of questions of a kind, none asked twice.

    Sites found are remembered between questions; they are forgotten before each.
    """
    facets = FACETS if "facets" in kind else ()
    times = []
    for given in islice(cycle(KINDS[kind]), REPEATS):
        index._numbers.cache_clear()
        start = time.perf_counter()
        asked = ask(given, index.synonyms).query
        index.search(Query(asked.where, asked.sort, 0, 10, facets))
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times)), float(np.percentile(times, 95))


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
        slope = (of(large) - of(small)) / (large.records - small.records)
        return max(of(large), of(large) + slope * (REGISTRY - large.records))

    build = grown(lambda each: each.build_s) + WITH_RESULTS * cost[0]
    work = grown(lambda each: each.build_cpu_s) + WITH_RESULTS * cost[0]
    size = grown(lambda each: each.bytes) + WITH_RESULTS * cost[1]
    lines = [
        (
            f"Measured on {os.cpu_count()} cores, Python {sys.version.split()[0]}; times in ms, "
            "median / 95th percentile. The last column is the line through the first two, drawn on."
        ),
        "",
        f"| | {small.records:,} records | {large.records:,} records | {REGISTRY:,} (drawn on) |",
        "|---|---|---|---|",
        f"| index made in | {small.build_s:.0f} s | {large.build_s:.0f} s | {build / 60:.0f} min |",
        (
            f"| processor time of that | {small.build_cpu_s:.0f} s | {large.build_cpu_s:.0f} s | "
            f"{work / 60:.0f} min |"
        ),
        (
            f"| index | {small.bytes / 1e6:.0f} MB | {large.bytes / 1e6:.0f} MB | "
            f"{size / 1e9:.1f} GB |"
        ),
    ]
    for kind in KINDS:
        cells = [f"{m.times_ms[kind][0]:.1f} / {m.times_ms[kind][1]:.1f}" for m in (small, large)]
        drawn = grown(lambda each, kind=kind: each.times_ms[kind][0])  # type: ignore[misc]
        lines.append(f"| {kind} | {cells[0]} | {cells[1]} | {drawn:.0f} |")
    medians = [each[0] for each in large.times_ms.values()]
    slow = [kind for kind, each in large.times_ms.items() if each[0] >= GOAL_MS]
    over = f"; over it: {', '.join(slow)}" if slow else ""
    lines += [
        "",
        (
            f"Over all kinds of question the median at {large.records:,} records is "
            f"{np.median(medians):.1f} ms (goal: under {GOAL_MS:.0f} ms{over})."
        ),
        (
            f"Results add {1000 * cost[0]:.0f} ms and {cost[1] / 1000:.0f} kB to a record; the "
            f"last column counts them for {WITH_RESULTS:,} records."
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    if not DATA.exists():
        sys.exit("The folder of test data is not there; nothing was measured.")
    folder = Path(tempfile.mkdtemp(prefix="bench-registry-"))
    try:
        small, large = (measure(count, folder / str(count)) for count in SIZES)
        told = page(small, large, results_cost(folder))
    finally:
        shutil.rmtree(folder)
    print(told)
    if "--write" in sys.argv:
        between = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
        text = between.sub(lambda _: f"{BEGIN}\n{told}\n{END}", PAGE.read_text("utf-8"))
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
