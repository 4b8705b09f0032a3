"""From an endpoint of the protocol to its estimate, by the planned method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.analysis.estimators.binary import risk_difference, risk_ratio
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.rank import shift
from equipoise.errors import InputError, Refused
from equipoise.protocol.expression import Expression, parse
from equipoise.protocol.parts import Endpoint, Population, Protocol, Variable
from equipoise.views.dataset import Answers, Dataset

Outcome = float | None
"""One person's value: 1 and 0 for true and false, None where it is not known."""


@dataclass(frozen=True)
class Group:
    """The analysed values of one arm, and how many of its population have none."""

    arm: str
    values: tuple[float, ...]
    missing: int

    @property
    def n(self) -> int:
        """The number analysed."""
        return len(self.values)

    @property
    def events(self) -> int:
        """The number with a true value, for a binary variable."""
        return int(sum(self.values))


@dataclass(frozen=True)
class Result:
    """One planned comparison: an endpoint, at one visit when it is a repeated measure."""

    endpoint: str
    visit: str | None
    groups: tuple[Group, Group]
    estimate: Estimate

    def row(self) -> dict[str, object]:
        """Return the result as plain values, for ``summary.json``."""
        estimate = self.estimate
        return {
            "endpoint": self.endpoint,
            "visit": self.visit,
            "measure": estimate.measure,
            "estimate": _plain(estimate.value),
            "low": _plain(estimate.low),
            "high": _plain(estimate.high),
            "level": estimate.level,
            "p_value": _plain(estimate.p_value),
            "method": estimate.method,
            "note": str(estimate.note),
            "groups": [
                {"arm": g.arm, "analysed": g.n, "missing": g.missing, "sum": float(sum(g.values))}
                for g in self.groups
            ],
        }


Method = Callable[[Group, Group, float], Estimate]


def _risk(estimator: Callable[..., Estimate], **options: str) -> Method:
    def method(arm: Group, reference: Group, level: float) -> Estimate:
        return estimator(arm.events, arm.n, reference.events, reference.n, level=level, **options)

    return method


def _shift(estimator: Callable[..., Estimate]) -> Method:
    def method(arm: Group, reference: Group, level: float) -> Estimate:
        return estimator(np.array(arm.values), np.array(reference.values), level=level)

    return method


METHODS: dict[str, Method] = {
    "risk ratio with Wald interval on the log scale": _risk(risk_ratio, method="katz"),
    "risk ratio with Koopman interval": _risk(risk_ratio, method="koopman"),
    "risk difference with Miettinen-Nurminen interval": _risk(
        risk_difference, method="miettinen-nurminen"
    ),
    "Hodges-Lehmann shift with Mann-Whitney test": _shift(shift),
    "Welch difference in means": _shift(mean_difference),
}
"""Every method that a protocol can plan, by the name that it uses."""


def estimate(protocol: Protocol, data: Dataset, name: str) -> list[Result]:
    """Return the planned comparisons of endpoint ``name``: one, or one per visit.

    Raises :class:`InputError` when the method is not known, :class:`Refused` when an arm has
    nothing to analyse.
    """
    endpoint = protocol.all_endpoints()[name]
    method = METHODS.get(endpoint.analysis.method)
    if method is None:
        raise InputError(
            f"endpoint '{name}'",
            f"plans the method '{endpoint.analysis.method}', which does not exist",
            f"Use one of: {'; '.join(METHODS)}.",
        )
    members = population(data, protocol.all_populations()[endpoint.estimand.population])
    results = []
    for visit, variable in _split(endpoint.variable):
        outcomes = {number: outcome(variable, data, number) for number in members}
        groups = _groups(endpoint, data.arms(), outcomes)
        for group in groups:
            if not group.n:
                raise Refused(
                    f"endpoint '{name}', arm '{group.arm}'",
                    "nobody in this arm has a value, so nothing can be compared",
                    "Look for missing forms; the report cannot give this endpoint.",
                )
        results.append(Result(name, visit, groups, method(*groups, endpoint.analysis.level)))
    return results


def population(data: Dataset, rule: Population) -> list[str]:
    """Return the participants of an analysis set."""
    expression = parse(rule.rule)
    rows = data.participants.iter_rows(named=True)
    enrolled = [name for name in data.participants.columns if name.startswith("enrolled_")]
    return [
        row["participant"]
        for row in rows
        if expression.decide(
            {
                "randomized": True,
                "treated": row["treated"],
                "enrolled": any(row[name] for name in enrolled),
            }
        )
    ]


def outcome(variable: Variable, data: Dataset, participant: str) -> Outcome:
    """Return one person's value of a variable."""
    expression = parse(variable.expression)
    known = [
        _at(expression, data.answers.get((participant, visit, variable.form)))
        for visit in variable.visits
    ]
    if variable.over != "any":
        return known[0]
    if 1.0 in known:
        return 1.0
    answered = [value for value in known if value is not None]
    undecided = variable.missing == "strict" and None in known
    return None if undecided or not answered else 0.0


def _at(expression: Expression, answers: Answers | None) -> Outcome:
    if answers is None:
        return None
    value = expression.value(answers)
    return None if value is None else float(value)  # type: ignore[arg-type]


def _split(variable: Variable) -> list[tuple[str | None, Variable]]:
    """Return a repeated measure as one variable for each visit."""
    if variable.over != "each":
        return [(None, variable)]
    return [
        (visit, variable.model_copy(update={"visits": (visit,), "over": "value"}))
        for visit in variable.visits
    ]


def _groups(
    endpoint: Endpoint, arms: Mapping[str, str], outcomes: Mapping[str, Outcome]
) -> tuple[Group, Group]:
    def group(arm: str) -> Group:
        values = [value for number, value in outcomes.items() if arms[number] == arm]
        known = tuple(value for value in values if value is not None)
        return Group(arm, known, len(values) - len(known))

    arm, reference = endpoint.estimand.compare
    return group(arm), group(reference)


def _plain(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if np.isfinite(number) else None
