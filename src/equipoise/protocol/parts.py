"""The parts of a protocol: what should happen, typed, with units in the names.

A protocol is one YAML file beside one registry record. :mod:`equipoise.protocol.load` reads it
together with every problem found. Rules, endpoints and assumptions use one small expression
language (:mod:`equipoise.protocol.expression`) over the items of the forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from equipoise.protocol.estimand import Endpoint, Multiplicity, Population
from equipoise.protocol.part import Expression, Name, Part, Text, unsaid
from equipoise.protocol.planning import Monitoring, Planning

Role = Literal[
    "participant",
    "caregiver",
    "investigator",
    "outcomes assessor",
    "data manager",
    "statistician",
    "pharmacist",
    "monitoring board",
]
Positive = Annotated[Decimal, Field(gt=0)]


class Assumption(Part):
    """Something the protocol needs and its sources do not say, with the reason for the choice."""

    id: Name
    says: Text
    because: str
    status: Literal["found", "inferred", "assumed", "unknown"]


# --- treatment ------------------------------------------------------------------------------


class Arm(Part):
    """A randomized group and the mixture it gets."""

    title: Text
    type: Literal[
        "EXPERIMENTAL",
        "ACTIVE_COMPARATOR",
        "PLACEBO_COMPARATOR",
        "SHAM_COMPARATOR",
        "NO_INTERVENTION",
        "OTHER",
    ]
    mixture: Name


class Ampoule(Part):
    """What one ampoule holds: ``amount`` in the component's unit, in ``volume_ml``."""

    amount: Positive
    volume_ml: Positive


class Component(Part):
    """A drug of a mixture: a fixed ``amount``, or ``per_kg`` body weight up to ``maximum``."""

    drug: Name
    unit: Literal["ug", "mg"]
    amount: Positive | None = None
    per_kg: Positive | None = None
    maximum: Positive | None = None
    ampoule: Ampoule | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Component:
        if (self.amount is None) == (self.per_kg is None):
            raise ValueError("give either amount or per_kg")
        if self.maximum is not None and self.per_kg is None:
            raise ValueError("maximum goes with per_kg")
        return self


class Mixture(Part):
    """What is in a bag: components, made up with the diluent to ``volume_ml``."""

    diluent: Text
    volume_ml: Positive
    components: tuple[Component, ...] = ()


class Pump(Part):
    """The program of a patient-controlled pump; limits count boluses and background together."""

    bolus_ml: Positive
    bolus_rate_ml_h: Positive
    lockout_min: Annotated[Decimal, Field(ge=1, le=60)]
    background_ml_h: Annotated[Decimal, Field(ge=0)]
    reservoir_ml: Positive
    duration_h: Positive
    limit_1h_ml: Positive | None = None
    limit_4h_ml: Positive | None = None


# --- allocation and masking -----------------------------------------------------------------


class Stratum(Part):
    """A factor of the stratification: a choice item of the screening forms."""

    item: Name


class Allocator(Part):
    """The process that minimizes: its biased coin takes the best place with ``probability``."""

    probability: Annotated[Decimal, Field(gt=0, lt=1, max_digits=6)]


class Allocation(Part):
    """How slots are made and sealed. Block sizes and imbalance limits are in a sealed annex.

    ``ratio`` is per arm, ``length`` the number of slots for each stratum, ``parties`` contribute
    the seed. ``readers`` are the keys to which each slot is sealed, and what each is for: one
    *prepares* the study drug, one *opens* the list to the analysis, one opens a single slot in an
    *emergency*, one *recovers* what the others lost. Under minimization the list is a stock and
    ``strata`` are balanced over it by an ``allocator``, the reader that *allocates*.
    """

    design: Literal["permuted blocks", "big stick", "complete", "minimization"]
    ratio: dict[Name, Annotated[int, Field(ge=1)]]
    strata: tuple[Stratum, ...] = ()
    length: Annotated[int, Field(ge=2)]
    parties: tuple[str, ...]
    readers: dict[str, Literal["prepares", "opens", "emergency", "recovers", "allocates"]]
    # Left out of the canonical text when there is none: older digests stay what they are.
    allocator: Allocator | None = Field(default=None, exclude_if=lambda given: given is None)

    def reader(self, purpose: str) -> str:
        """Return the reader that is for ``purpose``; raise KeyError when there is none."""
        return {str(what): name for name, what in self.readers.items()}[purpose]


class Masking(Part):
    """Which roles may never learn the allocation, which may, and who signs its opening."""

    masked: tuple[Role, ...]
    unmasked: tuple[Role, ...]
    opening_signed_by: tuple[Role, ...] = ()


# --- eligibility ----------------------------------------------------------------------------


class Criterion(Part):
    """An eligibility criterion: a ``rule`` over items, or why it is not one.

    An inclusion criterion is satisfied when its rule is true, an exclusion criterion when its
    rule is false. ``not_applicable`` says how a registered criterion that cannot be judged
    before randomization is handled instead.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_.]*$")]
    kind: Literal["inclusion", "exclusion"]
    text: Text
    rule: Expression | None = None
    not_applicable: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Criterion:
        if (self.rule is None) == (self.not_applicable is None):
            raise ValueError("give either rule or not_applicable")
        return self


# --- data -----------------------------------------------------------------------------------


class Item(Part):
    """A question of a form: its type, unit, range or codes, branching, or how it is derived.

    ``show_if`` is a rule over items of the same form; ``formula`` derives the item from others.
    ``precision`` is the number of decimals of a decimal item.
    """

    id: Name
    label: Text
    type: Literal["integer", "decimal", "boolean", "choice", "text", "date"]
    unit: str | None = None
    range: tuple[Decimal, Decimal] | None = None
    precision: Annotated[int, Field(ge=0, le=6)] | None = None
    codes: dict[str, Text] | None = None
    required: bool = True
    show_if: Expression | None = None
    formula: Expression | None = None
    score: str | None = None
    """Set by the loader on items that an instrument computes: ``instrument.score``."""

    @model_validator(mode="after")
    def _consistent(self) -> Item:
        if self.type == "choice" and not self.codes:
            raise ValueError("a choice needs codes")
        if self.type == "decimal" and self.precision is None:
            raise ValueError("a decimal needs a precision, the number of decimals")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError("the range runs backwards")
        return self

    @property
    def derived(self) -> bool:
        """Whether the value is computed, never entered."""
        return self.formula is not None or self.score is not None


class InstrumentUse(Part):
    """An instrument in a form. Each of its scores becomes a derived item of that name.

    A part is answered by the item of the same name; a required part without one becomes an item.
    ``parts`` answers a part by an expression over items of the form instead (``male: sex ==
    "M"``). ``settings`` choose among the instrument's published versions.
    """

    name: str
    parts: dict[str, Expression] = Field(default={})
    settings: dict[str, str | int] = Field(default={})


class Form(Part):
    """A set of items filled in together."""

    title: Text
    items: tuple[Item, ...] = ()
    instruments: tuple[InstrumentUse, ...] = ()


MONTH_H = 365.25 / 12 * 24


class Visit(Part):
    """A planned moment and the forms due at it.

    ``screening`` visits come before randomization. ``treatment`` visits are on local ``day``
    (0 = the day the study treatment starts) at ``at``, within ``window_h`` hours either side.
    ``follow-up`` visits are ``month`` months after that day, within ``window_d`` days.
    """

    visit: Name
    title: Text
    phase: Literal["screening", "treatment", "follow-up"]
    by: Role
    forms: tuple[Name, ...]
    day: int | None = None
    at: time | None = None
    window_h: Positive | None = None
    month: Annotated[int, Field(ge=1)] | None = None
    window_d: Positive | None = None
    mode: Literal["in person", "bedside", "telephone", "post", "online"] = "in person"

    @model_validator(mode="after")
    def _timed(self) -> Visit:
        timed = {
            "screening": True,
            "treatment": None not in (self.day, self.at, self.window_h),
            "follow-up": None not in (self.month, self.window_d),
        }[self.phase]
        if not timed:
            raise ValueError(
                "a treatment visit needs day, at and window_h; a follow-up visit month and window_d"
            )
        return self

    @property
    def planned_h(self) -> float | None:
        """The hours from the beginning of day 0 to this visit as planned, None at screening."""
        if self.month is not None:
            return self.month * MONTH_H
        if self.day is None or self.at is None:
            return None
        return self.day * 24 + self.at.hour + self.at.minute / 60


class AdverseEventTerm(Part):
    """A term of the protocol's own list of expected adverse events."""

    term: Text
    organ_system: str


# --- rehearsal ------------------------------------------------------------------------------

Distribution = dict[str, Any]
"""One generator of a value; its keys are checked in :mod:`equipoise.protocol.check`.

``{normal: [mean, sd]}``, ``{lognormal: [median, cv]}``, ``{chance: p}``, ``{logistic: lp}``,
``{choice: {code: p, …}}``, ``{constant: x}``, ``{rounded: x}``, ``{uniform: [low, high]}``; any
number may be an expression over values drawn before. ``missing: p`` leaves the value out with
probability p; ``clip: [low, high]`` bounds it. The item's own range always bounds it.
"""


class Recruitment(Part):
    """When people arrive and how many are asked."""

    starts_on: date
    per_week: Annotated[float, Field(gt=0)]
    consent: Annotated[float, Field(gt=0, le=1)]


class PainProcess(Part):
    """Latent pain at rest, 0 to 10, at t hours after the pump starts.

    ``start * exp(-t / fading_h) + noise(t) + effect - relief * Ce / (Ce + ce50)``, where noise is
    an Ornstein-Uhlenbeck process (``noise_sd``, ``noise_time_h``), ``effect`` what the bag's
    supplements do, Ce the effect-site concentration of the opioid ``drug``, and for
    ``rebound_h`` hours after the pump stops ``rebound`` is added. All numbers or expressions
    over the person's covariates.
    """

    start: float | Expression
    fading_h: float | Expression
    noise_sd: float | Expression
    noise_time_h: float | Expression
    drug: Name
    relief: float | Expression
    ce50_ng_ml: float | Expression
    rebound: float | Expression
    rebound_h: float | Expression


class DemandProcess(Part):
    """Presses of the button: a Gompertz hazard of time, pain and night (Juul 2016).

    ``per_h * exp(-t / fading_h) * exp(pain_slope * (pain - 5)) * (night at night)``; each demand
    is followed by impatient presses, their number geometric with ``again``, their gaps
    exponential with mean ``gap_min``.
    """

    per_h: float | Expression
    fading_h: float | Expression
    pain_slope: float
    night: Annotated[float, Field(ge=0, le=1)]
    night_from: time
    night_to: time
    again: Annotated[float, Field(ge=0, lt=1)]
    gap_min: Annotated[float, Field(gt=0)]


class AdverseEventChance(Part):
    """How often an adverse event is simulated, and when."""

    term: str
    chance: float | Expression
    median_h: float
    severe: Annotated[float, Field(ge=0, le=1)] = 0.0
    serious: Annotated[float, Field(ge=0, le=1)] = 0.0


class Attrition(Part):
    """How people leave: withdrawal or loss before a follow-up visit, at random given covariates."""

    withdraws: float | Expression
    lost: float | Expression
    visit_missed: float | Expression = 0.0


class Rehearsal(Part):
    """The virtual world in which the protocol is rehearsed. Each number is an assumption.

    ``covariates`` are drawn in order: those named as items of screening forms are recorded,
    the others stay hidden. ``forms`` says how each further form's items come about. ``effects``
    are what a drug in the bag adds to the named channels (``effect_<channel>`` in expressions).
    ``not_treated`` randomized people never start; ``slips`` is the share of forms with a number
    entered wrongly and corrected the next morning.
    """

    participants: Annotated[int, Field(ge=2)] | None = None
    recruitment: Recruitment | None = None
    allocation_annex: dict[str, Any] = Field(default={})
    not_treated: Annotated[int, Field(ge=0)] = 0
    slips: Annotated[float, Field(ge=0, le=1)] = 0.0
    covariates: dict[Name, Distribution] = Field(default={})
    forms: dict[Name, dict[Name, Distribution]] = Field(default={})
    pain: PainProcess | None = None
    demand: DemandProcess | None = None
    effects: dict[Name, dict[Name, float]] = Field(default={})
    adverse_events: tuple[AdverseEventChance, ...] = ()
    attrition: Attrition | None = None


class Scenario(Part):
    """A named change of the rehearsal: dotted paths into ``rehearsal`` and their new values."""

    title: Text
    set: dict[str, Any] = Field(default={})


# --- the whole ------------------------------------------------------------------------------


class Body(Part):
    """Which items hold what dosing and pharmacokinetics depend on."""

    weight_kg: Name = "weight_kg"
    height_cm: Name = "height_cm"
    age_y: Name = "age_y"
    sex: Name = "sex"
    male: str = "M"


class Site(Part):
    """Where the trial is run; ``zone`` is an IANA time zone."""

    name: Text
    zone: str


class Protocol(Part):
    """Everything a trial needs to run. See DESIGN: the protocol is data.

    A study that ``extends`` another inherits its arms, mixtures, pump, allocation and masking;
    ``parent`` is that study's protocol, resolved by the loader.
    """

    study: Annotated[str, Field(pattern=r"^[A-Z]{2,}[A-Z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    effective_on: date
    title: Text
    extends: str | None = None
    site: Site | None = None
    arms: dict[Name, Arm] = Field(default={})
    mixtures: dict[Name, Mixture] = Field(default={})
    pump: Pump | None = None
    allocation: Allocation | None = None
    masking: Masking | None = None
    body: Body = Body()
    consent_version: str
    eligibility: tuple[Criterion, ...]
    forms: dict[Name, Form] = Field(default={})
    schedule: tuple[Visit, ...] = ()
    adverse_events: tuple[AdverseEventTerm, ...] = ()
    populations: dict[Name, Population] = Field(default={})
    endpoints: dict[Name, Endpoint] = Field(default={})
    multiplicity: tuple[Multiplicity, ...] = Field(default=(), exclude_if=unsaid)
    planning: tuple[Planning, ...] = Field(default=(), exclude_if=unsaid)
    monitoring: Monitoring | None = Field(default=None, exclude_if=unsaid)
    assumptions: tuple[Assumption, ...] = ()
    rehearsal: Rehearsal | None = None
    scenarios: dict[Name, Scenario] = Field(default={})
    parent: Protocol | None = Field(default=None, exclude=True, repr=False)

    def lineage(self) -> tuple[Protocol, ...]:
        """Return this protocol and those it extends, the first one first."""
        return (*(self.parent.lineage() if self.parent else ()), self)

    @property
    def root(self) -> Protocol:
        """Return the randomized study at the start of the lineage."""
        return self.lineage()[0]

    def visits(self) -> Iterator[Visit]:
        """Iterate over the visits of the lineage, in schedule order."""
        for protocol in self.lineage():
            yield from protocol.schedule

    def visit(self, name: str) -> Visit:
        """Return the visit ``name`` of the lineage; raise KeyError when there is none."""
        return next((v for v in self.visits() if v.visit == name), None) or _absent(name)

    def form(self, name: str) -> Form:
        """Return the form ``name`` of the lineage; raise KeyError when there is none."""
        return self.all_forms()[name]

    def all_forms(self) -> dict[str, Form]:
        """Return the forms of the lineage by name."""
        return {name: form for p in self.lineage() for name, form in p.forms.items()}

    def all_endpoints(self) -> dict[str, Endpoint]:
        """Return the endpoints of the lineage by name, this study's own last."""
        return {name: e for p in self.lineage() for name, e in p.endpoints.items()}

    def all_populations(self) -> dict[str, Population]:
        """Return the analysis sets of the lineage by name."""
        return {name: s for p in self.lineage() for name, s in p.populations.items()}


def _absent(name: str) -> Visit:
    raise KeyError(name)
