"""Whether a ledger is what was written, and could have been: each bad event is named.

The chain and the bytes are checked for every entry; what the events say together
(:mod:`equipoise.ledger.history`) as far as all of them can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from equipoise.errors import Broken, Problem
from equipoise.ledger.chain import GENESIS, Entry, Head, fault
from equipoise.ledger.history import History

_RESTORE = "Restore the ledger from a backup that verifies."


@dataclass(frozen=True, slots=True)
class Verification:
    """What :func:`verify` found: how many events, where they end, and what is wrong.

    ``problems`` are in the order of the events, so the first error names the first bad event.
    """

    events: int
    head: Head
    problems: tuple[Problem, ...]

    @property
    def verified(self) -> bool:
        """Return whether there is no error; notes and warnings do not count."""
        return all(problem.severity != "error" for problem in self.problems)

    def raise_first(self) -> None:
        """Raise :class:`Broken` for the first error; return when there is none."""
        for problem in self.problems:
            if problem.severity == "error":
                raise Broken(problem.where, problem.what, problem.todo)


def verify(
    entries: Iterable[Entry],
    *,
    expected_head: Head | None = None,
    protocols: Mapping[tuple[str, int], str] | None = None,
) -> Verification:
    """Check a whole ledger, from its first entry.

    ``expected_head`` is a head that was published: the ledger must contain it, so one that was cut
    off or written anew is found out. ``protocols`` gives, by study and version, the digest of a
    protocol file; a version that was adopted under another digest is an error. What is wrong is
    returned, never raised.
    """
    problems: list[Problem] = []
    history: History | None = History(protocols or {})
    head, events = GENESIS, 0
    try:
        for entry in entries:
            altered = fault(entry, head)
            head, events = entry.head, events + 1
            try:
                event = entry.event()
            except Broken as error:
                altered, history = altered or error.problem, None
            said = list(history.follow(event)) if history else []
            # An altered event says that it was; what follows from it would be noise.
            problems += [altered] if altered else said
            if not altered and expected_head and _is_another(head, expected_head):
                problems.append(_another(head))
    except Broken as error:  # the storage cannot be read on
        problems.append(error.problem)
    if expected_head and head.seq < expected_head.seq:
        problems.append(_cut_off(head, expected_head))
    return Verification(events, head, tuple(problems))


def _is_another(head: Head, expected: Head) -> bool:
    return head.seq == expected.seq and head.digest != expected.digest


def _another(head: Head) -> Problem:
    return Problem(
        f"event {head.seq}",
        "is not the one whose digest was published: it, or one before it, was written anew",
        _RESTORE,
    )


def _cut_off(head: Head, expected: Head) -> Problem:
    return Problem(
        f"event {head.seq + 1}",
        f"is missing: the ledger ends here, and had {expected.seq} events when its head was "
        "published",
        _RESTORE,
    )
