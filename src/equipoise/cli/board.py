"""``equipoise board``: reports for a monitoring board, one for everybody, one for its members."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from equipoise.cli.files import check_new, read_file, write_new
from equipoise.cli.key_files import KEY, open_key, read_reader
from equipoise.cli.options import LANGUAGE, LEDGER, check_language, new_folder
from equipoise.cli.trials import PERSON, acting, running
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.conduct._keys import Reader

OPEN, CLOSED = "open.html", "closed.sealed"


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="Reports for a monitoring board.")
    group.command(
        "report",
        epilog="Example: equipoise board report trial.sqlite --key board.key "
        "--member kim=kim.key.pub --member lee=lee.key.pub --as bea --out meeting-1",
    )(report)
    group.command(
        "open",
        epilog="Example: equipoise board open meeting-1/closed.sealed --key kim.key "
        "--out closed.html",
    )(open_closed)
    app.add_typer(group, name="board")


def report(
    ledger: Path = LEDGER,
    key: Path = KEY,
    member: list[str] = typer.Option(
        ..., help="NAME=FILE.pub: a member of the board and the public half of their key."
    ),
    out: Path = typer.Option(..., help="A folder to make, with open.html and closed.sealed."),
    look: int | None = typer.Option(
        None, help="Which planned look this is, from 1: where the trial stands at its limits."
    ),
    language: str = LANGUAGE,
    person: str = PERSON,
) -> None:
    """Make the two reports of a meeting, before the allocation is opened.

    open.html has all participants together and is for everybody. The closed report has them by
    letters A and B, the same at every meeting; it is sealed to the members' keys in memory.
    The ledger has the digest of the sealed file; the allocation stays sealed.
    """
    from equipoise.analysis import board
    from equipoise.chance import SystemEntropy
    from equipoise.conduct._board import digest, lettered_slots, record_report, seal_report
    from equipoise.language import Language
    from equipoise.ledger import verify
    from equipoise.rules.allocation.secrecy import Secret

    say = Language(check_language(language))
    members = _members(member)
    with running(ledger) as trial, new_folder(out) as folder:
        verify(trial.store.read()).raise_first()
        staff = acting(trial, person, "BoardReported")
        slots = lettered_slots(trial, open_key(key))
        found = board.so_far(trial.events())
        page = board.open_report(found, say)
        closed = Secret(board.closed_report(found, slots.reveal(), say, look).encode())
        sealed = seal_report(closed, trial.state.protocol.study, members, SystemEntropy())
        write_new(folder / OPEN, page.encode(), secret=False)
        write_new(folder / CLOSED, sealed, secret=False)
        record_report(trial, staff, sealed, members, look)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {out / OPEN}: for everybody")
    names = ", ".join(each.role for each in members)
    console.print(f"[green]✓[/] {out / CLOSED}: opened by {names} and nobody else")
    console.print(f"  digest {digest(sealed)}")


def open_closed(
    file: Path = typer.Argument(help="The file closed.sealed of a meeting."),
    key: Path = KEY,
    out: Path = typer.Option(..., help="The page to make, readable by you alone."),
) -> None:
    """Open the closed report of a meeting with a member's key."""
    from equipoise.conduct._board import digest, open_report

    check_new(out)
    sealed = read_file(file)
    page = open_report(sealed, open_key(key))
    write_new(out, page.reveal(), secret=True)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {out}: for you alone; delete it after the meeting")
    console.print(f"  digest {digest(sealed)}: compare it with the one in the ledger")


def _members(given: Sequence[str]) -> list[Reader]:
    """Return who opens the report from ``NAME=FILE`` each."""
    found = []
    for each in given:
        name, equals, file = each.partition("=")
        if not (name and equals and file):
            raise InputError("--member", f"'{each}' names no key", "Write NAME=FILE.pub.")
        found.append(read_reader(Path(file)).model_copy(update={"role": name}))
    return found
