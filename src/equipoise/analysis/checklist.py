"""The CONSORT 2025 checklist, filled in from protocol, ledger and report.

The 30 items are named in our own short words; their full text is in Hopewell S et al. BMJ
2025;389:e081123, doi:10.1136/bmj-2024-081123. What neither protocol nor ledger says is not
available here, and the checklist says so: the authors answer it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.pictures import arm_names
from equipoise.analysis.table import Row, Table, heading, line
from equipoise.language import Language


@dataclass(frozen=True)
class Entry:
    """One item: what it asks, the answer, and where; not ``answered`` it says what is missing."""

    number: str
    asks: str
    answer: str
    where: str = ""
    answered: bool = True


@dataclass(frozen=True)
class _Source:
    """An analysis, the label of each table and figure by its name, and a language."""

    analysis: Analysis
    labels: Mapping[str, str]
    say: Language

    def missing(self, number: str, asks: str, what: str) -> Entry:
        return Entry(number, asks, self.say("not available: {what}", what=what), answered=False)

    def at(self, *names: str) -> str:
        return ", ".join(self.labels[name] for name in names if name in self.labels)


def checklist_table(analysis: Analysis, labels: Mapping[str, str], say: Language) -> Table:
    """Return the checklist as a table; ``labels`` are those of tables and figures by name."""
    rows: list[Row] = []
    entries: list[Entry] = []
    for section, found in checklist(analysis, labels, say).items():
        rows.append(heading(section))
        entries += found
        rows += [line(e.number, e.asks, e.answer, e.where) for e in found]
    answered = sum(entry.answered for entry in entries)
    return Table(
        "consort",
        say("CONSORT 2025 checklist"),
        (say("Item"), say("What it asks"), say("Answer"), say("Where")),
        tuple(rows),
        (
            say(
                "{n} of {all} are answered from protocol and ledger; the others are for the "
                "authors. Items in short words; full text: Hopewell 2025, "
                "doi:10.1136/bmj-2024-081123.",
                n=answered,
                all=len(entries),
            ),
        ),
        words=frozenset(range(4)),
    )


def checklist(
    analysis: Analysis, labels: Mapping[str, str], say: Language
) -> dict[str, list[Entry]]:
    """Return the entries of each section, in the order of the items."""
    source = _Source(analysis, labels, say)
    return {
        say("Title and open science"): list(_opening(source)),
        say("Introduction"): list(_introduction(source)),
        say("Methods"): [*_design(source), *_randomization(source), *_statistics(source)],
        say("Results"): list(_results(source)),
        say("Discussion"): list(_discussion(source)),
    }


def _opening(source: _Source) -> Iterator[Entry]:
    say, analysis = source.say, source.analysis
    protocol = analysis.protocol
    asks = say("title says that the trial is randomized")
    if "randomi" in protocol.title.en.lower():
        yield Entry("1a", asks, protocol.title.get(say.code))
    else:
        yield source.missing("1a", asks, say("the registered title does not say so"))
    yield source.missing(
        "1b", say("structured summary"), say("written by the authors, from the numbers here")
    )
    studies = ", ".join(part.study for part in protocol.lineage())
    yield Entry("2", say("registration"), say("{ids}; its date is in the registry", ids=studies))
    digests = ", ".join(
        say("{study} version {n}", study=study, n=analysis.state.protocols[study].version)
        for study in analysis.state.digests
    )
    yield Entry(
        "3",
        say("where protocol and analysis plan are"),
        say("in the ledger, {what}; plans signed: {n}", what=digests, n=len(analysis.state.plans)),
        source.at("origin", "analysis_plan"),
    )
    yield Entry(
        "4",
        say("sharing of data and code"),
        say(
            "data, results and digests stand beside this report; who may have them is not recorded"
        ),
        source.at("origin"),
    )
    yield source.missing("5a", say("funding"), say("not part of a protocol here"))
    yield source.missing("5b", say("conflicts of interest"), say("not part of a protocol here"))


def _introduction(source: _Source) -> Iterator[Entry]:
    say, analysis = source.say, source.analysis
    yield source.missing("6", say("background"), say("written by the authors"))
    primary = [
        each.title.get(say.code)
        for each in analysis.protocol.all_endpoints().values()
        if each.role == "primary"
    ]
    yield Entry(
        "7",
        say("objectives on benefit and harm"),
        say(
            "{arms} compared for: {what}; harms: all arms",
            arms=" / ".join(_arms(source)),
            what="; ".join(primary),
        ),
        source.at("analysis_plan"),
    )  # fmt: skip


def _arms(source: _Source) -> list[str]:
    return list(arm_names(source.analysis, source.say).values())


def _design(source: _Source) -> Iterator[Entry]:
    say, root = source.say, source.analysis.protocol.root
    lineage = source.analysis.protocol.lineage()
    yield source.missing(
        "8", say("patients and public in design and conduct"), say("not part of a protocol here")
    )
    asks = say("design, ratio, framework")
    if root.allocation:
        ratio = ":".join(str(root.allocation.ratio[arm]) for arm in root.arms)
        yield Entry("9", asks, say("parallel groups, {ratio}; tests of difference", ratio=ratio))
    else:
        yield source.missing("9", asks, say("the protocol has no allocation"))
    versions = max(part.version for part in source.analysis.state.protocols.values())
    signed = source.analysis.as_planned()
    yield Entry(
        "10",
        say("changes after the start"),
        say("latest version of a protocol: {n}; ", n=versions)
        + (say("plan and code as signed") if signed else say("plan or code not as signed")),
        source.at("origin", "analysis_plan"),
    )
    asks = say("setting and places")
    if root.site:
        yield Entry("11", asks, f"{root.site.name.get(say.code)} ({root.site.zone})")
    else:
        yield source.missing("11", asks, say("the protocol names no site"))
    yield Entry(
        "12a",
        say("eligibility of participants"),
        say(
            "criteria as rules in the protocol: {n}",
            n=", ".join(f"{part.study} {len(part.eligibility)}" for part in lineage),
        ),
        source.at("figure_flow"),
    )
    yield source.missing(
        "12b", say("eligibility of sites and staff"), say("not part of a protocol here")
    )
    mixtures = [
        f"{name}: {_mixture(source, arm)}"
        for name, arm in zip(_arms(source), root.arms, strict=True)
    ]
    yield (
        source.missing("13", say("interventions, to be repeated"), say("hidden with dummy arms"))
        if source.analysis.dummy
        else Entry("13", say("interventions, to be repeated"), "; ".join(mixtures))
    )
    endpoints = source.analysis.protocol.all_endpoints()
    frames = {each.time_frame.get(say.code) for each in endpoints.values()}
    yield Entry(
        "14",
        say("outcomes: variable, measure, time"),
        say(
            "{n} endpoints with estimands; {when}", n=len(endpoints), when="; ".join(sorted(frames))
        ),
        source.at("analysis_plan"),
    )
    terms = len(root.adverse_events)
    asks = say("harms: definition and assessment")
    if terms:
        yield Entry("15", asks, say("reported when they occur; {n} expected terms", n=terms))
    else:
        yield source.missing("15", asks, say("the protocol lists no adverse events"))
    yield from _size(source)


def _mixture(source: _Source, arm: str) -> str:
    root, say = source.analysis.protocol.root, source.say
    mixture = root.mixtures[root.arms[arm].mixture]
    parts = [
        f"{part.drug} {part.amount if part.amount is not None else part.per_kg} {part.unit}"
        + ("" if part.amount is not None else "/kg")
        for part in mixture.components
    ]
    diluent = say(
        "in {diluent} to {ml} ml", diluent=mixture.diluent.get(say.code), ml=mixture.volume_ml
    )
    return " + ".join(parts) + " " + diluent if parts else diluent


def _size(source: _Source) -> Iterator[Entry]:
    say, analysis = source.say, source.analysis
    endpoints = analysis.protocol.all_endpoints()
    planned = [
        say(
            "{title}: {arm} against {reference}, power {power}, alpha {alpha} ({status})",
            title=endpoints[each.endpoint].title.get(say.code),
            arm=f"{each.arm:g}",
            reference=f"{each.reference:g}",
            power=f"{each.power:g}",
            alpha=f"{each.alpha:g}",
            status=say(each.status),
        )
        for part in analysis.protocol.lineage()
        for each in part.planning
    ]
    asks = say("sample size and its assumptions")
    if planned:
        yield Entry("16a", asks, "; ".join(planned))
    else:
        yield source.missing("16a", asks, say("the protocol gives no planning assumption"))
    looks = [each.monitoring for each in analysis.protocol.lineage() if each.monitoring]
    yield Entry(
        "16b",
        say("interim analyses and stopping"),
        "; ".join(
            say("{spending} at {looks} of the information", spending=each.spending,
                looks=", ".join(f"{look:g}" for look in each.looks))
            for each in looks
        ) or say("none is planned"),
    )  # fmt: skip


def _randomization(source: _Source) -> Iterator[Entry]:
    say, state = source.say, source.analysis.state
    root = source.analysis.protocol.root
    asks = say("who made the random sequence, and how")
    if state.sealed:
        yield Entry(
            "17a",
            asks,
            say("computed from seeds that {n} parties committed to beforehand",
                n=len(state.seed_commitments)),
        )  # fmt: skip
    else:
        yield source.missing("17a", asks, say("no list was sealed in this ledger"))
    asks = say("type of randomization, restrictions")
    if root.allocation:
        strata = ", ".join(each.item for each in root.allocation.strata) or say("no strata")
        yield Entry(
            "17b", asks,
            say("{design}; {strata}; block sizes or limits in a sealed annex",
                design=say(root.allocation.design), strata=strata),
        )  # fmt: skip
    else:
        yield source.missing("17b", asks, say("the protocol has no allocation"))
    asks = say("concealment until assignment")
    if state.sealed:
        answer = say(
            "each slot is sealed to keys; the list's root stood in the ledger before the first"
        )
        yield Entry("18", asks, answer, source.at("origin"))
    else:
        yield source.missing("18", asks, say("no list was sealed in this ledger"))
    masked = ", ".join(say(role) for role in (root.masking.masked if root.masking else ()))
    asks = say("access of enrolling staff to the sequence")
    if masked:
        yield Entry("19", asks, say("none: they take the next slot, whose arm is sealed"))
        yield Entry("20a", say("who was masked"), masked)
    else:
        yield source.missing("19", asks, say("the protocol masks nobody"))
        yield source.missing("20a", say("who was masked"), say("the protocol masks nobody"))
    yield source.missing(
        "20b", say("how masking was achieved"), say("likeness of the preparations is not recorded")
    )


def _statistics(source: _Source) -> Iterator[Entry]:
    say, analysis = source.say, source.analysis
    endpoints = analysis.protocol.all_endpoints()
    methods = dict.fromkeys(each.analysis.method for each in endpoints.values())
    yield Entry(
        "21a", say("methods of comparison"), "; ".join(say(m) for m in methods),
        source.at("analysis_plan"),
    )  # fmt: skip
    sets = analysis.protocol.all_populations()
    yield Entry(
        "21b",
        say("who is analysed, in which group"),
        "; ".join(each.title.get(say.code) for each in sets.values()),
        source.at("analysis_sets"),
    )
    handled = dict.fromkeys(each.analysis.handling.method for each in endpoints.values())
    yield Entry(
        "21c", say("missing data"), "; ".join(say(m) for m in handled), source.at("analysis_plan")
    )
    probes = sum(len(each.analysis.sensitivity) for each in endpoints.values())
    unsigned = sum(not analysis.planned(name) for name in endpoints)
    yield Entry(
        "21d",
        say("further analyses, planned or not"),
        say("{n} sensitivity analyses; endpoints not in a signed plan: {m}; absolute differences "
            "are not planned", n=probes, m=unsigned),
        source.at("analysis_plan", "sensitivity", "absolute"),
    )  # fmt: skip


def _results(source: _Source) -> Iterator[Entry]:
    say, analysis = source.say, source.analysis
    randomized = analysis.data.participants.height
    yield Entry(
        "22a", say("flow: assigned, treated, analysed"), say("{n} randomized", n=randomized),
        source.at("figure_flow"),
    )  # fmt: skip
    yield Entry(
        "22b", say("losses and exclusions with reasons"), say("counted by arm and reason"),
        source.at("figure_flow", "analysis_sets"),
    )  # fmt: skip
    dates = analysis.data.participants["randomized_at"].drop_nulls()
    asks = say("dates of recruitment and follow-up")
    if len(dates):
        first, last = (str(when)[:10] for when in (dates.min(), dates.max()))
        yield Entry("23a", asks, say("randomized from {first} to {last}", first=first, last=last))
    else:
        yield source.missing("23a", asks, say("nobody was randomized"))
    yield source.missing("23b", say("why the trial ended"), say("the ledger records no reason"))
    treated = analysis.data.participants["treated"].sum()
    yield Entry(
        "24a", say("interventions as they were given"), say("{n} started treatment", n=treated),
        source.at("exposure", "figure_use", "figure_concentrations", "conduct"),
    )  # fmt: skip
    yield source.missing(
        "24b", say("other care during the trial"), say("no form is marked as other care")
    )
    yield Entry("25", say("baseline by group"), say("as randomized"), source.at("baseline"))
    courses = [name for name in source.labels if name.startswith("course_")]
    yield Entry(
        "26",
        say("each outcome: numbers, effect, precision, absolute and relative"),
        say("all {n} comparisons", n=len(analysis.results))
        + (say("; failed: {n}", n=len(analysis.failed)) if analysis.failed else ""),
        source.at("outcomes", "absolute", *courses, "figure_forest"),
    )
    yield _harms(source)
    count = len(analysis.sensitivity)
    yield Entry(
        "28", say("other analyses, planned or not"), say("sensitivity results: {n}", n=count),
        source.at("sensitivity", "absolute"),
    )  # fmt: skip


def _harms(source: _Source) -> Entry:
    say, found = source.say, source.analysis.safety
    kinds = found.table.kinds
    n, m = (sum(c.events for c in kinds[kind].counts) for kind in ("any", "serious"))
    answer = say("{n} events, {m} of them serious", n=n, m=m)
    places = [name for name in source.labels if "adverse" in name or "safety" in name]
    return Entry("27", say("harms in each group"), answer, source.at(*places))


def _discussion(source: _Source) -> Iterator[Entry]:
    say = source.say
    yield source.missing("29", say("interpretation"), say("written by the authors"))
    yield Entry("30", say("limits"), say("as found from data and plan"), say("Limits"))
