"""Numbers that people write when they mean another: a slip of one digit, or a neighbour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_DIGITS = 8


def near(
    given: str,
    n: int,
    *,
    has: Callable[[str], bool],
    after: Callable[[str, int], list[str]],
    before: Callable[[str, int], list[str]],
) -> list[str]:
    """Return up to ``n`` registration numbers near ``given``, the likeliest first.

    First those one slip away (two digits swapped, one wrong, one lost or doubled: Damerau, A
    technique for computer detection and correction of spelling errors, 1964,
    doi:10.1145/363958.363994), then those that follow or precede most closely. ``has`` says
    whether a number is there; ``after`` and ``before`` give the next ones in order.
    """
    digits = re.sub(r"\D", "", given)
    if not digits:
        return []
    found: list[str] = []
    for each in _slips(digits):
        if len(each) == _DIGITS and f"NCT{each}" not in found and has(f"NCT{each}"):
            found.append(f"NCT{each}")
    number = f"NCT{digits[:_DIGITS].zfill(_DIGITS)}"
    around = [each for each in after(number, n) + before(number, n) if each not in found]
    value = int(number[3:])
    around.sort(key=lambda each: (abs(int(each[3:]) - value), each))
    return (found + around)[:n]


def _slips(digits: str) -> Iterator[str]:
    yield digits.zfill(_DIGITS)
    places = range(len(digits))
    for i in places[:-1]:
        yield digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
    for i in places:
        for digit in "0123456789":
            yield digits[:i] + digit + digits[i + 1 :]
    for i in places:
        yield digits[:i] + digits[i + 1 :]
    for i in range(len(digits) + 1):
        for digit in "0123456789":
            yield digits[:i] + digit + digits[i:]
