"""What loops take for granted about the order of visits, and refuse where it may not hold.

Loops go from visit to visit in the order of the schedule. Conduct goes by the clock, and a visit's
place in its window is drawn. Where two visits may change places and the answers of one depend on
the other, only conduct can tell.
"""

from __future__ import annotations

from itertools import pairwise

from equipoise.errors import InputError
from equipoise.protocol.parts import Protocol, Visit
from equipoise.rehearsal.ensemble.lives import ON_WARD_S
from equipoise.rehearsal.ensemble.people import names_in
from equipoise.rehearsal.model import World

SHORTEST_MONTH_D = 28
DAY_H = 24.0


def check_order(world: World, protocol: Protocol) -> None:
    """Raise InputError for a schedule of which loops cannot keep the order."""
    ward = [visit for visit in protocol.root.schedule if visit.phase == "treatment"]
    for place, visit in enumerate(ward):
        for other_place, other in enumerate(ward):
            crossing = _read(world, protocol, visit) & _written(protocol, other)
            in_order = _surely(other, visit) if other_place < place else _surely(visit, other)
            if visit is not other and crossing and not in_order:
                raise _fault(protocol.root, visit, other, min(crossing))
    for study in protocol.lineage():
        calls = [visit for visit in study.schedule if visit.phase == "follow-up"]
        calls.sort(key=lambda call: call.month or 0)
        for call in calls:
            if _earliest_d(call) * 86400.0 <= ON_WARD_S:
                raise InputError(
                    f"visit '{call.visit}' of {study.study}",
                    "may fall into the first 14 days, so an ensemble cannot tell its pain",
                    "Make its window narrower, or plan it as a visit of the treatment phase.",
                )
            if any("hours" in names_in(how) for name in call.forms
                   for how in world.forms.get(name, {}).values()):  # fmt: skip
                raise InputError(
                    f"visit '{call.visit}' of {study.study}",
                    "has a form that reads `hours`, which an ensemble keeps on the ward only",
                    "Let the answers depend on something else.",
                )
        for one, next_ in pairwise(calls):
            months = (next_.month or 0) - (one.month or 0)
            if months * SHORTEST_MONTH_D <= float((one.window_d or 0) + (next_.window_d or 0)) / 2:
                raise _fault(study, one, next_, "")


def _earliest_d(call: Visit) -> float:
    return (call.month or 0) * SHORTEST_MONTH_D - float(call.window_d or 0) / 2


def _surely(one: Visit, other: Visit) -> bool:
    """Return whether ``one`` is always before ``other``, whenever the pump starts."""
    ends_h, begins_h = _hours(one)[1], _hours(other)[0]
    return ends_h < begins_h and begins_h > DAY_H  # from the day after surgery on, nobody waits


def _hours(visit: Visit) -> tuple[float, float]:
    assert visit.day is not None  # a treatment visit has its day and hour
    assert visit.at is not None
    middle = visit.day * DAY_H + visit.at.hour + visit.at.minute / 60
    half = float(visit.window_h or 0) / 2
    return middle - half, middle + half


def _read(world: World, protocol: Protocol, visit: Visit) -> set[str]:
    """Return the names that a visit's answers read and do not have from their own form."""
    found: set[str] = set()
    for name in visit.forms:
        before: set[str] = set()
        for item in protocol.form(name).items:
            found |= names_in(world.forms.get(name, {}).get(item.id, {})) - before
            before.add(item.id)
    return found


def _written(protocol: Protocol, visit: Visit) -> set[str]:
    return {item.id for name in visit.forms for item in protocol.form(name).items}


def _fault(study: Protocol, one: Visit, other: Visit, name: str) -> InputError:
    because = f", and `{name}` goes from one to the other" if name else ""
    return InputError(
        f"visits '{one.visit}' and '{other.visit}' of {study.study}",
        f"may change places within their windows{because}; an ensemble goes by the schedule",
        "Make the windows narrower, or rehearse single trials.",
    )
