"""``equipoise seal``: from the parties' parts of the seed to the published list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from equipoise.cli.files import check_new, read_file, read_text, write_new
from equipoise.cli.key_files import read_reader
from equipoise.cli.options import LEDGER, STUDY
from equipoise.cli.trials import PERSON, acting, running
from equipoise.errors import InputError, Refused

if TYPE_CHECKING:
    from equipoise.conduct._keys import Reader
    from equipoise.conduct.trial import Trial
    from equipoise.protocol.parts import Allocation
    from equipoise.rules.allocation import Annex, Specification

_PARTY = typer.Option(..., "--party", help="A party of the protocol's allocation.")
_ANNEX = typer.Option(..., "--annex", help="The public commitment of the annex.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    seals = typer.Typer(no_args_is_help=True, help="The concealed allocation: made and published.")
    seals.command(
        "annex",
        epilog="Example: equipoise seal annex NCT05718544 --block-sizes 4,6 --out annex.secret",
    )(annex)
    seals.command(
        "part",
        epilog="Example: equipoise seal part NCT05718544 --party pharmacy --annex 5e88… "
        "--out pharmacy.part",
    )(part)
    seals.command(
        "commit",
        epilog="Example: equipoise seal commit trial.sqlite --party pharmacy --annex 5e88… "
        "--commitment 9f86… --as kim",
    )(commit)
    seals.command(
        "list",
        epilog="Example: equipoise seal list trial.sqlite --annex annex.secret --part "
        "pharmacy.part … --reader pharmacy.key.pub … --out sealed.list",
    )(seal_list)
    seals.command(
        "publish", epilog="Example: equipoise seal publish trial.sqlite sealed.list --as kim"
    )(publish)
    app.add_typer(seals, name="seal")


def annex(
    study: str = STUDY,
    block_sizes: str | None = typer.Option(None, help="For permuted blocks, such as 4,6."),
    limit: int | None = typer.Option(None, help="For the big stick, such as 3."),
    out: Path = typer.Option(..., help="The secret file to make."),
) -> None:
    """Write down what recruiters must not know, and print the commitment to it."""
    from equipoise.chance import SystemEntropy
    from equipoise.rules.allocation import Annex, check_annex
    from equipoise.rules.allocation.specification import NONCE_BYTES

    check_new(out)
    spec, _ = _specification(study)
    made = Annex(SystemEntropy().bytes(NONCE_BYTES), _sizes(block_sizes), limit)
    check_annex(spec, made)
    write_new(out, made.disclose().encode() + b"\n", secret=True)
    _tell(out, "annex", made.commitment(spec))


def part(
    study: str = STUDY,
    party: str = _PARTY,
    annex: str = _ANNEX,
    out: Path = typer.Option(..., help="The secret file to make."),
) -> None:
    """Draw a party's part of the seed on its own machine, and print the commitment to it."""
    from equipoise.chance import SystemEntropy
    from equipoise.cli.seed_part import SeedPart
    from equipoise.rules.allocation import commit
    from equipoise.rules.allocation.seed import PART_BYTES

    check_new(out)
    spec, allocation = _specification(study)
    if party not in allocation.parties:
        raise InputError(
            f"party '{party}'",
            "is not among the parties of the protocol's allocation",
            f"Use one of: {', '.join(allocation.parties)}.",
        )
    bound_to, secret = _hash("--annex", annex), SystemEntropy().bytes(PART_BYTES)
    commitment = commit(spec, bound_to, party, secret)
    content = SeedPart(party=party, annex=bound_to.hex(), part=secret.hex())
    write_new(out, content.to_bytes(), secret=True)
    _tell(out, f"part of {party}", commitment)


def commit(
    ledger: Path = LEDGER,
    party: str = _PARTY,
    annex: str = _ANNEX,
    commitment: str = typer.Option(..., help="What `equipoise seal part` printed."),
    person: str = PERSON,
) -> None:
    """Record a party's commitment in the ledger; every party does before any reveals its part."""
    from equipoise.conduct.allocation import commit_seed_part

    bound_to, promised = _hash("--annex", annex), _hash("--commitment", commitment)
    with running(ledger) as trial:
        _check_not_published(trial)
        staff = acting(trial, person, "SeedCommitted")
        commit_seed_part(trial, staff, party, bound_to, promised)
        missing = _missing(trial)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] commitment of {party} recorded")
    if missing:
        console.print(f"  Still to commit: {', '.join(missing)}")


def seal_list(
    ledger: Path = LEDGER,
    annex: Path = typer.Option(..., help="The annex's secret file."),
    part: list[Path] = typer.Option(..., help="A party's secret file; once for each party."),
    reader: list[Path] = typer.Option(..., help="A reader's .pub file; once for each reader."),
    out: Path = typer.Option(..., help="The sealed list to make: public, to be published."),
) -> None:
    """Make the sequence and seal each slot to the readers; nothing else is kept.

    Every part and the annex must be those that were committed to in the ledger. Do it once, on a
    machine without network, in front of the parties, and delete annex and parts afterwards: they
    are sealed in the list.
    """
    from equipoise.chance import SystemEntropy
    from equipoise.cli.seed_part import read_parts
    from equipoise.conduct._seal import seal
    from equipoise.conduct.allocation import allocation_of, specification

    check_new(out)
    with running(ledger, read_only=True) as trial:
        _check_not_published(trial)
        protocol = trial.state.protocol
        spec, allocation = specification(protocol), allocation_of(protocol)
        missing, recorded = _missing(trial), dict(trial.state.seed_commitments)
    if missing:
        raise Refused(
            f"party '{missing[0]}'",
            "has not committed to its part in this ledger",
            "Record its commitment with `equipoise seal commit` before any part is revealed.",
        )
    opened = _read_annex(annex)
    for party, event in recorded.items():
        if event.annex != opened.commitment(spec).hex():
            raise InputError(
                str(annex),
                f"is not the annex to which {party} committed",
                "Use the annex that was made first; or make it anew, and let all parties commit.",
            )
    commitments = {party: bytes.fromhex(event.commitment) for party, event in recorded.items()}
    readers = _readers(reader, allocation)
    sealed = seal(spec, opened, read_parts(part), commitments, readers, SystemEntropy())
    write_new(out, sealed.to_bytes(), secret=False)
    console = Console(highlight=False, soft_wrap=True)
    size = sealed.publication.size
    console.print(f"[green]✓[/] {out}: {size} slots, sealed to {len(readers)} readers")
    console.print(f"  publication {sealed.publication.digest}")


def publish(
    ledger: Path = LEDGER,
    sealed_list: Path = typer.Argument(help="The file that `equipoise seal list` made."),
    person: str = PERSON,
) -> None:
    """Put the sealed list into the ledger; from then on participants can be randomized."""
    from equipoise.conduct._sealed_list import SealedList
    from equipoise.conduct.allocation import publish as record

    sealed = SealedList.from_bytes(read_file(sealed_list))
    with running(ledger) as trial:
        _check_not_published(trial)
        record(trial, acting(trial, person, "AllocationSealed"), sealed)
    console = Console(highlight=False, soft_wrap=True)
    console.print("[green]✓[/] published. Put this line where nobody of the trial can change it,")
    console.print("  such as the registry record and the ethics file:")
    console.print(f"  publication {sealed.publication.digest}")


def _specification(study: str) -> tuple[Specification, Allocation]:
    from equipoise.conduct.allocation import allocation_of, specification
    from equipoise.conduct.setup import usable
    from equipoise.protocol.load import load_study

    protocol = usable(load_study(study))
    return specification(protocol), allocation_of(protocol)


def _tell(out: Path, what: str, commitment: bytes) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {what}: {out} (secret until the list is sealed)")
    console.print(f"  commitment {commitment.hex()}")


def _sizes(text: str | None) -> list[int]:
    try:
        return [int(size) for size in text.split(",")] if text else []
    except ValueError:
        raise InputError(
            "--block-sizes", f"'{text}' is not a list of whole numbers", "Write 4,6."
        ) from None


def _hash(option: str, text: str) -> bytes:
    try:
        value = bytes.fromhex(text.strip())
    except ValueError:
        value = b""
    if len(value) != 32:
        raise InputError(
            option, "is not a commitment", "Copy all 64 hexadecimal digits as they were printed."
        )
    return value


def _check_not_published(trial: Trial) -> None:
    if trial.state.sealed:
        raise Refused(
            "sealed list",
            f"is published in this ledger already: {trial.state.sealed.publication}",
            "Go on with that list; it is never replaced.",
        )


def _missing(trial: Trial) -> list[str]:
    from equipoise.conduct.allocation import allocation_of

    parties = allocation_of(trial.state.protocol).parties
    return [party for party in parties if party not in trial.state.seed_commitments]


def _read_annex(path: Path) -> Annex:
    from equipoise.rules.allocation import Annex

    try:
        return Annex.from_text(read_text(path).strip())
    except InputError as error:
        problem = error.problem
        raise InputError(str(path), problem.what, problem.todo) from None


def _readers(paths: Sequence[Path], allocation: Allocation) -> list[Reader]:
    """Return the readers in the protocol's order; raise InputError unless it is just these."""
    given = {reader.role: reader for reader in map(read_reader, paths)}
    unknown = [role for role in given if role not in allocation.readers]
    missing = [role for role in allocation.readers if role not in given]
    if unknown or missing or len(given) != len(paths):
        what = (
            f"'{unknown[0]}' is not a reader of this protocol" if unknown
            else f"the key of '{missing[0]}' is missing" if missing
            else "one reader is given twice"
        )  # fmt: skip
        raise InputError(
            "readers", what, f"Give one .pub file for each of: {', '.join(allocation.readers)}."
        )
    return [given[role] for role in allocation.readers]
