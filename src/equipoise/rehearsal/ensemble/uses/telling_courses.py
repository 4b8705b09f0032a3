"""Concentrations and interim looks told: answer, tables and picture."""

from __future__ import annotations

import numpy as np

from equipoise.analysis.drawings.design_comparison import Measured, design_rows
from equipoise.analysis.drawings.ensemble_sweep import Sweep, sweep_curves
from equipoise.analysis.rounding import fixed
from equipoise.rehearsal.ensemble.uses.exposure import QUANTILES, Exposure
from equipoise.rehearsal.ensemble.uses.interim import Interim
from equipoise.rehearsal.ensemble.uses.telling import SUCCESS, percent, question_text
from equipoise.rehearsal.ensemble.uses.told import Shown, Told
from equipoise.rehearsal.ensemble.uses.trials import Question, Share


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
            percent(w.passes),
        )
        for w in found.worst
    ]
    most = max(found.worst, key=lambda w: w.passes.value)
    named = dict.fromkeys(f"{w.threshold.drug}" for w in found.worst if w.passes.events)
    heads = [f"{fixed(100 * q, 0)} % of persons below, ng/ml" for q in QUANTILES]
    return Told(
        "Concentrations at the effect site",
        question_text(asked),
        f"Who presses at every end of the lockout gets {fixed(found.worst_ml, 0)} ml in "
        f"{found.boluses} boluses, and can pass the threshold of {', '.join(named) or 'no drug'}; "
        f"most often {most.threshold.drug}, at {most.weight_kg:g} kg: {percent(most.passes)} %.",
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
            f"{course.scenario}: {kind} {percent(course.rejected)} % (one look "
            f"{percent(course.fixed)} %), {fixed(course.size, 1)} ± "
            f"{fixed(course.size_error, 1)} participants on average"
        )
    return Told(
        "Interim looks",
        question_text(asked),
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
