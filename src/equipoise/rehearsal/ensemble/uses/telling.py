"""Each use told: its answer in a sentence, its tables and its picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from equipoise.analysis.drawings.assurance import assurance_curve
from equipoise.analysis.drawings.design_comparison import Measured, design_rows
from equipoise.analysis.drawings.ensemble_sweep import Sweep, sweep_curves
from equipoise.analysis.drawings.tornado import TornadoBar, tornado_bars
from equipoise.analysis.rounding import fixed
from equipoise.rehearsal.ensemble.uses.assurance import Assurance
from equipoise.rehearsal.ensemble.uses.compare import Compared, Mean
from equipoise.rehearsal.ensemble.uses.size import Size
from equipoise.rehearsal.ensemble.uses.told import Shown, Told
from equipoise.rehearsal.ensemble.uses.tornado import Bar, Tornado
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

SUCCESS = (
    "Success: P below alpha in favour of the arm. ± is the Monte Carlo standard error, "
    "95 % intervals are Wilson's over trials."
)
BARS_SHOWN = 20


def percent(share: Share) -> str:
    """Return a share in percent with its Monte Carlo error."""
    return f"{fixed(100 * share.value, 1)} ± {fixed(100 * share.error, 1)}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{fixed(100 * low, 1)} to {fixed(100 * high, 1)}"


def _mean(mean: Mean, places: int = 1) -> str:
    return f"{fixed(mean.value, places)} ± {fixed(mean.error, places)}"


def question_text(asked: Question) -> str:
    """Return what was asked, in words."""
    title = asked.part.title.en + (f", {asked.visit}" if asked.visit else "")
    return (
        f"{title}: {asked.part.estimand.summary}, scenario {asked.scenario}, "
        f"{asked.size} randomized, seed {asked.seed}"
    )


# --- each use -------------------------------------------------------------------------------


def of_assurance(found: Assurance, asked: Question) -> Told:
    """Tell an assurance."""
    first = found.priors[0]
    at = (
        np.array(found.values)
        if first.kind == "discrete"
        else np.linspace(found.values[0], found.values[-1], 121)
    )
    limits = [share.interval for share in found.power]
    value = f"{fixed(100 * found.value, 1)} ± {fixed(100 * found.error, 1)} %"
    figure = assurance_curve(
        found.values,
        [s.value for s in found.power],
        [a for a, _ in limits],
        [b for _, b in limits],
        prior_values=at,
        prior=first.density(at),
        discrete=first.kind == "discrete",
        assurance=found.value,
        power_label="power at this value",
        prior_label="what is believed",
        assurance_label=f"assurance {value}",
        title="Assurance",
        x_label=first.path,
        y_label="Probability of success",
    )
    rows = [
        (f"{v:g}", percent(s), _interval(s)) for v, s in zip(found.values, found.power, strict=True)
    ]
    return Told(
        "Assurance",
        f"{question_text(asked)}; prior {'; '.join(map(str, found.priors))}",
        f"Success is to be expected with probability {value}. Were every number its prior's "
        f"median, it would be {percent(found.expected)} %.",
        [Shown("Power if it were known", (first.path, "success, %", "95 % interval"), rows)],
        figure,
        [
            (
                f"{len(found.draws)} draws of the prior, {found.successes[0].n} trials each. "
                "The error is that of the mean over draws."
            ),
            SUCCESS,
        ],
    )


def of_size(found: Size, asked: Question) -> Told:
    """Tell a search of the sample size."""
    target = f"{fixed(100 * found.target, 0)} %"
    if found.exchangeable:
        answer = (
            f"Hopeless: in scenario {asked.scenario} nothing tells the arms apart, so no "
            "size finds a difference."
        )
    elif found.participants is None:
        answer = (
            f"Hopeless: {found.largest} participants have a power of "
            f"{_interval(found.tried[-1].power)} % (95 % interval), below {target}."
        )
    else:
        last = found.tried[-1].power
        answer = (
            f"{found.participants} participants for a power of {target}: {found.verdict}, "
            f"{percent(last)} % ({_interval(last)} %) in {last.n} new trials."
        )
    rows = [
        (
            str(t.participants),
            str(t.power.n),
            percent(t.power),
            _interval(t.power),
            "confirming" if t.confirming else "search",
        )
        for t in found.tried
    ]
    best = {t.participants: t.power for t in sorted(found.tried, key=lambda t: t.power.n)}
    figure = ""
    if len(best) > 1:
        limits = [share.interval for share in best.values()]
        figure = sweep_curves(
            list(best),
            [
                Sweep(
                    asked.scenario,
                    [s.value for s in best.values()],
                    [a for a, _ in limits],
                    [b for _, b in limits],
                )
            ],
            title="Power by size",
            x_label="participants randomized",
            y_label="Power",
        )
    return Told(
        "Sample size",
        question_text(asked),
        answer,
        [
            Shown(
                "Sizes tried",
                ("participants", "trials", "success, %", "95 % interval", "for"),
                rows,
            )
        ]
        if rows
        else [],
        figure,
        ["Attrition is as the protocol's rehearsal has it.", SUCCESS],
    )


def of_compare(found: Sequence[Compared], asked: Question) -> Told:
    """Tell designs side by side."""
    drugs = list(found[0].dose_ug)
    rows = [
        (
            each.design.name,
            str(each.participants),
            " : ".join(fixed(m.value, 1) for m in each.randomized.values()),
            percent(each.power),
            _mean(each.imbalance),
            f"{fixed(100 * each.guessed.value, 1)} ± {fixed(100 * each.guessed.error, 1)}",
            *(_mean(each.dose_ug[drug], 0) for drug in drugs),
        )
        for each in found
    ]
    limits = [each.power.interval for each in found]

    def panel(label: str, means: Sequence[Mean], *, share: bool) -> Measured:
        return Measured(
            label,
            [m.value for m in means],
            [m.value - 2 * m.error for m in means],
            [m.value + 2 * m.error for m in means],
            share,
        )

    figure = design_rows(
        [each.design.name for each in found],
        [
            Measured(
                "power",
                [e.power.value for e in found],
                [a for a, _ in limits],
                [b for _, b in limits],
                share=True,
            ),
            panel("largest imbalance", [e.imbalance for e in found], share=False),
            panel("next arm guessed", [e.guessed for e in found], share=True),
        ],
        title="Designs side by side",
    )
    best = max(found, key=lambda each: each.power.value)
    hidden = min(found, key=lambda each: each.guessed.value)
    return Told(
        "Designs side by side",
        question_text(asked),
        f"The greatest power has '{best.design.name}' ({percent(best.power)} %); "
        f"'{hidden.design.name}' is hardest to guess "
        f"({fixed(100 * hidden.guessed.value, 1)} % of arms).",
        [
            Shown(
                "",
                (
                    "design",
                    "participants",
                    "mean in each arm",
                    "success, %",
                    "largest imbalance",
                    "next arm guessed, %",
                    *(f"{drug}, ug each" for drug in drugs),
                ),
                rows,
            )
        ],
        figure,
        [
            (
                "The largest imbalance is that of the arms' counts over their weights, at any "
                "time. The guesser knows the design, its block sizes or limit, and every past "
                "arm. Doses are means over all arms, per participant randomized."
            ),
            SUCCESS,
        ],
    )


def of_tornado(found: Tornado, asked: Question) -> Told:
    """Tell a tornado."""

    def end(bar: Bar, which: str) -> str:
        change = getattr(bar, which)
        if change is None:
            return "–"
        return (
            f"{change.value:.4g}: {fixed(100 * change.change, 1)} ± {fixed(100 * change.error, 1)}"
        )

    def drawn(bar: Bar) -> TornadoBar:
        ends = [
            (c.change, c.error, f"{c.value:.4g}") if c else (math.nan, math.nan, "")
            for c in (bar.low, bar.high)
        ]
        return TornadoBar(f"{bar.path} = {bar.value:.4g}", *ends[0], *ends[1])

    rows = [(bar.path, f"{bar.value:.4g}", end(bar, "low"), end(bar, "high")) for bar in found.bars]
    sure = [
        bar
        for bar in found.bars
        if any(c and abs(c.change) > 2 * c.error > 0 for c in (bar.low, bar.high))
    ]
    answer = f"{len(sure)} of {len(found.bars)} assumptions move the power by more than two errors"
    if sure:
        answer += f", most of all {sure[0].path} (by {fixed(100 * sure[0].width, 1)} points)"
    return Told(
        "Which assumption moves the power",
        question_text(asked),
        f"The power is {percent(found.power)} %. {answer}.",
        [
            Shown(
                "", ("assumption", "value", "lower: change, points", "higher: change, points"), rows
            )
        ],
        tornado_bars(
            [drawn(bar) for bar in found.bars[:BARS_SHOWN]],
            low_label="lower value",
            high_label="higher value",
            title="Which assumption moves the power",
            x_label="change of the power, points of percent (line: ± 2 errors)",
        )
        if found.bars
        else "",
        [
            (
                "One at a time, in the same people; the error is that of the change within trials. "
                "Two errors are passed by chance once in twenty."
            ),
            SUCCESS,
        ],
    )
