"""``summary.json``: the numbers of a report under stable keys. Documented in docs/summary.md."""

from __future__ import annotations

from collections import Counter
from typing import Any

from equipoise import __version__
from equipoise.analysis.adverse_events import Table
from equipoise.analysis.analyse import Analysis
from equipoise.analysis.endpoints import Result

FORMAT = "equipoise-summary/1"


def summary(analysis: Analysis) -> dict[str, Any]:
    """Return the numbers of the report as plain JSON values; keys are stable within a format."""
    state, data = analysis.state, analysis.data
    watermark = state.rehearsal
    found = analysis.safety
    return {
        "format": FORMAT,
        "study": analysis.protocol.study,
        "title": analysis.protocol.title.en,
        "rehearsal": watermark.model_dump() if watermark else None,
        "dummy_arms": analysis.dummy,
        "provenance": {
            "software": f"equipoise {__version__}",
            "ledger_events": analysis.events,
            "ledger_head": analysis.head,
            "protocols": dict(state.digests),
            "analysis_as_signed": analysis.as_planned(),
        },
        "flow": flow(analysis),
        "endpoints": [result.row() for result in analysis.results],
        "failed_endpoints": analysis.failed,
        "sensitivity": [
            {"title": _title(analysis, result), **result.row()} for result in analysis.sensitivity
        ],
        "failed_sensitivity": [
            {"endpoint": name, "place": place, "why": why}
            for (name, place), why in analysis.failed_sensitivity.items()
        ],
        "populations": [
            {
                "population": each.name,
                "sizes": [{"arm": arm, "n": n} for arm, n in each.sizes.items()],
                "left_out": [
                    {"participant": left.participant, "arm": left.arm, "failed": list(left.failed)}
                    for left in each.left
                ],
            }
            for each in analysis.sets
        ],
        "adjusted_p_values": [[vars_of(each) for each in family] for family in analysis.adjusted],
        "exposure": {
            "dose_rates_ug_kg_h": [
                {"arm": rate.arm, "drug": rate.drug, "mean": rate.ug_kg_h}
                for rate in analysis.dose_rates
            ],
            "by_arm": [exposure(analysis, arm) for arm in analysis.protocol.root.arms],
        },
        "adverse_events": _adverse_events(found.table),
        "adverse_events_outside": found.outside,
        "baseline": [
            {
                "item": row.item,
                "category": row.category.en if row.category else None,
                "standardized_difference": row.difference,
                "arms": [
                    {key: value for key, value in vars_of(cell).items() if value is not None}
                    for cell in row.cells
                ],
            }
            for row in analysis.table1
        ],
        "participants": data.participants.height,
    }


def _title(analysis: Analysis, result: Result) -> str:
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    assert result.sensitivity is not None
    return endpoint.analysis.sensitivity[result.sensitivity].title.en


def flow(analysis: Analysis) -> dict[str, Any]:
    """Return the participant flow as counts."""
    people = analysis.people.by_number.values()
    root = analysis.protocol.root.study
    arms = analysis.data.arms()
    violated = Counter(
        criterion.id
        for person in people
        if person.eligible.get(root) is False
        for criterion in person.criteria[root]
        if criterion.result in ("violated", "unknown")
    )
    return {
        "screened": len(people),
        "declined": sum(root in person.declined for person in people),
        "ineligible": sum(person.eligible.get(root) is False for person in people),
        "criteria_not_met": dict(sorted(violated.items())),
        "randomized": len(arms),
        "arms": [
            {
                "arm": arm,
                "randomized": sum(each == arm for each in arms.values()),
                "treated": sum(
                    person.treated for person in people if arms.get(person.number) == arm
                ),
                **{
                    study.study: {
                        "enrolled": _count(analysis, arm, lambda p, s=study.study: s in p.enrolled),
                        "declined": _count(analysis, arm, lambda p, s=study.study: s in p.declined),
                        "lost": _count(analysis, arm, lambda p, s=study.study: s in p.lost),
                    }
                    for study in analysis.protocol.lineage()[1:]
                },
            }
            for arm in analysis.protocol.root.arms
        ],
    }


def _count(analysis: Analysis, arm: str, holds: Any) -> int:
    arms = analysis.data.arms()
    return sum(
        holds(person)
        for person in analysis.people.by_number.values()
        if arms.get(person.number) == arm
    )


def exposure(analysis: Analysis, arm: str) -> dict[str, Any]:
    """Return what the pumps of an arm's treated gave and were asked for, as means."""
    rows = analysis.data.participants.filter(
        (analysis.data.participants["arm"] == arm) & analysis.data.participants["treated"]
    )

    def mean(column: str) -> float | None:
        value = rows[column].cast(float).mean()
        return None if value is None else float(str(value))

    return {
        "arm": arm,
        "treated": rows.height,
        "mean_infused_ml": mean("infused_ml"),
        "mean_demands": mean("demands"),
        "mean_boluses": mean("boluses"),
        "mean_bags": mean("bags"),
    }


def _adverse_events(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "arm": arm,
            "organ_system": line.organ_system,
            "term": line.term,
            "participants": count.people,
            "events": count.events,
        }
        for place, arm in enumerate(table.arms)
        for line in table.terms()
        if (count := line.counts[place]).people
    ]


def vars_of(cell: Any) -> dict[str, Any]:
    """Return the fields of a frozen cell."""
    return {name: getattr(cell, name) for name in cell.__dataclass_fields__}
