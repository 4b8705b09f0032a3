"""``equipoise rehearse``: a whole trial on virtual patients, by the code that real ones use."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from equipoise.cli.options import AS_JSON, LANGUAGE, STUDY, check_language, new_folder


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise rehearse NCT05718544 --scenario hoped --seed 7")(
        rehearse
    )


def rehearse(
    study: str = STUDY,
    seed: int = typer.Option(1, help="The same seed gives the same trial, to the byte."),
    participants: int | None = typer.Option(
        None, help="How many to randomize; as many as the protocol plans by default."
    ),
    scenario: str | None = typer.Option(
        None, help="A scenario of the protocol; its first one by default."
    ),
    out: Path | None = typer.Option(
        None, help="A folder to make: ledger, report, dataset, summary."
    ),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Rehearse one trial from the sealed allocation to the report.

    Virtual patients, nurses and pumps call the functions that people will call, and write the
    same events into the same kind of ledger. The folder holds ledger.sqlite, report.html,
    dataset/ and summary.json. Everything in it says that it is a rehearsal.
    """
    from equipoise.analysis.analyse import analyse
    from equipoise.analysis.output import write
    from equipoise.cli.show import show
    from equipoise.ledger import MemoryStore, SqliteStore, read_events, verify
    from equipoise.protocol.load import load_study
    from equipoise.rehearsal.run import rehearse as run

    check_language(language)
    loaded = load_study(study)
    scenario = scenario or next(iter(loaded.protocol.scenarios if loaded.protocol else ()), "")
    out = out or Path(f"rehearsal-{loaded.study}-{scenario}-{seed}")
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with new_folder(out) as folder, Progress(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: float) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bar.update(task, completed=1.0)
                tasks[what] = bar.add_task(what, total=1.0)
            bar.update(tasks[what], completed=done)

        store = MemoryStore()
        run(loaded, store, seed, scenario, participants, progress)
        progress("verifying the ledger", 0.0)
        head = store.head()
        verify(store.read(), expected_head=head).raise_first()
        file = SqliteStore.create(folder / "ledger.sqlite")
        file.append(list(store.read()), expected=file.head())
        file.close()
        progress("analysis and report", 0.0)
        analysis = analyse(read_events(store), str(head))
        write(analysis, folder, language)
        progress("analysis and report", 1.0)
    show(analysis, out, as_json=as_json)
