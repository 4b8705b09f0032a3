"""The reports of a monitoring board, from a rehearsed trial before the opening."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import unescape

import pytest

from equipoise.analysis.board import Sofar, closed_report, open_report, relabelled, so_far
from equipoise.analysis.endpoints import estimate
from equipoise.analysis.monitoring import standing
from equipoise.conduct._board import lettered_slots
from equipoise.conduct.trial import Trial
from equipoise.errors import InputError
from equipoise.language import LANGUAGES, Language
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Protocol
from equipoise.protocol.planning import Monitoring
from tests.masking.worlds import Sequence, World, as_drawn, mirrored, rehearsed

EN = Language("en")
PRIMARY = "moderate_severe_pain_72h"
PLAN = Monitoring(
    endpoint=PRIMARY, looks=(0.5, 1), spending="O'Brien-Fleming type", futility="Pocock type"
)
NAMES = re.compile(r"combination|placebo|联合|安慰剂|sentinel", re.IGNORECASE)


@cache
def _world(change: Callable[[Sequence], Sequence]) -> tuple[World, Trial]:
    world = rehearsed(3, change)
    return world, world.before("AnalysisPlanSigned")


def _slots(change: Callable[[Sequence], Sequence] = as_drawn) -> dict[tuple[str, int], str]:
    world, trial = _world(change)
    return lettered_slots(trial, world.keys["monitoring board statistician"]).reveal()


def _so_far(change: Callable[[Sequence], Sequence] = as_drawn) -> Sofar:
    return so_far(_world(change)[1].events())


def _with(found: Sofar, protocol: Protocol) -> Sofar:
    protocols = {**found.state.protocols, protocol.study: protocol}
    return replace(found, state=replace(found.state, protocols=protocols))


def _planned() -> Sofar:
    found = _so_far()
    return _with(found, found.protocol.model_copy(update={"monitoring": PLAN}))


def _table(page: str, name: str) -> list[list[str]]:
    """Return the words of each row of a table."""
    part = re.search(f'<figure id="table_{name}">.*?</figure>', page, re.DOTALL)
    assert part
    rows = re.findall(r"<tr.*?</tr>", part[0], re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    return [[unescape(cell) for cell in row] for row in cells]


def test_the_open_report_is_the_same_whoever_got_which_arm() -> None:
    assert _world(as_drawn)[0].arms() != _world(mirrored)[0].arms()
    one, other = (open_report(_so_far(change), EN) for change in (as_drawn, mirrored))
    assert one == other


def test_the_open_report_counts_people_together() -> None:
    page = open_report(_so_far(), EN)
    people = _so_far().people
    flow = {row[0]: row[1] for row in _table(page, "flow")[1:]}
    assert flow["Assessed for eligibility"] == str(len(people))
    assert flow["Randomized"] == "12"
    assert flow["Started the study pump"] == str(sum(p.treated for p in people))
    months = _table(page, "recruitment")[1:]
    assert sum(int(row[1]) for row in months) == len(people)
    assert months[-1][3] == "12"
    filled = sum(p.randomized and ("screening", "screening") in p.forms for p in people)
    assert _table(page, "completeness")[1][1:3] == ["12", f"{filled} (100.0%)"]
    assert _table(page, "safety_overview")[0][1:] == [f"All participants (n = {flow[_PUMP]})"]


_PUMP = "Started the study pump"


def test_it_holds_no_digest_of_the_ledger() -> None:
    world, trial = _world(as_drawn)
    sealed = world.trial.state.sealed
    assert sealed is not None
    page = open_report(_so_far(), EN)
    for digest in (trial.store.head().digest.hex(), sealed.root, sealed.publication):
        assert digest[:12] not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_names_an_arm(language: str) -> None:
    found = _planned()
    root = found.protocol
    arms = {
        name: arm.model_copy(update={"title": Text(en=f"Sentinel {name}", zh=f"Sentinel {name}")})
        for name, arm in root.arms.items()
    }
    found = _with(found, root.model_copy(update={"arms": arms}))
    say = Language(language)
    for page in (open_report(found, say), closed_report(found, _slots(), say, 1)):
        assert not NAMES.search(page)
        assert not any(name in page for name in (*root.arms, *root.mixtures))


def test_the_closed_report_counts_by_letter() -> None:
    found, slots = _planned(), _slots()
    page = closed_report(found, slots, EN, 1)
    sizes = {
        letter: sum(p.treated and slots[p.stratum or "", p.slot or 0] == letter
                    for p in found.people if p.randomized)
        for letter in "AB"
    }  # fmt: skip
    assert _table(page, "safety_overview")[0][1:3] == [f"{x} (n = {n})" for x, n in sizes.items()]
    protocol = relabelled(found.protocol, ("A", "B"))
    (result,) = estimate(protocol, found.data(protocol, slots), PRIMARY)
    counts = [f"{g.events}/{g.n}" for g in result.groups]
    row = _table(page, "primary")[1]
    assert [cell.split(" ")[0] for cell in row[1:3]] == counts


def test_exchanged_arms_exchange_the_columns() -> None:
    """The letters follow the arms: whoever looks by letter looks at one arm."""
    one, other = _slots(as_drawn), _slots(mirrored)
    assert all(one[place] != other[place] for place in one)
    here, there = (
        _table(closed_report(_so_far(), slots, EN), "primary")[1] for slots in (one, other)
    )
    assert here[1] == there[2]
    assert here[2] == there[1]


def test_the_standing_is_told_in_both_readings() -> None:
    found, slots = _planned(), _slots()
    table = _table(closed_report(found, slots, EN, 1), "standing")
    assert [head[:6] for head in table[0][1:]] == ["Were A", "Were B"]
    shown = {row[0]: row[1:] for row in table[1:]}
    for place, pair in enumerate((("A", "B"), ("B", "A"))):
        protocol = relabelled(found.protocol, ("A", "B"), pair)
        (result,) = estimate(protocol, found.data(protocol, slots), PRIMARY)
        at = standing(PLAN, 1, result.estimate, better="lower")
        assert shown["Statistic z"][place].replace("−", "-") == f"{at.z:.3f}"
        assert shown["Limit for efficacy"][place] == f"{at.upper:.3f}"
        assert shown["Predictive power, %"][place] == f"{100 * at.predictive:.1f}"
        assert shown["Stop for efficacy"][place] == ("yes" if at.stops_for_efficacy else "no")
        assert shown["Stop for futility"][place] == ("yes" if at.stops_for_futility else "no")
    first, second = (cell.replace("−", "-") for cell in shown["Statistic z"])
    assert float(first) == -float(second) != 0


def test_a_look_needs_a_plan_and_people() -> None:
    with pytest.raises(InputError, match="plans no looks"):
        closed_report(_so_far(), _slots(), EN, 1)
    with pytest.raises(InputError, match="not one of the 2 planned"):
        closed_report(_planned(), _slots(), EN, 3)
    with pytest.raises(InputError, match="nobody is randomized yet"):
        so_far([])
    with pytest.raises(InputError, match="nobody is randomized yet"):
        so_far(_world(as_drawn)[0].before("Randomized").events())


def test_both_reports_can_be_made_from_the_first_participant_on() -> None:
    events = list(_world(as_drawn)[1].events())
    first = next(n for n, event in enumerate(events, start=1) if event.kind == "Randomized")
    slots, total = _slots(), 0
    for end in (first, *range(first + 1, len(events), 60)):
        found = so_far(events[:end])
        flow = {row[0]: row[1] for row in _table(open_report(found, EN), "flow")[1:]}
        total = sum(event.kind == "Randomized" for event in events[:end])
        assert flow["Randomized"] == str(total)
        row = _table(closed_report(found, slots, EN), "primary")[1]
        assert ("nobody in this arm has a value" in row[0]) == (row[1] == "")
        assert (row[1] == "") == (row[2] == "")
    assert total > 1


def test_three_arms_are_three_letters_and_no_reference() -> None:
    found = _so_far()
    root = found.protocol
    (arm, *_) = root.arms.values()
    found = _with(found, root.model_copy(update={"arms": {**root.arms, "third": arm}}))
    slots = {place: "ABC"[n % 3] for n, place in enumerate(sorted(_slots()))}
    table = _table(closed_report(found, slots, EN), "primary")
    assert table[0] == ["Outcome", "A", "B", "C", "P"]
    assert table[1][-1] == ""
    assert all("/" in cell for cell in table[1][1:4])
    planned = _with(found, found.protocol.model_copy(update={"monitoring": PLAN}))
    with pytest.raises(InputError, match="limits are for two arms"):
        closed_report(planned, slots, EN, 1)
