from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.cli.seed_part import SeedPart, read_parts
from equipoise.errors import InputError


def _part(party: str, digit: str = "a") -> SeedPart:
    return SeedPart(party=party, annex="0" * 64, part=digit * 64)


def test_parts_are_read_as_they_were_written(tmp_path: Path) -> None:
    for party, digit in (("one", "a"), ("two", "b")):
        (tmp_path / party).write_bytes(_part(party, digit).to_bytes())
    read = read_parts([tmp_path / "one", tmp_path / "two"])
    assert read == {"one": b"\xaa" * 32, "two": b"\xbb" * 32}


def test_a_damaged_part_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(_part("one").to_bytes()[:-5])
    with pytest.raises(InputError, match="one: is cut off") as failed:
        read_parts([tmp_path / "one"])
    assert "a" * 40 not in str(failed.value)
    assert "a" * 40 not in repr(_part("one"))


def test_a_party_has_one_part(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(_part("one").to_bytes())
    with pytest.raises(InputError, match="b: is a second part of one"):
        read_parts([tmp_path / "a", tmp_path / "b"])
