"""Some trials side by side in one thread: the generated loops, and the ward between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.chance import purpose_number
from equipoise.errors import Broken, InputError, Refused
from equipoise.infusion.drug import PARAMETERS
from equipoise.kernels.ward import BODY, REASONS, ward
from equipoise.protocol.derive import derive
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.body import MIN_PER_H
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.calendar import DAY_S
from equipoise.rehearsal.ensemble.decimals import all_entered, as_number, judged
from equipoise.rehearsal.ensemble.expressions import Column
from equipoise.rehearsal.ensemble.keeping import (
    exponentials,
    keep_answers,
    keep_truths,
    leave_out,
    shown,
    take,
    uniforms,
)
from equipoise.rehearsal.ensemble.lives import ON_WARD_S
from equipoise.rehearsal.ensemble.minimized import minimized
from equipoise.rehearsal.ensemble.people import screening_items
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.recruits import Recruits
from equipoise.rehearsal.ensemble.sequence import sequences
from equipoise.rehearsal.ensemble.workspace import Workspace, place
from equipoise.rehearsal.recruitment import ARRIVALS_H, FIRST_ARRIVAL_H
from equipoise.rehearsal.run import SCREENED_MAX
from equipoise.rehearsal.stage import NOBODY

WEEK_D = 7

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Part:
    """Some of the block's trials, simulated side by side in one thread."""

    def __init__(self, program: Program, block: Block, at: int, trials: int) -> None:
        self.program = program
        self.block = block
        self.rows = slice(at, at + trials)
        self.trials = trials
        self.first = block.first + at
        self.key: tuple[Any, Any] = (np.uint64(block.seed % 2**32), np.uint64(block.seed // 2**32))

    def run(self) -> None:
        """Simulate, and write into the block."""
        people = self._recruit()
        arm = self._allocate(people.stratum)
        treated = self._treated()
        block, rows = self.block, self.rows
        block.person[rows], block.arm[rows] = people.person, arm
        block.stratum[rows], block.treated[rows] = people.stratum, treated
        block.screened[rows], block.refused[rows] = people.screened, people.refused
        block.ineligible[rows] = people.ineligible
        self._live(people, arm.ravel(), treated.ravel())

    # --- who comes --------------------------------------------------------------------------

    def _recruit(self) -> Recruits:
        wanted = self.program.participants
        batch = int(wanted * 1.6) + 16  # a second batch takes longer than some people too many
        found: list[tuple[Booleans, Booleans, NDArray[np.int16]]] = []
        came, enough = 0, False
        while not enough:
            if came > SCREENED_MAX * wanted:
                raise InputError(
                    "rehearsal",
                    f"fewer than {wanted} of {came} people screened were willing and eligible",
                    "Look at `consent` and the covariates that the criteria judge.",
                )
            found.append(self._screen(came + 1, batch))
            came += batch
            batch = int(wanted * 0.3) + 16
            entered = sum(eligible.sum(axis=1) for _, eligible, _ in found)
            enough = bool((np.asarray(entered) >= wanted).all())
        willing, eligible, stratum = (
            np.concatenate(each, axis=1) for each in zip(*found, strict=True)
        )
        people = Recruits.of(willing, eligible, stratum, wanted)
        if (people.screened > SCREENED_MAX * wanted).any():
            trial = int(np.argmax(people.screened))
            raise InputError(
                f"trial {self.first + trial}",
                f"needed {people.screened[trial]} people on the screening list for {wanted}",
                "Look at `consent` and the covariates that the criteria judge.",
            )
        return people

    def _screen(self, since: int, count: int) -> tuple[Booleans, Booleans, NDArray[np.int16]]:
        """Return who of ``count`` people from number ``since`` is willing, gets in, and where."""
        screening, shape = self.program.screening, (self.trials, count)
        trial = np.repeat(np.arange(self.first, self.first + self.trials, dtype=np.uint32), count)
        person = np.tile(np.arange(since, since + count, dtype=np.uint32), self.trials)
        c = Workspace.of(screening.rows, trial, person)
        screening.run(*self.key, c.trial, c.person, c.flat)
        willing = c.truths(screening.willing)
        eligible = c.truths(screening.eligible) & willing
        doubt = np.flatnonzero(c.truths(screening.doubt) & willing)
        protocol = self.program.protocol
        for i in doubt:
            eligible[i] = judged(protocol, protocol.root, screening.entries, c, int(i))
        stratum = self._strata(screening.entries, c, eligible)
        return willing.reshape(shape), eligible.reshape(shape), stratum.reshape(shape)

    def _strata(
        self, entries: Mapping[str, Column], c: Workspace, eligible: Booleans
    ) -> NDArray[np.int16]:
        """Return the place of each person's codes among all that the factors may have."""
        found = np.zeros(c.people, np.int16)
        items = screening_items(self.program.protocol) if self.program.factors else {}
        for factor in self.program.factors:
            codes = len(items[factor][2].codes or ())
            values = c.values(entries[factor])
            if np.isnan(values[eligible]).any():
                raise Refused(
                    "allocation",
                    f"'{factor}' decides the stratum and is not recorded for somebody eligible",
                    "Draw it without `missing`.",
                )
            found = found * np.int16(codes) + np.nan_to_num(values).astype(np.int16)
        return found

    # --- what they get ----------------------------------------------------------------------

    def _allocate(self, stratum: NDArray[np.int16]) -> NDArray[np.int8]:
        shared, wanted = self.program.sequence, self.program.participants
        if shared is None:
            arm = minimized(self.program, self.block.seed, self.first, stratum)
            stratum[:] = 0  # all take from one stock
            return arm
        length = min(wanted, shared.length)
        lists = sequences(shared, self.block.seed, self.first, self.trials, length)
        arm = np.empty(stratum.shape, np.int8)
        taken = take(lists, stratum, arm)
        if taken >= 0:
            raise Refused(
                f"trial {self.first + taken}",
                f"all {shared.length} slots of a stratum are taken",
                "Give the allocation more `length`, or fewer participants.",
            )
        return arm

    def _treated(self) -> Booleans:
        """Return who starts: all but those with the least numbers."""
        treated = np.ones((self.trials, self.program.participants), bool)
        leave = self.program.world.not_treated
        if leave > 0:
            drawn = np.empty(treated.shape)
            purpose = purpose_number("leaves before treatment")
            uniforms(*self.key, self.first, NOBODY, purpose, drawn)
            leave_out(drawn, leave, treated)
        return treated

    # --- how they live ----------------------------------------------------------------------

    def _live(self, people: Recruits, arm: NDArray[np.int8], treated: Booleans) -> None:
        program, lives = self.program, self.program.lives
        before = lives.before
        wanted = program.participants
        trial = np.repeat(np.arange(self.first, self.first + self.trials, dtype=np.uint32), wanted)
        person = np.ascontiguousarray(people.person.ravel())
        c = Workspace.of(lives.rows, trial, person)
        for i, channel in enumerate(sorted(before.effects)):
            c.fill(before.effects[channel], program.effects[arm, i])
        lives.before_pump(*self.key, c.trial, c.person, c.flat)
        for study, (eligible, doubt) in before.eligible.items():
            protocol = next(p for p in program.protocol.lineage() if p.study == study)
            for each in np.flatnonzero(c.truths(doubt)).tolist():
                by_rule = judged(program.protocol, protocol, before.people.entries, c, each)
                c.put(eligible, each, float(by_rule))
        used = self._pump(trial, person, arm, c, people)
        lives.after_pump(*self.key, c.trial, c.person, c.flat)
        self._write(c, treated, used)

    def _pump(
        self, trial: NDArray[np.uint32], person: NDArray[np.uint32], arm: NDArray[np.int8],
        c: Workspace, people: Recruits,
    ) -> dict[str, Any]:  # fmt: skip
        """Let everybody be on the pump, and write down what the looks find."""
        program, before = self.program, self.program.lives.before
        n, drugs = trial.size, len(program.drugs)
        read = _body_names(program.protocol)
        names = before.people.names
        known = {name: c.values(column) for name, column in names.items() if name in read}
        weight = known[program.protocol.root.body.weight_kg]
        ug_per_ml = program.bags.ug_per_ml(arm, weight)
        models = program.models.typical(*_covariates(program.protocol, names, known))
        for i, drug in enumerate(program.drugs):
            for parameter, spread in before.spread[drug].items():
                models[i, :, PARAMETERS.index(parameter)] *= c.values(spread)
        start = c.values(before.start_s).astype(np.int64)
        looks_s, change = self._seconds(start, people, c)
        body = self._body(c, start, change)
        out = _Used.of(n, len(before.looks), drugs)
        ward(
            *self.key, trial, person, body, models, ug_per_ml, looks_s, program.pump, out.pain,
            out.demands, out.delivered, out.denied, out.infused_ml, out.bags, out.peak, out.flag,
        )  # fmt: skip
        if out.flag.any():
            i = int(np.argmax(out.flag != 0))
            raise Broken(
                f"trial {trial[i]}, person {person[i]}",
                "the wish to press was above the bound under which candidates are drawn",
                "Report this; the numbers of this person cannot be used.",
            )
        out.pain[looks_s < 0] = 0.0
        c.fill_table(tuple(look.pain for look in before.looks), out.pain)
        return {"used": out, "ug_per_ml": ug_per_ml}

    def _body(self, c: Workspace, start: Counts, change: tuple[Any, Any]) -> Floats:
        """Return the columns that the ward wants of each body."""
        program, row = self.program, self.program.lives.before.body
        demand = program.world.demand

        def of(name: str) -> Any:
            return c.values(row[name])

        effect = self.program.lives.before.effects.get("effect_pain")
        columns = {
            "start": of("start"), "fading_min": of("fading_h") * MIN_PER_H,
            "noise_sd": of("noise_sd"), "noise_min": of("noise_time_h") * MIN_PER_H,
            "effect": 0.0 if effect is None else c.values(effect), "relief": of("relief"),
            "ce50_ng_ml": of("ce50_ng_ml"), "rebound": of("rebound"),
            "rebound_min": of("rebound_h") * MIN_PER_H, "per_min": of("per_h") / MIN_PER_H,
            "demand_fading_min": of("demand_fading_h") * MIN_PER_H,
            "pain_slope": demand.pain_slope, "night": demand.night,
            "night_from_s": _second(demand.night_from), "night_to_s": _second(demand.night_to),
            "again": demand.again, "gap_min": demand.gap_min, "started_s": start,
            "shift_at_s": change[0], "shift_s": change[1],
        }  # fmt: skip
        body = np.empty((c.people, len(BODY)))
        for i, name in enumerate(BODY):
            body[:, i] = columns[name]
        return body

    def _seconds(
        self, start: Counts, people: Recruits, c: Workspace
    ) -> tuple[Counts, tuple[Any, Any]]:
        """Return when each look is, after the start (-1: missed), and the clock's next change."""
        looks, zone = self.program.lives.before.looks, self.program.zone
        planned = c.table(tuple(look.planned for look in looks)).astype(np.int64)
        change: tuple[Any, Any] = (np.inf, 0.0)
        if zone.steady:
            seconds = planned - start[:, None]
        else:
            midnight = self._days(people) * DAY_S
            began = zone.to_utc(midnight + start)
            change = zone.next_change(began)
            seconds = zone.to_utc(midnight[:, None] + planned) - began[:, None]
        c.fill_table(tuple(look.second for look in looks), seconds.astype(float))
        missed = c.table(tuple(look.missed for look in looks)) != 0.0
        seconds[missed | (seconds >= ON_WARD_S)] = -1
        return seconds, change

    def _days(self, people: Recruits) -> Counts:
        """Return the day of surgery of everybody, in days from 1970-01-01."""
        program, zone = self.program, self.program.zone
        shape = (self.trials, int(people.screened.max()))
        waited, hour = np.empty(shape), np.empty(shape)
        uniforms(*self.key, self.first, NOBODY, purpose_number("arrival"), waited)
        exponentials(waited)
        uniforms(*self.key, self.first, NOBODY, purpose_number("arrival hour"), hour)
        days = (np.cumsum(waited, axis=1) * WEEK_D / program.world.recruitment.per_week).astype(
            np.int64
        )
        hours = FIRST_ARRIVAL_H + ARRIVALS_H * hour
        whole = np.trunc(hours)
        second = (whole * 3.6e9 + np.rint((hours - whole) * 3.6e9)) // 1e6
        opened = zone.first_day * DAY_S
        came = zone.to_utc((zone.first_day + days) * DAY_S + second.astype(np.int64))
        came = np.maximum.accumulate(np.maximum(came, opened), axis=1)
        chosen = np.take_along_axis(came, people.person.astype(np.int64) - 1, axis=1).ravel()
        return zone.to_local(chosen) // DAY_S + 1

    # --- what is kept -----------------------------------------------------------------------

    def _write(self, c: Workspace, treated: Booleans, used: dict[str, Any]) -> None:
        block, rows, lives = self.block, self.rows, self.program.lives
        after, before, shape = lives.after, lives.before, (self.trials, self.program.participants)
        out: _Used = used["used"]

        def kept(values: Any, nothing: Any = 0) -> Any:
            return np.where(treated, values, nothing).reshape(shape)

        for key, column in after.answers.items():
            keep_answers(c.flat, place(column), treated, block.answers[key][rows].reshape(-1))
        self._settle_doubts(c, treated)
        for name in self.program.baseline:
            block.baseline[name][rows] = c.values(before.baseline[name]).reshape(shape)
        for study in self.program.studies:
            for found, columns in (
                (block.lost, after.lost), (block.declined, after.declined),
                (block.withdrawn, after.withdrawn), (block.enrolled, after.enrolled),
            ):  # fmt: skip
                if study in columns:
                    keep_truths(
                        c.flat, place(columns[study]), treated, found[study][rows].reshape(-1)
                    )
        block.withdrawn[self.program.studies[0]][rows] |= ~treated.reshape(shape)
        had = block.adverse_events[rows].reshape(-1, len(before.adverse_events))
        for event, column in enumerate(before.adverse_events):
            keep_truths(c.flat, place(column), treated, had[:, event])
        block.demands[rows], block.delivered[rows] = kept(out.demands), kept(out.delivered)
        for i, reason in enumerate(REASONS):
            block.denied[reason][rows] = kept(out.denied[:, i])
        infused = shown(out.infused_ml)
        block.infused_ml[rows], block.bags[rows] = kept(infused), kept(out.bags)
        for i, drug in enumerate(self.program.drugs):
            nothing = 0.0 if self.program.pump.peaks != 0 else np.nan
            block.peak_ng_ml[drug][rows] = kept(out.peak[i], nothing)
            block.dose_ug[drug][rows] = kept(infused * used["ug_per_ml"][i])

    def _settle_doubts(self, c: Workspace, treated: Booleans) -> None:
        """Derive in decimals what rounding might have turned around."""
        after, protocol = self.program.lives.after, self.program.protocol
        participants, before = self.program.participants, self.program.lives.before
        for name, (form, doubt) in before.baseline_doubts.items():
            item = next(item for item in form.items if item.id == name)
            for i in np.flatnonzero(c.truths(doubt)):
                entered = all_entered(form, before.people.entries, c, int(i))
                at = (self.rows.start + i // participants, i % participants)
                self.block.baseline[name][at] = as_number(item, derive(form, entered)[name])
        for (visit, name), doubt in after.doubts.items():
            form, entries = protocol.form(name), after.entries[visit, name]
            kept = [item for item in form.items if (visit, name, item.id) in after.answers]
            for i in np.flatnonzero(c.truths(doubt) & treated):
                found = derive(form, all_entered(form, entries, c, int(i)))
                at = (self.rows.start + i // participants, i % participants)
                for item in kept:
                    self.block.answers[visit, name, item.id][at] = as_number(item, found[item.id])


@dataclass
class _Used:
    """What the ward writes."""

    pain: Floats
    demands: Counts
    delivered: Counts
    denied: Counts
    infused_ml: Floats
    bags: Counts
    peak: Floats
    flag: NDArray[np.uint8]

    @classmethod
    def of(cls, people: int, looks: int, drugs: int) -> _Used:
        """Make room for so many."""

        def counts(*shape: int) -> Counts:
            return np.zeros(shape, np.int64)

        return cls(
            np.zeros((people, looks)), counts(people), counts(people), counts(people, len(REASONS)),
            np.zeros(people), counts(people), np.zeros((drugs, people)), np.zeros(people, np.uint8),
        )  # fmt: skip


def _second(moment: Any) -> float:
    return float(moment.hour * 3600 + moment.minute * 60 + moment.second)


def _body_names(protocol: Protocol) -> set[str]:
    body = protocol.root.body
    return {body.weight_kg, body.age_y, body.height_cm, body.sex}


def _covariates(
    protocol: Protocol, names: Mapping[str, Column], known: Mapping[str, Floats]
) -> tuple[Any, ...]:
    """Return weight, age, height and whether male of everybody."""
    body = protocol.root.body
    codes = names[body.sex].codes
    male = float(codes.index(body.male)) if body.male in codes else -1.0
    return known[body.weight_kg], known[body.age_y], known[body.height_cm], known[body.sex] == male
