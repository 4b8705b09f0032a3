"""Chunks as tasks of a Ray cluster: the same rows, made by whoever is free.

A task gets the whole study and the addresses of its chances, so it does not matter where it runs,
nor how often: a worker or machine that dies costs the chunks it had, which others make again. See
Moritz P, et al. Ray: a distributed framework for emerging AI applications. OSDI 2018:561-577,
https://www.usenix.org/conference/osdi18/presentation/moritz.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from equipoise.errors import EquipoiseError, InputError
from equipoise.rehearsal.ensemble.plan import Chunk, code
from equipoise.rehearsal.ensemble.run import Job, Rows, Worker, chunk_rows

LOCAL = "local"
ANSWERS_WITHIN_S = 5.0
CONNECTS_WITHIN_S = 15.0
RETRIES = 20  # of a chunk whose worker died
AHEAD = 2  # chunks given out for each processor


@contextmanager
def on(address: str) -> Iterator[Worker]:
    """Yield the worker of the cluster at ``address``: ``host:port``, ``auto``, or ``local``.

    ``local`` starts a cluster on this machine. At the end the connection is closed; one that was
    there before stays. Raises :class:`InputError` when Ray is not installed or the address does not
    answer; the worker does when a machine of the cluster has another version of this program.
    """
    try:
        import ray  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise InputError(
            "--ray", "needs Ray, which is not installed", "Install it: pip install 'equipoise[ray]'"
        ) from None
    if ray.is_initialized():
        yield partial(_tasks, ray)
        return
    _connect(ray, address)
    try:
        yield partial(_tasks, ray)
    finally:
        ray.shutdown()


def _tasks(ray: Any, job: Job, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Rows]]:
    task = ray.remote(max_retries=RETRIES, num_cpus=1)(_made)
    shared, coming = ray.put(job), iter(chunks)
    processors = int(ray.cluster_resources().get("CPU", 1))
    running = {task.remote(shared, chunk): chunk for chunk in islice(coming, AHEAD * processors)}
    while running:
        (done,), _ = ray.wait(list(running), num_returns=1)
        chunk = running.pop(done)
        try:
            rows = ray.get(done)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, EquipoiseError):
                raise error.cause from None
            raise
        except ray.exceptions.RayError as error:
            raise InputError(
                "--ray",
                f"the cluster failed: {type(error).__name__}",
                "See to it, and give the same command: what is done is kept.",
            ) from None
        yield chunk, rows
        for after in islice(coming, 1):
            running[task.remote(shared, after)] = after


def _made(job: Job, chunk: Chunk) -> Rows:
    """Make a chunk on a machine of the cluster."""
    if code() != job.ensemble.code:
        raise InputError(
            f"--ray, machine {socket.gethostname()}",
            "has another version of equipoise than this one",
            "Install the same on every machine of the cluster.",
        )
    return chunk_rows(job, chunk)


def _connect(ray: Any, address: str) -> None:
    """Connect, or start a cluster; raise :class:`InputError` when that is not done in time."""
    if address not in {LOCAL, "auto"}:
        _answers(address)
    failed: list[Exception] = []

    def connect() -> None:
        try:
            ray.init(
                address=address, include_dashboard=False if address == LOCAL else None,
                log_to_driver=False, logging_level=logging.ERROR,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - Ray raises what its parts raise
            failed.append(error)

    if address == LOCAL:
        connect()  # a cluster of this process dies with the thread that started it
    else:
        trying = threading.Thread(target=connect, daemon=True)
        trying.start()
        trying.join(CONNECTS_WITHIN_S)
        if trying.is_alive():
            raise _silent(address)
    if failed:
        raise InputError(
            f"--ray {address}",
            f"cannot be used: {str(failed[0]).strip().splitlines()[0]}",
            "Start a cluster with: ray start --head. Or use --ray local.",
        )


def _answers(address: str) -> None:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit() or int(port) >= 2**16:
        raise InputError("--ray", f"'{address}' is no address", "Give host:port, auto or local.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWERS_WITHIN_S).close()
    except OSError:
        raise _silent(address) from None


def _silent(address: str) -> InputError:
    return InputError(
        f"--ray {address}", "no cluster answers there",
        "Look at the address and whether the cluster runs, or use --ray local.",
    )  # fmt: skip
