from __future__ import annotations

from pathlib import Path

import pytest

from tests.conduct.ward import Ward, study


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """A trial that is open, with nothing sealed and nobody on the list."""
    return Ward(study(tmp_path))
