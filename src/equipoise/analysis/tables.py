"""The tables around the outcomes: baseline, analysis sets, plan, conduct, assumptions, origin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from equipoise.analysis import baseline, pictures
from equipoise.analysis.analyse import Analysis
from equipoise.analysis.plan_words import PlanLine, plan_lines, set_lines
from equipoise.analysis.rounding import ABSENT, count_text, fixed, spread_text
from equipoise.analysis.table import BESIDE, Cell, Row, Table, heading, line
from equipoise.analysis.trace import ESTIMATORS, Trace, provenance
from equipoise.infusion.drugs import drug, drugs
from equipoise.language import Language


def arms_with_sizes(analysis: Analysis, say: Language) -> tuple[str, ...]:
    """Return the title of each arm with the number randomized to it."""
    arms = list(analysis.data.arms().values())
    names = pictures.arm_names(analysis, say)
    return tuple(f"{name} (n{BESIDE}={BESIDE}{arms.count(arm)})" for arm, name in names.items())


# --- baseline -------------------------------------------------------------------------------------


def baseline_table(analysis: Analysis, say: Language) -> Table:
    """Return Table 1: the randomized by arm, with standardized differences and no P values."""
    rows: list[Row] = []
    for _, found in groupby(analysis.table1, key=lambda row: row.item):
        several = list(found)
        if len(several) > 1:
            rows.append(heading(_item(several[0], say)))
        rows += [
            _characteristic(analysis, row, say, level=int(len(several) > 1)) for row in several
        ]
    return Table(
        "baseline",
        say("Baseline characteristics"),
        (say("Characteristic"), *arms_with_sizes(analysis, say), say("Standardized difference")),
        tuple(rows),
        (
            say(
                "Mean (SD) or count (%); missing values in brackets. No P values: with "
                "randomization, baseline differences are chance."
            ),
            say(
                "Standardized difference: between the first two arms, in standard deviations; for "
                "several categories over all of them, beside the first."
            ),
        ),
    )


def _characteristic(analysis: Analysis, row: baseline.Row, say: Language, *, level: int) -> Row:
    arms = list(analysis.protocol.root.arms)
    trace = _baseline_trace(row, arms)
    category = row.category.get(say.code) if row.category else ""
    label = category if level else f"{_item(row, say)}: {category}".removesuffix(": ")
    difference = (
        Cell("")
        if row.difference is None
        else Cell(fixed(row.difference, 2), trace, ("standardized_difference",))
    )
    cells = [_baseline_cell(c, arm, trace) for c, arm in zip(row.cells, arms, strict=True)]
    return line(label, *cells, difference, level=level)


def _item(row: baseline.Row, say: Language) -> str:
    unit = f"{BESIDE}({row.unit})" if row.unit else ""
    return row.label.get(say.code) + unit


def _baseline_trace(row: baseline.Row, arms: list[str]) -> Trace:
    numeric = row.cells[0].count is None
    parts = ("n", "missing", *(("mean", "sd", "median", "q1", "q3") if numeric else ("count",)))
    values = {
        f"{arm}.{part}": getattr(cell, part)
        for arm, cell in zip(arms, row.cells, strict=True)
        for part in parts
    }
    suffix = f".{row.category.en}" if row.category else ""
    kind = "standardized_difference" if numeric else "standardized_difference_of_counts"
    return Trace(
        id=f"baseline.{row.item}{suffix}",
        function=f"{ESTIMATORS}.descriptive.{'summarize' if numeric else 'counts'}",
        values={**values, "standardized_difference": row.difference},
        options={"population": "randomized", "difference": f"{ESTIMATORS}.descriptive.{kind}"},
    )


def _baseline_cell(cell: baseline.Cell, arm: str, trace: Trace) -> Cell:
    if cell.count is not None:
        text, fields = count_text(cell.count, cell.n), ["count", "n"]
    else:
        nan = float("nan")
        mean, sd = (nan if v is None else v for v in (cell.mean, cell.sd))
        text, fields = spread_text(mean, sd), ["mean", "sd"]
    if cell.missing:
        text, fields = f"{text} [{cell.missing}]", [*fields, "missing"]
    return Cell(text, trace, tuple(f"{arm}.{name}" for name in fields))


# --- sets and plan --------------------------------------------------------------------------------


def sets_table(analysis: Analysis, say: Language) -> Table:
    """Return the analysis sets by arm, with the reasons for which people are left out."""
    rows: list[Row] = []
    for found, words in zip(analysis.sets, set_lines(analysis, say), strict=True):
        counts = found.reasons()
        parts = list(dict.fromkeys(part for part, _ in counts))
        values = {f"{arm}.n": n for arm, n in found.sizes.items()} | {
            f"{arm}.{part}": counts.get((part, arm), 0) for part in parts for arm in found.sizes
        }
        trace = Trace(
            f"population.{found.name}",
            "equipoise.analysis.populations.sets",
            values,
            {"rule": words.rule},
        )
        rows.append(
            line(
                Cell(words.title, notes=(f"{words.title}: {words.rule}",)),
                *(Cell(str(n), trace, (f"{arm}.n",)) for arm, n in found.sizes.items()),
            )
        )
        for part, (reason, _) in zip(parts, words.reasons, strict=True):
            rows.append(
                line(
                    say("left out: {reason}", reason=reason),
                    *(
                        Cell(str(values[f"{arm}.{part}"]), trace, (f"{arm}.{part}",))
                        for arm in found.sizes
                    ),
                    level=1,
                )
            )
    return Table(
        "analysis_sets",
        say("Analysis sets"),
        (say("Analysis set"), *arms_with_sizes(analysis, say)),
        tuple(rows),
        (
            say(
                "Each participant left out is counted under the first part of the rule that does "
                "not hold, or that cannot be known."
            ),
        ),
    )


def plan_table(analysis: Analysis, say: Language) -> Table:
    """Return every planned analysis: estimand, method, function, and whether it was signed."""
    return Table(
        "analysis_plan",
        say("Analysis plan"),
        (say("Analysis"), say("Estimand"), say("Method"), say("Signed plan")),
        tuple(_plan_rows(plan_lines(analysis, say), say)),
        tuple(
            say(
                "P values adjusted together: {title}, {procedure}, alpha {alpha}.",
                title=family.title.get(say.code),
                procedure=say(family.procedure),
                alpha=f"{family.alpha:g}",
            )
            for part in analysis.protocol.lineage()
            for family in part.multiplicity
        ),
        words=frozenset(range(4)),
    )


def _plan_rows(lines: list[PlanLine], say: Language) -> Iterator[Row]:
    """Yield a row for each analysis; what is the same as in the one before it is not repeated."""
    estimand: tuple[str, ...] = ()
    for each in lines:
        population = each.estimand[1]
        if each.main:
            words = say("as above") if each.estimand == estimand else "; ".join(each.estimand)
            estimand = each.estimand
        else:
            words = "" if population == estimand[1] else population
        yield line(
            each.title if each.main else say("sensitivity: {title}", title=each.title),
            words,
            f"{each.procedure} [{each.function}]",
            say("planned") if each.planned else say("not in a signed plan"),
            level=int(not each.main),
        )


# --- exposure, conduct ----------------------------------------------------------------------------


def exposure_table(analysis: Analysis, say: Language) -> Table:
    """Return the mean infusion rate of each drug by arm."""
    rates = {(rate.drug, rate.arm): rate.ug_kg_h for rate in analysis.dose_rates}
    arms = list(analysis.protocol.root.arms)
    rows = []
    for name in dict.fromkeys(rate.drug for rate in analysis.dose_rates):
        trace = Trace(
            f"exposure.{name}",
            "equipoise.analysis.exposure.dose_rates",
            {f"{arm}.ug_kg_h": rates.get((name, arm)) for arm in arms},
        )
        known = drug(name).names["zh" if say.code == "zh" else "en"] if name in drugs() else name
        rows.append(
            line(
                known,
                *(
                    Cell(fixed(rate, 3 if rate < 1 else 1), trace, (f"{arm}.ug_kg_h",))
                    if (rate := rates.get((name, arm))) is not None
                    else Cell(ABSENT)
                    for arm in arms
                ),
            )
        )
    return Table(
        "exposure",
        say("Exposure"),
        (
            say("Mean infusion rate (ug/kg/h)"),
            *pictures.arm_names(analysis, say).values(),
        ),
        tuple(rows),
    )


def conduct_table(analysis: Analysis, say: Language) -> Table:
    """Return how the trial was documented: forms, corrections, missed visits, deviations."""
    people = analysis.people.by_number.values()
    counts = {
        "forms": (say("Forms recorded"), sum(len(p.forms) for p in people)),
        "corrections": (
            say("Values corrected, each with its reason"),
            analysis.people.corrections,
        ),
        "missed": (say("Planned visits that were missed"), sum(len(p.missed) for p in people)),
        "deviations": (say("Deviations documented"), sum(len(p.deviations) for p in people)),
    }
    values = {name: n for name, (_, n) in counts.items()}
    trace = Trace("conduct", "equipoise.views.participants.Participants", values)
    return Table(
        "conduct",
        say("Conduct"),
        (say("What was documented"), say("Count")),
        tuple(line(words, Cell(str(n), trace, (k,))) for k, (words, n) in counts.items()),
    )


def assumption_tables(analysis: Analysis, say: Language) -> Iterator[Table]:
    """Yield for each study what its protocol assumes, and why."""
    for study in analysis.protocol.lineage():
        if study.assumptions:
            yield Table(
                f"assumptions_{study.study.lower()}",
                say("Assumptions of {study}", study=study.study),
                (say("Assumed"), say("Because"), say("Standing")),
                tuple(
                    line(each.says.get(say.code), each.because, say(each.status))
                    for each in study.assumptions
                ),
                words=frozenset(range(3)),
            )


# --- origin ---------------------------------------------------------------------------------------


def origin_table(analysis: Analysis, say: Language) -> Table:
    """Return what every number comes from, in digests."""
    source, state = provenance(analysis), analysis.state
    rows = [
        line(say("Ledger"), say("{n} events, head {head}", n=analysis.events, head=analysis.head)),
        line(say("Data analysed"), source["data_digest"]),
    ]
    rows += [
        line(
            f"{say('Protocol')} {study}",
            say("version {n}, {digest}", n=each["version"], digest=each["digest"]),
        )
        for study, each in source["protocols"].items()
    ]
    if state.sealed:
        rows.append(
            line(
                say("Sealed allocation"),
                say("{n} slots, Merkle root {root}", n=state.sealed.slots, root=state.sealed.root),
            )
        )
    rows += [
        line(
            f"{say('Analysis signed')}, {study}",
            say("plan {plan}, code {code}", plan=plan["plan_digest"], code=plan["code_digest"]),
        )
        for study, plan in source["signed_plans"].items()
    ]
    rows += [
        line(say("Plan of this analysis"), source["plan_digest"]),
        line(say("Code of this analysis"), source["code_digest"]),
        line(
            say("As signed before the opening"),
            say("yes")
            if source["as_signed"]
            else say("NO: plan or code differ from what was signed"),
        ),
    ]
    if state.rehearsal:
        rows.append(
            line(
                say("Rehearsal"),
                f"{say('seed')} {state.rehearsal.seed}, {say('trial')} {state.rehearsal.trial}, "
                f"{say('scenario')} {state.rehearsal.scenario}",
            )
        )
    begun = (
        "" if state.software == source["software"]
        else f" ({say('ledger begun with')} {state.software})"
    )  # fmt: skip
    rows.append(line(say("Software"), source["software"] + begun))
    return Table(
        "origin",
        say("Where the numbers come from"),
        (say("What"), say("Which")),
        tuple(rows),
        words=frozenset({0, 1}),
    )
