from __future__ import annotations

import json
from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.chance import SeededEntropy
from equipoise.conduct._allocator import Allocator, Request, Stock, Taken, verify_assignments
from equipoise.conduct._keys import new_reader_key
from equipoise.conduct._seal import open_all
from equipoise.conduct._sealed_list import SealedList
from equipoise.errors import InputError, Problem, Refused
from tests.conduct.ceremony import Ceremony
from tests.conduct.stock import FACTORS, KEYS, OLD, YOUNG, filled, stocked
from tests.refusal import refusal

SEALED = stocked()
ROBOT = KEYS["robot"]
STOCK = Stock(SEALED, ROBOT)
PEOPLE = st.fixed_dictionaries({name: st.sampled_from(codes) for name, codes in FACTORS.items()})
BALANCED_99 = 10.8  # chi-square, 1 degree of freedom, exceeded by one list in a thousand


def _asks(taken: list[Taken], factors: dict[str, str]) -> bytes:
    return Request(taken=tuple(taken), factors=factors).model_dump_json().encode()


def _says(answer: bytes) -> Any:
    return json.loads(answer)


def _arms(sealed: SealedList) -> list[int]:
    return [card.arm.reveal() for card in open_all(sealed, ROBOT)]


# --- the stock ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (1, 1, 2)])
def test_the_stock_holds_the_ratio_exactly(ratio: tuple[int, ...]) -> None:
    counts = Counter(_arms(stocked(36, ratio)))
    assert [counts[arm] for arm in range(len(ratio))] == [36 * w // sum(ratio) for w in ratio]


def test_a_list_in_order_has_no_allocator() -> None:
    room = Ceremony()
    problem = refusal(Stock, room.seal(), room.keys[0])
    assert problem.what == "participants take its slots in order, without an allocator"


def test_another_readers_key_does_not_allocate() -> None:
    assert refusal(Stock, SEALED, KEYS["pharmacy"]).what == "is not the allocator's"
    stranger = new_reader_key("robot", SeededEntropy(2, "robot"))
    assert refusal(Stock, SEALED, stranger).what == "no box of this list is sealed to it"


# --- the assignment -------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.lists(PEOPLE, max_size=25))
def test_no_kit_is_given_twice_and_all_can_be_replayed(people: list[dict[str, str]]) -> None:
    taken = filled(STOCK, people)
    assert len({each.slot for each in taken}) == len(people)
    assert filled(Stock(SEALED, ROBOT), people) == taken
    assert verify_assignments(SEALED, ROBOT, taken) == []


def test_a_slot_that_was_not_named_is_found_after_the_lock() -> None:
    taken = filled(STOCK, [YOUNG, OLD] * 4)
    used = {each.slot for each in taken}
    other = next(n for n in range(40) if n not in used)
    taken[-1] = Taken(slot=other, factors=OLD)
    (problem,) = verify_assignments(SEALED, ROBOT, taken)
    assert problem.where == "randomization 8"
    assert problem.what == f"slot {other} is not the one that the allocator names"


def test_factors_changed_after_the_fact_are_found() -> None:
    taken = filled(STOCK, [YOUNG, OLD] * 4)
    taken[0] = Taken(slot=taken[0].slot, factors=OLD)
    assert verify_assignments(SEALED, ROBOT, taken)


def test_a_different_question_has_an_unrelated_answer() -> None:
    """Otherwise equal answers would tell which participants have the same arm."""
    base = filled(STOCK, [YOUNG] * 6)
    kits = {
        STOCK.assign(Request(taken=tuple(base), factors={"sex": sex, "age": age})).kit
        for sex in FACTORS["sex"]
        for age in FACTORS["age"]
    }
    assert len(kits) > 1


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1)])
def test_factors_are_far_better_balanced_than_by_chance(ratio: tuple[int, ...]) -> None:
    """Imbalance by 48 participants, against the weights, summed over the codes of all factors."""
    draw = SeededEntropy(5, "people").bytes(96)
    people = [
        {"sex": "fm"[draw[2 * n] % 2], "age": FACTORS["age"][draw[2 * n + 1] % 4 // 3]}
        for n in range(48)
    ]
    minimized, complete = 0.0, 0.0
    for seed in range(12):
        sealed = stocked(96, ratio, seed)
        arms = _arms(sealed)
        minimized += _imbalance(
            ratio, people, [arms[t.slot] for t in filled(Stock(sealed, ROBOT), people)]
        )
        complete += _imbalance(ratio, people, arms[:48])
    assert minimized < complete / 2


def _imbalance(ratio: tuple[int, ...], people: list[dict[str, str]], arms: list[int]) -> float:
    total = 0.0
    for name, codes in FACTORS.items():
        for code in codes:
            counts = Counter(
                arm for arm, one in zip(arms, people, strict=True) if one[name] == code
            )
            shares = [counts[arm] / weight for arm, weight in enumerate(ratio)]
            total += max(shares) - min(shares)
    return total


def test_slots_tell_nothing_of_arm_or_order() -> None:
    """Over many lists the first participants' slots are spread evenly, in either arm."""
    low: Counter[tuple[int, bool]] = Counter()
    rising = 0
    for seed in range(150):
        sealed = stocked(20, seed=seed)
        arms, taken = _arms(sealed), filled(Stock(sealed, ROBOT), [YOUNG] * 4)
        low.update((arms[each.slot], each.slot < 10) for each in taken)
        rising += taken[0].slot < taken[1].slot
    expected = 600 / 4
    table = [low[arm, half] for arm in (0, 1) for half in (False, True)]
    assert sum((n - expected) ** 2 / expected for n in table) < 16.3  # 3 degrees, 0.001
    assert (rising - 75) ** 2 / 37.5 < BALANCED_99


def test_the_choice_among_the_kits_of_an_arm_is_uniform() -> None:
    slots: Counter[int] = Counter()
    for seed in range(200):
        sealed = stocked(4, seed=seed)
        arms, slot = _arms(sealed), filled(Stock(sealed, ROBOT), [YOUNG])[0].slot
        kin = [n for n in range(4) if arms[n] == arms[slot]]
        slots[kin.index(slot)] += 1
    assert (slots[0] - 100) ** 2 / 50 < BALANCED_99


def test_an_arm_without_kits_refuses_without_naming_it() -> None:
    """All kits of one arm went to old men; a young woman's coin is fair, and often needs one."""
    sealed = stocked(8)
    stock, arms = Stock(sealed, ROBOT), _arms(sealed)
    told = set()
    for arm in (0, 1):
        gone = [Taken(slot=slot, factors=OLD) for slot in range(8) if arms[slot] == arm]
        answers = [_named(stock, list(order)) for order in permutations(gone)]
        refused = [each for each in answers if isinstance(each, Problem)]
        assert 0 < len(refused) < len(answers)
        assert {arms[each] for each in answers if isinstance(each, int)} == {1 - arm}
        told.update(refused)
    assert told == {
        Problem(
            "allocation",
            "the kits that are left do not suffice for this participant",
            "Seal a further list; nobody is randomized until then.",
        )
    }


def _named(stock: Stock, taken: list[Taken]) -> int | Problem:
    try:
        return stock.assign(Request(taken=tuple(taken), factors=YOUNG)).slot
    except Refused as error:
        return error.problem


# --- the process's answers ------------------------------------------------------------------------


def test_an_answer_is_a_kit_of_constant_length_and_never_an_arm() -> None:
    allocator, taken = Allocator(STOCK), list[Taken]()
    slots = {slot.kit: slot.slot for slot in SEALED.slots}
    lengths = set()
    for number in range(20):
        factors = [YOUNG, OLD][number % 2]
        answer = allocator.answer(_asks(taken, factors))
        lengths.add(len(answer))
        assert set(_says(answer)) == {"kit"}
        taken.append(Taken(slot=slots[_says(answer)["kit"]], factors=factors))
    assert lengths == {len('{"kit":"34567896"}')}
    assert taken == filled(STOCK, [YOUNG, OLD] * 10)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"taken": []}',
        b'{"taken": [], "factors": {"sex": 1, "age": "old"}}',
        b'{"taken": [], "factors": {}, "arm": 1}',
        b'{"taken": [], "factors": {"sex": "f"}}',
        b'{"taken": [], "factors": {"sex": "x", "age": "old"}}',
        _asks([Taken(slot=99, factors=OLD)], OLD),
        _asks([Taken(slot=-1, factors=OLD)], OLD),
        _asks([Taken(slot=1, factors=OLD)] * 2, OLD),
    ],
)
def test_a_malformed_request_is_answered_and_the_next_one_too(line: bytes) -> None:
    allocator = Allocator(STOCK)
    answer = allocator.answer(line)
    assert b"\n" not in answer
    assert set(_says(answer)["error"]) == {"where", "what", "todo"}
    assert set(_says(allocator.answer(_asks([], YOUNG)))) == {"kit"}


def test_the_same_question_has_the_same_answer_also_after_a_restart() -> None:
    taken = filled(STOCK, [YOUNG, OLD, OLD])
    one, other = Allocator(STOCK), Allocator(Stock(SEALED, ROBOT))
    answer = one.answer(_asks(taken, OLD))
    assert one.answer(_asks(taken, OLD)) == answer == other.answer(_asks(taken, OLD))


def test_a_course_that_this_allocator_did_not_take_is_not_answered() -> None:
    invented = filled(STOCK, [YOUNG] * 2)
    invented[1] = Taken(slot=(invented[1].slot + 1) % 40, factors=YOUNG)
    said = _says(Allocator(STOCK).answer(_asks(invented, YOUNG)))["error"]
    assert said["what"] == "those before are not as this allocator named them"


def test_a_second_course_is_not_answered() -> None:
    allocator = Allocator(STOCK)
    allocator.answer(_asks(filled(STOCK, [YOUNG]), OLD))
    assert "error" in _says(allocator.answer(_asks(filled(STOCK, [OLD]), OLD)))
    assert "kit" in _says(allocator.answer(_asks([], OLD)))  # it only came late


def test_answers_that_nobody_uses_run_out() -> None:
    allocator, people = Allocator(STOCK), [YOUNG] * 26
    taken = filled(STOCK, people)
    codes = [{"sex": s, "age": a} for s in FACTORS["sex"] for a in FACTORS["age"]]
    answers = [
        _says(allocator.answer(_asks(taken[:n], who))) for n in range(26, -1, -1) for who in codes
    ]
    assert [("kit" in answer) for answer in answers] == [True] * 100 + [False] * 8
    assert answers[-1]["error"]["what"] == "100 answers were not used"


def test_answers_that_are_used_do_not_count() -> None:
    sealed = stocked(240)
    stock, allocator = Stock(sealed, ROBOT), Allocator(Stock(sealed, ROBOT))
    taken = filled(stock, [YOUNG] * 120)
    assert all("kit" in _says(allocator.answer(_asks(taken[:n], YOUNG))) for n in range(120))


def test_the_rule_is_bound_by_the_publication() -> None:
    lines = SEALED.to_bytes().replace(b'"probability":"0.8"', b'"probability":"0.9"', 1)
    with pytest.raises(InputError, match="does not fit its digest"):
        SealedList.from_bytes(lines)
