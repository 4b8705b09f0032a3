from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

KNEE = str(Path(__file__).parents[1] / "rehearsals" / "studies" / "KNEE-PCA")


def test_a_design_is_compared_with_another(run: Run) -> None:
    done = run(
        "design", "compare", KNEE, "--design", "complete", "--trials", "10",
        "--participants", "12", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["size", KNEE, "--trials", "0"], "trials"),
        (["assurance", KNEE, "--prior", "effects.nothing.pain=normal(0,1)"], "nothing"),
        (["assurance", KNEE, "--prior", "attrition=beta(1,2)"], "no prior"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, options: list[str], said: str) -> None:
    done = run("design", *options)
    assert done.returncode == 2, done.stdout
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
