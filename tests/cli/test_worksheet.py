from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Run


def test_both_arms_have_the_same_steps(run: Run) -> None:
    steps = {}
    for arm in ("combined", "placebo"):
        done = run("worksheet", "NCT05718544", "--weight-kg", "70", "--arm", arm)
        assert done.returncode == 0
        assert "250 ug" in done.stdout
        assert "reached" in done.stdout  # the cap
        steps[arm] = re.findall(r"│ (\d+) +│ [\w ]+ │ ([\d.]+)", done.stdout)
    assert steps["combined"] == steps["placebo"] != []


@pytest.mark.parametrize(
    ("weight", "arm", "says"),
    [
        ("70", "both", "arm 'both': is not in the protocol"),
        ("seventy", "placebo", "--weight-kg: 'seventy' is not a number"),
        ("-3", "placebo", "weight_kg: -3 is not a body weight"),
    ],
)
def test_what_cannot_be_made_up(run: Run, weight: str, arm: str, says: str) -> None:
    failed = run("worksheet", "NCT05718544", f"--weight-kg={weight}", "--arm", arm)
    assert failed.returncode == 2
    assert says in failed.stderr
