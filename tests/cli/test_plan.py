from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_the_flagship_is_called_hopeless(run: Run) -> None:
    done = run("plan", "NCT05718544")
    assert done.returncode == 0
    assert "Hopeless: with 37 % power" in " ".join(done.stdout.split())


def test_a_program_reads_what_can_be_found(run: Run) -> None:
    (found,) = json.loads(run("plan", "NCT05718544", "--json").stdout)
    assert found["analysed"] == [99, 100]
    assert found["power"] == pytest.approx(0.3692, abs=5e-5)
    assert abs(found["simulated_power"] - found["power"]) < 0.04
    assert found["participants_needed"] == 587
    assert found["hopeless"]


def test_any_part_of_the_assumption_can_be_changed(run: Run) -> None:
    changes = ("--reference", "0.4", "--arm", "0.2", "--attrition", "0.1", "--participants", "200")
    (found,) = json.loads(run("plan", "NCT05718544", *changes, "--json").stdout)
    assert found["analysed"] == [90, 90]
    assert (found["reference"], found["status"]) == (0.4, "assumed")
    assert not found["hopeless"]


def test_a_page_is_made_in_chinese(run: Run, tmp_path: Path) -> None:
    done = run("plan", "NCT05718544", "--out", "plan", "--language", "zh")
    assert done.returncode == 0
    page = (tmp_path / "plan" / "plan.html").read_text(encoding="utf-8")
    assert "没有希望" in page
    assert "<svg" in page
    assert json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--arm", "20"], "counts people"),
        (["--arm", "0.3"], "no trial reaches"),
        (["--endpoint", "happiness"], "no planning assumption for 'happiness'"),
        (["--attrition", "1.5"], "--attrition"),
        (["--participants", "2"], "are no trial"),
    ],
)
def test_what_cannot_be_planned_is_said(run: Run, options: list[str], said: str) -> None:
    done = run("plan", "NCT05718544", *options)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
