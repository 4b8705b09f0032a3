"""The reports of a monitoring board: an open one of all people together, a closed one by letters.

Open and closed session: Ellenberg SS, Fleming TR, DeMets DL. Data Monitoring Committees in Clinical
Trials, 2nd ed., Wiley 2019, doi:10.1002/9781119512684. In both the protocol's arms are replaced
before anything is computed, so that no page can name one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from string import ascii_uppercase
from zoneinfo import ZoneInfo

from equipoise.analysis.endpoints import Group, Result, estimate_trial
from equipoise.analysis.estimators.descriptive import summarize
from equipoise.analysis.facts import Facts, of_dataset
from equipoise.analysis.monitoring import Standing, standing
from equipoise.analysis.page import fill_in
from equipoise.analysis.rounding import count_text, fixed, p_text, percent_text
from equipoise.analysis.safety import safety
from equipoise.analysis.safety_tables import Print, safety_tables
from equipoise.analysis.table import Row, Table, line
from equipoise.errors import InputError, Refused
from equipoise.events.types import Event
from equipoise.language import Language
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Arm, Protocol
from equipoise.protocol.planning import Monitoring
from equipoise.views.dataset import Dataset, build
from equipoise.views.participants import Participant, Participants
from equipoise.views.trial import TrialState

EVERYBODY = "all"
"""The one arm of the open report."""


@dataclass(frozen=True)
class Sofar:
    """A trial up to a meeting of its board: what happened, and when last."""

    state: TrialState
    people: tuple[Participant, ...]
    until: datetime

    @property
    def protocol(self) -> Protocol:
        """The protocol adopted last."""
        return self.state.protocol

    def data(self, protocol: Protocol, arm_of: Mapping[tuple[str, int], str]) -> Dataset:
        """Return the dataset with the arms of ``arm_of``, by stratum and slot."""
        return build(protocol, {person.number: person for person in self.people}, arm_of)


def so_far(events: Iterable[Event]) -> Sofar:
    """Return a trial up to its last event; raise :class:`InputError` when nobody is randomized."""
    state, people, last = TrialState(), Participants(), None
    for last in events:
        state.apply(last)
        people.apply(last)
    everybody = tuple(people.by_number.values())
    if last is None or not any(person.randomized for person in everybody):
        raise InputError(
            "ledger", "nobody is randomized yet", "Report to the board when somebody is."
        )
    until = last.recorded_at.astimezone(ZoneInfo(state.zone))
    return Sofar(state, everybody, until)


def open_report(found: Sofar, say: Language) -> str:
    """Return the page for everybody: all people together. It is the same whoever got which arm."""
    protocol = relabelled(found.protocol, (EVERYBODY,))
    randomized = [person for person in found.people if person.randomized]
    arm_of = {(p.stratum or "", p.slot or 0): EVERYBODY for p in randomized}
    data = found.data(protocol, arm_of)
    names = {EVERYBODY: say("All participants")}
    return _page(
        found,
        say("Open report to the monitoring board"),
        "",
        (
            _flow_table(found, say),
            _recruitment_table(found, say),
            _completeness_table(found, say),
            *safety_tables(Print(safety(protocol, data), protocol, names, say)),
        ),
        say,
    )


def closed_report(
    found: Sofar, arm_of: Mapping[tuple[str, int], str], say: Language, look: int | None = None
) -> str:
    """Return the page for the board's members: by letters, with the limits of a planned look.

    ``arm_of`` is the letter of each slot by stratum and slot. Raises :class:`InputError` for a look
    that is not planned or has nothing to go by.
    """
    letters = tuple(ascii_uppercase[: len(found.protocol.root.arms)])
    protocol = relabelled(found.protocol, letters)
    data = found.data(protocol, arm_of)
    facts = of_dataset(protocol, data)
    names = {letter: letter for letter in letters}
    tables = [*safety_tables(Print(safety(protocol, data), protocol, names, say))]
    tables.append(_primary_table(protocol, facts, letters, say))
    if look is not None:
        tables.append(_standing_table(protocol, facts, letters, look, say))
    return _page(
        found,
        say("Closed report to the monitoring board"),
        say("CONFIDENTIAL: for members of the monitoring board only."),
        tables,
        say,
    )


def relabelled(
    protocol: Protocol, labels: Sequence[str], compare: tuple[str, str] | None = None
) -> Protocol:
    """Return the protocol with ``labels`` for its arms, and nothing that tells which is which.

    Every endpoint compares ``compare``: the first label with the last one unless given.
    """
    pair = compare or (labels[0], labels[-1])
    endpoints = {
        name: each.model_copy(
            update={"estimand": each.estimand.model_copy(update={"compare": pair})}
        )
        for name, each in protocol.endpoints.items()
    }
    if protocol.parent is not None:
        parent = relabelled(protocol.parent, labels, pair)
        return protocol.model_copy(update={"endpoints": endpoints, "parent": parent})
    arms = {
        label: Arm(title=Text(en=label, zh=label), type="OTHER", mixture="unknown")
        for label in labels
    }
    return protocol.model_copy(
        update={"endpoints": endpoints, "arms": arms, "mixtures": {}, "allocation": None}
    )


# --- open -----------------------------------------------------------------------------------------


def _flow_table(found: Sofar, say: Language) -> Table:
    root, people = found.protocol.root.study, found.people
    randomized = [person for person in people if person.randomized]
    counts = (
        (say("Assessed for eligibility"), len(people)),
        (say("Not eligible"), sum(p.eligible.get(root) is False for p in people)),
        (say("Declined to participate"), sum(root in p.declined for p in people)),
        (say("Randomized"), len(randomized)),
        (say("Started the study pump"), sum(p.treated for p in randomized)),
        (say("Withdrew consent"), sum(bool(p.withdrawn) for p in randomized)),
        (say("Lost to follow-up"), sum(bool(p.lost) for p in randomized)),
    )
    return Table(
        "flow",
        say("Participant flow"),
        ("", say("Participants")),
        tuple(line(label, str(count)) for label, count in counts),
    )


def _recruitment_table(found: Sofar, say: Language) -> Table:
    zone = ZoneInfo(found.state.zone)

    def month(at: datetime) -> str:
        return at.astimezone(zone).strftime("%Y-%m")

    screened = Counter(month(person.screened_at) for person in found.people)
    randomized = Counter(month(p.randomized_at) for p in found.people if p.randomized_at)
    rows, total = [], 0
    for each in sorted(screened | randomized):
        total += randomized[each]
        rows.append(line(each, str(screened[each]), str(randomized[each]), str(total)))
    return Table(
        "recruitment",
        say("Recruitment"),
        (say("Month"), say("Screened"), say("Randomized"), say("Randomized so far")),
        tuple(rows),
    )


def _completeness_table(found: Sofar, say: Language) -> Table:
    randomized = [person for person in found.people if person.randomized]
    rows = []
    for study in found.protocol.lineage():
        people = [p for p in randomized if study.parent is None or study.study in p.enrolled]
        for visit in study.schedule:
            missed = sum(visit.visit in person.missed for person in people)
            for form in visit.forms:
                title = found.protocol.form(form).title.get(say.code)
                filled = sum((visit.visit, form) in person.forms for person in people)
                rows.append(
                    line(
                        f"{visit.title.get(say.code)}: {title}",
                        str(len(people)),
                        f"{filled} ({percent_text(filled, len(people))})" if people else "0",
                        str(missed),
                    )
                )
    return Table(
        "completeness",
        say("Completeness of the data"),
        (
            say("Visit and form"),
            say("Participants"),
            say("Form recorded, n (%)"),
            say("Visit missed"),
        ),
        tuple(rows),
        (say("Participants whose visit is still to come have neither."),),
    )


# --- closed ---------------------------------------------------------------------------------------


def _primary_table(
    protocol: Protocol, facts: Facts, letters: Sequence[str], say: Language
) -> Table:
    rows: list[Row] = []
    for name, endpoint in protocol.all_endpoints().items():
        if endpoint.role != "primary":
            continue
        title = endpoint.title.get(say.code)
        try:
            results = estimate_trial(protocol, facts, name)
            groups = _groups(protocol, facts, name, letters)
        except (Refused, InputError) as error:
            why = say("Could not be estimated: {why}", why=error.problem.what)
            rows.append(line(f"{title}. {why}", *[""] * (len(letters) + 1)))
            continue
        for place, result in enumerate(results):
            visit = protocol.visit(result.visit).title.get(say.code) if result.visit else ""
            rows.append(
                line(
                    f"{title}, {visit}" if visit else title,
                    *(_observed(groups[x][place], of_events=endpoint.of_events) for x in letters),
                    p_text(float(result.estimate.p_value)) if len(letters) == 2 else "",
                )
            )
    return Table(
        "primary",
        say("Primary outcomes so far"),
        (say("Outcome"), *letters, "P"),
        tuple(rows),
        (say("Events of those with an outcome (%), or the mean with its SD."),),
    )


def _groups(
    protocol: Protocol, facts: Facts, name: str, letters: Sequence[str]
) -> dict[str, list[Group]]:
    """Return what was observed under each letter, one group for each result."""
    found = {}
    for letter in letters:
        other = next(each for each in letters if each != letter)
        results = estimate_trial(relabelled(protocol, letters, (letter, other)), facts, name)
        found[letter] = [result.groups[0] for result in results]
    return found


def _observed(group: Group, *, of_events: bool) -> str:
    if of_events:
        return count_text(group.events, group.n, denominator=True)
    shown = summarize(group.values)
    return f"{fixed(float(shown.mean), 2)} ({fixed(float(shown.sd), 2)}), n = {group.n}"


def _standing_table(
    protocol: Protocol, facts: Facts, letters: Sequence[str], look: int, say: Language
) -> Table:
    plan = next((p.monitoring for p in protocol.lineage() if p.monitoring), None)
    if plan is None:
        raise InputError(
            "--look", "the protocol plans no looks", "Leave --look out, or plan `monitoring`."
        )
    if len(letters) != 2:
        raise InputError(
            "--look", "limits are for two arms", "Leave --look out; the tables are by letter."
        )
    one, other = letters
    readings = [
        _standing(relabelled(protocol, letters, pair), facts, plan, look)
        for pair in ((one, other), (other, one))
    ]
    columns = zip(*(_standing_cells(each, say) for each in readings), strict=True)
    labels = (
        say("Share of the information"),
        say("Statistic z"),
        say("Limit for efficacy"),
        say("Limit for futility"),
        say("Stop for efficacy"),
        say("Stop for futility"),
        say("Conditional power by the trend seen, %"),
        say("Conditional power by the planned effect, %"),
        say("Conditional power without effect, %"),
        say("Predictive power, %"),
    )
    return Table(
        "standing",
        say("Where the trial stands at look {n}", n=look),
        (
            protocol.all_endpoints()[plan.endpoint].title.get(say.code),
            *(say("Were {arm} the experimental arm", arm=letter) for letter in letters),
        ),
        tuple(line(label, *cells) for label, cells in zip(labels, columns, strict=True)),
        (say("One of the two readings is the planned one; the letters do not tell which."),),
    )


def _standing(protocol: Protocol, facts: Facts, plan: Monitoring, look: int) -> Standing:
    endpoint = protocol.all_endpoints()[plan.endpoint]
    results: list[Result] = estimate_trial(protocol, facts, plan.endpoint)
    return standing(plan, look, results[0].estimate, better=endpoint.better)


def _standing_cells(found: Standing, say: Language) -> tuple[str, ...]:
    stops = (found.stops_for_efficacy, found.stops_for_futility)
    powers = (found.power_by_trend, found.power_by_plan, found.power_without_effect)
    return (
        fixed(found.information, 2),
        fixed(found.z, 3),
        fixed(found.upper, 3),
        fixed(found.lower, 3),
        *(say("yes") if holds else say("no") for holds in stops),
        *(fixed(100 * each, 1) for each in (*powers, found.predictive)),
    )


# --- page -----------------------------------------------------------------------------------------


def _page(found: Sofar, title: str, mark: str, tables: Iterable[Table], say: Language) -> str:
    return fill_in(
        "board.html",
        say=say,
        language=say.code,
        title=title,
        mark=mark,
        rehearsal=found.state.rehearsal is not None,
        study=found.protocol.study,
        until=found.until.strftime("%Y-%m-%d %H:%M %Z"),
        tables=[replace(table, number=n) for n, table in enumerate(tables, start=1)],
    )
