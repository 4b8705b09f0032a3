"""What a protocol says that cannot be meant: small checks in a list.

Each check takes a :class:`Study` and yields its findings; none depends on another. A new check is
one function in one of the files beside this one, and its line below.
"""

from __future__ import annotations

from equipoise.protocol.source import Finding
from equipoise.protocol.study import Study

__all__ = ["Study", "check"]

CHECKS: tuple = ()  # type: ignore[type-arg]


def check(study: Study) -> list[Finding]:
    """Return the findings of every check."""
    return [finding for each in CHECKS for finding in each(study)]
