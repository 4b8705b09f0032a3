"""``equipoise begin``: the ledger of a real trial, with its protocol and its staff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer
from rich.console import Console

from equipoise.cli.files import check_new, read_text
from equipoise.cli.options import STUDY
from equipoise.cli.trials import PERSON
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.events.types import StaffDelegated
    from equipoise.protocol.parts import Masking

_EXAMPLE = "Write for each person: {person: lee, name: Lee Ann, roles: [investigator]}."


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(
        epilog="Example: equipoise begin NCT05718544 --staff staff.yaml --ledger trial.sqlite "
        "--as lee"
    )(begin)


def begin(
    study: str = STUDY,
    staff: Path = typer.Option(
        ..., help="A YAML list of the delegation log: person, name and roles of each."
    ),
    ledger: Path = typer.Option(..., help="The ledger file to make."),
    person: str = PERSON,
) -> None:
    """Open the ledger of a real trial, not of a rehearsal.

    A study that extends others begins with the first of them; adopt the next ones later, with
    `equipoise adopt`. Nobody can be randomized before the sealed list is published.
    """
    from equipoise.chance import SystemEntropy
    from equipoise.clock import SystemClock
    from equipoise.conduct.setup import open_trial, usable
    from equipoise.conduct.trial import Staff, Trial
    from equipoise.ledger import MemoryStore, SqliteStore
    from equipoise.protocol.load import load_study

    check_new(ledger)
    lineage = load_study(study).lineage()
    first = usable(lineage[0])
    delegations = read_staff(staff, first.masking)
    if person not in {each.person for each in delegations}:
        raise InputError(
            f"person '{person}'", f"is not in {staff}", "Add the person, or act as another one."
        )
    store = MemoryStore()
    trial = Trial(store, SystemClock(), SystemEntropy())
    open_trial(trial, Staff(person, "investigator"), lineage[0], delegations)
    file = SqliteStore.create(ledger)
    try:
        file.append(list(store.read()), expected=file.head())
    except BaseException:
        file.close()
        ledger.unlink()
        raise
    file.close()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {ledger} begins: {first.study}, {len(delegations)} people")
    for later in lineage[1:]:
        console.print(f"  Later: equipoise adopt {later.study} --ledger {ledger} --as {person}")


def read_staff(path: Path, masking: Masking | None) -> list[StaffDelegated]:
    """Return the delegations in a YAML file.

    Raises :class:`InputError` for anything else, for a person who is in it twice, and for one who
    would hold a masked and an unmasked role.
    """
    from pydantic import ValidationError

    from equipoise.events.types import StaffDelegated
    from equipoise.protocol.source import read_yaml

    source = read_yaml(read_text(path), str(path))
    for problem in source.problems:
        raise InputError(problem.where, problem.what, problem.todo)
    rows: list[Any] = source.data if isinstance(source.data, list) else []
    if not rows:
        raise InputError(str(path), "is not a list of people", _EXAMPLE)
    people: list[StaffDelegated] = []
    for place, row in enumerate(rows):
        where = f"{path}:{source.line_of((place,))}"
        try:
            each = StaffDelegated.model_validate(row)
        except ValidationError as error:
            fault = error.errors()[0]
            what = ".".join(map(str, fault["loc"])) or "the entry"
            raise InputError(where, f"{what}: {fault['msg'].lower()}", _EXAMPLE) from None
        _check_roles(where, each, masking)
        if each.person in {other.person for other in people}:
            raise InputError(where, f"{each.person} is in it twice", "Join the two entries.")
        people.append(each)
    return people


def _check_roles(where: str, each: StaffDelegated, masking: Masking | None) -> None:
    from equipoise.protocol.parts import Role

    known = get_args(Role)
    unknown = next((role for role in each.roles if role not in known), None)
    if unknown or not each.roles:
        what = f"has '{unknown}', which is no role" if unknown else "has no role"
        raise InputError(where, f"{each.person} {what}", f"Use {', '.join(known)}.")
    masked = [role for role in each.roles if masking and role in masking.masked]
    unmasked = [role for role in each.roles if masking and role in masking.unmasked]
    if masked and unmasked:
        raise InputError(
            where,
            f"{each.person} would be masked as {masked[0]} and unmasked as {unmasked[0]}",
            "Give the two roles to two people.",
        )
