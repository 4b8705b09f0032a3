"""The ward: the bag that the pharmacist made, the pump that runs on it, and who presses when.

What is in the bag is known to the pharmacist who opened the slot, and to the body. The arm is
never asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from equipoise.conduct import dose
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug
from equipoise.infusion.pump import Delivered, Program, Pump
from equipoise.protocol import parts
from equipoise.rehearsal.body import Body, Relief
from equipoise.rehearsal.person import Person
from equipoise.rehearsal.stage import Stage

MIN_PER_H = 60.0
COUNTER_ML = Decimal("0.01")  # what the pump's display resolves
RESERVE_BOLUSES, RESERVE_BACKGROUND_H = 2, 1  # with so much left the nurse hangs the next bag


@dataclass(frozen=True, slots=True)
class Bag:
    """A prepared bag: its kit code, its volume, and micrograms per ml of each drug in it."""

    kit: str
    volume_ml: float
    ug_per_ml: dict[str, float]


def prepare_bag(stage: Stage, person: Person, kit: str) -> Bag:
    """Have the pharmacist open the person's slot and mix the bag; only the bag remembers."""
    sheet = dose.worksheet_for(stage.trial, person.number, stage.pharmacy_key)
    study, pharmacist = stage.protocol.root.study, stage.cast.pharmacist
    dose.prepare(stage.trial, pharmacist, study, person.number, kit, sheet)
    contents = {line.drug: float(line.ug_per_ml) for line in sheet.lines}
    return Bag(kit, float(sheet.volume_ml), contents)


class Treatment:
    """A participant on the study pump, from its start to its stop.

    ``started_at`` is on the site's clock.
    """

    def __init__(self, stage: Stage, person: Person, bag: Bag) -> None:
        """Hang ``bag`` and start the pump now; plan the presses, the next bag and the stop."""
        program = dose.program_of(stage.trial)
        dose.start_pump(
            stage.trial, stage.cast.nurse, stage.protocol.root.study, person.number, bag.kit,
            program.bolus_ml, program.lockout_min, program.background_ml_h,
        )  # fmt: skip
        self.person = person
        self.started_at = stage.now()
        self._started = stage.clock.now()
        self._stage = stage
        self._pump = Pump(Program.of(program))
        self._pump.start(0.0)
        self._stop_min = round(float(program.duration_h) * 3600) / 60
        self._reserve_ml = reserve_ml(program)
        person.known.update(stage.world.felt(set(bag.ug_per_ml)))
        self._body = self._connect(bag)
        self.plan(self._stop_min, self._stop)
        self._plan_candidate()
        self._plan_next_bag()

    def _connect(self, bag: Bag) -> Body:
        opioid = self._stage.world.pain.drug
        normals = [self.person.draw.normal(f"pk {opioid}", i) for i in range(len(PARAMETERS))]
        model = drug(opioid).individual(_covariates(self._stage.protocol, self.person), normals)
        relief = Relief(model, bag.ug_per_ml.get(opioid, 0.0))
        world, known = self._stage.world, self.person.known
        return Body(
            world.pain, world.demand, known, self.person.draw, self._pump, relief, self.started_at
        )

    # --- time -------------------------------------------------------------------------------

    def minutes(self) -> float:
        """Return the minutes since the pump started, whatever the wall clock did meanwhile."""
        return (self._stage.clock.now() - self._started).total_seconds() / 60

    def pain(self) -> float:
        """Return the latent pain at rest now, 0 to 10."""
        return self._body.pain(self.minutes())

    def plan(self, t_min: float, act: Callable[[], None]) -> None:
        """Plan ``act`` at ``t_min`` after the start, to the second."""
        self._stage.agenda.at(self._started + timedelta(seconds=round(t_min * 60)), act)

    # --- the patient ------------------------------------------------------------------------

    def _plan_candidate(self) -> None:
        candidate_min = self._body.next_candidate()
        if candidate_min < self._stop_min and next_second(candidate_min) < self._stop_min:
            t_min = next_second(candidate_min)
            self.plan(t_min, partial(self._maybe_press, t_min))

    def _maybe_press(self, t_min: float) -> None:
        """Press the button if the pain asks for it, and again if impatient."""
        if self._body.presses(t_min):
            self._press(t_min)
            later = t_min
            for gap in self._body.impatient():
                later = next_second(later + max(gap, 1 / 60))
                if later < self._stop_min:
                    self.plan(later, partial(self._press, later))
        self._plan_candidate()

    def _press(self, t_min: float) -> None:
        """Press; the pump decides, and its log goes into the ledger."""
        stage, number = self._stage, self.person.number
        trial, nurse, study = stage.trial, stage.cast.nurse, stage.protocol.root.study
        answer, at = self._pump.press(t_min), stage.clock.now()
        if isinstance(answer, Delivered):
            dose.delivered(trial, nurse, study, number, _shown(answer.volume_ml), at)
            self._plan_next_bag()
        else:
            dose.denied(trial, nurse, study, number, answer.reason, at)

    # --- the nurse --------------------------------------------------------------------------

    def _plan_next_bag(self) -> None:
        """Have the nurse come when only the reserve is left; every bolus brings that forward."""
        due = self._low_at(self.minutes())
        if due is not None:
            self.plan(next_second(due), self._look_at_bag)

    def _low_at(self, now_min: float) -> float | None:
        """Return when only the reserve is left if nobody presses; None if the pump stops first."""
        spare_ml = self._pump.remaining_ml(now_min) - self._reserve_ml
        if spare_ml <= 0:
            return now_min
        for flow in self._pump.flows(now_min, self._stop_min):
            if flow.volume_ml >= spare_ml:
                return flow.start_min + spare_ml / (flow.rate_ml_h / MIN_PER_H)
            spare_ml -= flow.volume_ml
        return None

    def _look_at_bag(self) -> None:
        """Hang the slot's next kit if only the reserve is left; there are two replacements."""
        now_min = self.minutes()
        left_ml = self._pump.remaining_ml(now_min)
        if now_min >= self._stop_min or left_ml > self._reserve_ml + float(COUNTER_ML):
            return
        stage, number = self._stage, self.person.number
        person = stage.trial.participant(number)
        unused = [kit for kit in dose.kits_of(stage.trial, person) if kit not in person.prepared]
        if not unused:
            return
        bag = prepare_bag(stage, self.person, unused[0])
        infused_ml = _shown(self._pump.infused_ml(now_min))
        study, nurse = stage.protocol.root.study, stage.cast.nurse
        dose.replace_bag(stage.trial, nurse, study, number, bag.kit, infused_ml)
        self._pump.refill(now_min, bag.volume_ml)
        self._plan_next_bag()

    def _stop(self) -> None:
        """Take the pump down at the end of its time."""
        self._pump.stop(self._stop_min, "completed")
        self._body.pump_stopped(self._stop_min)
        stage, infused_ml = self._stage, _shown(self._pump.infused_ml(self._stop_min))
        dose.stop_pump(
            stage.trial, stage.cast.nurse, stage.protocol.root.study, self.person.number,
            "completed", infused_ml,
        )  # fmt: skip


def reserve_ml(program: parts.Pump) -> float:
    """Return the volume that must be left for the pump not to run dry while the nurse comes."""
    boluses = RESERVE_BOLUSES * program.bolus_ml
    return float(boluses + RESERVE_BACKGROUND_H * program.background_ml_h)


def next_second(t_min: float) -> float:
    """Return the first whole second after ``t_min``, in minutes."""
    return (int(t_min * 60) + 1) / 60


def _shown(volume_ml: float) -> Decimal:
    return Decimal(str(volume_ml)).quantize(COUNTER_ML)


def _covariates(protocol: parts.Protocol, person: Person) -> Covariates:
    body = protocol.root.body
    return Covariates(
        weight_kg=float(person.known[body.weight_kg]),
        age_y=float(person.known[body.age_y]),
        height_cm=float(person.known[body.height_cm]),
        sex="male" if person.known[body.sex] == body.male else "female",
    )
