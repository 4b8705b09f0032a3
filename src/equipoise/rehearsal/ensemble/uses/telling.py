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
from equipoise.infusion.drugs import drug, drugs
from equipoise.language import Language
from equipoise.rehearsal.ensemble.uses.assurance import Assurance
from equipoise.rehearsal.ensemble.uses.compare import PLANNED, Compared, Design, Mean
from equipoise.rehearsal.ensemble.uses.size import Size
from equipoise.rehearsal.ensemble.uses.told import Shown, Told
from equipoise.rehearsal.ensemble.uses.tornado import Bar, Tornado
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

BARS_SHOWN = 20


def success(say: Language) -> str:
    """Return what a success is, and how sure its share."""
    return say(
        "Success: P below alpha in favour of the arm. ± is the Monte Carlo standard error, 95 % "
        "intervals are Wilson's over trials."
    )


def percent(share: Share) -> str:
    """Return a share in percent with its Monte Carlo error."""
    return f"{fixed(100 * share.value, 1)} ± {fixed(100 * share.error, 1)}"


def _interval(share: Share, say: Language) -> str:
    low, high = (fixed(100 * end, 1) for end in share.interval)
    return say("{low} to {high}", low=low, high=high)


def _mean(mean: Mean, places: int = 1) -> str:
    return f"{fixed(mean.value, places)} ± {fixed(mean.error, places)}"


def question_text(asked: Question, say: Language) -> str:
    """Return what was asked, in words."""
    title = asked.part.title.get(say.code) + (f", {asked.visit}" if asked.visit else "")
    summary: str = asked.part.estimand.summary
    return say(
        "{title}: {measure}, scenario {scenario}, {n} randomized, seed {seed}",
        title=title,
        measure=say(summary),
        scenario=asked.scenario,
        n=asked.size,
        seed=asked.seed,
    )


def drug_name(name: str, say: Language) -> str:
    """Return what a drug is called."""
    return drug(name).names["zh"] if say.code == "zh" and name in drugs() else name


def _named(each: Design, say: Language) -> str:
    return say("as planned") if each.name == PLANNED else each.name


# --- each use -------------------------------------------------------------------------------


def of_assurance(found: Assurance, asked: Question, say: Language) -> Told:
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
        power_label=say("power at this value"),
        prior_label=say("what is believed"),
        assurance_label=say("assurance {value}", value=value),
        title=say("Assurance"),
        x_label=first.path,
        y_label=say("Probability of success"),
    )
    rows = [
        (f"{v:g}", percent(s), _interval(s, say))
        for v, s in zip(found.values, found.power, strict=True)
    ]
    return Told(
        say("Assurance"),
        say(
            "{question}; prior {priors}",
            question=question_text(asked, say),
            priors="; ".join(map(str, found.priors)),
        ),
        say(
            "Success is to be expected with probability {value}. Were every number its prior's "
            "median, it would be {median} %.",
            value=value,
            median=percent(found.expected),
        ),
        [
            Shown(
                say("Power if it were known"),
                (first.path, say("success, %"), say("95 % interval")),
                rows,
            )
        ],
        figure,
        [
            say(
                "{draws} draws of the prior, {trials} trials each. The error is that of the mean "
                "over draws.",
                draws=len(found.draws),
                trials=found.successes[0].n,
            ),
            success(say),
        ],
    )


def of_size(found: Size, asked: Question, say: Language) -> Told:
    """Tell a search of the sample size."""
    target = f"{fixed(100 * found.target, 0)} %"
    if found.exchangeable:
        answer = say(
            "Hopeless: in scenario {scenario} nothing tells the arms apart, so no size finds a "
            "difference.",
            scenario=asked.scenario,
        )
    elif found.participants is None:
        answer = say(
            "Hopeless: {n} participants have a power of {interval} % (95 % interval), below "
            "{target}.",
            n=found.largest,
            interval=_interval(found.tried[-1].power, say),
            target=target,
        )
    else:
        last = found.tried[-1].power
        verdicts = {"confirmed": say("confirmed"), "unconfirmed": say("unconfirmed")}
        answer = say(
            "{n} participants for a power of {target}: {verdict}, {power} % ({interval} %) in "
            "{trials} new trials.",
            n=found.participants,
            target=target,
            verdict=verdicts[found.verdict],
            power=percent(last),
            interval=_interval(last, say),
            trials=last.n,
        )
    rows = [
        (
            str(t.participants),
            str(t.power.n),
            percent(t.power),
            _interval(t.power, say),
            say("confirming") if t.confirming else say("search"),
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
            title=say("Power by size"),
            x_label=say("participants randomized"),
            y_label=say("Power"),
        )
    return Told(
        say("Sample size"),
        question_text(asked, say),
        answer,
        [
            Shown(
                say("Sizes tried"),
                (
                    say("participants"),
                    say("trials"),
                    say("success, %"),
                    say("95 % interval"),
                    say("for"),
                ),
                rows,
            )
        ]
        if rows
        else [],
        figure,
        [say("Attrition is as the protocol's rehearsal has it."), success(say)],
    )


def of_compare(found: Sequence[Compared], asked: Question, say: Language) -> Told:
    """Tell designs side by side."""
    given = list(found[0].dose_ug)
    names = [_named(each.design, say) for each in found]
    rows = [
        (
            called,
            str(each.participants),
            " : ".join(fixed(m.value, 1) for m in each.randomized.values()),
            percent(each.power),
            _mean(each.imbalance),
            f"{fixed(100 * each.guessed.value, 1)} ± {fixed(100 * each.guessed.error, 1)}",
            *(_mean(each.dose_ug[name], 0) for name in given),
        )
        for called, each in zip(names, found, strict=True)
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
        names,
        [
            Measured(
                say("power"),
                [e.power.value for e in found],
                [a for a, _ in limits],
                [b for _, b in limits],
                share=True,
            ),
            panel(say("largest imbalance"), [e.imbalance for e in found], share=False),
            panel(say("next arm guessed"), [e.guessed for e in found], share=True),
        ],
        title=say("Designs side by side"),
    )
    best = max(found, key=lambda each: each.power.value)
    hidden = min(found, key=lambda each: each.guessed.value)
    return Told(
        say("Designs side by side"),
        question_text(asked, say),
        say(
            "The greatest power has '{best}' ({power} %); '{hidden}' is hardest to guess "
            "({guessed} % of arms).",
            best=_named(best.design, say),
            power=percent(best.power),
            hidden=_named(hidden.design, say),
            guessed=fixed(100 * hidden.guessed.value, 1),
        ),
        [
            Shown(
                "",
                (
                    say("design"),
                    say("participants"),
                    say("mean in each arm"),
                    say("success, %"),
                    say("largest imbalance"),
                    say("next arm guessed, %"),
                    *(say("{drug}, ug each", drug=drug_name(each, say)) for each in given),
                ),
                rows,
            )
        ],
        figure,
        [
            say(
                "The largest imbalance is that of the arms' counts over their weights, at any "
                "time. The guesser knows the design, its block sizes or limit, and every past "
                "arm. Doses are means over all arms, per participant randomized."
            ),
            success(say),
        ],
    )


def of_tornado(found: Tornado, asked: Question, say: Language) -> Told:
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
    answer = say(
        "The power is {power} %. {sure} of {all} assumptions move it by more than two errors.",
        power=percent(found.power),
        sure=len(sure),
        all=len(found.bars),
    )
    if sure:
        answer = say(
            "The power is {power} %. {sure} of {all} assumptions move it by more than two "
            "errors, most of all {path} (by {points} points).",
            power=percent(found.power),
            sure=len(sure),
            all=len(found.bars),
            path=sure[0].path,
            points=fixed(100 * sure[0].width, 1),
        )
    return Told(
        say("Which assumption moves the power"),
        question_text(asked, say),
        answer,
        [
            Shown(
                "",
                (
                    say("assumption"),
                    say("value"),
                    say("lower: change, points"),
                    say("higher: change, points"),
                ),
                rows,
            )
        ],
        tornado_bars(
            [drawn(bar) for bar in found.bars[:BARS_SHOWN]],
            low_label=say("lower value"),
            high_label=say("higher value"),
            title=say("Which assumption moves the power"),
            x_label=say("change of the power, points of percent (line: ± 2 errors)"),
        )
        if found.bars
        else "",
        [
            say(
                "One at a time, in the same people; the error is that of the change within "
                "trials. Two errors are passed by chance once in twenty."
            ),
            success(say),
        ],
    )
