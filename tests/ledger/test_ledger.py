from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.ledger import GENESIS, SqliteStore, open_ledger
from tests.ledger.sealing import notes, sealed


@pytest.mark.parametrize("kind", [str, Path])
def test_a_ledger_is_opened_by_its_path(tmp_path: Path, kind: type[str | Path]) -> None:
    path = tmp_path / "ledger.sqlite"
    SqliteStore.create(path).close()
    with closing(open_ledger(kind(path))) as store:
        store.append(sealed(notes(1)), GENESIS)
    with closing(open_ledger(kind(path), read_only=True)) as store:
        assert store.head().seq == 1
        with pytest.raises(InputError, match="cannot be written"):
            store.append(sealed(notes(1, after=1), store.head()), store.head())


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        open_ledger(tmp_path / "ledger.sqlite")


def test_an_unknown_storage_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(InputError) as caught:
        open_ledger("postgresql://li:secret@db/trial")
    assert caught.value.problem.where == "postgresql://"
    assert "secret" not in str(caught.value)
