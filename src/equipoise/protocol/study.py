"""What checks look at: a protocol, its record, and what could not be read of it."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.protocol.parts import Protocol
from equipoise.protocol.record import Record


@dataclass(frozen=True)
class Study:
    """A protocol to check, with its instruments written out and the one it extends resolved."""

    protocol: Protocol
    record: Record | None = None
    broken: frozenset[str] = frozenset()
    """Names in parts that could not be read: they are not held to be unknown."""
