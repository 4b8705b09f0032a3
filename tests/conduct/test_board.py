"""Arms as letters, and the file that only the members of a monitoring board open."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chance import SeededEntropy
from equipoise.conduct._board import (
    PADDING_BYTES,
    lettered_slots,
    open_report,
    record_report,
    seal_report,
)
from equipoise.conduct._keys import Reader, new_reader_key
from equipoise.conduct._seal import open_all
from equipoise.conduct.disclose import readable
from equipoise.errors import Broken, InputError, Refused
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct.ward import BOARD, STATISTICIAN, Ward, study

KIM = new_reader_key("kim", SeededEntropy(1, "kim"))
LEE = new_reader_key("lee", SeededEntropy(1, "lee"))
STRANGER = new_reader_key("kim", SeededEntropy(1, "stranger"))
MEMBERS = [KIM.reader, LEE.reader]
PAGE = Secret(b"A 5/6, B 4/5")


def _sealed(page: Secret[bytes] = PAGE) -> bytes:
    return seal_report(page, "XX0001", MEMBERS, SeededEntropy(2, "report"))


def _letters_of(ward: Ward) -> dict[str, str]:
    """Return the letter of each arm, having made sure that it has only one."""
    slots = lettered_slots(ward.trial, ward.keys["board"]).reveal()
    sealed = ward.trial.sealed_list
    assert sealed is not None
    cards = open_all(sealed, ward.keys["board"])
    pairs = {(("balm", "salve")[c.arm.reveal()], slots[c.stratum, c.slot]) for c in cards}
    assert len(slots) == len(cards)
    assert len(pairs) == 2
    return dict(pairs)


def test_letters_stay_and_nothing_is_recorded(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path)).sealed()
    before = ward.kinds()
    first = _letters_of(ward)
    assert ward.kinds() == before
    assert sorted(first.values()) == ["A", "B"]
    ward.randomized("P1")
    assert _letters_of(ward) == first


def test_the_report_is_recorded_by_its_digest(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path))
    with pytest.raises(Refused, match="needs 'sealed' first"):
        record_report(ward.trial, BOARD, _sealed(), MEMBERS, 2)
    ward.sealed()
    with pytest.raises(Refused, match="may not record BoardReported"):
        record_report(ward.trial, STATISTICIAN, _sealed(), MEMBERS, 2)
    record_report(ward.trial, BOARD, _sealed(), MEMBERS, 2)
    said = list(readable(ward.trial, STATISTICIAN))[-1]
    assert said["kind"] == "BoardReported"
    assert said["content"] == {"members": ["kim", "lee"], "look": 2}
    own = list(readable(ward.trial, BOARD))[-1]
    assert own["content"]["report"] == sha256(_sealed()).hexdigest()


def test_letters_differ_between_lists(tmp_path: Path) -> None:
    found = set()
    for seed in range(12):
        ward = Ward(study(tmp_path))
        ward.entropy = ward.trial.entropy = SeededEntropy(seed, "another list")
        found.add(_letters_of(ward.sealed())["balm"])
    assert found == {"A", "B"}


def test_only_the_key_that_opens_gives_letters(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path))
    with pytest.raises(Refused, match="is not sealed yet"):
        lettered_slots(ward.trial, KIM)
    ward.sealed()
    with pytest.raises(InputError, match="is the key of 'pharmacy'"):
        lettered_slots(ward.trial, ward.keys["pharmacy"])
    stranger = new_reader_key("board", SeededEntropy(1, "stranger"))
    with pytest.raises(InputError, match="no box of this list is sealed to it"):
        lettered_slots(ward.trial, stranger)


@given(st.binary(max_size=200))
def test_every_member_reads_what_was_sealed(page: bytes) -> None:
    sealed = _sealed(Secret(page))
    assert [open_report(sealed, key).reveal() for key in (KIM, LEE)] == [page, page]


@pytest.mark.parametrize("size", [0, PADDING_BYTES - 8, PADDING_BYTES - 7, 3 * PADDING_BYTES])
def test_the_length_is_padded(size: int) -> None:
    sealed = _sealed(Secret(b"x" * size))
    assert open_report(sealed, KIM).reveal() == b"x" * size
    ciphertext = sealed.partition(b"\n")[2]
    assert (len(ciphertext) - 16) % PADDING_BYTES == 0  # 16: the authenticator
    assert len(ciphertext) - 16 - size >= 8
    assert len(ciphertext) - 16 - size < PADDING_BYTES + 8


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(InputError, match="the report is not sealed to it"):
        open_report(_sealed(), STRANGER)


def test_an_altered_report_is_refused() -> None:
    sealed = _sealed()
    first, _, ciphertext = sealed.partition(b"\n")
    for place in (0, 20, len(ciphertext) - 1):
        wrong = bytearray(ciphertext)
        wrong[place] ^= 1
        with pytest.raises(Broken, match="altered"):
            open_report(first + b"\n" + bytes(wrong), KIM)
    header = json.loads(first)
    for change in (
        {"trial": "XX0002"},
        {"nonce": "0" * 48},
        {"boxes": header["boxes"][::-1]},
        {"boxes": header["boxes"][:1]},
        {"boxes": ["00", "00"]},
        {"members": header["members"][:1], "boxes": header["boxes"][:1]},
    ):
        other = json.dumps({**header, **change}, sort_keys=True, separators=(",", ":")).encode()
        with pytest.raises(Broken, match="altered"):
            open_report(other + b"\n" + ciphertext, KIM)
    with pytest.raises(InputError, match="is not a sealed report"):
        open_report(b"something else", KIM)


def test_nothing_of_the_page_or_a_key_is_in_the_file() -> None:
    sealed = _sealed()
    for secret in (PAGE.reveal(), KIM.private_key.reveal(), LEE.private_key.reveal()):
        assert secret not in sealed
        assert secret.hex().encode() not in sealed


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([], "nobody could open"),
        ([KIM.reader, KIM.reader], "the same name or key"),
        ([KIM.reader, STRANGER.reader], "the same name or key"),
        ([KIM.reader, Reader(role="lee", public_key=KIM.reader.public_key)], "same name or key"),
        ([Reader(role="", public_key=KIM.reader.public_key)], "not a plain label"),
        ([Reader(role="lee", public_key="0" * 64)], "is not a public key"),
    ],
)
def test_members_to_whom_nothing_can_be_sealed(members: list[Reader], says: str) -> None:
    with pytest.raises(InputError, match=says):
        seal_report(PAGE, "XX0001", members, SeededEntropy(2, "report"))
