"""A tiny ensemble of the invented study, made once: 40 trials of 12 people in two scenarios."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from equipoise.rehearsal.ensemble.plan import Ensemble, ensemble
from equipoise.rehearsal.ensemble.run import here, run
from equipoise.rehearsal.ensemble.storage import Folder
from tests.rehearsals.knee import study

SCENARIOS = ("plain", "useless")


def knees(**changed: object) -> Ensemble:
    """Return which ensemble it is, with other numbers where given."""
    given: dict[str, object] = {
        "trials": 40, "seed": 3, "participants": 12, "people": True, "chunk": 10, **changed,
    }  # fmt: skip
    scenarios = given.pop("scenarios", SCENARIOS)
    vary = given.pop("vary", {})
    return ensemble(study(), scenarios, vary, **given)  # type: ignore[arg-type]


def nothing(done: int, total: int) -> None:
    """Take no notice of progress."""


@cache
def made() -> Folder:
    """Return the folder of the ensemble, which no test changes."""
    return run(study(), knees(), Path(mkdtemp()) / "knees", nothing, here(1))


def parts(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every part of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.parquet"))
    }
