"""The report of an ensemble: one offline page, its numbers those of summary.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from equipoise.analysis.drawings.ensemble import (
    Distribution,
    Rejections,
    distributions,
    rejections,
)
from equipoise.analysis.drawings.ensemble_sweep import Sweep, sweep_curves, sweep_map
from equipoise.analysis.estimators.estimate import NOTES
from equipoise.analysis.page import fill_in
from equipoise.analysis.rounding import fixed
from equipoise.infusion.drugs import drug, drugs
from equipoise.language import Language
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.characteristics import NO_EFFECT, RATIOS
from equipoise.rehearsal.model import named

SIDE_BY_SIDE = 4
"""More cells than these have a line each in one table; the rest of their numbers is in the JSON."""

Json = Mapping[str, Any]


def report(found: Json, protocol: Protocol, say: Language) -> str:
    """Return the page in the language of ``say``. The same summary gives the same bytes."""
    return fill_in("ensemble.html", **_context(found, protocol, say))


def _context(found: Json, protocol: Protocol, say: Language) -> dict[str, Any]:
    cells = found["cells"]
    shown = cells[:SIDE_BY_SIDE] if len(cells) <= SIDE_BY_SIDE else cells[:1]
    primary = [n for n, each in enumerate(cells[0]["comparisons"]) if each["role"] == "primary"]
    return {
        "say": say, "language": say.code, "protocol": protocol, "lineage": protocol.lineage(),
        "found": found, "cells": cells,
        "names": [named(cell["scenario"], cell["changes"]) for cell in shown],
        "arms": {arm: part.title.get(say.code) for arm, part in protocol.root.arms.items()},
        "cards": [_card(protocol, cells, n, say) for n in primary] if len(cells) <= 6 else [],
        "grid": _grid(protocol, cells, primary, say),
        "sweeps": [_sweep(protocol, cells, n, say) for n in primary],
        "rejections": _rejections(protocol, shown, say),
        "distributions": [_distribution(protocol, shown, n, say) for n in primary],
        "comparisons": [_comparison(protocol, shown, n, say)
                        for n in range(len(cells[0]["comparisons"]))],
        "tables": _tables(protocol, shown, say),
        "recruitment": [
            (name, [_mean(cell["recruitment"][key]) for cell in shown])
            for key, name in (("screened", say("came to be screened")),
                              ("refused", say("did not consent")),
                              ("ineligible", say("were not eligible")))
        ],
    }  # fmt: skip


def label(protocol: Protocol, cell: Json, say: Language) -> str:
    """Return how a cell is called: the scenario's title and what was varied."""
    scenario = protocol.scenarios.get(cell["scenario"])
    title = scenario.title.get(say.code) if scenario else cell["scenario"]
    changes = ", ".join(f"{path} = {value:g}" for path, value in cell["changes"].items())
    return f"{title} ({changes})" if changes else title


def title_of(protocol: Protocol, each: Json, say: Language) -> str:
    """Return the name of a comparison: the endpoint's, and the visit's."""
    title = protocol.all_endpoints()[each["endpoint"]].title.get(say.code)
    return f"{title}, {protocol.visit(each['visit']).title.get(say.code)}" if each["visit"] \
        else title  # fmt: skip


# --- numbers in words -----------------------------------------------------------------------


def percent(value: float | None, places: int = 1) -> str:
    """Return a share in percent."""
    return "–" if value is None else f"{fixed(100 * value, places)} %"


def number(value: float | None, places: int | None = None) -> str:
    """Return a number with places that suit its size."""
    if value is None:
        return "–"
    if places is None:
        size = abs(value)
        places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or not size else 4
    return fixed(value, places)


def _mean(of: Json) -> str:
    return f"{number(of['mean'])} ± {number(of['error'])}"


def _share(of: Json) -> str:
    return f"{percent(of['mean'])} ± {fixed(100 * (of['error'] or 0.0), 2)}"


def _rate(each: Json, say: Language) -> str:
    low, high = percent(each["rejection_low"]), percent(each["rejection_high"])
    return f"{percent(each['rejection_rate'])} ({low}{say(' to ')}{high})"


def _with_error(value: float | None, error: float | None, places: int = 3) -> str:
    if value is None:
        return "–"
    return fixed(value, places) + ("" if error is None else f" ± {fixed(error, places)}")


# --- operating characteristics --------------------------------------------------------------


def _said(each: Json, key: str, say: Language) -> str:
    word: str = each[key]
    return say(word)


def _card(protocol: Protocol, cells: Sequence[Json], n: int, say: Language) -> dict[str, Any]:
    each = cells[0]["comparisons"][n]
    return {
        "title": title_of(protocol, each, say),
        "measure": _said(each, "measure", say),
        "lines": [
            (label(protocol, cell, say), _said(cell["comparisons"][n], "rejection_is", say),
             percent(cell["comparisons"][n]["rejection_rate"]),
             fixed(100 * (cell["comparisons"][n]["rejection_error"] or 0.0), 1))
            for cell in cells
        ],
    }  # fmt: skip


def _line(each: Json, say: Language) -> dict[str, str]:
    truth = {"no effect": say("exactly no effect"), "pooled": say("pooled"), None: ""}
    return {
        "kind": _said(each, "rejection_is", say),
        "rate": _rate(each, say),
        "better": percent(each["rejected_for_the_better"] / each["trials"]),
        "truth": number(each["truth"], 3),
        "truth_is": truth[each["truth_is"]],
        "mean": number(each["mean"], 3),
        "sd": number(each["sd"], 3),
        "bias": _with_error(each["bias"], each["bias_error"]),
        "coverage": "–" if each["coverage"] is None else
        f"{percent(each['coverage'])} ± {fixed(100 * each['coverage_error'], 1)}",
        "outcomes": ", ".join(
            percent(arm["mean"]) if each["measure"] in _OF_EVENTS else number(arm["mean"])
            for arm in each["arms"].values()
        ),
        "missing": percent(
            sum(arm["missing"] for arm in each["arms"].values())
            / max(1, sum(arm["missing"] + arm["analysed"] for arm in each["arms"].values()))
        ),
        "notes": "; ".join(f"{n} × {say(NOTES[note])}" for note, n in each["notes"].items()),
    }  # fmt: skip


_OF_EVENTS = {"risk ratio", "risk difference", "odds ratio"}


def _comparison(protocol: Protocol, cells: Sequence[Json], n: int, say: Language) -> Json:
    each = cells[0]["comparisons"][n]
    return {
        "title": title_of(protocol, each, say), "role": _said(each, "role", say),
        "measure": _said(each, "measure", say), "method": each["method"],
        "lines": [
            {
                "scenario": named(cell["scenario"], cell["changes"]),
                **_line(cell["comparisons"][n], say),
            }
            for cell in cells
        ],
    }  # fmt: skip


def _grid(
    protocol: Protocol, cells: Sequence[Json], primary: Sequence[int], say: Language
) -> dict[str, Any] | None:
    """Return one line for each cell, where there is something varied."""
    paths = list(cells[0]["changes"])
    if not paths and len(cells) <= SIDE_BY_SIDE:
        return None
    return {
        "paths": paths,
        "titles": [title_of(protocol, cells[0]["comparisons"][n], say) for n in primary],
        "lines": [
            {
                "scenario": cell["scenario"],
                "values": [f"{value:g}" for value in cell["changes"].values()],
                "found": [_line(cell["comparisons"][n], say) for n in primary],
            }
            for cell in cells
        ],
    }


# --- pictures -------------------------------------------------------------------------------


def _rejections(protocol: Protocol, cells: Sequence[Json], say: Language) -> str:
    comparisons = cells[0]["comparisons"]
    return rejections(
        [title_of(protocol, each, say) for each in comparisons],
        [
            Rejections(
                label(protocol, cell if len(cells) > 1 else {**cell, "changes": {}}, say),
                [each["rejection_rate"] for each in cell["comparisons"]],
                [each["rejection_low"] for each in cell["comparisons"]],
                [each["rejection_high"] for each in cell["comparisons"]],
                [each["rejection_is"] == "type I error" for each in cell["comparisons"]],
            )
            for cell in cells
        ],
        alpha=comparisons[0]["alpha"],
        power_label=say("filled: power"), error_label=say("hollow: type I error"),
        title=say("How often each test rejects"),
        x_label=say("Trials in which P is below alpha"),
    )  # fmt: skip


def _distribution(protocol: Protocol, cells: Sequence[Json], n: int, say: Language) -> Json:
    each = cells[0]["comparisons"][n]
    panels = [
        Distribution(
            label(protocol, cell, say), its["histogram"]["edges"], its["histogram"]["counts"],
            float("nan") if its["truth"] is None else its["truth"],
        )
        for cell in cells
        if (its := cell["comparisons"][n])["histogram"]
    ]  # fmt: skip
    title = title_of(protocol, each, say)
    if not panels:
        return {"title": title, "figure": ""}
    figure = distributions(
        panels, no_effect=NO_EFFECT[each["measure"]], logarithmic=each["measure"] in RATIOS,
        truth_label=say("true value"), no_effect_label=say("no effect"),
        title=say("Estimates over the trials: {title}", title=title),
        x_label=f"{title}: {_said(each, 'measure', say)}",
    )  # fmt: skip
    return {"title": title, "figure": figure}


def _sweep(protocol: Protocol, cells: Sequence[Json], n: int, say: Language) -> Json:
    """Return the picture of what has several values: curves over one thing, a map over two."""
    paths = [path for path in cells[0]["changes"] if len({c["changes"][path] for c in cells}) > 1]
    title = title_of(protocol, cells[0]["comparisons"][n], say)
    by_scenario: dict[str, list[Json]] = {}
    for cell in cells:
        by_scenario.setdefault(cell["scenario"], []).append(cell)
    words = {"title": say("Power: {title}", title=title)}
    figures = []
    if len(paths) == 1 and len(by_scenario) <= SIDE_BY_SIDE:
        sweeps = [
            Sweep(
                label(protocol, {**each[0], "changes": {}}, say),
                *([cell["comparisons"][n][f"rejection_{what}"] for cell in each]
                  for what in ("rate", "low", "high")),
            )
            for each in by_scenario.values()
        ]  # fmt: skip
        values = [cell["changes"][paths[0]] for cell in cells[: len(cells) // len(by_scenario)]]
        figures.append(("", sweep_curves(
            values, sweeps, x_label=paths[0], y_label=say("Trials in which P is below alpha"),
            **words,
        )))  # fmt: skip
    if len(paths) == 2:
        for each in by_scenario.values():
            across = list(dict.fromkeys(cell["changes"][paths[1]] for cell in each))
            up = list(dict.fromkeys(cell["changes"][paths[0]] for cell in each))
            if min(len(across), len(up)) < 2:
                continue
            rates = [cell["comparisons"][n]["rejection_rate"] for cell in each]
            grid = [rates[k * len(across) : (k + 1) * len(across)] for k in range(len(up))]
            caption = label(protocol, {**each[0], "changes": {}}, say)
            figure = sweep_map(across, up, grid, x_label=paths[1], y_label=paths[0], **words)
            figures.append((caption, figure))
    return {"title": title, "figures": figures}


# --- how it went ----------------------------------------------------------------------------


def _tables(protocol: Protocol, cells: Sequence[Json], say: Language) -> list[Json]:
    """Return the tables by arm and cell: use of the pump, concentrations, leaving, events."""
    names = list(next(iter(cells[0]["arms"].values())))

    def table(title: str, rows: Iterator[tuple[str, str, bool]]) -> Json:
        return {
            "title": title,
            "rows": [(text, [_cell(cell["arms"][arm][name], share=share)
                             for cell in cells for arm in protocol.root.arms])
                     for name, text, share in rows],
        }  # fmt: skip

    return [
        table(say("Bags, presses and doses"), _use(names, say)),
        table(_peaks_title(cells, say), _peaks(names, say)),
        table(say("Leaving the study"), _leaving(names, say)),
        table(say("Participants with adverse events"), _events(names, say)),
    ]


def _cell(value: Any, *, share: bool) -> str:
    if not isinstance(value, Mapping):
        return number(value)
    return _share(value) if share else _mean(value)


def _use(names: Sequence[str], say: Language) -> Iterator[tuple[str, str, bool]]:
    yield "bag_life_h", say("a full bag lasts at the mean rate, h"), False
    yield "bag_life_min_h", say("a full bag lasts in the fastest of all trials, h"), False
    yield "refilled", say("participants who needed a further bag"), True
    yield "refills", say("further bags per participant"), False
    yield "demands", say("presses per participant"), False
    yield "delivered", say("boluses delivered per participant"), False
    for name in names:
        kind, _, which = name.partition(".")
        if kind == "denied":
            yield name, say("presses denied per participant: {reason}", reason=say(which)), False
    yield "infused_ml", say("volume infused per participant, ml"), False
    for name in names:
        kind, _, which = name.partition(".")
        if kind == "dose_ug":
            yield name, say("dose per participant, ug: {drug}", drug=_drug(which, say)), False


def _drug(name: str, say: Language) -> str:
    return drug(name).names["zh" if say.code == "zh" else "en"] if name in drugs() else name


def _peaks_title(cells: Sequence[Json], say: Language) -> str:
    if all(cell["trials_with_peaks"] == cell["trials"] for cell in cells):
        return say("Peak concentrations at the effect site")
    trials = min(cell["trials_with_peaks"] for cell in cells)
    return say(
        "Peak concentrations at the effect site, in the first {trials} trials", trials=trials
    )


def _peaks(names: Sequence[str], say: Language) -> Iterator[tuple[str, str, bool]]:
    for name in names:
        kind, _, which = name.partition(".")
        if kind == "peak_ng_ml":
            yield name, say("{drug}: mean peak, ng/ml", drug=_drug(which, say)), False
        elif kind == "peak_max_ng_ml":
            yield name, say("{drug}: highest of these trials, ng/ml", drug=_drug(which, say)), False
        elif kind == "above":
            called, _, level = which.partition(".")
            landmark = next(e for e in drug(called).landmarks if f"{e.ng_ml:g}" == level)
            what = landmark.names["zh" if say.code == "zh" else "en"]
            yield name, say(
                "{drug}: peak of {level} ng/ml or more ({what})",
                drug=_drug(called, say), level=level, what=what,
            ), True  # fmt: skip


def _leaving(names: Sequence[str], say: Language) -> Iterator[tuple[str, str, bool]]:
    yield "treated", say("started on the pump"), True
    said = {
        "enrolled": say("{study}: takes part"), "lost": say("{study}: lost"),
        "declined": say("{study}: declined"), "withdrawn": say("{study}: withdrawn"),
    }  # fmt: skip
    for name in names:
        kind, _, study = name.partition(".")
        if kind in said:
            yield name, said[kind].replace("{study}", study), True


def _events(names: Sequence[str], say: Language) -> Iterator[tuple[str, str, bool]]:
    for name in names:
        kind, _, term = name.partition(".")
        if kind == "adverse_event":
            yield name, term or say("any"), True
