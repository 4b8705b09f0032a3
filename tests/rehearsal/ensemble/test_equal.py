"""An ensemble's trial is the trial that conduct rehearses, person by person."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import numpy as np
import pytest

from equipoise.analysis.endpoints import estimate, estimate_ensemble
from equipoise.analysis.exposure import components, concentration_ug_ml, flow
from equipoise.chance import Chance
from equipoise.conduct.trial import Trial
from equipoise.errors import Refused
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug
from equipoise.infusion.pharmacokinetics import Course
from equipoise.ledger import MemoryStore
from equipoise.protocol.load import Loaded, load_study
from equipoise.rehearsal.draw import Draw
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.program import Program, compile_program
from equipoise.rehearsal.ensemble.rows import facts_of
from equipoise.rehearsal.ensemble.simulate import simulate
from equipoise.rehearsal.run import rehearse
from equipoise.views.dataset import Dataset, build
from equipoise.views.participants import Participant
from tests.rehearsals.knee import study


@cache
def loaded(name: str) -> Loaded:
    return study(name) if name.startswith("KNEE") else load_study(name)


def told(
    name: str, scenario: str, seed: int, trial: int, participants: int | None
) -> tuple[Trial, Dataset]:
    """Rehearse through conduct, and return the trial and its dataset."""
    conducted = rehearse(
        loaded(name),
        MemoryStore(),
        seed,
        scenario,
        participants,
        lambda what, done: None,
        trial=trial,
    )
    assert conducted.state.opened is not None
    opened = {(s.stratum, s.slot): s.arm for s in conducted.state.opened.slots}
    protocol = loaded(name).protocol
    assert protocol is not None
    return conducted, build(protocol, conducted.participants.by_number, opened)


def same(block: Block, k: int, conducted: Trial, data: Dataset) -> None:
    """Compare trial ``k`` of a block with a dataset, person by person."""
    program = block.program
    everybody = conducted.participants.by_number
    people = sorted(
        (p for p in everybody.values() if p.randomized),
        key=lambda person: person.randomization or 0,
    )
    assert [f"P{n:04d}" for n in block.person[k]] == [p.number for p in people]
    arms = data.arms()
    assert [program.arms[a] for a in block.arm[k]] == [arms[p.number] for p in people]
    assert block.screened[k] == len(everybody)
    root = program.studies[0]
    assert block.refused[k] == sum(root in p.declined for p in everybody.values())
    assert block.ineligible[k] == sum(p.eligible.get(root) is False for p in everybody.values())
    measured = {person.number for person in people[::7]}
    rows = {row["participant"]: row for row in data.participants.iter_rows(named=True)}
    values = {
        (row["participant"], row["visit"], row["form"], row["item"]): row
        for row in data.values.iter_rows(named=True)
    }
    for i, person in enumerate(people):
        number, row = person.number, rows[person.number]
        where = f"{number} of trial {block.first + k}"
        assert block.treated[k, i] == row["treated"], where
        for item, column in block.baseline.items():
            same_value(program, item, column[k, i], row[item], where)
        for (visit, form, item), column in block.answers.items():
            found = values.get((number, visit, form, item))
            expected = None if found is None else found["value"]
            same_value(program, item, column[k, i], expected, f"{where} {visit} {item}")
        for name in program.studies:
            assert block.lost[name][k, i] == (name in person.lost), where
            assert block.declined[name][k, i] == (name in person.declined), where
            assert block.withdrawn[name][k, i] == (name in person.withdrawn), where
        for name in program.studies[1:]:
            assert block.enrolled[name][k, i] == row[f"enrolled_{name}"], where
        if person.pump is not None:
            presses = person.pump.presses
            assert block.demands[k, i] == len(presses), where
            assert block.delivered[k, i] == len(person.pump.boluses), where
            for reason, count in block.denied.items():
                assert count[k, i] == sum(p.denied == reason for p in presses), (where, reason)
            assert block.bags[k, i] == len(person.pump.bags), where
            assert block.infused_ml[k, i] == np.float32(float(person.pump.infused_ml or 0)), where
            if person.number in measured:
                same_drugs(block, k, i, person)
        had = {event.term for _, event in person.adverse_events}
        listed = {
            term
            for term, has in zip(program.adverse_events, block.adverse_events[k, i], strict=True)
            if has
        }
        assert listed == had, where


def same_value(program: Program, item_id: str, value: float, expected: object, where: str) -> None:
    if expected is None:
        assert math.isnan(value), (where, item_id, value)
        return
    item = next(
        item
        for form in program.protocol.all_forms().values()
        for item in form.items
        if item.id == item_id
    )
    if item.type == "choice":
        expected = list(item.codes or ()).index(str(expected))
    elif expected in ("True", "False"):
        expected = expected == "True"
    assert value == np.float32(
        float(str(expected)) if not isinstance(expected, bool) else expected
    ), (where, item_id, value, expected)


def same_drugs(block: Block, k: int, i: int, person: Participant) -> None:
    """Compare doses and highest concentrations with what the pump's log gives, step by step."""
    protocol, known = block.program.protocol, person.at_randomization
    arm, body, pump = block.program.arms[block.arm[k, i]], protocol.root.body, protocol.root.pump
    assert pump is not None
    assert person.pump is not None
    weight, age, height = (
        float(str(known[name])) for name in (body.weight_kg, body.age_y, body.height_cm)
    )
    sex: Literal["female", "male"] = "male" if known[body.sex] == body.male else "female"
    who = Covariates(weight, age, height, sex)
    draw = Draw(Chance(block.seed, block.first + k), int(block.person[k, i]))
    in_bag = {each.drug: each for each in components(protocol, arm)}
    for name in block.program.drugs:
        dose, peak = float(block.dose_ug[name][k, i]), float(block.peak_ng_ml[name][k, i])
        if name not in in_bag:
            assert (dose, peak) == (0.0, 0.0), name
            continue
        per_ml = concentration_ug_ml(protocol, arm, in_bag[name], who.weight_kg)
        assert dose == pytest.approx(float(person.pump.infused_ml or 0) * per_ml, rel=1e-6), name
        normals = [draw.normal(f"pk {name}", place) for place in range(len(PARAMETERS))]
        course = Course(drug(name).individual(who, normals))
        stepped = highest(course, list(flow(person.pump, float(pump.bolus_rate_ml_h))), per_ml)
        assert stepped <= peak * (1 + 1e-6), name  # steps may miss the summit, never pass it
        assert stepped == pytest.approx(peak, rel=1e-3), name


def highest(course: Course, flows: list[tuple[float, float]], ug_per_ml: float) -> float:
    """Return the highest effect-site concentration at steps of a quarter of a minute."""
    found = now = 0.0
    for until, rate_ml_h in flows:
        end = until if math.isfinite(until) else now + 180.0  # then nothing rises any more
        while now < end:
            now = min(now + 0.25, end)
            course.advance(now, rate_ml_h / 60.0 * ug_per_ml)
            found = max(found, course.effect())
    return found


def same_estimates(block: Block, k: int, data: Dataset) -> None:
    """Compare the planned comparisons of every endpoint, in the block and in the dataset."""
    protocol = block.program.protocol
    facts = facts_of(block, protocol)
    for name in protocol.all_endpoints():
        told = {each.visit: each for each in estimate_ensemble(protocol, facts, name)}
        try:
            found = estimate(protocol, data, name)
        except Refused:  # an arm has nothing to analyse
            assert any(np.isnan(np.asarray(each.estimate.value)[k]) for each in told.values()), name
            continue
        assert [each.visit for each in found] == list(told)
        for result in found:
            one, all_of = result.estimate, told[result.visit].estimate
            for part in ("value", "low", "high", "p_value"):
                value, values = getattr(one, part), getattr(all_of, part)
                np.testing.assert_allclose(
                    values[k], value, rtol=1e-9, atol=1e-12, err_msg=f"{name} {part}"
                )


QUICK = [
    ("NCT04791059", "hoped", 20),
    ("NCT05718544", "null", 20),
    ("KNEE-PCA", "painful", 16),
    ("KNEE-LATER", "plain", 24),
]
SLOW = [
    ("NCT04791059", "published", 24),
    ("NCT04791059", "null", 20),
    ("NCT04791059", "heavy_use", 20),
    ("NCT05718544", "published", 24),
    ("NCT05718544", "hoped", 24),
    ("NCT05718544", "heavy_use", 20),
    ("KNEE-PCA", "plain", 24),
    ("KNEE-PCA", "useless", 16),
]
CASES = [*QUICK, *(pytest.param(*each, marks=pytest.mark.slow) for each in SLOW)]


@pytest.mark.parametrize(("name", "scenario", "participants"), CASES)
def test_a_trial_is_the_one_that_conduct_rehearses(
    name: str, scenario: str, participants: int
) -> None:
    program = compile_program(loaded(name), scenario, participants, everything=True)
    seed = sum(map(ord, name + scenario)) * 7919
    block = simulate(program, seed, 3, 3)
    conducted, data = told(name, scenario, seed, 4, participants)
    same(block, 1, conducted, data)
    same_estimates(block, 1, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["NCT04791059", "NCT05718544"])
def test_a_trial_of_full_size_is_the_one_that_conduct_rehearses(name: str) -> None:
    block = simulate(compile_program(loaded(name), "published"), 2023, 0, 4)
    conducted, data = told(name, "published", 2023, 3, None)
    same(block, 3, conducted, data)
