"""``equipoise rehearse``: a whole trial on virtual patients, by the code that real ones use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.analysis.analyse import Analysis
    from equipoise.conduct.trial import Store

Tell = Callable[[str, float], None]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(
        epilog="Example: equipoise rehearse NCT05718544 --scenario hoped --seed 7. Many trials: "
        "equipoise rehearse NCT05718544 --trials 1000 --scenario hoped --scenario null"
    )(rehearse)


def rehearse(
    study: str = STUDY,
    seed: int = typer.Option(1, help="The same seed gives the same trial, to the byte."),
    participants: int | None = typer.Option(
        None, help="How many to randomize; as many as the protocol plans by default."
    ),
    scenario: list[str] = typer.Option(
        [], help="A scenario of the protocol; its first one by default. Several with --trials."
    ),
    trials: int | None = typer.Option(
        None, help="Simulate so many trials, and report what they find on the whole."
    ),
    vary: list[str] = typer.Option(
        [],
        metavar="NAME=A,B,C",
        help="With --trials: let a number under `rehearsal` take each of these values.",
    ),
    threads: int = typer.Option(1, help="With --trials: threads to use; the rows are the same."),
    people: bool = typer.Option(
        False, "--people", help="With --trials: keep a row for each participant as well."
    ),
    chunk: int | None = typer.Option(
        None, help="With --trials: how many are simulated and kept together."
    ),
    ray: str | None = typer.Option(
        None, metavar="ADDRESS", help="With --trials: use a Ray cluster; local starts one."
    ),
    out: Path | None = typer.Option(
        None, help="A folder to make: ledger, report, dataset, summary; or of trials to go on with."
    ),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Rehearse one trial from the sealed allocation to the report, or simulate many.

    Virtual patients, nurses and pumps call the functions that people will call, and write the
    same events into the same kind of ledger. The folder holds ledger.sqlite and all that
    equipoise analyze writes. Everything in it says that it is a rehearsal.

    With --trials the same people, pumps and analyses are simulated many times over, without
    ledgers. The folder holds a row for each trial, summary.json and report.html: power, type I
    error, bias, coverage, use of the pump, attrition. The same command goes on where one was
    stopped; equipoise replay makes the ledger of any of the trials.
    """
    from equipoise.protocol.load import load_study

    check_language(language)
    if trials is not None:
        from equipoise.cli.ensemble import Wish, simulate

        wish = Wish(trials, scenario, vary, seed, participants, threads, people, chunk, ray,
                    out, language, as_json)  # fmt: skip
        simulate(load_study(study), wish)
        return
    if len(scenario) > 1 or vary or people or ray or chunk or threads != 1:
        raise InputError(
            "--trials",
            "is missing: several scenarios, --vary, --people, --threads, --chunk and --ray are "
            "for many trials",
            "Add --trials 1000, or leave them out.",
        )
    from equipoise.cli.show import show
    from equipoise.rehearsal.run import rehearse as run

    loaded = load_study(study)
    default = next(iter(loaded.protocol.scenarios if loaded.protocol else ()), "")
    name = scenario[0] if scenario else default
    out = out or Path(f"rehearsal-{loaded.study}-{name}-{seed}")

    def conduct(store: Store, tell: Tell) -> None:
        run(loaded, store, seed, name, participants, tell)

    with written(out, language, conduct) as (analysis, _):
        pass
    show(analysis, out, as_json=as_json)


@contextmanager
def written(
    out: Path, language: str, conduct: Callable[[Store, Tell], object]
) -> Iterator[tuple[Analysis, Path]]:
    """Conduct a rehearsal and write all of it; yield the analysis and the unfinished folder.

    The folder becomes ``out`` when the body ends, or vanishes when anything fails.
    """
    from equipoise.analysis.analyse import analyse
    from equipoise.analysis.output import write
    from equipoise.ledger import MemoryStore, SqliteStore, read_events, verify

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with new_folder(out) as folder, Progress(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: float) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bar.update(task, completed=1.0)
                tasks[what] = bar.add_task(what, total=1.0)
            bar.update(tasks[what], completed=done)

        store = MemoryStore()
        conduct(store, tell)
        tell("verifying the ledger", 0.0)
        head = store.head()
        verify(store.read(), expected_head=head).raise_first()
        file = SqliteStore.create(folder / "ledger.sqlite")
        file.append(list(store.read()), expected=file.head())
        file.close()
        tell("analysis and report", 0.0)
        analysis = analyse(read_events(store), str(head))
        write(analysis, folder, language)
        tell("analysis and report", 1.0)
        yield analysis, folder
