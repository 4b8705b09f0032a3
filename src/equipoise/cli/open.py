"""``equipoise open``: with a reader's key, one slot for care, or all of them after the lock."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.files import check_new, read_text, write_new
from equipoise.cli.key_files import KEY, open_key
from equipoise.cli.options import LEDGER
from equipoise.cli.trials import PERSON, acting, protocol_of, running
from equipoise.cli.worksheet import show_worksheet
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.conduct.trial import Staff, Trial
    from equipoise.protocol.parts import Arm
    from equipoise.rules.allocation.secrecy import Secret

_PARTICIPANT = typer.Argument(help="A participant's number.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    opens = typer.Typer(no_args_is_help=True, help="Open a slot, or after the lock the list.")
    opens.command(
        "worksheet", epilog="Example: equipoise open worksheet trial.sqlite P012 --key pharmacy.key"
    )(worksheet)
    opens.command(
        "card",
        epilog="Example: equipoise open card trial.sqlite P012 --key break-glass.key "
        "--out P012.txt",
    )(card)
    opens.command(
        "emergency",
        epilog="Example: equipoise open emergency trial.sqlite P012 --as lee --reason overdose "
        '--explanation "cannot be woken" --key break-glass.key',
    )(emergency)
    opens.command(
        "list", epilog="Example: equipoise open list trial.sqlite --key board.key --as kim"
    )(open_list)
    app.add_typer(opens, name="open")


def worksheet(ledger: Path = LEDGER, participant: str = _PARTICIPANT, key: Path = KEY) -> None:
    """Show the pharmacist what goes into the participant's bag. For unmasked eyes only.

    Run it on the pharmacist's machine: the key never belongs on the server.
    """
    from equipoise.conduct.dose import worksheet_for

    with running(ledger, read_only=True) as trial:
        trial.participant(participant)
        sheet = worksheet_for(trial, participant, open_key(key))
    show_worksheet(sheet, f"participant {participant}")


def card(
    ledger: Path = LEDGER,
    participant: str = _PARTICIPANT,
    key: Path = KEY,
    out: Path | None = typer.Option(None, help="A file to make; printed here without it."),
) -> None:
    """Make the card for the participant's sealed envelope. It tells the arm.

    It serves in an emergency without network, and can be checked against the published list.
    """
    from equipoise.conduct.unmask import print_card

    if out:
        check_new(out)
    with running(ledger, read_only=True) as trial:
        trial.participant(participant)
        text = print_card(trial, participant, open_key(key))
    if out:
        write_new(out, text.reveal().encode(), secret=True)
        Console(highlight=False, soft_wrap=True).print(
            f"[green]✓[/] {out}: print it for the envelope of {participant}, then delete it"
        )
    else:
        typer.echo(text.reveal(), nl=False)


def emergency(
    ledger: Path = LEDGER,
    participant: str = _PARTICIPANT,
    reason: str = typer.Option(
        ..., help="treatment of the participant, overdose, pregnancy, death, or other."
    ),
    explanation: str = typer.Option(..., help="What happened, in a sentence."),
    key: Path | None = typer.Option(
        None, "--key", help="The break-glass key. Its passphrase is asked: nothing else opens."
    ),
    card: Path | None = typer.Option(
        None, help="The text of the envelope's card, opened while the server was down."
    ),
    opened_at: str | None = typer.Option(
        None, help="When the envelope was opened: 2024-03-01T22:15, in the trial's time zone."
    ),
    person: str = PERSON,
) -> None:
    """Learn one participant's arm in an emergency: the investigator alone, nobody approves.

    The request is in the ledger before the arm is shown. The arm is shown here and nowhere else.
    """
    if (key is None) == (card is None) or (card is None) != (opened_at is None):
        raise InputError(
            "emergency",
            "it is not clear what was opened",
            "Give --key, or --card and --opened-at together.",
        )
    with running(ledger) as trial:
        staff = acting(trial, person, "EmergencyUnmasked")
        trial.participant(participant)
        if card is not None and opened_at is not None:
            arm = _by_card(trial, staff, participant, reason, explanation, card, opened_at)
        else:
            assert key is not None
            arm = _by_key(trial, staff, participant, reason, explanation, key)
        zone = trial.state.zone
        recorded = trial.clock.now().astimezone(ZoneInfo(zone))
    title = arm.reveal().title
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"[bold]{escape(participant)}: {escape(str(title.en))}[/]",
        f"({title.zh})" if title.zh else "",
    )
    console.print(f"  Request recorded at {recorded:%Y-%m-%d %H:%M} ({zone}). Tell nobody who")
    console.print("  does not need it to treat this participant.")


def open_list(
    ledger: Path = LEDGER,
    key: Path = KEY,
    study: str | None = typer.Option(
        None, help="The study whose analysis is next; the one adopted last by default."
    ),
    person: str = PERSON,
) -> None:
    """Open every slot, with the proof of how the list was made, into the ledger.

    Possible when every study of the ledger is locked, every role that the protocol names has
    signed, and plan and code are those that were signed.
    """
    from equipoise.analysis.plan import code_digest, plan_digest
    from equipoise.conduct.allocation import open_allocation

    with running(ledger) as trial:
        protocol = protocol_of(trial, study) if study else trial.state.protocol
        staff = acting(trial, person, "AllocationOpened")
        plan, code = plan_digest(protocol), code_digest()
        open_allocation(trial, staff, protocol.study, open_key(key), plan, code)
        slots = trial.state.opened.slots if trial.state.opened else ()
        head = trial.store.head()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {len(slots)} slots are open to everybody who reads the ledger")
    console.print(f"  head {head}")
    console.print(f"  Anybody can check them: equipoise verify allocation {ledger}")


def _by_key(
    trial: Trial, staff: Staff, participant: str, reason: str, explanation: str, key: Path
) -> Secret[Arm]:
    from equipoise.conduct.unmask import unmask

    study, glass = trial.state.protocol.root.study, open_key(key)
    return unmask(trial, staff, study, participant, reason, explanation, glass)


def _by_card(
    trial: Trial, staff: Staff, participant: str, reason: str, explanation: str,
    card: Path, opened_at: str,
) -> Secret[Arm]:  # fmt: skip
    from equipoise.conduct.unmask import unmask_by_card

    study, text = trial.state.protocol.root.study, read_text(card)
    when = _moment(opened_at, trial)
    return unmask_by_card(trial, staff, study, participant, reason, explanation, text, when)


def _moment(text: str, trial: Trial) -> datetime:
    """Return the time that ``text`` names; without a zone in it, in the trial's zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "--opened-at", f"'{text}' is not a time", "Write 2024-03-01T22:15."
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(trial.state.zone))
    if when > trial.clock.now():
        raise InputError(
            "--opened-at", f"'{text}' is in the future", "Give the time at which it was opened."
        )
    return when
