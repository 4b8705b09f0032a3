"""Measuring one job in a process of its own: seconds of the processor and of the clock, memory."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 16_384
"""People simulated in one call at most: larger numbers go through in chunks, results kept."""


@dataclass(frozen=True)
class Job:
    """What a process is to do: ``task`` is open_loop, feedback or study; sizes are people."""

    peer: str
    task: str
    people: int
    threads: int = 1
    repeats: int = 3


@dataclass(frozen=True)
class Measured:
    """One entry of ``cpu_s`` and ``wall_s`` a repeat; ``means`` tell what was simulated."""

    job: Job
    cpu_s: list[float]
    wall_s: list[float]
    imported_mb: float
    peak_mb: float
    means: dict[str, Any]

    @property
    def per_cpu_s(self) -> float:
        """People simulated in a second of one core, the median of the repeats."""
        return self.job.people / statistics.median(self.cpu_s)

    @property
    def per_wall_s(self) -> float:
        """People simulated in a second of the clock."""
        return self.job.people / statistics.median(self.wall_s)


def in_this_process(job: Job) -> Measured:
    """Do the job, after one small one to compile and warm up."""
    peer = import_module(f"benchmarks.simulators.{job.peer}")
    work = _study if job.task == "study" else _simulate
    compiled_for_a_shape = job.peer == "jax_scan"
    few = job.people if compiled_for_a_shape else min(job.people, 400)
    work(peer, replace(job, people=few), 0)
    if job.task != "study":
        for repeat in range(job.repeats):
            _cases(min(job.people, CHUNK), repeat + 1)
    imported = _peak_mb()
    cpu_s, wall_s, means = [], [], {}
    for repeat in range(job.repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        means = work(peer, job, repeat + 1)
        cpu_s.append(time.process_time() - cpu)
        wall_s.append(time.perf_counter() - wall)
    return Measured(job, cpu_s, wall_s, imported, _peak_mb(), means)


def _peak_mb() -> float:
    """Return the most memory that this process has held; the parent's would be in getrusage."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _study(peer: Any, job: Job, seed: int) -> dict[str, Any]:
    del seed
    participants = min(job.people, peer.PARTICIPANTS)
    found: dict[str, Any] = peer.run(job.people // participants, participants, job.threads)
    return found


def _simulate(peer: Any, job: Job, seed: int) -> dict[str, Any]:
    threads = {"threads": job.threads} if getattr(peer, "IN_THREADS", False) else {}
    some = _cases(min(job.people, CHUNK), seed)
    kept = []
    for first in range(0, job.people, CHUNK):
        part = some.part(0, min(CHUNK, job.people - first))
        if job.task == "open_loop":
            kept.append(peer.open_loop(part, 60, **threads))
        else:
            kept.append(peer.feedback(part, **threads))
    if job.task == "open_loop":
        return {}
    return {k: v for lived in kept[:1] for k, v in lived.means().items()}


@cache
def _cases(people: int, seed: int) -> Any:
    """Return people; other ones for each repeat, since a peer may remember what it worked out."""
    from benchmarks.simulators.case import case  # noqa: PLC0415 - not needed by whole studies

    return case(people, seed)


def in_a_process(job: Job) -> Measured:
    """Do the job in a fresh process."""
    command = [sys.executable, str(ROOT / "benchmarks/bench_simulators.py"), "--job",
               json.dumps(asdict(job))]  # fmt: skip
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **single}
    )
    if done.returncode:
        raise RuntimeError(f"{job} failed:\n{done.stderr[-2000:]}")
    return measured(json.loads(done.stdout.splitlines()[-1]))


def on_two(job: Job) -> float:
    """Return people a second of the clock on two threads, or in two processes side by side."""
    peer = import_module(f"benchmarks.simulators.{job.peer}")
    if getattr(peer, "IN_THREADS", job.task == "study" and job.peer.startswith("our_study")):
        return in_a_process(Job(job.peer, job.task, job.people, 2, job.repeats)).per_wall_s
    with ThreadPoolExecutor(2) as pool:
        return sum(each.per_wall_s for each in pool.map(in_a_process, [job, job]))


def measured(data: dict[str, Any]) -> Measured:
    """Return what :func:`dataclasses.asdict` made of it."""
    return Measured(**{**data, "job": Job(**data["job"])})


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return (median, lowest, highest)."""
    return statistics.median(values), min(values), max(values)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Return how many times faster we are, by rounds: both were measured in each round."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def machine(packages: Sequence[str], gigahertz: float) -> dict[str, Any]:
    """Return what it all ran on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    said = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in said.items()}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": fields.get("model name", platform.processor()),
        "family": f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}",
        "vectors": "AVX-512" if "avx512f" in fields.get("flags", "") else "no AVX-512",
        "cores": os.cpu_count(),
        "gigahertz": round(gigahertz, 2),
        "memory_gb": round(memory, 1),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in packages},
    }


def agreement(found: Any, exact: Any) -> tuple[float, float]:
    """Return the greatest difference of (plasma, effect site), as shares of each course's peak."""
    apart = np.abs(found - exact).max(axis=-1) / exact.max(axis=-1)
    plasma, effect = apart.max(axis=(0, 1))
    return float(plasma), float(effect)
