from __future__ import annotations

import pytest

from equipoise.errors import Broken, Conflict, EquipoiseError, InputError, Problem, Refused


def test_a_problem_reads_where_what_and_what_to_do() -> None:
    problem = Problem("pca.yaml:41: pump.lockout_min", "0 min is not allowed", "Give 1 to 60.")
    assert str(problem) == "pca.yaml:41: pump.lockout_min: 0 min is not allowed\n   Give 1 to 60."
    assert problem.severity == "error"


@pytest.mark.parametrize(
    ("kind", "code"), [(InputError, 2), (Refused, 2), (Conflict, 2), (Broken, 1)]
)
def test_an_error_carries_its_problem_and_an_exit_code(
    kind: type[EquipoiseError], code: int
) -> None:
    error = kind("event 17", "was altered", "Restore a backup.")
    assert error.problem == Problem("event 17", "was altered", "Restore a backup.")
    assert str(error) == str(error.problem)
    assert error.exit_code == code
