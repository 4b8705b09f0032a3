"""The drafted protocol as it grows: plain data, comments by place, and what is assumed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from equipoise.registry.draft.outcomes import Outcome
from equipoise.registry.draft.screening import Drafted
from equipoise.registry.draft.treatment import Bag, Program
from equipoise.registry.draft.writing import Path

CONFIRM = "confirm"


@dataclass
class Draft:
    """The drafted protocol: plain data in the file's order, and comments by place.

    ``criteria``, ``bags``, ``program`` and ``outcomes`` are what it was made from.
    """

    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[Path, list[str]] = field(default_factory=dict)
    criteria: list[Drafted] = field(default_factory=list)
    bags: dict[str, Bag] = field(default_factory=dict)
    program: Program | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    assumptions: list[dict[str, str]] = field(default_factory=list)

    def note(self, path: Path, *lines: str) -> None:
        """Put comments above a place."""
        self.comments.setdefault(path, []).extend(lines)

    def assume(self, name: str, says: str, because: str, status: str) -> None:
        """Name something that somebody has to confirm."""
        entry = {"id": name, "says": says, "because": because, "status": status}
        if entry not in self.assumptions:
            self.assumptions.append(entry)


def unique(name: str, taken: Collection[str]) -> str:
    """Return ``name``, with a number where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name[:55]}_{number}"
    return found
