from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.cli.options import check_language, new_folder
from equipoise.errors import InputError


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    with new_folder(out) as folder:
        (folder / "file").write_text("x")
        assert not out.exists()
    assert (out / "file").read_text() == "x"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, InputError("a", "b", "c")])
def test_whatever_fails_inside_leaves_nothing(
    tmp_path: Path, interruption: BaseException | type[BaseException]
) -> None:
    def write() -> None:
        with new_folder(tmp_path / "out") as folder:
            (folder / "file").write_text("x")
            raise interruption

    with pytest.raises((KeyboardInterrupt, InputError)):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_error_inside_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="cannot be written: No space left on device"),
        new_folder(tmp_path / "out"),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_languages() -> None:
    assert check_language("zh") == "zh"
    with pytest.raises(InputError):
        check_language("fr")
