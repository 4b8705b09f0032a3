"""A protocol on one screen, or as JSON: what is given to whom, when it is measured and compared.

:func:`as_json` says everything that :func:`summary` shows, and the problems. Its keys are stable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text as Words

from equipoise.protocol.load import Loaded, digest
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Component, Protocol, Pump, Visit


def as_json(loaded: Loaded) -> dict[str, Any]:
    """Return the summary as plain data.

    Without a protocol, because it could not be read, there are ``study`` and ``problems`` only.
    Volumes are in ml, times in hours unless the key says otherwise; decimals are text.
    """
    problems = [asdict(problem) for problem in loaded.problems]
    protocol = loaded.protocol
    if protocol is None:
        return {"study": loaded.study, "problems": problems}
    root = protocol.root
    return {
        "study": protocol.study,
        "version": protocol.version,
        "effective_on": protocol.effective_on.isoformat(),
        "digest": digest(protocol),
        "title": _words(protocol.title),
        "extends": protocol.extends,
        "participants": loaded.record.enrollment if loaded.record else None,
        "arms": [
            {"arm": name, "title": _words(arm.title), "mixture": _mixture(root, arm.mixture)}
            for name, arm in root.arms.items()
        ],
        "pump": _pump(root.pump) if root.pump else None,
        "allocation": _allocation(root),
        "masking": root.masking.model_dump(mode="json") if root.masking else None,
        "eligibility": {
            "inclusion": sum(each.kind == "inclusion" for each in protocol.eligibility),
            "exclusion": sum(each.kind == "exclusion" for each in protocol.eligibility),
            "not_applicable": [each.id for each in protocol.eligibility if each.rule is None],
        },
        "schedule": [
            {"visit": each.visit, "when": _when(each), "by": each.by, "forms": list(each.forms)}
            for each in protocol.schedule
        ],
        "endpoints": [
            {
                "endpoint": name,
                "role": each.role,
                "title": _words(each.title),
                "visits": list(each.variable.visits),
                "population": each.estimand.population,
                "summary": each.estimand.summary,
                "compare": list(each.estimand.compare),
                "method": each.analysis.method,
            }
            for name, each in protocol.endpoints.items()
        ],
        "assumptions": dict(Counter(each.status for each in protocol.assumptions)),
        "scenarios": list(protocol.scenarios),
        "problems": problems,
    }


def summary(loaded: Loaded) -> RenderableType:
    """Return what :func:`as_json` says, to be printed on a console."""
    said = as_json(loaded)
    if "digest" not in said:
        return Words(f"{loaded.study}: the protocol cannot be read")
    head = Words(f"{said['study']} version {said['version']}", style="bold")
    head.append(f"  from {said['effective_on']}", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in _rows(said):
        table.add_row(label, escape(text))
    titles = [Words(text) for text in said["title"].values()]
    return Group(head, *titles, Words(), table)


def rate_max_ml_h(pump: Pump) -> Decimal:
    """Return the most that the pump delivers in the long run: a bolus after every lockout.

    With the background, and not above the hourly limits.
    """
    rates = [pump.bolus_ml * 60 / pump.lockout_min + pump.background_ml_h]
    rates += [pump.limit_1h_ml] if pump.limit_1h_ml else []
    rates += [pump.limit_4h_ml / 4] if pump.limit_4h_ml else []
    return min(rates)


# --- plain data -----------------------------------------------------------------------------


def _words(text: Text) -> dict[str, str]:
    return {"en": text.en} | ({"zh": text.zh} if text.zh else {})


def _mixture(root: Protocol, name: str) -> dict[str, Any] | None:
    mixture = root.mixtures.get(name)
    if mixture is None:  # a protocol with errors has its JSON too
        return None
    return {
        "mixture": name,
        "components": [_component(part) for part in mixture.components],
        "diluent": mixture.diluent.en,
        "volume_ml": _plain(mixture.volume_ml),
    }


def _component(part: Component) -> str:
    if part.amount is not None:
        return f"{part.drug} {_plain(part.amount)} {part.unit}"
    most = f" (at most {_plain(part.maximum)} {part.unit})" if part.maximum else ""
    return f"{part.drug} {_plain(part.per_kg or Decimal(0))} {part.unit}/kg{most}"


def _pump(pump: Pump) -> dict[str, str]:
    fastest = rate_max_ml_h(pump)
    program = {name: _plain(value) for name, value in pump if isinstance(value, Decimal)}
    return program | {
        "rate_max_ml_h": _plain(round(fastest, 2)),
        "bag_lasts_at_max_h": _plain(round(pump.reservoir_ml / fastest, 1)),
    }


def _allocation(root: Protocol) -> dict[str, Any] | None:
    allocation = root.allocation
    if allocation is None:
        return None
    return {
        "design": allocation.design,
        "ratio": dict(allocation.ratio),
        "strata": [stratum.item for stratum in allocation.strata],
        "length": allocation.length,
        "parties": list(allocation.parties),
        "readers": dict(allocation.readers),
    }


def _when(visit: Visit) -> str:
    if visit.phase == "screening":
        return "screening"
    if visit.phase == "follow-up":
        return f"month {visit.month} ± {_plain(visit.window_d or Decimal(0))} d"
    at = visit.at.strftime("%H:%M") if visit.at else ""
    return f"day {visit.day} {at} ± {_plain(visit.window_h or Decimal(0))} h"


def _plain(number: Decimal) -> str:
    """Return the number without needless zeros or exponent."""
    return f"{number.normalize():f}"


# --- words ----------------------------------------------------------------------------------


def _rows(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if said["extends"]:
        yield "follows up", f"{said['extends']}, under its allocation, still masked"
    if said["participants"] is not None:
        yield "participants", str(said["participants"])
    for arm in said["arms"]:
        mixture = arm["mixture"] or {"components": [], "diluent": "?", "volume_ml": "?"}
        held = ", ".join([*mixture["components"], mixture["diluent"]])
        yield f"arm {arm['arm']}", f"{arm['title']['en']}: {held} to {mixture['volume_ml']} ml"
    if said["pump"]:
        yield "pump", _pump_words(said["pump"])
    if said["allocation"]:
        yield "allocation", _allocation_words(said["allocation"])
    if said["masking"]:
        yield "masked", ", ".join(said["masking"]["masked"]) or "nobody"
        yield "unmasked", ", ".join(said["masking"]["unmasked"]) or "nobody"
    yield "eligibility", _eligibility_words(said["eligibility"])
    days = groupby(said["schedule"], key=lambda visit: _day(visit["when"]))
    for number, (day, visits) in enumerate(days):
        yield "" if number else "schedule", f"{day}  " + "; ".join(_visit_words(v) for v in visits)
    for endpoint in said["endpoints"]:
        yield endpoint["role"], _endpoint_words(endpoint)
    counts = [f"{count} {status}" for status, count in said["assumptions"].items()]
    yield "assumptions", ", ".join(counts) or "none"
    yield "scenarios", ", ".join(said["scenarios"]) or "none"
    yield "digest", said["digest"]


def _pump_words(pump: dict[str, str]) -> str:
    limits = "".join(
        f", at most {pump[f'limit_{hours}h_ml']} ml in {hours} h"
        for hours in (1, 4)
        if f"limit_{hours}h_ml" in pump
    )
    return (
        f"bolus {pump['bolus_ml']} ml, lockout {pump['lockout_min']} min, background "
        f"{pump['background_ml_h']} ml/h{limits}, for {pump['duration_h']} h; at most "
        f"{pump['rate_max_ml_h']} ml/h, at which {pump['reservoir_ml']} ml last "
        f"{pump['bag_lasts_at_max_h']} h"
    )


def _allocation_words(allocation: dict[str, Any]) -> str:
    ratio = ":".join(str(weight) for weight in allocation["ratio"].values())
    strata = ", ".join(allocation["strata"]) or "none"
    return (
        f"{ratio} ({', '.join(allocation['ratio'])}), {allocation['design']}, strata: {strata}, "
        f"{allocation['length']} sealed slots"
    )


def _eligibility_words(counts: dict[str, Any]) -> str:
    later = counts["not_applicable"]
    said = f" ({', '.join(later)} not applicable before randomization)" if later else ""
    return f"{counts['inclusion']} inclusion and {counts['exclusion']} exclusion criteria{said}"


def _day(when: str) -> str:
    """Return the day of ``day 1 08:00 ± 2 h``; a month or screening is a day by itself."""
    return " ".join(when.split()[:2]) if when.startswith("day") else when


def _visit_words(visit: dict[str, Any]) -> str:
    at = visit["when"].split()[2] + " " if visit["when"].startswith("day") else ""
    return at + "+".join(visit["forms"])


def _endpoint_words(endpoint: dict[str, Any]) -> str:
    visits = endpoint["visits"]
    at = visits[0] if len(visits) == 1 else f"{len(visits)} visits"
    said = f"{endpoint['title']['en']} ({at}): {endpoint['summary']}"
    if endpoint["role"] != "primary":
        return said
    test, reference = endpoint["compare"]
    return f"{said} of {test} to {reference} in {endpoint['population']}; {endpoint['method']}"
