"""One number compared: ours with an independent implementation's, and with what was printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from equipoise.analysis.rounding import fixed

CLOSED_FORM = 1e-6
ITERATIVE = 1e-3
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Real trials and reference values; not part of the project, so they may be absent."""


@dataclass(frozen=True)
class Case:
    """One number of one trial.

    ``reference`` is the value that ``source`` gives (an R call, a SAS listing), compared to the
    relative ``tolerance`` (absolute below 1); None where only a paper speaks. ``published`` is
    what was printed, compared at its own decimals; ``cited`` says where.
    """

    trial: str
    what: str
    ours: float
    reference: float | None
    source: str
    tolerance: float = CLOSED_FORM
    published: str | None = None
    cited: str = ""

    @property
    def difference(self) -> float | None:
        """Ours minus the reference, relative where the reference is above 1 in size."""
        if self.reference is None:
            return None
        if self.ours == self.reference:  # infinities too
            return 0.0
        return (self.ours - self.reference) / max(1.0, abs(self.reference))

    @property
    def printed(self) -> str | None:
        """Ours with as many decimals as was published."""
        if self.published is None:
            return None
        places = max(0, -int(Decimal(self.published).as_tuple().exponent))
        return fixed(self.ours, places)

    @property
    def agrees(self) -> bool:
        """Whether ours is the reference within tolerance and prints as published."""
        near = self.difference is None or abs(self.difference) <= self.tolerance
        return near and self.printed == self.published


@cache
def gold() -> dict[str, Any]:
    """Return the reference values by id."""
    data = json.loads((DATA / "gold.json").read_text(encoding="utf-8"))
    return {item["id"]: item for item in data["items"]}
