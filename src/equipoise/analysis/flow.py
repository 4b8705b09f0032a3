"""The participant flow of an analysis, every person counted once on one way out (CONSORT 2025)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.drawings.flow_diagram import Analysis as AnalysedBox
from equipoise.analysis.drawings.flow_diagram import ArmFlow, Captions, Flow, Period, Reason, draw
from equipoise.analysis.endpoints import Result
from equipoise.analysis.pictures import arm_names
from equipoise.language import Language
from equipoise.protocol.parts import Protocol
from equipoise.views.participants import Participant

LABEL_MAX = 60


def flow(analysis: Analysis, say: Language) -> Flow:
    """Return the flow from screening to the analyses of the primary endpoints."""
    people = list(analysis.people.by_number.values())
    return Flow(
        assessed=len(people),
        excluded=_excluded(analysis, people, say),
        randomized=sum(person.randomized for person in people),
        arms=tuple(
            _arm(analysis, arm, name, say) for arm, name in arm_names(analysis, say).items()
        ),
        pending=sum(not person.randomized and not _left(analysis, person) for person in people),
    )


def diagram(analysis: Analysis, say: Language) -> str:
    """Return the flow diagram as SVG text."""
    captions = Captions(
        enrolment=say("Enrolment"),
        allocation=say("Allocation"),
        follow_up=say("Follow-up"),
        analysis=say("Analysis"),
        assessed=say("Assessed for eligibility"),
        excluded=say("Excluded"),
        in_assessment=say("Still being assessed"),
        randomized=say("Randomized"),
        allocated=say("Allocated to {arm}", arm="{}"),
        received=say("Started the study pump"),
        not_received=say("Did not start the study pump"),
        followed=say("Followed up: {what}", what="{}"),
        pending=say("Not yet due"),
        lost=say("Lost to follow-up"),
        discontinued=say("Discontinued intervention"),
        analysed=say("Analysed: {what}", what="{}"),
        not_analysed=say("Left out of the analysis"),
        count=say("{what} (n = {n})", what="{}", n="{}"),
    )
    return draw(flow(analysis, say), title=say("Participant flow"), captions=captions)


def _left(analysis: Analysis, person: Participant) -> bool:
    root = analysis.protocol.root.study
    return root in person.declined or person.eligible.get(root) is False


def _excluded(analysis: Analysis, people: list[Participant], say: Language) -> tuple[Reason, ...]:
    """Return each criterion with the people whose first failure it was, then those who declined."""
    root = analysis.protocol.root
    first = Counter(
        next(c.id for c in person.criteria[root.study] if c.result in ("violated", "unknown"))
        for person in people
        if person.eligible.get(root.study) is False
    )
    reasons = [
        Reason(f"{criterion.id} {_short(criterion.text.get(say.code))}", first[criterion.id])
        for criterion in root.eligibility
        if criterion.rule and first[criterion.id]
    ]
    declined = sum(root.study in person.declined for person in people)
    return (*reasons, Reason(say("Declined to participate"), declined))


def _short(text: str) -> str:
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1].rsplit(" ", 1)[0] + " …"


def _arm(analysis: Analysis, arm: str, name: str, say: Language) -> ArmFlow:
    arms = analysis.data.arms()
    people = [p for p in analysis.people.by_number.values() if arms.get(p.number) == arm]
    treated = [person for person in people if person.treated]
    why = Counter(
        next(iter(person.withdrawn.values()))[1] if person.withdrawn else say("no reason recorded")
        for person in people
        if not person.treated
    )
    periods, remaining = [], people
    for study in analysis.protocol.lineage()[1:]:
        period, remaining = _period(study, remaining, say)
        periods.append(period)
    return ArmFlow(
        label=name,
        allocated=len(people),
        received=len(treated),
        not_received=tuple(Reason(reason, n) for reason, n in sorted(why.items())),
        periods=tuple(periods),
        analyses=tuple(
            _analysed(analysis, result, arm, len(people), say) for result in _primary(analysis)
        ),
    )


def _period(
    study: Protocol, people: list[Participant], say: Language
) -> tuple[Period, list[Participant]]:
    ways: list[tuple[str, Callable[[Participant], bool]]] = [
        (say("not treated"), lambda person: not person.treated),
        (say("declined"), lambda person: study.study in person.declined),
        (say("could not be reached"), lambda person: study.study in person.lost),
        (say("not eligible"), lambda person: person.eligible.get(study.study) is False),
    ]
    rest, lost = people, []
    for label, holds in ways:
        lost.append(Reason(label, sum(holds(person) for person in rest)))
        rest = [person for person in rest if not holds(person)]
    followed = [person for person in rest if study.study in person.enrolled]
    last = study.schedule[-1].title.get(say.code) if study.schedule else study.study
    return Period(last, len(followed), tuple(lost), pending=len(rest) - len(followed)), followed


def _primary(analysis: Analysis) -> list[Result]:
    endpoints = analysis.protocol.all_endpoints()
    return [
        result
        for result in analysis.results
        if endpoints[result.endpoint].role == "primary" and result.visit is None
    ]


def _analysed(
    analysis: Analysis, result: Result, arm: str, allocated: int, say: Language
) -> AnalysedBox:
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    title = endpoint.title.get(say.code)
    group = next((g for g in result.groups if g.arm == arm), None)
    if group is None:
        return AnalysedBox(title, 0, (Reason(say("not in this comparison"), allocated),))
    outside = allocated - group.n - group.missing
    return AnalysedBox(
        title,
        group.n,
        (
            Reason(say("not in the analysis set"), outside),
            Reason(say("outcome missing"), group.missing),
        ),
    )
