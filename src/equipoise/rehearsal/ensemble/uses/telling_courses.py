"""Concentrations and interim looks told: answer, tables and picture."""

from __future__ import annotations

import numpy as np

from equipoise.analysis.drawings.design_comparison import Measured, design_rows
from equipoise.analysis.drawings.ensemble_sweep import Sweep, sweep_curves
from equipoise.analysis.rounding import fixed
from equipoise.infusion.drugs import drug, drugs
from equipoise.language import Language
from equipoise.rehearsal.ensemble.uses.exposure import GIVEN, QUANTILES, Exposure, Threshold
from equipoise.rehearsal.ensemble.uses.interim import Interim
from equipoise.rehearsal.ensemble.uses.telling import drug_name, percent, question_text, success
from equipoise.rehearsal.ensemble.uses.told import Shown, Told
from equipoise.rehearsal.ensemble.uses.trials import Question, Share


def of_exposure(found: Exposure, asked: Question, say: Language) -> Told:
    """Tell how often thresholds are passed, and the worst patient."""
    people = [
        (
            f"{_level(p.threshold, say)}: {_meaning(p.threshold, say)}",
            p.arm,
            str(p.people.n),
            f"{fixed(100 * p.people.value, 2)} ± {fixed(100 * p.error, 2)}",
        )
        for p in found.passed
    ]
    worst = [
        (
            _level(w.threshold, say),
            w.arm,
            f"{w.weight_kg:g}",
            f"{w.typical_ng_ml:.3g}",
            *(f"{peak:.3g}" for peak in w.peaks_ng_ml),
            percent(w.passes),
        )
        for w in found.worst
    ]
    most = max(found.worst, key=lambda w: w.passes.value)
    named = dict.fromkeys(w.threshold.drug for w in found.worst if w.passes.events)
    heads = [say("{share} % of persons below, ng/ml", share=fixed(100 * q, 0)) for q in QUANTILES]
    return Told(
        say("Concentrations at the effect site"),
        question_text(asked, say),
        say(
            "Who presses at every end of the lockout gets {ml} ml in {boluses} boluses, and can "
            "pass the threshold of {drugs}; most often {drug}, at {weight} kg: {share} %.",
            ml=fixed(found.worst_ml, 0),
            boluses=found.boluses,
            drugs=say(", ").join(drug_name(each, say) for each in named) or say("no drug"),
            drug=drug_name(most.threshold.drug, say),
            weight=f"{most.weight_kg:g}",
            share=percent(most.passes),
        ),
        [
            Shown(
                say("Who passes at any time, in {trials} trials", trials=found.trials),
                (say("threshold"), say("arm"), say("treated"), say("pass, %")),
                people,
            ),
            Shown(
                say("The worst patient"),
                (
                    say("threshold"),
                    say("arm"),
                    say("weight, kg"),
                    say("typical peak, ng/ml"),
                    *heads,
                    say("persons who pass, %"),
                ),
                worst,
            ),
        ],
        _worst_rows(found, say),
        [
            say(
                "The first error has trials as clusters. The worst patient has a fresh bag "
                "whenever one is dry, more than a ward would hang; persons differ in their "
                "pharmacokinetics as published. Weights are the 1, 50 and 99 % quantiles."
            )
        ],
    )


def _worst_rows(found: Exposure, say: Language) -> str:
    limits = [each.passes.interval for each in found.worst]
    return design_rows(
        [f"{drug_name(w.threshold.drug, say)}, {w.arm}, {w.weight_kg:g} kg" for w in found.worst],
        [
            Measured(
                say("worst patients who pass"),
                [w.passes.value for w in found.worst],
                [low for low, _ in limits],
                [high for _, high in limits],
                share=True,
            )
        ],
        title=say("Worst patients who pass the threshold"),
    )


def _level(threshold: Threshold, say: Language) -> str:
    return f"{drug_name(threshold.drug, say)} ≥ {threshold.ng_ml:g} ng/ml"


def _meaning(threshold: Threshold, say: Language) -> str:
    """Return what a concentration is known for, in the words of the drug or of who asks."""
    known = drug(threshold.drug).landmarks if threshold.drug in drugs() else ()
    words = {each.names["en"]: each.names["zh"] for each in known}
    if say.code == "zh" and threshold.meaning in words:
        return words[threshold.meaning]
    return say("as given") if threshold.meaning == GIVEN else threshold.meaning


def of_interim(found: Interim, asked: Question, say: Language) -> Told:
    """Tell looks at the data."""
    tables, parts = [], []
    for course in found.courses:
        rows = [
            (str(n), fixed(limit, 3), f"{2 * p:.4f}", percent(up), percent(down))
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
                say("Scenario {name}", name=course.scenario),
                (
                    say("participants"),
                    say("|Z| limit"),
                    say("two-sided P"),
                    say("stop for the better, %"),
                    say("stop for the worse, %"),
                ),
                rows,
            )
        )
        parts.append(
            say(
                "{scenario}: {kind} {share} % (one look {once} %), {n} ± {error} participants on "
                "average",
                scenario=course.scenario,
                kind=say("type I error") if course.exchangeable else say("rejections"),
                share=percent(course.rejected),
                once=percent(course.fixed),
                n=fixed(course.size, 1),
                error=fixed(course.size_error, 1),
            )
        )
    return Told(
        say("Interim looks"),
        question_text(asked, say),
        say("{list}.", list=say("; ").join(parts)),
        tables,
        _looks(found, say),
        [
            say(
                "A look analyses the first randomized as if all were followed up; with a late "
                "end more are randomized meanwhile, so the mean size is a lower bound. At the "
                "last look those stop who reject."
            ),
            success(say),
        ],
    )


def _looks(found: Interim, say: Language) -> str:
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
        title=say("Stopped by each look"),
        x_label=say("participants at the look"),
        y_label=say("Stopped by then"),
    )
