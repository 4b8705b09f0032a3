"""Every way in which draws can fall, with its exact probability."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import TypeVar

Outcome = TypeVar("Outcome", bound=Hashable)


class _Open(Exception):
    """The script has no answer yet; ``args`` is what was asked."""


def all_paths(run: Callable[[Callable[[int], int]], Outcome]) -> dict[Outcome, Fraction]:
    """Return each outcome of ``run(draw)`` with its probability, when draws are uniform."""
    found: dict[Outcome, Fraction] = defaultdict(Fraction)
    scripts: list[tuple[tuple[int, ...], Fraction]] = [((), Fraction(1))]
    while scripts:
        script, probability = scripts.pop()
        answers = iter(script)

        def draw(n: int, answers: object = answers) -> int:
            answer = next(answers, None)  # type: ignore[call-overload]
            if answer is None:
                raise _Open(n)
            return int(answer)

        try:
            found[run(draw)] += probability
        except _Open as question:
            n = question.args[0]
            scripts += [((*script, answer), probability / n) for answer in range(n)]
    return dict(found)
