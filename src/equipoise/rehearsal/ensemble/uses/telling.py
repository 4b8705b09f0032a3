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
from equipoise.rehearsal.ensemble.uses.exposure import QUANTILES, Exposure
from equipoise.rehearsal.ensemble.uses.interim import Interim
from equipoise.rehearsal.ensemble.uses.size import Size
from equipoise.rehearsal.ensemble.uses.told import Shown, Told
from equipoise.rehearsal.ensemble.uses.tornado import Bar, Tornado
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

SUCCESS = (
    "Success: P below alpha in favour of the arm. ± is the Monte Carlo standard error, "
    "95 % intervals are Wilson's over trials."
)
BARS_SHOWN = 20


def _percent(share: Share) -> str:
    return f"{fixed(100 * share.value, 1)} ± {fixed(100 * share.error, 1)}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{fixed(100 * low, 1)} to {fixed(100 * high, 1)}"


def _mean(mean: Mean, places: int = 1) -> str:
    return f"{fixed(mean.value, places)} ± {fixed(mean.error, places)}"


def _asked(asked: Question) -> str:
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
        (f"{v:g}", _percent(s), _interval(s))
        for v, s in zip(found.values, found.power, strict=True)
    ]
    return Told(
        "Assurance",
        f"{_asked(asked)}; prior {'; '.join(map(str, found.priors))}",
        f"Success is to be expected with probability {value}. Were every number its prior's "
        f"median, it would be {_percent(found.expected)} %.",
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
            f"{_percent(last)} % ({_interval(last)} %) in {last.n} new trials."
        )
    rows = [
        (
            str(t.participants),
            str(t.power.n),
            _percent(t.power),
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
        _asked(asked),
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
            _percent(each.power),
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
        _asked(asked),
        f"The greatest power has '{best.design.name}' ({_percent(best.power)} %); "
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
        _asked(asked),
        f"The power is {_percent(found.power)} %. {answer}.",
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


def of_exposure(found: Exposure, asked: Question) -> Told:
    """Tell how often thresholds are passed, and the worst patient."""
    people = [
        (
            f"{p.threshold.drug} ≥ {p.threshold.ng_ml:g} ng/ml: {p.threshold.meaning}",
            p.arm,
            str(p.people.n),
            f"{fixed(100 * p.people.value, 2)} ± {fixed(100 * p.error, 2)}",
        )
        for p in found.passed
    ]
    worst = [
        (
            f"{w.threshold.drug} ≥ {w.threshold.ng_ml:g} ng/ml",
            w.arm,
            f"{w.weight_kg:g}",
            f"{w.typical_ng_ml:.3g}",
            *(f"{peak:.3g}" for peak in w.peaks_ng_ml),
            _percent(w.passes),
        )
        for w in found.worst
    ]
    most = max(found.worst, key=lambda w: w.passes.value)
    named = dict.fromkeys(f"{w.threshold.drug}" for w in found.worst if w.passes.events)
    heads = [f"{fixed(100 * q, 0)} % of persons below, ng/ml" for q in QUANTILES]
    return Told(
        "Concentrations at the effect site",
        _asked(asked),
        f"Who presses at every end of the lockout gets {fixed(found.worst_ml, 0)} ml in "
        f"{found.boluses} boluses, and can pass the threshold of {', '.join(named) or 'no drug'}; "
        f"most often {most.threshold.drug}, at {most.weight_kg:g} kg: {_percent(most.passes)} %.",
        [
            Shown(
                f"Who passes at any time, in {found.trials} trials",
                ("threshold", "arm", "treated", "pass, %"),
                people,
            ),
            Shown(
                "The worst patient",
                (
                    "threshold",
                    "arm",
                    "weight, kg",
                    "typical peak, ng/ml",
                    *heads,
                    "persons who pass, %",
                ),
                worst,
            ),
        ],
        _worst_rows(found),
        [
            (
                "The first error has trials as clusters. The worst patient has a fresh "
                "bag whenever one is dry, more than a ward would hang; persons differ in their "
                "pharmacokinetics as published. Weights are the 1, 50 and 99 % quantiles."
            )
        ],
    )


def _worst_rows(found: Exposure) -> str:
    limits = [each.passes.interval for each in found.worst]
    return design_rows(
        [f"{w.threshold.drug}, {w.arm}, {w.weight_kg:g} kg" for w in found.worst],
        [
            Measured(
                "worst patients who pass",
                [w.passes.value for w in found.worst],
                [low for low, _ in limits],
                [high for _, high in limits],
                share=True,
            )
        ],
        title="Worst patients who pass the threshold",
    )


def of_interim(found: Interim, asked: Question) -> Told:
    """Tell looks at the data."""
    tables, parts = [], []
    for course in found.courses:
        rows = [
            (str(n), fixed(limit, 3), f"{2 * p:.4f}", _percent(up), _percent(down))
            for n, limit, p, up, down in zip(
                found.participants,
                found.boundaries.upper,
                found.boundaries.nominal_p,
                course.better,
                course.worse,
                strict=True,
            )
        ]
        tables.append(
            Shown(
                f"Scenario {course.scenario}",
                (
                    "participants",
                    "|Z| limit",
                    "two-sided P",
                    "stop for the better, %",
                    "stop for the worse, %",
                ),
                rows,
            )
        )
        kind = "type I error" if course.exchangeable else "rejections"
        parts.append(
            f"{course.scenario}: {kind} {_percent(course.rejected)} % (one look "
            f"{_percent(course.fixed)} %), {fixed(course.size, 1)} ± "
            f"{fixed(course.size_error, 1)} participants on average"
        )
    return Told(
        "Interim looks",
        _asked(asked),
        "; ".join(parts) + ".",
        tables,
        _looks(found),
        [
            (
                "A look analyses the first randomized as if all were followed up; with a late end "
                "more are randomized meanwhile, so the mean size is a lower bound. At the last "
                "look those stop who reject."
            ),
            SUCCESS,
        ],
    )


def _looks(found: Interim) -> str:
    """Draw how many have stopped by each look with a rejection."""
    sweeps = []
    for course in found.courses[:4]:
        events = np.cumsum(
            [a.events + b.events for a, b in zip(course.better, course.worse, strict=True)]
        )
        shares = [Share(int(n), course.rejected.n) for n in events]
        sweeps.append(
            Sweep(
                course.scenario,
                [s.value for s in shares],
                *zip(*(s.interval for s in shares), strict=True),
            )
        )
    if len(found.participants) < 2:
        return ""
    return sweep_curves(
        found.participants,
        sweeps,
        title="Stopped by each look",
        x_label="participants at the look",
        y_label="Stopped by then",
    )
