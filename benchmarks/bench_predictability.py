"""How often the next arm can be guessed, for each design: table and figure of docs/allocation.md.

The guesser knows the design with its block sizes or limit, and each past arm with accuracy q (1:
the arms are known; 0.5: the masking holds), and guesses what is most probable: no strategy does
better. A design is a hidden Markov chain, so that probability is its filter's (Rabiner 1989,
doi:10.1109/5.18626, section III.A). The lists guessed at are drawn by the product itself, and the
guesser's errors are seeded, so the figures can be repeated.

Run it to write the table and the figure again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from equipoise.chance import SeededEntropy
from equipoise.rules.allocation import big_stick, complete, permuted_blocks
from equipoise.rules.allocation.generator import Draw, below, entropy_words

PARTICIPANTS = 200
LISTS = 4000
ACCURACIES = (1.0, 0.8, 0.65)
DOCS = Path(__file__).parents[1] / "docs"
PAGE, FIGURE = DOCS / "allocation.md", DOCS / "predictability.svg"

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """A design as states: where it starts, and by which arm it goes on to which state.

    ``start`` has shape (states,); ``first`` and ``second`` have shape (states, states), and
    ``first[s, t]`` is the chance that the next arm is the first and leads from s to t.
    """

    start: Matrix
    first: Matrix
    second: Matrix


@dataclass(frozen=True)
class Design:
    """A row of the table: its name, its chain, and how the product draws its list."""

    name: str
    chain: Chain
    draw: Callable[[Draw], list[int]]


def coin() -> Chain:
    """Return the chain of complete randomization 1:1."""
    half = np.full((1, 1), 0.5)
    return Chain(np.ones(1), half, half)


def blocks(sizes: Sequence[int]) -> Chain:
    """Return the chain of permuted blocks 1:1; a state is a size and the arms already drawn."""
    states = [
        (size, one, two)
        for size in sizes
        for one in range(size // 2 + 1)
        for two in range(size // 2 + 1)
        if one + two < size
    ]
    place = {state: number for number, state in enumerate(states)}
    start = np.zeros(len(states))
    for size in sizes:
        start[place[size, 0, 0]] = 1 / len(sizes)
    first, second = np.zeros((2, len(states), len(states)))
    for (size, one, two), number in place.items():
        left = size - one - two
        for matrix, drawn, then in (
            (first, one, (size, one + 1, two)),
            (second, two, (size, one, two + 1)),
        ):
            chance = (size // 2 - drawn) / left
            if then in place:
                matrix[number, place[then]] += chance
            elif chance:
                matrix[number] += chance * start
    return Chain(start, first, second)


def stick(limit: int) -> Chain:
    """Return the chain of the big stick 1:1; a state is the difference, from -limit to limit."""
    differences = np.arange(-limit, limit + 1)
    up = np.where(differences == limit, 0, np.where(differences == -limit, 1, 0.5))
    return Chain((differences == 0).astype(float), np.diag(up[:-1], k=1), np.diag(1 - up[1:], k=-1))


def guess_chances(chain: Chain, arms: NDArray[np.int_], seen: NDArray[np.int_], q: float) -> Matrix:
    """Return for each list and place the chance that the best guess of the next arm is right.

    ``arms`` and ``seen``, shape (lists, places), are the true arms and what the guesser takes
    them for afterwards, right with probability ``q``.
    """
    belief = np.tile(chain.start, (len(arms), 1))
    right = np.empty(arms.shape)
    for at in range(arms.shape[1]):
        first, second = belief @ chain.first, belief @ chain.second
        chance = first.sum(axis=1)
        right[:, at] = np.maximum(chance, 1 - chance)
        weight = np.where(seen[:, at] == 0, q, 1 - q)[:, np.newaxis]
        belief = weight * first + (1 - weight) * second
        belief /= belief.sum(axis=1, keepdims=True)
    return right


def convergence_rate(arms: NDArray[np.int_]) -> float:
    """Return how often *the arm that was drawn less often so far* is right; a tie is tossed."""
    drawn = np.cumsum(1 - 2 * arms, axis=1)
    before = np.column_stack([np.zeros(len(arms)), drawn[:, :-1]])
    step = 1 - 2 * arms
    return float(np.where(before == 0, 0.5, before * step < 0).mean())


def draw_lists(design: Design, lists: int) -> NDArray[np.int_]:
    """Return ``lists`` lists of the design as the product draws them, shape (lists, places)."""
    draw = partial(below, entropy_words(SeededEntropy(1, design.name)))
    return np.array([design.draw(draw) for _ in range(lists)])


def look(arms: NDArray[np.int_], q: float) -> NDArray[np.int_]:
    """Return what somebody with accuracy ``q`` takes each arm for."""
    tape = SeededEntropy(1, f"eyes {q}").bytes(4 * arms.size)
    wrong = np.frombuffer(tape, dtype=">u4").reshape(arms.shape) >= q * 2**32
    return np.where(wrong, 1 - arms, arms)


@dataclass(frozen=True)
class Row:
    """What the table says of a design: rates from 0 to 1, the imbalance in participants."""

    name: str
    rates: tuple[float, ...]
    certain: float
    convergence: float
    imbalance: float


def measure(design: Design, lists: int = LISTS) -> Row:
    """Measure one design on ``lists`` lists."""
    arms = draw_lists(design, lists)
    chances = [guess_chances(design.chain, arms, look(arms, q), q) for q in ACCURACIES]
    return Row(
        design.name,
        tuple(float(chance.mean()) for chance in chances),
        float((chances[0] > 1 - 1e-9).mean()),
        convergence_rate(arms),
        float(np.abs(np.cumsum(1 - 2 * arms, axis=1)).max(axis=1).mean()),
    )


def _of_blocks(*sizes: int) -> Design:
    name = f"blocks of {'/'.join(map(str, sizes))}"
    return Design(
        name, blocks(sizes), lambda draw: permuted_blocks(draw, (1, 1), sizes, PARTICIPANTS)
    )


def _of_stick(limit: int) -> Design:
    name = f"big stick, limit {limit}"
    return Design(name, stick(limit), lambda draw: big_stick(draw, (1, 1), limit, PARTICIPANTS))


DESIGNS = [
    Design("complete", coin(), lambda draw: complete(draw, (1, 1), PARTICIPANTS)),
    _of_blocks(4),
    _of_blocks(6),
    _of_blocks(8),
    _of_blocks(4, 6, 8),
    _of_stick(3),
    _of_stick(4),
]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of Markdown."""
    accuracies = " | ".join(f"q = {q:g}" for q in ACCURACIES)
    lines = [
        f"| design | {accuracies} | certain at q = 1 | convergence | mean largest imbalance |",
        "| --- |" + " ---: |" * (len(ACCURACIES) + 3),
    ]
    for row in rows:
        rates = " | ".join(f"{rate:.3f}" for rate in row.rates)
        rest = f"{row.certain:.0%} | {row.convergence:.3f} | {row.imbalance:.1f}"
        lines.append(f"| {row.name} | {rates} | {rest} |")
    return "\n".join(lines) + "\n"


def figure(rows: Sequence[Row]) -> Figure:
    """Draw each design as a line: how well it can be guessed, and how far it drifts."""
    drawn = Figure(figsize=(7, 3.6), layout="constrained")
    axes = drawn.subplots()
    places = range(len(rows))
    for number, (q, marker) in enumerate(zip(ACCURACIES, "osD", strict=True)):
        rates = [row.rates[number] for row in rows]
        axes.plot(rates, places, marker, label=f"q = {q:g}", markersize=6)
    axes.set_yticks(places, labels=[row.name for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0.49, 0.73)
    axes.axvline(0.5, color="grey", linewidth=0.8, zorder=0)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_xlabel("chance to guess the next arm")
    drift = axes.secondary_yaxis("right")
    drift.set_yticks(places, labels=[f"{row.imbalance:.1f}" for row in rows])
    drift.set_ylabel("mean largest imbalance")
    axes.legend(title="past arms known with", frameon=False, loc="lower right")
    return drawn


def main() -> None:
    """Write the table into docs/allocation.md and the figure beside it."""
    rows = [measure(design) for design in DESIGNS]
    mark = "<!-- benchmarks/bench_predictability.py: {} -->\n"
    begin, end = mark.format("begin"), mark.format("end")
    between = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    page = between.sub(f"{begin}\n{table(rows)}\n{end}", PAGE.read_text("utf-8"))
    PAGE.write_text(page, encoding="utf-8")
    with mpl.rc_context({"svg.hashsalt": "predictability", "svg.fonttype": "none"}):
        figure(rows).savefig(FIGURE, metadata={"Date": None})
    print(table(rows))


if __name__ == "__main__":
    main()
