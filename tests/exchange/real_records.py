"""Real records to convert, where they are at hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
DATA = SHARED / "data" / "registry"


def real(name: str) -> Path:
    """Return a file of the real data; skip the test where there is none."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real data ({name}) are not at hand")
    return path


def records(*, one_in: int = 1) -> Iterator[dict[str, Any]]:
    """Yield every ``one_in``-th of the real records."""
    with gzip.open(real("records/ctgov_v2_studies.ndjson.gz")) as lines:
        for number, line in enumerate(lines):
            if number % one_in == 0:
                yield json.loads(line)
