"""``equipoise analyze``: dataset, tables, figures and report from any ledger."""

from __future__ import annotations

from pathlib import Path

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, LEDGER, check_language, new_folder


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise analyze ledger.sqlite --out results")(analyze)


def analyze(
    ledger: Path = LEDGER,
    out: Path = typer.Option(
        ..., help="A folder to make: report, tables, figures, results, dataset."
    ),
    dummy: bool = typer.Option(
        False, help="Made-up arms: everything runs before the allocation is opened."
    ),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Make the report of a ledger, as its protocol plans it.

    The folder holds report.html, report.docx (where python-docx is installed), tables as CSV and
    LaTeX, figures as SVG, results.json with the origin of every number, summary.json, dataset/.

    The ledger is verified first. Arms are those of the opened allocation; before it is opened,
    use --dummy. A ledger with the same head gives the same report, to the byte.
    """
    from equipoise.analysis.analyse import analyse
    from equipoise.analysis.output import write
    from equipoise.cli.show import show
    from equipoise.ledger import open_ledger, read_events, verify

    check_language(language)
    store = open_ledger(ledger, read_only=True)
    verify(store.read()).raise_first()
    with new_folder(out) as folder:
        analysis = analyse(read_events(store), str(store.head()), dummy=dummy)
        write(analysis, folder, language)
    store.close()
    show(analysis, out, as_json=as_json)
