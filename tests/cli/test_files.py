from __future__ import annotations

import os
from pathlib import Path

import pytest

from equipoise.cli.files import check_new, read_file, read_text, write_new
from equipoise.errors import InputError


def test_a_secret_is_for_its_owner_only(tmp_path: Path) -> None:
    write_new(tmp_path / "secret", b"s", secret=True)
    write_new(tmp_path / "public", b"p", secret=False)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o644
    assert read_file(tmp_path / "secret") == b"s"
    assert read_text(tmp_path / "public") == "p"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("first")
    with pytest.raises(InputError, match="exists already"):
        check_new(tmp_path / "b", tmp_path / "a")
    with pytest.raises(InputError, match="exists already"):
        write_new(tmp_path / "a", b"second", secret=False)
    assert (tmp_path / "a").read_text() == "first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write_new(tmp_path / "a", b"content", secret=True)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_new(tmp_path / "nowhere" / "a", b"content", secret=True)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        read_file(tmp_path / "a")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_file(tmp_path)
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(InputError, match="is not a text"):
        read_text(tmp_path / "a")
