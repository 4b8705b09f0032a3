"""What is estimated and how: variables, estimands after ICH E9(R1), analyses, analysis sets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import Expression, Name, Part, Text, unsaid

Summary = Literal[
    "risk ratio",
    "risk difference",
    "odds ratio",
    "common odds ratio",
    "median difference",
    "mean difference",
    "win probability",
]
OF_EVENTS = frozenset({"risk ratio", "risk difference", "odds ratio"})
"""The summaries of a variable that is true or false."""

Option = str | int | float | bool


class Variable(Part):
    """What is measured: an expression over a form's items at visits, and how they combine.

    ``any``: true when true at one visit at least. ``value``: at the one visit named. ``each``:
    at every visit (repeated measure). ``area``: the mean over the time from the first visit to the
    last as they are planned, the area under the line through the values. ``missing``: whether
    visits without an answer are left out (``available``; an area then covers the time between
    those that are there) or make the result unknown unless it is decided already (``strict``).
    """

    expression: Expression
    form: Name
    visits: tuple[Name, ...]
    over: Literal["any", "value", "each", "area"] = "value"
    missing: Literal["available", "strict"] = "available"


class Intercurrent(Part):
    """An intercurrent event and its strategy (ICH E9(R1), section A.3.2).

    ``rule`` says who had the event: over the facts of :data:`equipoise.protocol.facts.FACTS`, the
    screening items, the items of ``form``, if one is named, at the visit looked at, and
    ``visit_h``, the hours from the start of treatment to that visit. The event has happened at
    the first visit where the rule is true, and stays. *Treatment policy* takes values as they
    are; *composite* counts the event as ``failure`` (for yes-or-no variables the worse of the
    two); *hypothetical* leaves values from then on unknown; *while on treatment* takes the last
    one before.
    """

    event: Text
    strategy: Literal[
        "treatment policy",
        "hypothetical",
        "composite",
        "while on treatment",
        "principal stratum",
    ]
    rule: Expression | None = Field(default=None, exclude_if=unsaid)
    form: Name | None = Field(default=None, exclude_if=unsaid)
    failure: float | None = Field(default=None, exclude_if=unsaid)


class Estimand(Part):
    """ICH E9(R1): population, intercurrent events, and the population-level summary.

    ``compare`` is (arm, reference arm).
    """

    population: Name
    intercurrent: tuple[Intercurrent, ...] = ()
    summary: Summary
    compare: tuple[Name, Name]


class Missing(Part):
    """How participants without a value are dealt with.

    ``predictors`` are screening items that the imputation model uses beside the arm;
    ``imputations`` and ``seed`` are its number of draws and where they begin.
    """

    method: str = "complete cases"
    imputations: Annotated[int, Field(ge=2)] = 50
    predictors: tuple[Name, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0


class Procedure(Part):
    """A method by its name in ``docs/statistics.md``, and what it is given.

    ``adjust_for`` and ``stratify_by`` are screening items; ``stratum`` in the latter is the
    stratum of the randomization. ``options`` are the method's own.
    """

    method: str
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    adjust_for: tuple[Name, ...] = Field(default=(), exclude_if=unsaid)
    stratify_by: tuple[Name, ...] = Field(default=(), exclude_if=unsaid)
    options: dict[Name, Option] = Field(default={}, exclude_if=unsaid)
    missing: Missing | None = Field(default=None, exclude_if=unsaid)

    @property
    def handling(self) -> Missing:
        """How missing values are dealt with: as complete cases, unless it is said."""
        return self.missing or Missing()


class Sensitivity(Part):
    """A further planned analysis of the same estimand: what differs from the main one.

    With ``population`` it is a supplementary analysis in another analysis set.
    """

    title: Text
    method: str | None = None
    adjust_for: tuple[Name, ...] | None = None
    stratify_by: tuple[Name, ...] | None = None
    options: dict[Name, Option] | None = None
    missing: Missing | None = None
    population: Name | None = None

    def applied(self, main: Procedure) -> Procedure:
        """Return the procedure that results from the main one."""
        given = {
            name: value
            for name in ("method", "adjust_for", "stratify_by", "options", "missing")
            if (value := getattr(self, name)) is not None
        }
        if "method" in given:  # another method does not inherit what the main one was given
            given = {"adjust_for": (), "stratify_by": (), "options": {}} | given
        return Procedure.model_validate(
            {name: getattr(main, name) for name in Procedure.model_fields} | given
        )


class Analysis(Procedure):
    """The planned analysis of an endpoint, and those that probe what it assumes."""

    sensitivity: tuple[Sensitivity, ...] = Field(default=(), exclude_if=unsaid)


class Endpoint(Part):
    """A registered outcome, from variable to planned analysis."""

    title: Text
    role: Literal["primary", "secondary", "other"]
    time_frame: Text
    variable: Variable
    estimand: Estimand
    analysis: Analysis
    better: Literal["lower", "higher"] = "lower"

    @property
    def of_events(self) -> bool:
        """Whether the variable is true or false, and is summarized as such."""
        return self.estimand.summary in OF_EVENTS


class Population(Part):
    """An analysis set: a rule over facts of a participant.

    Its parts, joined by ``and``, are the reasons for which people are left out; ``reasons`` puts
    a part into words. ``as_treated``: people count for the arm whose kit they got.
    """

    title: Text
    rule: Expression
    reasons: dict[str, Text] = Field(default={}, exclude_if=unsaid)
    as_treated: bool = Field(default=False, exclude_if=unsaid)


Share = Annotated[float, Field(ge=0, le=1)]


class Graph(Part):
    """Which share of alpha an endpoint has, and to whom it hands it on once it is rejected.

    ``weights`` are the shares at the start, ``transitions`` from each endpoint the parts of its
    share that others get; what is not named is 0. Bretz F et al. Stat Med 2009;28:586-604,
    doi:10.1002/sim.3495.
    """

    weights: dict[Name, Share]
    transitions: dict[Name, dict[Name, Share]] = Field(default={})


class Multiplicity(Part):
    """A family of endpoints whose P values are adjusted together, in this order.

    ``graph`` goes with the graphical procedure, whose endpoints are one comparison each.
    """

    title: Text
    procedure: Literal["Bonferroni", "Holm", "Hochberg", "Hommel", "fixed sequence", "graphical"]
    endpoints: tuple[Name, ...]
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    graph: Graph | None = Field(default=None, exclude_if=unsaid)
