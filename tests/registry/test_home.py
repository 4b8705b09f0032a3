from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.registry.home import home


@pytest.fixture(autouse=True)
def _nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("EQUIPOISE_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def test_what_is_given_goes_before_the_environment_before_the_users_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home(None) == tmp_path / ".local/share/equipoise"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert home(None) == tmp_path / ".local/share/equipoise"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert home(None) == tmp_path / "data" / "equipoise"
    monkeypatch.setenv("EQUIPOISE_HOME", "~/records")
    assert home(None) == tmp_path / "records"
    assert home(Path("mine")) == Path("mine")


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match="is a file"):
        home(tmp_path / "taken")


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: Path) -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "expanduser", none)
    with pytest.raises(InputError, match="no home folder"):
        home(None)
