"""A Ray cluster makes the same bytes, and the death of a machine costs nothing but time."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble import cluster
from equipoise.rehearsal.ensemble.run import Job, run
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import knees, made, parts
from tests.rehearsals.knee import study


@pytest.fixture
def two_machines() -> Iterator[Any]:
    """Yield a cluster of two machines with a processor each, as far as Ray can tell."""
    pytest.importorskip("ray", reason="Ray is an extra")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    head = {"num_cpus": 1, "include_dashboard": False}
    ray: Any = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield ray
    finally:
        ray.shutdown()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_machines_of_which_one_is_killed_give_the_same_bytes(
    two_machines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ray names this machine by its outward address, which tests must not connect to
    monkeypatch.setattr(cluster, "_answers", lambda address: None)
    second = two_machines.add_node(num_cpus=1)
    told: list[int] = []

    def kill(done: int, total: int) -> None:
        told.append(done)
        if done == 20:
            two_machines.remove_node(second, allow_graceful=False)

    with cluster.on(two_machines.address) as worker:
        run(study(), knees(), tmp_path / "it", kill, worker)
    assert told == list(range(0, 90, 10))
    assert parts(tmp_path / "it") == parts(made().path)


def enter(address: str) -> None:
    with cluster.on(address):
        pass


@pytest.mark.parametrize("address", ["nowhere", "host:", "127.0.0.1:99999"])
def test_what_is_no_address_is_said_at_once(address: str) -> None:
    pytest.importorskip("ray", reason="Ray is an extra")
    assert "is no address" in refusal(enter, address).what


def test_an_address_where_nobody_listens_is_one_sentence_at_once() -> None:
    pytest.importorskip("ray", reason="Ray is an extra")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    since = time.monotonic()
    said = refusal(enter, f"127.0.0.1:{port}")
    assert said.what == "no cluster answers there"
    assert time.monotonic() - since < cluster.ANSWERS_WITHIN_S + 1


def test_without_ray_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    said = refusal(enter, "local")
    assert said.what == "needs Ray, which is not installed"
    assert said.todo == "Install it: pip install 'equipoise[ray]'"


def test_a_machine_with_another_version_is_refused() -> None:
    whole = knees()
    other = type(whole)(**{**vars(whole), "code": "0" * 64})
    chunk = whole.chunks(0)[0]
    with pytest.raises(InputError, match="another version of equipoise"):
        cluster._made(Job(study(), other), chunk)
