"""The same bits however the trials are divided, and plain words where an ensemble cannot go."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble import simulate as blocks
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.program import Program, compile_program
from equipoise.rehearsal.ensemble.simulate import simulate
from tests.rehearsals.knee import study

SEED, TRIALS = 2**63 + 5, 7


@cache
def program() -> Program:
    return compile_program(study("KNEE-LATER"), "plain", 12)


def arrays(value: Any, name: str = "") -> dict[str, np.ndarray]:
    """Return every array of a block, by name."""
    if isinstance(value, np.ndarray):
        return {name: value}
    if isinstance(value, dict):
        return {
            k: v for key, each in value.items() for k, v in arrays(each, f"{name} {key}").items()
        }
    return {}


def everything(block: Block) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for each in fields(block):
        found |= arrays(getattr(block, each.name), each.name)
    return found


def test_any_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = everything(simulate(program(), SEED, 0, TRIALS))
    monkeypatch.setattr(blocks, "PEOPLE_AT_ONCE", 24)
    for threads in (1, 2, 3):
        together = everything(simulate(program(), SEED, 0, TRIALS, threads))
        assert together.keys() == alone.keys()
        for name, array in alone.items():
            np.testing.assert_array_equal(together[name], array, err_msg=name)


def test_any_split_into_blocks_gives_the_same_bits() -> None:
    whole = everything(simulate(program(), SEED, 0, TRIALS))
    for first, trials in ((0, 3), (3, 1), (4, 3)):
        part = everything(simulate(program(), SEED, first, trials))
        for name, array in whole.items():
            np.testing.assert_array_equal(part[name], array[first : first + trials], err_msg=name)


@pytest.mark.parametrize("below", [0, 1, 3])
def test_peaks_are_found_below_a_trial_and_all_else_is_the_same(below: int) -> None:
    whole = everything(simulate(program(), SEED, 0, 3))
    found = everything(simulate(program(), SEED, 0, 3, peaks_below=below))
    for name, array in whole.items():
        if name.startswith("peak_ng_ml"):
            np.testing.assert_array_equal(found[name][:below], array[:below], err_msg=name)
            assert np.isnan(found[name][below:]).all()
            assert not np.isnan(array).any()
        else:
            np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_a_change_is_made_where_the_path_is() -> None:
    none = compile_program(study("KNEE-LATER"), "plain", 12, {"attrition.lost": 0.0})
    block = simulate(none, SEED, 0, TRIALS)
    assert block.lost["KNEE-PCA"].any()  # the parent's own number is as it was
    assert not block.lost["KNEE-LATER"].any()


def test_an_unknown_path_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"demand\.per_h"):
        compile_program(study(), "plain", 12, {"demand.per_hour": 1.0})


def test_more_people_than_slots_are_refused() -> None:
    with pytest.raises(InputError, match="slots"):
        compile_program(study(), "plain", 100_000)


def test_too_few_who_are_willing_end_the_screening() -> None:
    nobody = compile_program(study(), "plain", 4, {"recruitment.consent": 1e-9})
    with pytest.raises(InputError, match="willing and eligible"):
        simulate(nobody, SEED, 0, 1)


def test_calls_that_may_change_places_are_refused() -> None:
    loaded = study()
    assert loaded.protocol is not None
    schedule = [
        visit.model_copy(update={"window_d": 200}) if visit.visit == "month3" else visit
        for visit in loaded.protocol.schedule
    ]
    protocol = loaded.protocol.model_copy(update={"schedule": tuple(schedule)})
    with pytest.raises(InputError, match="month3"):
        compile_program(replace(loaded, protocol=protocol), "plain", 12)


def test_an_answer_that_some_never_gave_is_refused_where_it_is_read() -> None:
    loaded = study()
    plain = loaded.protocol
    assert plain is not None
    rehearsal = plain.rehearsal
    assert rehearsal is not None
    attrition = rehearsal.attrition
    assert attrition is not None
    forms = {**rehearsal.forms, "call": {"stiff": {"rounded": {"normal": ["knee_pain", 1]}}}}

    def compiled(missed: float) -> Program:
        reading = rehearsal.model_copy(
            update={
                "forms": forms,
                "attrition": attrition.model_copy(update={"visit_missed": missed}),
            }
        )
        protocol = plain.model_copy(update={"rehearsal": reading})
        return compile_program(replace(loaded, protocol=protocol), "plain", 12, everything=True)

    with pytest.raises(InputError, match="reads `knee_pain`, which those who missed visit"):
        compiled(0.05)
    assert compiled(0.0).participants == 12
