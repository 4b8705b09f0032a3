"""What a protocol says that cannot be meant: small checks in a list.

Each check takes a :class:`~equipoise.protocol.study.Study` and yields its findings; none depends
on another. A new check is one function in one of the files named here, and its place in that
file's list.
"""

from __future__ import annotations

from equipoise.protocol import (
    check_allocation,
    check_analysis,
    check_data,
    check_outcomes,
    check_planning,
    check_rehearsal,
    check_treatment,
)
from equipoise.protocol.source import Finding
from equipoise.protocol.study import Study

CHECKS = (
    *check_treatment.CHECKS,
    *check_allocation.CHECKS,
    *check_data.CHECKS,
    *check_outcomes.CHECKS,
    *check_analysis.CHECKS,
    *check_planning.CHECKS,
    *check_rehearsal.CHECKS,
)


def check(study: Study) -> list[Finding]:
    """Return the findings of every check."""
    return [finding for each in CHECKS for finding in each(study)]
