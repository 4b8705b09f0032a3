"""`equipoise board`: made before the opening, opened by members, refused to everybody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from equipoise.chance import SeededEntropy
from equipoise.conduct._key_file import save_reader_key
from equipoise.conduct._keys import new_reader_key
from equipoise.events.types import BoardReported
from equipoise.rules.allocation.secrecy import Secret
from tests.cli.shell import PASSPHRASE, Shell

KEY = ("--key", "board.key")
REPORT = ("board", "report", "trial.sqlite", "--as", "bea", *KEY)
MEMBERS = ("--member", "kim=kim.key.pub", "--member", "lee=lee.key.pub")
OUT = ("--out", "meeting-1")

_opened: list[str] | None = None


def _hook(event: str, given: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None and isinstance(given[0], str):
        flags = given[2]
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
            _opened.append(given[0])


sys.addaudithook(_hook)


@contextmanager
def _writing() -> Iterator[list[str]]:
    """Collect the paths of all files that Python opens to write."""
    global _opened  # noqa: PLW0603 - an audit hook cannot be taken away again
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None


def _board(shell: Shell, *numbers: str) -> None:
    shell.sealed()
    shell.randomized(*numbers)
    for name in ("kim", "lee", "stranger"):
        key = new_reader_key(name, SeededEntropy(5, name))
        content = save_reader_key(
            key, Secret(PASSPHRASE), SeededEntropy(6, name), memory_mib=1, passes=1
        )
        (shell.folder / f"{name}.key").write_bytes(content)
        (shell.folder / f"{name}.key.pub").write_text(key.reader.model_dump_json() + "\n")


def _open(key: str, out: str) -> tuple[str, ...]:
    return ("board", "open", "meeting-1/closed.sealed", "--key", key, "--out", out)


def test_each_member_opens_what_was_sealed(shell: Shell) -> None:
    _board(shell, "P1", "P2", "P3", "P4")
    events = shell.kinds()
    with _writing() as written:
        out = shell.does(*REPORT, *MEMBERS, *OUT)
    assert shell.kinds() == [*events, "BoardReported"]
    assert "opened by kim, lee and nobody else" in out
    meeting = shell.folder / "meeting-1"
    last, digest = shell.events()[-1], sha256((meeting / "closed.sealed").read_bytes()).hexdigest()
    assert last.fact == BoardReported(report=digest, members=("kim", "lee"), look=None)
    assert (last.by, last.role) == ("bea", "monitoring board")
    assert shell.printed("digest", out) == digest
    assert {file.name for file in meeting.iterdir()} == {"open.html", "closed.sealed"}
    names = sorted(path.rpartition("/")[2].rpartition("-")[0] for path in written
                   if "__pycache__" not in path)  # fmt: skip
    assert names == [".closed.sealed", ".open.html"]
    everything = b"".join(shell.files().values())
    assert b"Open report" in everything
    assert b"Closed report" not in everything
    for name in ("kim", "lee"):
        assert f"digest {digest}:" in shell.does(*_open(f"{name}.key", f"{name}.html"))
        page = shell.folder / f"{name}.html"
        assert "A (n = 0)" in page.read_text(encoding="utf-8")
        assert page.stat().st_mode & 0o777 == 0o600
    assert (shell.folder / "kim.html").read_bytes() == (shell.folder / "lee.html").read_bytes()
    pages = ("kim.html", "meeting-1/open.html")
    text = "".join((shell.folder / page).read_text(encoding="utf-8") for page in pages)
    assert "salve" not in text.lower()
    assert "balm" not in text.lower().replace("balm after hand surgery", "")


def test_pages_are_in_the_language_that_is_asked_for(shell: Shell) -> None:
    _board(shell, "P1", "P2")
    shell.does(*REPORT, *MEMBERS, *OUT, "--language", "zh")
    shell.does(*_open("lee.key", "lee.html"))
    for page in ("lee.html", "meeting-1/open.html"):
        text = (shell.folder / page).read_text(encoding="utf-8")
        assert '<html lang="zh">' in text
        assert "提交数据监查委员会的" in text


def test_nobody_else_opens_it(shell: Shell) -> None:
    _board(shell, "P1", "P2")
    shell.does(*REPORT, *MEMBERS, *OUT)
    shell.refuses("the report is not sealed to it", *_open("stranger.key", "page.html"))
    shell.refuses("the report is not sealed to it", *_open("board.key", "page.html"))
    shell.refuses("kim.key: exists already", *_open("kim.key", "kim.key"))
    sealed = shell.folder / "meeting-1/closed.sealed"
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(content)
    shell.refuses("report: was altered", *_open("kim.key", "page.html"), code=1)
    sealed.write_bytes(b"not this")
    shell.refuses("is not a sealed report", *_open("kim.key", "page.html"))


def test_what_cannot_be_reported_leaves_nothing_behind(shell: Shell) -> None:
    _board(shell)
    shell.refuses("nobody is randomized yet", *REPORT, *MEMBERS, *OUT)
    shell.randomized("P1", "P2")
    shell.refuses("the protocol plans no looks", *REPORT, *MEMBERS, *OUT, "--look", "1")
    pharmacy = ("board", "report", "trial.sqlite", "--as", "bea", "--key", "pharmacy.key")
    shell.refuses("is the key of 'pharmacy'", *pharmacy, *MEMBERS, *OUT)
    masked = ("board", "report", "trial.sqlite", "--as", "stan", *KEY)
    shell.refuses("may not record BoardReported", *masked, *MEMBERS, *OUT)
    shell.refuses("'kim.key.pub' names no key", *REPORT, "--member", "kim.key.pub", *OUT)
    shell.refuses("is not the public half", *REPORT, "--member", "kim=kim.key", *OUT)
    twice = ("--member", "kim=kim.key.pub", "--member", "lee=kim.key.pub")
    shell.refuses("the same name or key", *REPORT, *twice, *OUT)
    shell.refuses("there is no report in 'fr'", *REPORT, *MEMBERS, *OUT, "--language", "fr")


def test_there_is_no_report_after_the_opening(shell: Shell) -> None:
    _board(shell, "P1", "P2")
    shell.locked()
    shell.does("open", "list", "trial.sqlite", *KEY, "--as", "bea")
    shell.refuses("cannot follow 'allocation opened'", *REPORT, *MEMBERS, *OUT)
