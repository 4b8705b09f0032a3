"""The life of one virtual participant, and the staff who meet them.

Everything is done by calling ``conduct`` as the staff of a real trial do. The arm is never asked
for: the participant feels what is in the bag, and the bag holds what the pharmacist put in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

from equipoise.conduct import capture, dose, randomise, screen
from equipoise.conduct.trial import Staff
from equipoise.errors import InputError
from equipoise.events.types import AdverseEventReported, Value
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug
from equipoise.infusion.pump import Delivered, Program, Pump
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import AdverseEventChance, Form, Protocol, Visit
from equipoise.rehearsal.body import Body, Relief
from equipoise.rehearsal.draw import Draw, Drawn, as_known, as_recorded, number
from equipoise.rehearsal.stage import Stage

HOUR = timedelta(hours=1)
REFILL_BELOW_ML = 5.0  # the nurse asks for the next bag when so little is left
ML = Decimal("0.01")


class Life:
    """Virtual person ``n`` (from 1), from the screening list to the last telephone call."""

    def __init__(self, stage: Stage, n: int) -> None:
        """Draw the person's covariates; nothing has happened yet."""
        self.stage = stage
        self.n = n
        self.number = f"P{n:04d}"
        self.draw = Draw(stage.chance, n)
        self.study = stage.protocol.root.study
        self.screening: dict[str, Value] = {}
        self.known: dict[str, float | str | bool] = {}
        self.items = {
            item.id: item
            for visit in stage.protocol.root.schedule
            if visit.phase == "screening"
            for form in visit.forms
            for item in stage.protocol.form(form).items
        }
        for name, how in stage.world.covariates.items():
            self._take(name, self.draw.value(how, self.known, f"covariate {name}"))
        self.started_at: datetime | None = None

    def _take(self, name: str, drawn: Drawn) -> None:
        if name in self.items:
            self.screening[name] = as_recorded(self.items[name], drawn)
            self.known[name] = as_known(self.screening[name])
        else:
            self.known[name] = 0.0 if drawn is None else drawn

    # --- screening and randomization --------------------------------------------------------

    def arrive(self) -> None:
        """Come to the ward the day before surgery: screening, consent, verdict, slot."""
        trial, cast = self.stage.trial, self.stage.cast
        if self.stage.full():
            return
        fingerprint = hashlib.sha256(f"virtual person {self.n}".encode()).hexdigest()
        screen.screen(trial, cast.investigator, self.study, self.number, fingerprint)
        for visit in self.stage.protocol.root.schedule:
            if visit.phase == "screening":
                self._fill_in_screening(visit)
        if self.draw.uniform("consent") >= self.stage.world.recruitment.consent:
            screen.decline(trial, cast.investigator, self.study, self.number, "does not wish to")
            return
        screen.consent(trial, cast.investigator, self.study, self.number, "zh")
        if not screen.assess(trial, cast.investigator, self.study, self.number).eligible:
            return
        slot = randomise.randomise(trial, cast.investigator, self.study, self.number)
        tomorrow = self._local(self._now().date() + timedelta(days=1), 0.0)
        if self.stage.never_treated():
            self.stage.agenda.at(tomorrow + 7 * HOUR, self.leave_before_treatment)
            return
        self.stage.agenda.at(tomorrow + 9 * HOUR, partial(self.prepare_bag, slot.kit))
        start = tomorrow + (13.0 + 5.0 * self.draw.uniform("surgery ends")) * HOUR
        self.stage.agenda.at(start, partial(self.start_pump, slot.kit))

    def _fill_in_screening(self, visit: Visit) -> None:
        for form in visit.forms:
            definition = self.stage.protocol.form(form)
            values = {
                item.id: self.screening.get(item.id)
                for item in definition.items
                if not item.derived
            }
            capture.record_form(
                self.stage.trial, self.stage.cast.of(visit.by), self.study, self.number,
                visit.visit, form, values,
            )  # fmt: skip

    def leave_before_treatment(self) -> None:
        """Withdraw from treatment after randomization, before the pump."""
        capture.withdraw(
            self.stage.trial, self.stage.cast.investigator, self.study, self.number,
            "treatment", "surgery was postponed",
        )  # fmt: skip

    # --- the pump ---------------------------------------------------------------------------

    def prepare_bag(self, kit: str) -> None:
        """Have the pharmacist open the slot and mix the bag; only the bag remembers."""
        trial, cast = self.stage.trial, self.stage.cast
        sheet = dose.worksheet_for(trial, self.number, self.stage.pharmacy_key)
        dose.prepare(trial, cast.pharmacist, self.study, self.number, kit, sheet)
        self.in_bag = {line.drug: line for line in sheet.lines}

    def start_pump(self, kit: str) -> None:
        """Hang the bag after surgery and start; plan all that follows from it."""
        trial, cast, world = self.stage.trial, self.stage.cast, self.stage.world
        program = dose.program_of(trial)
        dose.start_pump(
            trial, cast.nurse, self.study, self.number, kit,
            program.bolus_ml, program.lockout_min, program.background_ml_h,
        )  # fmt: skip
        self.started_at = self._now()
        self.pump = Pump(Program.of(program))
        self.pump.start(0.0)
        self.known |= world.felt(set(self.in_bag))
        opioid = world.pain.drug
        relief = Relief(
            drug(opioid).individual(self._covariates(), self._normals(opioid)),
            float(self.in_bag[opioid].ug_per_ml) if opioid in self.in_bag else 0.0,
        )
        self.body = Body(
            world.pain, world.demand, self.known, self.draw, self.pump, relief, self.started_at
        )
        self.stop_min = float(program.duration_h) * 60
        self._plan(self.stop_min, self.stop_pump)
        self._plan_candidate(0.0)
        self._plan_bag_check()
        self._plan_visits(self.stage.protocol.root)
        self._plan_adverse_events()

    def _covariates(self) -> Covariates:
        body = self.stage.protocol.root.body
        return Covariates(
            weight_kg=float(self.known[body.weight_kg]),
            age_y=float(self.known[body.age_y]),
            height_cm=float(self.known[body.height_cm]),
            sex="male" if self.known[body.sex] == body.male else "female",
        )

    def _normals(self, name: str) -> list[float]:
        return [self.draw.normal(f"pk {name}", index) for index in range(len(PARAMETERS))]

    def _plan_candidate(self, after_min: float) -> None:
        t_min = _whole_seconds(self.body.next_candidate(after_min))
        if t_min < self.stop_min:
            self._plan(t_min, partial(self.maybe_press, t_min))

    def maybe_press(self, t_min: float) -> None:
        """Press the button if the pain asks for it, impatiently perhaps."""
        if self.body.presses(t_min):
            self.press(t_min)
            later = t_min
            for gap in self.body.impatient():
                later = _whole_seconds(later + max(gap, 1 / 60))
                if later < self.stop_min:
                    self._plan(later, partial(self.press, later))
        self._plan_candidate(t_min)

    def press(self, t_min: float) -> None:
        """Press; the pump decides, and its log goes into the ledger."""
        answer = self.pump.press(t_min)
        trial, nurse = self.stage.trial, self.stage.cast.nurse
        at = self.stage.clock.now()
        if isinstance(answer, Delivered):
            volume = Decimal(str(answer.volume_ml)).quantize(ML)
            dose.delivered(trial, nurse, self.study, self.number, volume, at)
            self._plan_bag_check()
        else:
            dose.denied(trial, nurse, self.study, self.number, answer.reason, at)

    def _plan_bag_check(self) -> None:
        """Plan the nurse's next bag for when little is left, if that is before the end."""
        rate_ml_h = float(dose.program_of(self.stage.trial).background_ml_h)
        now_min = self._minutes()
        left_ml = self.pump.remaining_ml(now_min) - REFILL_BELOW_ML
        if rate_ml_h > 0 or left_ml <= 0:
            due = now_min + max(left_ml, 0.0) / max(rate_ml_h, 1e-9) * 60
            if due < self.stop_min:
                self._plan(_whole_seconds(due), self.check_bag)

    def check_bag(self) -> None:
        """Replace a bag that is nearly empty by the slot's next kit, prepared the same way."""
        trial, cast = self.stage.trial, self.stage.cast
        now_min = self._minutes()
        if self.pump.remaining_ml(now_min) > REFILL_BELOW_ML + 0.01:
            return
        person = trial.participant(self.number)
        used = set(person.prepared)
        kit = next((kit for kit in dose.kits_of(trial, person) if kit not in used), None)
        if kit is None:
            return
        self.prepare_bag(kit)
        infused = Decimal(str(self.pump.infused_ml(now_min))).quantize(ML)
        dose.replace_bag(trial, cast.nurse, self.study, self.number, kit, infused)
        self.pump.refill(now_min, float(dose.program_of(trial).reservoir_ml))
        self._plan_bag_check()

    def stop_pump(self) -> None:
        """Take the pump down at the end of its time."""
        self.pump.stop(self.stop_min, "completed")
        self.body.stopped_min = self.stop_min
        infused = Decimal(str(self.pump.infused_ml(self.stop_min))).quantize(ML)
        dose.stop_pump(
            self.stage.trial, self.stage.cast.nurse, self.study, self.number, "completed", infused
        )

    # --- visits -----------------------------------------------------------------------------

    def _plan_visits(self, protocol: Protocol) -> None:
        for index, visit in enumerate(protocol.schedule):
            if visit.phase == "treatment":
                self.stage.agenda.at(self._visit_time(visit, index), partial(self.visit, visit))

    def _visit_time(self, visit: Visit, index: int) -> datetime:
        assert self.started_at is not None
        day0 = self.started_at.astimezone(self._zone()).date()
        jitter = self.draw.uniform(f"time of visit {visit.visit}", index) - 0.5
        if visit.phase == "follow-up":
            due = self._local(_months_later(day0, visit.month or 0), 10.0 + 8.0 * (jitter + 0.5))
            return due + jitter * float(visit.window_d or 0) * 24 * HOUR
        assert visit.day is not None
        assert visit.at is not None
        hours = visit.at.hour + visit.at.minute / 60
        planned = self._local(day0 + timedelta(days=visit.day), hours)
        planned += jitter * float(visit.window_h or 0) * HOUR
        return max(planned, self.started_at + timedelta(minutes=10))

    def visit(self, visit: Visit, study: str | None = None) -> None:
        """Meet the person who records the visit, or miss them."""
        study = study or self.study
        attrition = self.stage.world.attrition.get(study)
        index = self.stage.visit_index[visit.visit]
        staff = self.stage.cast.of(visit.by)
        missed = number(attrition.visit_missed, self.known) if attrition else 0.0
        if self.draw.uniform("visit missed", index) < missed:
            capture.miss_visit(
                self.stage.trial, staff, study, self.number, visit.visit, "not on the ward"
            )
            return
        self._feel_now()
        for form in visit.forms:
            self._fill_in(visit, form, study, staff, index)

    def _feel_now(self) -> None:
        """Let the forms of this moment know pain and hours; both are 0 without a pump."""
        t_min = self._minutes()
        on_ward = self.started_at is not None and t_min < 14 * 24 * 60
        self.known["hours"] = t_min / 60
        self.known["pain"] = self.body.pain(t_min) if on_ward else 0.0

    def _fill_in(self, visit: Visit, form: str, study: str, staff: Staff, index: int) -> None:
        definition = self.stage.protocol.form(form)
        values = self._answers(definition, self.stage.world.forms.get(form, {}), form, index)
        slip = self._slip(definition, values, form, index)
        capture.record_form(
            self.stage.trial, staff, study, self.number, visit.visit, form, values | slip
        )
        if slip:
            seq = self.stage.trial.participant(self.number).forms[visit.visit, form].seq
            right = {item: values[item] for item in slip}
            self.stage.agenda.at(
                self._now() + 12 * HOUR, partial(self._put_right, staff, study, seq, right)
            )

    def _answers(
        self, form: Form, how: Mapping[str, Mapping[str, object]], name: str, index: int
    ) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for item in form.items:
            if item.derived or item.id not in how:
                continue
            if item.show_if and not parse(item.show_if).decide(values):
                self.known[item.id] = 0.0
                continue
            drawn = self.draw.value(dict(how[item.id]), self.known, f"{name} {item.id}", index)
            values[item.id] = as_recorded(item, drawn)
            self.known[item.id] = as_known(values[item.id])
        return values

    def _slip(
        self, form: Form, values: Mapping[str, Value], name: str, index: int
    ) -> dict[str, Value]:
        """Return one number entered wrongly, now and then: the digit next to the right one."""
        if self.draw.uniform(f"slip {name}", index) >= self.stage.world.slips:
            return {}
        for item in form.items:
            value = values.get(item.id)
            if item.type == "integer" and item.range and isinstance(value, int):
                return {item.id: value + 1 if value < item.range[1] else value - 1}
        return {}

    def _put_right(self, staff: Staff, study: str, seq: int, right: dict[str, Value]) -> None:
        for item, value in right.items():
            capture.correct(
                self.stage.trial, staff, study, self.number, seq, item, value,
                "typing error found against the paper note",
            )  # fmt: skip

    def _plan_adverse_events(self) -> None:
        for index, event in enumerate(self.stage.world.adverse_events):
            if self.draw.uniform("adverse event", index) < number(event.chance, self.known):
                after = event.median_h * 2 ** self.draw.normal("adverse event time", index)
                self._plan(min(after, 120.0) * 60, partial(self.suffer, event, index))

    def suffer(self, event: AdverseEventChance, index: int) -> None:
        """Have an adverse event, which the nurse reports at its onset."""
        listed = {item.term.en: item for item in self.stage.protocol.root.adverse_events}
        if event.term not in listed:
            raise InputError(
                f"adverse event '{event.term}'",
                "is simulated but not in the protocol's list of terms",
                "Add it to adverse_events.",
            )
        grade = self.draw.uniform("adverse event grade", index)
        serious = self.draw.uniform("adverse event serious", index) < event.serious
        severity: Literal["mild", "moderate", "severe"] = (
            "severe" if grade < event.severe else "moderate" if grade < 0.3 else "mild"
        )
        now = self.stage.clock.now()
        lasts = self.draw.exponential("adverse event lasts", index) * 8 * HOUR
        report = AdverseEventReported(
            term=event.term,
            organ_system=listed[event.term].organ_system,
            severity=severity,
            serious=serious,
            related="possible",
            outcome="recovered",
            ended_at=(now + lasts).replace(microsecond=0),
        )
        capture.report_adverse_event(
            self.stage.trial, self.stage.cast.nurse, self.study, self.number, report, now
        )

    # --- follow-up --------------------------------------------------------------------------

    def plan_follow_up(self, protocol: Protocol) -> None:
        """Plan the calls of a study that extends the randomized one."""
        for index, visit in enumerate(protocol.schedule):
            when = self._visit_time(visit, index)
            self.stage.agenda.at(when, partial(self.call, protocol, visit))

    def call(self, protocol: Protocol, visit: Visit) -> None:
        """Answer the assessor's call, decline, or be out of reach."""
        trial, assessor = self.stage.trial, self.stage.cast.of(visit.by)
        study = protocol.study
        person = trial.participant(self.number)
        attrition = self.stage.world.attrition.get(study)
        if attrition and study not in person.consents:
            if self.draw.uniform(f"lost {study}") < number(attrition.lost, self.known):
                capture.lose(trial, assessor, study, self.number, 5, "does not answer")
                return
            if self.draw.uniform(f"withdraws {study}") < number(attrition.withdraws, self.known):
                screen.decline(trial, assessor, study, self.number, "does not wish to")
                return
        if study not in person.consents:
            screen.consent(trial, assessor, study, self.number, "zh")
            verdict = screen.assess(trial, self.stage.cast.investigator, study, self.number)
            if verdict.eligible:
                screen.enrol(trial, assessor, study, self.number)
        if study in trial.participant(self.number).enrolled:
            self.visit(visit, study)

    # --- time -------------------------------------------------------------------------------

    def _zone(self) -> ZoneInfo:
        return self.stage.zone

    def _now(self) -> datetime:
        return self.stage.clock.now().astimezone(self._zone())

    def _local(self, day: date, hours: float) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone())
        return midnight + hours * HOUR

    def _minutes(self) -> float:
        assert self.started_at is not None
        return (self._now() - self.started_at).total_seconds() / 60

    def _plan(self, t_min: float, act: partial[None] | object) -> None:
        assert self.started_at is not None
        when = self.started_at + timedelta(seconds=round(t_min * 60))
        self.stage.agenda.at(when, act)  # type: ignore[arg-type]


def _whole_seconds(t_min: float) -> float:
    """Return the first whole second after ``t_min``, in minutes."""
    return (int(t_min * 60) + 1) / 60


def _months_later(day: date, months: int) -> date:
    """Return the same day of the month ``months`` later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
