from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.sample import load, said

PLAN = """
planning:
  - {endpoint: ever_sore, reference: 0.6, arm: 0.4, because: a pilot, status: found}
  - {endpoint: soreness, reference: 5, arm: 4, sd: 2, because: a pilot, status: found}
monitoring: {endpoint: ever_sore, looks: [0.5, 1], spending: Kim-DeMets, parameter: 3}
"""


def findings(tmp_path: Path, old: str = "", new: str = "") -> list[str]:
    assert old in PLAN
    return said(load(tmp_path, ("assumptions:", f"{PLAN.replace(old, new)}\nassumptions:")))


def test_a_planning_that_makes_sense_is_fine(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "{endpoint: ever_sore, ref",
            "{endpoint: ever_soar, ref",
            "there is no endpoint `ever_soar`",
        ),
        ("0.6", "60", "60.0 is not a share of people"),
        (", sd: 2", "", "the endpoint is a measurement, and its spread is not given"),
        ("arm: 0.4", "arm: 0.6", "both arms are assumed to be alike, so there is nothing to find"),
        ("{endpoint: ever_sore, looks", "{endpoint: sore, looks", "there is no endpoint `sore`"),
        ("[0.5, 1]", "[0.5, 0.9]", "the looks do not rise to 1"),
        ("[0.5, 1]", "[0.5, 0.5, 1]", "the looks do not rise to 1"),
        (", parameter: 3", "", "Kim-DeMets spending has a parameter, which is not given"),
    ],
)
def test_what_cannot_be_meant_is_reported(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert any(what in line for line in findings(tmp_path, old, new))
