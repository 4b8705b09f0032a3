"""Checks of how endpoints are analysed: strategies, methods, missing values, families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from equipoise.errors import InputError
from equipoise.protocol.arrays import conditions
from equipoise.protocol.estimand import Endpoint, Intercurrent, Multiplicity, Procedure
from equipoise.protocol.expression import Kind, parse
from equipoise.protocol.facts import DEVIATION, FACTS, VISIT_H
from equipoise.protocol.methods import INSTEAD, METHODS, MISSING, OF_VISITS, REPEATED
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.study import Study, kinds_of
from equipoise.protocol.wording import nearest

STRATUM = "stratum"
"""What can be stratified by beside screening items: the stratum of the randomization."""


def asked(study: Study, rule: str, more: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the kinds of what ``rule`` may ask of a participant, deviations by name included."""
    known = kinds_of(study.screening_items) | dict(FACTS) | dict(more)
    words = {word for word in _names(rule) if word.startswith(DEVIATION)}
    return known | dict.fromkeys(words, "number")


def _names(rule: str) -> frozenset[str]:
    try:
        return parse(rule).names
    except InputError:
        return frozenset()


def intercurrent(study: Study) -> Iterator[Finding]:
    """A strategy can be carried out: its event has a rule, and a time where one is needed."""
    for name, endpoint in study.protocol.endpoints.items():
        for place, event in enumerate(endpoint.estimand.intercurrent):
            path: Path = ("endpoints", name, "estimand", "intercurrent", place)
            yield from _strategy(study, endpoint, event, path)


def _strategy(
    study: Study, endpoint: Endpoint, event: Intercurrent, path: Path
) -> Iterator[Finding]:
    if event.strategy == "principal stratum":
        what = "a principal stratum asks who would have had the event under the other treatment"
        todo = "No method here can tell; choose another strategy."
        yield Finding((*path, "strategy"), what, todo)
        return
    if event.rule is None:
        if event.strategy != "treatment policy":
            what = f"nothing says who had the event, so `{event.strategy}` cannot be carried out"
            todo = "Add a `rule` over facts such as `stopped_early`, or over items of a `form`."
            yield Finding((*path, "strategy"), what, todo)
        return
    items = study.forms[event.form].items if event.form in study.forms else ()
    if event.form and event.form not in study.forms:
        yield from study.unknown((*path, "form"), event.form, study.forms, "form")
        return
    of_form = kinds_of({item.id: item for item in items})
    timed_by: dict[str, Kind] = {VISIT_H: "number"}
    kinds = asked(study, event.rule, timed_by | of_form)
    yield from study.expression((*path, "rule"), event.rule, kinds, wanted="boolean")
    timed = event.form is not None or VISIT_H in _names(event.rule)
    if event.strategy in ("hypothetical", "while on treatment") and not timed and \
            len(endpoint.variable.visits) > 1:  # fmt: skip
        what = "the rule does not say when the event happened, and there are several visits"
        todo = f"Use `{VISIT_H}`, as in `pump_h < {VISIT_H}`, or name the `form` of its items."
        yield Finding((*path, "rule"), what, todo)
    if event.strategy == "composite" and not endpoint.of_events and event.failure is None:
        what = "`composite` needs the number that stands for failure"
        yield Finding(path, what, "Give `failure`, such as the worst score.")


def procedures(study: Study) -> Iterator[Finding]:
    """Each planned analysis names a method that fits, and gives it what it takes."""
    for name, endpoint in study.protocol.endpoints.items():
        path: Path = ("endpoints", name, "analysis")
        yield from _procedure(study, endpoint, endpoint.analysis, path)
        yield from _redrawn(study, endpoint.analysis, endpoint.estimand.population, path)
        for place, other in enumerate(endpoint.analysis.sensitivity):
            here: Path = (*path, "sensitivity", place)
            applied = _procedure(study, endpoint, other.applied(endpoint.analysis), here)
            given = {name for name in other.model_fields_set if getattr(other, name) is not None}
            # what is wrong with the main analysis has been said there
            yield from (finding for finding in applied if finding.path[len(here)] in given)
            if other.population is not None:
                sets = study.protocol.all_populations()
                at: Path = (*here, "population")
                yield from study.unknown(at, other.population, sets, "population")
            population = other.population or endpoint.estimand.population
            yield from _redrawn(study, other.applied(endpoint.analysis), population, here)


def _redrawn(study: Study, procedure: Procedure, name: str, path: Path) -> Iterator[Finding]:
    """A randomization test is of the arms that people were allocated to."""
    offer, population = METHODS.get(procedure.method), study.protocol.all_populations().get(name)
    if offer and offer.redraws and population and population.as_treated:
        what = f"`{procedure.method}` draws the allocated arms again, and `{name}` is as treated"
        yield Finding((*path, "method"), what, "Take a set as randomized, or another method.")


def _procedure(
    study: Study, endpoint: Endpoint, procedure: Procedure, path: Path
) -> Iterator[Finding]:
    offer = METHODS.get(procedure.method)
    if offer is None:
        what = f"there is no method `{procedure.method}`"
        yield Finding((*path, "method"), what, nearest(procedure.method, METHODS))
        return
    summary = endpoint.estimand.summary
    if offer.summary != summary:
        what = f"`{procedure.method}` estimates a {offer.summary}, and the estimand's is {summary}"
        fitting = [name for name, each in METHODS.items() if each.summary == summary]
        yield Finding((*path, "method"), what, nearest(procedure.method, fitting))
    if offer.repeated and endpoint.variable.over != "each":
        what = f"`{procedure.method}` is for a repeated measure, `over: each`"
        yield Finding((*path, "method"), what, "Take another method, or measure at each visit.")
    items = study.screening_items
    given = {"adjust_for": procedure.adjust_for, "stratify_by": procedure.stratify_by}
    taken = {"adjust_for": offer.adjusts, "stratify_by": offer.stratifies}
    for field, names in given.items():
        at: Path = (*path, field)
        if names and not taken[field]:
            what = f"`{procedure.method}` takes no `{field}`"
            yield Finding(at, what, _takers(field, summary))
        if not names and field in offer.needs:
            yield Finding(at, f"`{procedure.method}` needs `{field}`", "Name screening items.")
        known = {**items, STRATUM: None} if field == "stratify_by" else items
        for place, item in enumerate(names):
            yield from study.unknown((*at, place), item, known, "screening item")
            if item in items and items[item].type in ("text", "date"):
                what = f"`{item}` is text, which cannot be adjusted for"
                yield Finding((*at, place), what, "Use a number, a yes or no, or a choice.")
    for option, value in procedure.options.items():
        here: Path = (*path, "options", option)
        if option not in offer.options:
            what = f"`{procedure.method}` has no option `{option}`"
            yield Finding(here, what, nearest(option, offer.options))
        elif value not in offer.options[option]:
            what = f"`{value}` is not a choice of `{option}`"
            yield Finding(here, what, nearest(str(value), map(str, offer.options[option])))
    yield from _missing(study, endpoint, procedure, (*path, "missing"))


def _takers(field: str, summary: str) -> str:
    wanted = {"adjust_for": "adjusts", "stratify_by": "stratifies"}[field]
    takers = [k for k, each in METHODS.items() if getattr(each, wanted) and each.summary == summary]
    return f"These do: {'; '.join(takers)}." if takers else "Leave it out."


def _missing(
    study: Study, endpoint: Endpoint, procedure: Procedure, path: Path
) -> Iterator[Finding]:
    missing = procedure.handling
    of = "events" if endpoint.of_events else "scores"
    fits = MISSING.get(missing.method)
    if fits is None:
        what = f"there is no way to deal with missing values called `{missing.method}`"
        yield Finding((*path, "method"), what, nearest(missing.method, MISSING))
    elif of not in fits:
        kind = "true or false" if of == "events" else "a number"
        what = f"`{missing.method}` does not fit a variable that is {kind}"
        fitting = [name for name, each in MISSING.items() if of in each]
        yield Finding((*path, "method"), what, nearest(missing.method, fitting))
    if missing.method in INSTEAD:
        yield from _instead(endpoint, procedure, path)
    if missing.method == "tipping point" and (procedure.adjust_for or procedure.stratify_by):
        what = "a tipping point is looked for among counts, without covariates or strata"
        yield Finding((*path, "method"), what, "Take a method that is given neither.")
    for place, item in enumerate(missing.predictors):
        at: Path = (*path, "predictors", place)
        yield from study.unknown(at, item, study.screening_items, "screening item")


def _instead(endpoint: Endpoint, procedure: Procedure, path: Path) -> Iterator[Finding]:
    """A way that estimates by itself gives what the method would, from what it can use."""
    missing, offer = procedure.handling, METHODS[procedure.method]
    at: Path = (*path, "method")
    of_visits = missing.method in OF_VISITS and not endpoint.of_events
    if of_visits and procedure.method != REPEATED:
        what = f"`{missing.method}` of numbers is for the method `{REPEATED}`"
        yield Finding(at, what, "Take that method, at each visit.")
    elif not of_visits and not offer.imputes:
        what = f"{missing.method} does not give `{procedure.method}`"
        fit = [k for k, each in METHODS.items() if each.imputes and each.summary == offer.summary]
        yield Finding(at, what, nearest(procedure.method, fit))
    if procedure.stratify_by:
        what = f"{missing.method} does not go with `stratify_by`"
        yield Finding(at, what, "Adjust for the items instead.")
    if missing.method == "inverse probability weighting" and procedure.adjust_for:
        what = "weighted means are compared without covariates"
        yield Finding(at, what, "Name the items in `predictors`, under a method without.")
    if missing.method == "infinitely many imputations" and missing.predictors:
        what = "infinitely many imputations are counted without predictors"
        yield Finding(at, what, "Take `multiple imputation`, or leave the predictors out.")
    if not endpoint.of_events and missing.method != "inverse probability weighting":
        for place, item in enumerate(missing.predictors):
            if item not in procedure.adjust_for:
                what = f"numbers are imputed from what is adjusted for, and `{item}` is not"
                todo = "Name it in `adjust_for` too, or leave it out."
                yield Finding((*path, "predictors", place), what, todo)


def families(study: Study) -> Iterator[Finding]:
    """A family adjusts the P values of endpoints that there are, each once."""
    endpoints = study.protocol.all_endpoints()
    seen: set[str] = set()
    for place, family in enumerate(study.protocol.multiplicity):
        for number, name in enumerate(family.endpoints):
            path: Path = ("multiplicity", place, "endpoints", number)
            yield from study.unknown(path, name, endpoints, "endpoint")
            if name in seen:
                what = f"endpoint `{name}` is adjusted for twice"
                yield Finding(path, what, "Let it belong to one family.")
            seen.add(name)
        yield from _graph(study, family, ("multiplicity", place))


_OVERSPENT = 1 + 1e-12


def _graph(study: Study, family: Multiplicity, path: Path) -> Iterator[Finding]:
    """The graphical procedure has a graph over its endpoints that spends alpha once."""
    graph, graphical = family.graph, family.procedure == "graphical"
    if (graph is not None) != graphical:
        what = "the graphical procedure needs a `graph`" if graphical else \
            f"`{family.procedure}` takes no `graph`"  # fmt: skip
        yield Finding((*path, "procedure"), what, "Give both, or neither.")
    if graph is None:
        return
    inside = dict.fromkeys(family.endpoints)
    for name in family.endpoints:
        endpoint = study.protocol.all_endpoints().get(name)
        if endpoint is not None and endpoint.variable.over == "each":
            what = f"`{name}` is compared at several visits, and a graph is over single hypotheses"
            yield Finding((*path, "endpoints"), what, "Name an endpoint of one visit.")
    for name in graph.weights:
        yield from study.unknown((*path, "graph", "weights", name), name, inside, "endpoint here")
    for name, row in graph.transitions.items():
        here: Path = (*path, "graph", "transitions", name)
        for other in (name, *row):
            yield from study.unknown(here, other, inside, "endpoint here")
        if row.get(name):
            yield Finding(here, f"`{name}` hands alpha to itself", "Name another endpoint.")
        if sum(row.values()) > _OVERSPENT:
            what = f"`{name}` hands on more than it has"
            yield Finding(here, what, "Let the parts be at most 1 together.")
    if sum(graph.weights.values()) > _OVERSPENT:
        what = "the weights are more than 1 together"
        yield Finding((*path, "graph", "weights"), what, "Share out alpha once.")


def reasons(study: Study) -> Iterator[Finding]:
    """The reasons of an analysis set are parts of its rule."""
    for name, population in study.protocol.populations.items():
        try:
            parts = list(conditions(population.rule))
        except InputError:
            continue  # said elsewhere
        for part in population.reasons:
            path: Path = ("populations", name, "reasons", part)
            if part not in parts:
                yield Finding(path, f"`{part}` is no part of the rule", nearest(part, parts))


def items_named_as_facts(study: Study) -> Iterator[Finding]:
    """A screening item is not named like a fact that rules ask for."""
    if not study.first:
        return
    for form, content in study.protocol.forms.items():
        for place, item in enumerate(content.items if form in study.screening_forms else ()):
            if item.id in FACTS or item.id == STRATUM:
                what = f"`{item.id}` is the name of a fact that rules ask for"
                yield Finding(("forms", form, "items", place), what, "Call the item otherwise.")


CHECKS = (intercurrent, procedures, families, reasons, items_named_as_facts)
