from __future__ import annotations

from tests.cli.conftest import Run


def test_the_method_of_a_printed_ratio_is_named(run: Run) -> None:
    done = run("find-method", "65", "99", "86", "100", "0.76 (0.65-0.90)")
    assert done.returncode == 0, done.stderr
    (katz,) = (line for line in done.stdout.splitlines() if "katz" in line)
    assert "0.76" in katz
    assert "half away from zero" in katz


def test_a_difference_may_begin_with_a_minus(run: Run) -> None:
    done = run("find-method", "65", "99", "86", "100", "-0.203 (-0.319 to -0.088)")
    assert done.returncode == 0, done.stderr
    assert "wald" in done.stdout


def test_what_no_method_gives_is_a_failed_check(run: Run) -> None:
    done = run("find-method", "65", "99", "86", "100", "0.80 (0.65-0.90)")
    assert done.returncode == 1
    assert "No method here gives 0.80 (0.65-0.90)." in done.stdout
