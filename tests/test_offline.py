"""Tests reach this machine and nothing else (root `conftest.py`)."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_that_leaves_the_machine_is_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as outward, pytest.raises(PermissionError, match="offline"):
        outward.connect((host, 80))


def test_a_name_that_lies_elsewhere_is_not_looked_up() -> None:
    with pytest.raises(PermissionError, match="offline"):
        socket.create_connection(("example.org", 80), timeout=5)


def test_a_server_of_a_test_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
