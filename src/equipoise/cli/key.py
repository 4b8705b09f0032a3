"""``equipoise key``: the key of a reader, and the escrow key in shares on paper."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from equipoise.cli.files import check_new, read_text, write_new
from equipoise.cli.key_files import ask_passphrase, open_key, read_reader
from equipoise.cli.options import new_folder


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    keys = typer.Typer(no_args_is_help=True, help="Keys of the readers of the sealed list.")
    keys.command("new", epilog="Example: equipoise key new pharmacy --out pharmacy.key")(new)
    keys.command("split", epilog="Example: equipoise key split escrow.key --out shares")(split)
    keys.command(
        "join",
        epilog="Example: equipoise key join escrow.key.pub share-1.txt share-3.txt "
        "--out restored.key",
    )(join)
    app.add_typer(keys, name="key")


def new(
    reader: str = typer.Argument(help="A reader of the protocol's allocation, such as pharmacy."),
    out: Path = typer.Option(..., help="The key file to make; FILE.pub is made beside it."),
) -> None:
    """Make a reader's key on the reader's own machine.

    The file is useless without its passphrase. FILE.pub is its public half, to be given to whoever
    seals the list.
    """
    from equipoise.chance import SystemEntropy
    from equipoise.conduct._key_file import save_reader_key
    from equipoise.conduct._keys import new_reader_key

    public = out.with_name(f"{out.name}.pub")
    check_new(out, public)
    key = new_reader_key(reader, SystemEntropy())
    passphrase = ask_passphrase(str(out), twice=True)
    content = save_reader_key(key, passphrase, SystemEntropy())
    write_new(out, content, secret=True)
    try:
        write_new(public, key.reader.model_dump_json().encode() + b"\n", secret=False)
    except BaseException:
        out.unlink()
        raise
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] key of {reader}: {out} (keep it), {public} (give it away)")
    console.print(f"  public key {key.public_key.hex()}")


def split(
    file: Path = typer.Argument(help="The key file to split."),
    out: Path = typer.Option(..., help="A folder to make, with three shares."),
) -> None:
    """Split a key into three shares of 33 words (SLIP-39); any two of them restore it.

    Print each share, give it to its holder, and delete the files. One share alone tells nothing.
    """
    from equipoise.chance import SystemEntropy
    from equipoise.conduct._shares import split_key

    check_new(out)
    shares = split_key(open_key(file), SystemEntropy())
    with new_folder(out) as folder:
        for number, share in enumerate(shares, start=1):
            text = f"{share.reveal()}\n".encode()
            write_new(folder / f"share-{number}.txt", text, secret=True)
    Console(highlight=False, soft_wrap=True).print(
        f"[green]✓[/] {len(shares)} shares in {out}, any two of which restore the key"
    )


def join(
    reader: Path = typer.Argument(metavar="FILE.pub", help="The public half of the key."),
    shares: list[Path] = typer.Argument(metavar="SHARE SHARE", help="Two of the shares."),
    out: Path = typer.Option(..., help="The key file to make."),
) -> None:
    """Restore a key from two of its shares, and protect it with a new passphrase."""
    from equipoise.chance import SystemEntropy
    from equipoise.conduct._key_file import save_reader_key
    from equipoise.conduct._shares import restore_key
    from equipoise.rules.allocation.secrecy import Secret

    check_new(out)
    known = read_reader(reader)
    key = restore_key(known, [Secret(read_text(share)) for share in shares])
    content = save_reader_key(key, ask_passphrase(str(out), twice=True), SystemEntropy())
    write_new(out, content, secret=True)
    Console(highlight=False, soft_wrap=True).print(
        f"[green]✓[/] key of {known.role} restored: {out}"
    )
