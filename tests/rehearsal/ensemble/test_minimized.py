"""Trials that minimize: the arms that conduct's allocator gives, and what an ensemble refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from equipoise.conduct.allocation import allocation_of
from equipoise.errors import InputError, Refused
from equipoise.ledger import MemoryStore
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Form, Item, Stratum
from equipoise.rehearsal.ensemble.minimized import minimized
from equipoise.rehearsal.ensemble.program import compile_program
from equipoise.rehearsal.ensemble.simulate import simulate
from equipoise.rehearsal.ensemble.uses.trials import question, with_slots
from equipoise.rehearsal.run import rehearse
from equipoise.views.dataset import build
from tests.rehearsal.ensemble.test_equal import same, same_estimates
from tests.rehearsals.hip import known
from tests.rehearsals.knee import nothing

SEED, FIRST, TRIALS, PEOPLE = 2**63 + 41, 7, 12, 24


@pytest.fixture(scope="module")
def hip() -> Iterator[Loaded]:
    with known() as loaded:
        yield loaded


@pytest.mark.parametrize("place", [0, 4, 11])
def test_a_trial_is_the_one_that_conduct_minimizes(hip: Loaded, place: int) -> None:
    program = compile_program(hip, "plain", PEOPLE, everything=True)
    block = simulate(program, SEED, FIRST, TRIALS)
    conducted = rehearse(hip, MemoryStore(), SEED, "plain", PEOPLE, nothing, trial=FIRST + place)
    assert conducted.state.opened is not None
    opened = {(each.stratum, each.slot): each.arm for each in conducted.state.opened.slots}
    data = build(program.protocol, conducted.participants.by_number, opened)
    same(block, place, conducted, data)
    same_estimates(block, place, data)
    strata = {p.stratum for p in conducted.participants.by_number.values() if p.randomized}
    assert {program.strata[each] for each in np.unique(block.stratum)} == strata


def test_blocks_and_threads_do_not_change_the_arms(hip: Loaded) -> None:
    program = compile_program(hip, "plain", PEOPLE)
    whole = simulate(program, SEED, FIRST, TRIALS, 2)
    later = simulate(program, SEED, FIRST + 5, 3)
    np.testing.assert_array_equal(whole.arm[5:8], later.arm)
    assert len({tuple(arms) for arms in whole.arm}) == TRIALS


def test_both_factors_are_balanced(hip: Loaded) -> None:
    program = compile_program(hip, "plain", 48, everything=True)
    block = simulate(program, SEED, 0, 40)
    for factor in program.factors:
        values = block.baseline[factor]
        for code in np.unique(values):
            mine = values == code
            more, less = ((mine & (block.arm == arm)).sum(axis=1) for arm in (0, 1))
            # A draw by 2:1 alone leaves a standard deviation of more than 5, of 14 to 28 people.
            assert np.std(more - 2 * less) < 3, (factor, code)
            assert abs(np.mean(more - 2 * less)) < 1, (factor, code)


def test_a_larger_trial_has_a_larger_stock(hip: Loaded) -> None:
    asked = question(hip, seed=5)
    assert with_slots(asked, 20) is asked
    assert allocation_of(with_slots(asked, 91).protocol).length == 3 * (34 + 10)
    assert replace(with_slots(asked, 91), participants=91).power(0, 3).n == 3


def test_kits_that_do_not_suffice_are_said_with_the_trial(hip: Loaded) -> None:
    length = allocation_of(compile_program(hip, "plain").protocol).length
    with pytest.raises(Refused, match="the kits that are left") as caught:
        simulate(compile_program(hip, "plain", length), SEED, FIRST, 1)
    assert caught.value.problem.where == f"trial {FIRST}"


def test_more_combinations_than_can_be_told_apart_are_refused(hip: Loaded) -> None:
    program = compile_program(hip, "plain", PEOPLE)
    protocol = program.protocol
    kind = {"type": "choice", "codes": {"no": "No", "yes": "Yes"}, "label": "Factor"}
    items = [Item.model_validate({"id": f"factor_{n}", **kind}) for n in range(15)]
    form = Form.model_validate({"title": "Factors", "items": items})
    strata = tuple(Stratum(item=item.id) for item in items)
    allocation = allocation_of(protocol).model_copy(update={"strata": strata})
    many = protocol.model_copy(
        update={"allocation": allocation, "forms": {**protocol.forms, "factors": form}}
    )
    codes = np.zeros((1, PEOPLE), np.int16)
    with pytest.raises(InputError, match="32768 combinations"):
        minimized(replace(program, protocol=many), SEED, 0, codes)
    fewer = allocation.model_copy(update={"strata": strata[1:]})
    program = replace(program, protocol=many.model_copy(update={"allocation": fewer}))
    assert set(np.unique(minimized(program, SEED, 0, codes))) == {0, 1}
