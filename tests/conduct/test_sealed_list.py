from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from equipoise.conduct._merkle import merkle_root, root_of_path
from equipoise.conduct._sealed_list import SealedList, SealedSlot, slot_digests
from equipoise.errors import Problem
from equipoise.rules.allocation import Kit
from equipoise.rules.allocation.encoding import canonical_json
from tests.conduct.ceremony import ROLES, Ceremony
from tests.refusal import refusal
from tests.rules.allocation import twin

SEALED = Ceremony().seal()
KNOWN = SEALED.publication
FILE = SEALED.to_bytes()
LINES = FILE.split(b"\n")
AGAIN = "Take the file again from where it was published."


def _fault(data: bytes) -> str:
    problem = refusal(SealedList.from_bytes, data)
    assert (problem.where, problem.todo) == ("sealed list", AGAIN)
    return problem.what


def _with(number: int, record: Any) -> bytes:
    """Return the file with another record in line ``number``, written as records are."""
    lines = list(LINES)
    lines[number] = canonical_json(record)
    return b"\n".join(lines)


def _republished(**fields: Any) -> bytes:
    """Return the file with other fields in the publication and a digest that fits them."""
    publication = json.loads(LINES[0])["publication"] | fields
    digest = hashlib.sha256(canonical_json(publication)).hexdigest()
    return _with(0, {"digest": digest, "publication": publication})


def _slot(number: int, **fields: Any) -> bytes:
    """Return the file with other fields in a slot and a check that fits them."""
    slot = json.loads(LINES[number])["slot"] | fields
    check = hashlib.sha256(canonical_json(slot)).hexdigest()[:16]
    return _with(number, {"check": check, "slot": slot})


def test_the_list_is_written_and_read() -> None:
    assert SealedList.from_bytes(FILE) == SEALED
    assert SealedList.from_bytes(FILE).to_bytes() == FILE


def test_the_file_is_json_one_object_a_line() -> None:
    first, *slots = [json.loads(line) for line in LINES[:-1]]
    assert LINES[-1] == b""
    assert sorted(first) == ["digest", "publication"]
    stated = json.dumps(
        first["publication"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert first["digest"] == hashlib.sha256(stated.encode()).hexdigest() == KNOWN.digest
    assert [(s["slot"]["stratum"], s["slot"]["slot"]) for s in slots] == [
        (stratum, slot) for stratum in ("sex=f", "sex=m") for slot in range(6)
    ]
    for number, slot in enumerate(slots):
        stated = json.dumps(slot["slot"], sort_keys=True, separators=(",", ":"))
        check = hashlib.sha256(stated.encode()).hexdigest()[:16]
        assert slot["check"] == check == SEALED.slots[number].check


def test_the_publication_binds_commitments_kits_and_boxes() -> None:
    slots = [json.loads(line)["slot"] for line in LINES[1:-1]]

    def of(domain: str, rows: list[list[str]]) -> str:
        hashes = [hashlib.sha256(twin.lengths_first("row", *row)).digest() for row in rows]
        return hashlib.sha256(twin.lengths_first(domain, *hashes)).hexdigest()

    assert KNOWN.kits == of("equipoise/kits/1", [[s["kit"], *s["replacements"]] for s in slots])
    assert KNOWN.boxes == of("equipoise/boxes/1", [s["boxes"] for s in slots])
    assert KNOWN.root == merkle_root([bytes.fromhex(s["commitment"]) for s in slots]).hex()
    assert slot_digests(SEALED.slots) == {
        "root": KNOWN.root,
        "kits": KNOWN.kits,
        "boxes": KNOWN.boxes,
    }


def test_places_are_counted_through_the_strata() -> None:
    assert KNOWN.size == 12
    for index, slot in enumerate(SEALED.slots):
        assert KNOWN.place(index) == (slot.stratum, slot.slot)
        assert KNOWN.index(slot.stratum, slot.slot) == index
        assert SEALED.find(slot.stratum, slot.slot) is slot
        assert SEALED.kits(slot.stratum, slot.slot) == Kit(slot.kit, slot.replacements)


@pytest.mark.parametrize("place", [("sex=f", 6), ("sex=f", -1), ("sex=x", 0)])
def test_there_is_nothing_outside_the_list(place: tuple[str, int]) -> None:
    assert KNOWN.index(*place) is None
    assert SEALED.find(*place) is None
    assert SEALED.kits(*place) is None
    assert SEALED.proof(*place) is None


def test_each_commitment_is_proven_against_the_root() -> None:
    for index, slot in enumerate(SEALED.slots):
        entry = bytes.fromhex(slot.commitment)
        root = root_of_path(entry, index, KNOWN.size, SEALED.proof(slot.stratum, slot.slot) or ())
        assert root is not None
        assert root.hex() == KNOWN.root


# --- damage -------------------------------------------------------------------------------------


def _name(line: int) -> str:
    if line == 0:
        return "its first line"
    slot = SEALED.slots[line - 1]
    return f"slot {slot.slot} of stratum {slot.stratum!r}"


def test_a_cut_file_names_the_first_slot_that_is_not_whole() -> None:
    ends = [len(b"\n".join(LINES[:number])) + 1 for number in range(1, len(LINES))]
    for length in [*range(300), *range(ends[0] - 20, len(FILE))]:
        line = sum(end <= length for end in ends)
        fault = "cannot be read" if line == 0 and length < ends[0] - 1 else "is missing or cut off"
        if length == ends[0] - 1:  # the whole first line, without its line break
            line = 1
        assert _fault(FILE[:length]) == f"{_name(line)} {fault}"


def test_every_changed_byte_is_noticed_and_its_slot_named() -> None:
    line = 0
    origin = FILE.index(b'"origin"'), FILE.index(b'"parts"')
    for at, byte in enumerate(FILE):
        if origin[0] + 10 < at < origin[1] - 10 and at % 50:
            continue  # one long ciphertext
        damaged = FILE[:at] + bytes([byte ^ 1]) + FILE[at + 1 :]
        assert _fault(damaged).startswith(f"{_name(line)} ")
        line += byte == 0x0A


def test_a_publication_that_does_not_fit_its_digest_is_refused() -> None:
    record = json.loads(LINES[0])
    record["publication"]["trial"] = "NCT00000002"
    assert _fault(_with(0, record)) == "its first line does not fit its digest"


def test_two_slots_exchanged_are_named() -> None:
    lines = [*LINES]
    lines[3], lines[4] = lines[4], lines[3]
    assert _fault(b"\n".join(lines)) == (
        "slot 2 of stratum 'sex=f' is not there; slot 3 of stratum 'sex=f' is in its place"
    )
    lines = [*LINES]
    lines[3], lines[9] = lines[9], lines[3]
    assert _fault(b"\n".join(lines)) == (
        "slot 2 of stratum 'sex=f' is not there; slot 2 of stratum 'sex=m' is in its place"
    )


def test_a_slot_left_out_is_named() -> None:
    assert _fault(b"\n".join([*LINES[:2], *LINES[3:]])).startswith("slot 1 of stratum 'sex=f' is")
    assert _fault(b"\n".join([*LINES[:-2], b""])) == (
        "slot 5 of stratum 'sex=m' is missing or cut off"
    )


@pytest.mark.parametrize("more", [b"\n", b"x", b"{}\n", LINES[1] + b"\n"])
def test_nothing_comes_after_the_last_slot(more: bytes) -> None:
    assert _fault(FILE + more) == "its end does not come after 12 slots"


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"[]\n", b"\xff\n", b"[" * 100_000])
def test_another_file_is_no_list(data: bytes) -> None:
    assert _fault(data) == "its first line cannot be read"


def test_a_record_has_one_spelling() -> None:
    lines = [*LINES]
    lines[2] = lines[2].replace(b'":', b'": ', 1)
    assert _fault(b"\n".join(lines)) == "slot 1 of stratum 'sex=f' is not written as it was"
    lines = [*LINES]
    lines[0] = lines[0].replace(b",", b", ", 1)
    assert _fault(b"\n".join(lines)) == "its first line is not written as it was"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"commitment": "00"}, "cannot be read"),
        ({"commitment": "AA" * 32}, "cannot be read"),
        ({"slot": "1"}, "cannot be read"),
        ({"slot": True}, "cannot be read"),
        ({"kit": 3}, "cannot be read"),
        ({"replacements": ["A"]}, "cannot be read"),
        ({"replacements": ["A", "B", "C"]}, "cannot be read"),
        ({"boxes": ["0"] * 3}, "cannot be read"),
        ({"boxes": ["0g"] * 3}, "cannot be read"),
        ({"arm": 1}, "cannot be read"),
        ({"boxes": ["00"] * 2}, "has 2 boxes for 3 readers"),
        ({"boxes": ["00"] * 4}, "has 4 boxes for 3 readers"),
        (
            {"stratum": "sex=m"},
            "is not there; slot 1 of stratum 'sex=m' is in its place",
        ),
    ],
)
def test_a_slot_that_is_not_one_is_named(fields: dict[str, Any], fault: str) -> None:
    assert _fault(_slot(2, **fields)) == f"slot 1 of stratum 'sex=f' {fault}"


def test_a_slot_that_does_not_fit_its_check_is_named() -> None:
    record = json.loads(LINES[5])
    record["slot"]["kit"] = "34567896"
    assert _fault(_with(5, record)) == "slot 4 of stratum 'sex=f' does not fit its check"


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"commitment": "00" * 32}, "root"),
        ({"kit": "34567896"}, "kits"),
        ({"replacements": ["34567896", "456789AY"]}, "kits"),
        ({"boxes": ["00" * 81] * 3}, "boxes"),
    ],
)
def test_a_slot_changed_together_with_its_check_does_not_fit_the_publication(
    fields: dict[str, Any], part: str
) -> None:
    assert _fault(_slot(2, **fields)) == f"the set of its {part} does not fit the first line"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"format": "equipoise-sealed-list/2"}, "cannot be read"),
        ({"strata": []}, "cannot be read"),
        ({"length": 0}, "cannot be read"),
        ({"length": "6"}, "cannot be read"),
        ({"readers": [{"role": "pharmacy", "public_key": "00"}]}, "cannot be read"),
        ({"parts": [{"party": "a", "commitment": "00"}]}, "cannot be read"),
        ({"origin": ["00"]}, "does not seal the origin to every reader"),
        ({"origin": ["0", "00", "00"]}, "cannot be read"),
        ({"arms": []}, "cannot be read"),
    ],
)
def test_a_publication_that_is_not_one_is_refused(fields: dict[str, Any], fault: str) -> None:
    assert _fault(_republished(**fields)) == f"its first line {fault}"


def test_a_publication_of_more_slots_than_the_file_has_ends_at_the_first_missing() -> None:
    assert _fault(_republished(length=10**15, strata=["sex=f"])) == (
        "slot 6 of stratum 'sex=f' is not there; slot 0 of stratum 'sex=m' is in its place"
    )
    strata = ["sex=f", "sex=m", *map(str, range(3))]
    assert _fault(_republished(strata=strata)) == "slot 0 of stratum '0' is missing or cut off"


def test_a_list_of_fewer_slots_has_too_many_lines() -> None:
    assert _fault(_republished(strata=["sex=f"])) == "its end does not come after 6 slots"


def test_the_list_holds_no_private_half() -> None:
    """What a server holds: the list and no key. No box and no slot differs in length."""
    assert [reader.role for reader in KNOWN.readers] == list(ROLES)
    assert {len(box) for slot in SEALED.slots for box in slot.boxes} == {2 * 81}
    assert len({slot.commitment for slot in SEALED.slots}) == 12
    assert len({box for slot in SEALED.slots for box in slot.boxes}) == 36
    for key in Ceremony().keys:
        assert key.private_key.reveal().hex().encode() not in FILE


def test_a_problem_is_said_in_the_one_shape() -> None:
    assert refusal(SealedList.from_bytes, b"") == Problem(
        "sealed list", "its first line cannot be read", AGAIN
    )


def test_a_slot_is_immutable() -> None:
    slot: SealedSlot = SEALED.slots[0]
    with pytest.raises(ValueError, match="frozen"):
        slot.kit = "34567896"  # type: ignore[misc]
