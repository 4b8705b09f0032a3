from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipoise.cli import key as command
from equipoise.cli.files import write_new
from equipoise.cli.key_files import open_key
from equipoise.errors import InputError
from tests.cli.conftest import Run
from tests.cli.shell import PASSPHRASE, Shell

JOIN = ("key", "join", "notary.key.pub")


def _split(shell: Shell, name: str = "notary") -> None:
    shell.does("key", "split", f"{name}.key", "--out", f"shares of {name}")


def test_a_passphrase_costs_a_guesser_memory(run: Run, tmp_path: Path) -> None:
    run("key", "new", "pharmacy", "--out", "a.key", env={"EQUIPOISE_PASSPHRASE": PASSPHRASE})
    assert json.loads((tmp_path / "a.key").read_text())["memory_mib"] == 256


def test_a_new_key_is_two_files(shell: Shell) -> None:
    out = shell.does("key", "new", "pharmacy", "--out", "a.key")
    public = json.loads((shell.folder / "a.key.pub").read_text())
    assert public == {"role": "pharmacy", "public_key": shell.printed("public key", out)}
    assert (shell.folder / "a.key").stat().st_mode & 0o777 == 0o600
    assert open_key(shell.folder / "a.key").public_key.hex() == public["public_key"]
    shell.refuses("a.key: exists already", "key", "new", "pharmacy", "--out", "a.key")


@pytest.mark.parametrize("first", [1, 2, 3])
@pytest.mark.parametrize("second", [1, 2, 3])
def test_any_two_shares_restore_the_key(shell: Shell, first: int, second: int) -> None:
    shell.keys()
    _split(shell)
    words = [f"shares of notary/share-{n}.txt" for n in (first, second)]
    if first == second:
        shell.refuses("shares: they are not two different", *JOIN, *words, "--out", "again.key")
        return
    shell.does(*JOIN, *words, "--out", "again.key")
    again, notary = (open_key(shell.folder / f"{name}.key") for name in ("again", "notary"))
    assert again.private_key.reveal() == notary.private_key.reveal()
    assert again.reader == notary.reader


def test_a_share_is_33_words_for_its_holder_only(shell: Shell) -> None:
    shell.keys()
    _split(shell)
    shares = list((shell.folder / "shares of notary").iterdir())
    assert len(shares) == 3
    assert {len(share.read_text().split()) for share in shares} == {33}
    assert {share.stat().st_mode & 0o777 for share in shares} == {0o600}


def test_what_does_not_restore_a_key_is_said(shell: Shell) -> None:
    shell.keys()
    _split(shell)
    _split(shell, "board")
    mine, other = "shares of notary/share-1.txt", "shares of board/share-2.txt"
    out = ("--out", "again.key")
    shell.refuses(
        "shares: they are not two different shares of one split", *JOIN, mine, other, *out
    )
    both = [f"shares of board/share-{n}.txt" for n in (1, 2)]
    shell.refuses("they restore another key than that of 'notary'", *JOIN, *both, *out)
    shell.refuses("shares: 1 were given", *JOIN, mine, *out)
    words = (shell.folder / mine).read_text().split()
    (shell.folder / "typed.txt").write_text(" ".join(["academic", *words[1:]]))
    done = shell.refuses("share 1: its words are not those", *JOIN, "typed.txt", mine, *out)
    assert not set(words) & set(done.said.split()) - {"that", "were"}


def test_a_short_or_wrong_passphrase_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.keys()
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", "too short")
    done = shell.refuses("it has 9 characters", "key", "new", "pharmacy", "--out", "a.key")
    assert "too short" not in done.said
    shell.refuses("the passphrase is wrong", "key", "split", "notary.key", "--out", "shares")
    monkeypatch.delenv("EQUIPOISE_PASSPHRASE")
    shell.refuses("there is no terminal", "key", "new", "pharmacy", "--out", "a.key")


def test_half_a_pair_is_not_left_behind(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, content: bytes, *, secret: bool) -> None:
        if not secret:
            raise InputError("a.key.pub", "cannot be written", "Make room.")
        write_new(path, content, secret=secret)

    monkeypatch.setattr(command, "write_new", fails)
    shell.refuses("a.key.pub: cannot be written", "key", "new", "pharmacy", "--out", "a.key")


def test_a_cut_off_key_file_is_named(shell: Shell) -> None:
    shell.keys()
    file = shell.folder / "notary.key"
    file.write_bytes(file.read_bytes()[:-9])
    shell.refuses("key file: the file is cut off", "key", "split", "notary.key", "--out", "shares")
