from __future__ import annotations

import inspect
import pickle

import pytest

from equipoise.conduct._card import Arm, Card, card_text, read_card
from equipoise.errors import Problem
from equipoise.rules.allocation.secrecy import Secret
from tests.refusal import refusal
from tests.rules.allocation import twin

NONCE = bytes(range(64, 96))
ARMS = ("treated", "control group")
CARD = Card("NCT00000001", "中心=一, sex=f", 12, Arm(1), Secret(NONCE))
TEXT = """equipoise allocation card 1
trial: NCT00000001
stratum: 中心=一, sex=f
slot: 12
arm: 1 control group
nonce: 40414243 44454647 48494a4b 4c4d4e4f 50515253 54555657 58595a5b 5c5d5e5f
"""


def _known(card: Card) -> tuple[object, ...]:
    return card.trial, card.stratum, card.slot, card.arm.reveal(), card.nonce.reveal()


def test_the_commitment_is_the_twins() -> None:
    stated = twin.slot_commitment("NCT00000001", "中心=一, sex=f", 12, 1, NONCE)
    assert CARD.commitment() == stated


def test_everything_on_the_card_is_committed_to() -> None:
    different = [
        Card("NCT00000002", CARD.stratum, 12, Arm(1), Secret(NONCE)),
        Card(CARD.trial, "sex=f", 12, Arm(1), Secret(NONCE)),
        Card(CARD.trial, CARD.stratum, 13, Arm(1), Secret(NONCE)),
        Card(CARD.trial, CARD.stratum, 12, Arm(0), Secret(NONCE)),
        Card(CARD.trial, CARD.stratum, 12, Arm(1), Secret(bytes(32))),
    ]
    assert len({card.commitment() for card in [CARD, *different]}) == 6


def test_the_content_is_the_arm_in_one_byte_and_the_nonce() -> None:
    assert CARD.content().reveal() == b"\x01" + NONCE
    made = Card.from_content(CARD.trial, CARD.stratum, CARD.slot, CARD.content())
    assert _known(made) == _known(CARD)


def test_the_card_is_printed_and_read() -> None:
    assert card_text(CARD, ARMS) == TEXT
    assert _known(read_card(TEXT, ARMS)) == _known(CARD)
    assert read_card(TEXT, ARMS).commitment() == CARD.commitment()


def test_the_first_arm_is_printed_and_read_as_well() -> None:
    card = Card(CARD.trial, CARD.stratum, 0, Arm(0), Secret(NONCE))
    assert "\nslot: 0\narm: 0 treated\n" in card_text(card, ARMS)
    assert _known(read_card(card_text(card, ARMS), ARMS)) == _known(card)


def test_line_breaks_and_spaces_around_lines_do_not_matter() -> None:
    typed = "\n" + TEXT.replace("\n", " \r\n ") + "\n"
    assert _known(read_card(typed, ARMS)) == _known(CARD)


@pytest.mark.parametrize("line", range(6))
def test_a_card_without_one_of_its_lines_is_refused(line: int) -> None:
    lines = TEXT.splitlines()
    del lines[line]
    assert refusal(read_card, "\n".join(lines), ARMS) == Problem(
        "card",
        "the text is not a card as it was printed",
        "Copy all six lines exactly as they stand on the card.",
    )


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("card 1", "card 2"),
        ("slot: 12", "slot: -1"),
        ("slot: 12", "slot: 1234567"),
        ("slot: 12", "slot: twelve"),
        ("40414243 ", ""),
        ("40414243", "4041424O"),
        ("5c5d5e5f", "5c5d5e5f 00000000"),
        ("5c5d5e5f", "5c5d5e5f\nend"),
    ],
)
def test_a_mistyped_card_is_refused(printed: str, typed: str) -> None:
    problem = refusal(read_card, TEXT.replace(printed, typed), ARMS)
    assert problem.what == "the text is not a card as it was printed"


@pytest.mark.parametrize("arm", ["0 control group", "1 treated", "2 control group", "256 x"])
def test_number_and_code_of_the_arm_belong_together(arm: str) -> None:
    assert refusal(read_card, TEXT.replace("1 control group", arm), ARMS) == Problem(
        "card",
        "number and code of the arm do not belong together",
        "Copy the line 'arm' exactly as it stands on the card.",
    )


def test_a_card_shows_its_place_and_not_its_arm() -> None:
    shown = f"{CARD} {inspect.getmembers(CARD)}"
    assert "slot=12, arm=sealed, nonce=sealed" in shown
    assert NONCE.hex() not in shown
    assert repr(NONCE)[2:-1] not in shown
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        pickle.dumps(CARD)
    assert read_card(TEXT, ARMS) != CARD  # cards are not compared by what they hold
