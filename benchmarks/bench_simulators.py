"""Simulators side by side, in one run: agreement first, then speed, then memory.

    python benchmarks/bench_simulators.py            measure, print, keep record/simulators.json
    python benchmarks/bench_simulators.py --quick    the same with few people; keeps nothing
    python benchmarks/bench_simulators.py --write    renew docs/performance.md from the record

Peers that are not installed are left out and named; `make peers` adds them. Every measurement is
made in a fresh process, in rounds in which each peer has its turn, so that a machine that is busier
for a while is so for all. Speeds on one core are people a second of the processor's time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib as mpl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_ward import gigahertz
from benchmarks.simulators import measure, page, pictures
from benchmarks.simulators.measure import Job, in_a_process, in_this_process

HERE = Path(__file__).resolve().parent
RECORD = HERE / "record" / "simulators.json"
DOCS = HERE.parent / "docs"
PEERS = tuple(page.TITLES)
LIMITS = {"ours": 20.0, "our_study": 45.0}
"""The longest measurement of the growth (s); others 8 s."""
QUICK = ("ours", "numba_grid", "our_study", "numpy_study")
GROWTH = (
    ("ours", "feedback", 1), ("numba_grid", "feedback", 1), ("jax_scan", "feedback", 1),
    ("numpy_loop", "feedback", 1), ("lsoda", "feedback", 1),
    ("our_study", "study", 1), ("our_study", "study", 2), ("numpy_study", "study", 1),
)  # fmt: skip


def installed() -> dict[str, Any]:
    """Return the modules of the peers that can be imported; name the others."""
    found = {}
    for name in PEERS:
        try:
            found[name] = import_module(f"benchmarks.simulators.{name}")
        except ImportError as error:
            print(f"{page.TITLES[name]} is left out: {error}")
    return found


def agreement(peers: dict[str, Any], *, quick: bool) -> dict[str, Any]:
    """Compare each peer's courses, minute by minute, with a tight solution of the equations."""
    from benchmarks.simulators.case import case  # noqa: PLC0415 - it imports the package
    from benchmarks.simulators.lsoda import open_loop  # noqa: PLC0415

    some = case(1 if quick else 4)
    exact = open_loop(some, 1, (1e-11, 1e-13))
    return {name: measure.agreement(peer.open_loop(some, 1), exact) for name, peer in peers.items()}


def jobs(peers: dict[str, Any], task: str, *, quick: bool) -> dict[str, Job]:
    """Return what each peer is to do."""
    found = {}
    for name, peer in peers.items():
        size = peer.SIZES[0 if task == "open_loop" else 1]
        if size is None:
            continue
        sizes = getattr(peer, "VARIANTS", (size,)) if task == "feedback" else (size,)
        for people in sizes:
            fewer = max(1, people // 10) if quick else people
            label = name if len(sizes) == 1 else f"{name} {people}"
            found[label] = Job(name, task, fewer, repeats=1 if quick else 3)
    return found


def speed(peers: dict[str, Any], rounds: int, *, quick: bool) -> tuple[Any, Any]:
    """Return the rates on one core by rounds, and on two."""
    one: dict[str, Any] = {}
    two: dict[str, Any] = {}
    for task in page.TASKS:
        todo = jobs(peers, task, quick=quick)
        one[task] = {name: {"people": job.people, "per_s": []} for name, job in todo.items()}
        for _ in range(rounds):
            for name, job in todo.items():
                found = in_a_process(job)
                one[task][name]["per_s"].append(found.per_cpu_s)
                one[task][name] |= {
                    "imported_mb": found.imported_mb, "peak_mb": found.peak_mb,
                    "means": found.means,
                }  # fmt: skip
        two[task] = {} if quick else {name: measure.on_two(job) for name, job in todo.items()}
    return one, two


def growth(peers: dict[str, Any], *, quick: bool) -> list[dict[str, Any]]:
    """Measure once at each power of ten from 100, until a measurement would take too long."""
    points = []
    for peer, task, threads in GROWTH:
        if task != "study" and peer not in peers:
            continue
        if quick and peer not in QUICK:
            continue
        limit = 1.0 if quick else LIMITS.get(peer, 8.0)
        for power in range(2, 8):
            found = in_a_process(Job(peer, task, 10**power, threads, 1))
            taken = found.wall_s[0] if threads > 1 else found.cpu_s[0]
            points.append({
                "peer": peer, "task": task, "threads": threads, "people": 10**power,
                "seconds": taken, "peak_mb": found.peak_mb,
            })  # fmt: skip
            if 10 * taken > limit:
                break
    return points


def study(points: list[dict[str, Any]], *, quick: bool) -> list[dict[str, Any]]:
    """Time 10,000 trials of 200, or as many as take half a minute, scaled; as said."""
    rows = []
    for peer, threads in (
        ("our_study", 1), ("our_study", 2), ("our_study_peaks", 1), ("our_study_peaks", 2),
        ("numpy_study", 1),
    ):  # fmt: skip
        measured = peer.removesuffix("_peaks")
        last = [p for p in points if (p["peer"], p["threads"]) == (measured, threads)][-1]
        rate = last["people"] / last["seconds"] / 200
        trials = min(
            10_000, max(50, int(rate * (2 if quick else 30 if measured == "our_study" else 6)))
        )
        found = in_a_process(Job(peer, "study", 200 * trials, threads, 1))
        seconds = found.wall_s if threads > 1 else found.cpu_s
        rows.append({
            "title": import_module(f"benchmarks.simulators.{peer}").TITLE, "threads": threads,
            "trials": trials, "seconds_10000": statistics.median(seconds) * 10_000 / trials,
            "peak_mb": found.peak_mb, "means": found.means,
        })  # fmt: skip
    return rows


def bound(speeds: dict[str, Any]) -> dict[str, Any]:
    """Count the operations of an average person of the feedback task."""
    from benchmarks.simulators.bound import events, least_cycles  # noqa: PLC0415
    from benchmarks.simulators.case import case  # noqa: PLC0415

    means = speeds["feedback"]["ours"]["means"]
    each = events(case(2000), means["demands"][0], means["delivered"][0])
    return {"events": each, "cycles": least_cycles(each)}


def run(*, quick: bool) -> dict[str, Any]:
    """Measure everything."""
    peers = installed()
    packages = sorted({peer.PACKAGE for peer in peers.values()} | {"numpy"})
    record: dict[str, Any] = {"quick": quick, "rounds": 1 if quick else 3}
    record["machine"] = measure.machine(
        packages, statistics.median(gigahertz() for _ in range(1 if quick else 5))
    )
    record["agreement"] = agreement(peers, quick=quick)
    record["speed"], record["two"] = speed(peers, record["rounds"], quick=quick)
    record["growth"] = growth(peers, quick=quick)
    record["study"] = study(record["growth"], quick=quick)
    record["bound"] = bound(record["speed"])
    return record


def write(record: dict[str, Any]) -> None:
    """Renew the page and its pictures."""
    path = DOCS / "performance.md"
    path.write_text(page.renewed(path.read_text("utf-8"), record), encoding="utf-8")
    with mpl.rc_context({"svg.hashsalt": "performance", "svg.fonttype": "none"}):
        for name, draw in (("speed", pictures.speed), ("growth", pictures.growth)):
            draw(record).savefig(DOCS / f"performance-{name}.svg", metadata={"Date": None})


def main() -> None:
    """Do what was asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few people; keep no record")
    parser.add_argument("--write", action="store_true", help="only renew the page")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        print(json.dumps(asdict(in_this_process(Job(**json.loads(asked.job))))))
        return
    if asked.write:
        write(json.loads(RECORD.read_text("utf-8")))
        return
    record = run(quick=asked.quick)
    for name, text in page.parts(record).items():
        print(f"\n{name}\n\n{text}")
    if not asked.quick:
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
