"""``equipoise design``: what an ensemble says of a design."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, STUDY, check_language, new_folder
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.language import Language
    from equipoise.rehearsal.ensemble.uses.told import Told
    from equipoise.rehearsal.ensemble.uses.trials import Question

TRIALS = typer.Option(1000, "--trials", help="How many trials each answer rests on.")
SEED = typer.Option(1, "--seed", help="Seed of the trials.")
THREADS = typer.Option(1, "--threads", help="Use so many threads.")
OUT = typer.Option(None, "--out", help="A folder to make: design.html and design.json.")
SCENARIO = typer.Option(None, "--scenario", help="Scenario; the first one by default.")
ENDPOINT = typer.Option(None, "--endpoint", help="Endpoint; the study's primary one by default.")
VISIT = typer.Option(None, "--visit", help="Visit, for an endpoint compared at each.")
PARTICIPANTS = typer.Option(None, "--participants", help="How many are randomized.")

group = typer.Typer(no_args_is_help=True, help="Decide on a design with an ensemble.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(group, name="design")


@group.command(
    epilog="Example: equipoise design assurance NCT05718544 "
    "--scenario hoped --prior 'attrition.lost=uniform(0.05,0.2)'"
)
def assurance(
    study: str = STUDY,
    prior: list[str] = typer.Option(
        [],
        "--prior",
        help="PATH=normal(m,sd), uniform(a,b), discrete(v:w,…); once for each number.",
    ),
    draws: int = typer.Option(100, help="Draws of the prior, which share the trials."),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    endpoint: str | None = ENDPOINT,
    visit: str | None = VISIT,
    participants: int | None = PARTICIPANTS,
) -> None:
    """The probability of success, averaged over what is believed of a number."""
    from equipoise.rehearsal.ensemble.uses import telling
    from equipoise.rehearsal.ensemble.uses.assurance import assurance as find
    from equipoise.rehearsal.ensemble.uses.prior import prior as read

    asked = _asked(study, trials, seed, threads, scenario, endpoint, visit, participants, language)
    found = find(asked, [read(each) for each in prior], draws=draws, trials=trials)
    _tell(found, asked, telling.of_assurance, out, language, as_json=as_json)


@group.command(epilog="Example: equipoise design size NCT05718544 --scenario hoped --power 0.8")
def size(
    study: str = STUDY,
    power: float = typer.Option(0.8, help="Power wanted."),
    largest: int = typer.Option(2000, help="The most participants to think of."),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    endpoint: str | None = ENDPOINT,
    visit: str | None = VISIT,
) -> None:
    """The number of participants for a power, with attrition as planned."""
    from equipoise.rehearsal.ensemble.uses import telling
    from equipoise.rehearsal.ensemble.uses.size import size as find

    asked = _asked(study, trials, seed, threads, scenario, endpoint, visit, None, language)
    _tell(
        find(asked, target=power, trials=trials, largest=largest),
        asked,
        telling.of_size,
        out,
        language,
        as_json=as_json,
    )


@group.command(
    epilog="Example: equipoise design compare NCT05718544 --scenario hoped "
    "--design 'as planned' --design 'blocks 3/6, 2:1'"
)
def compare(
    study: str = STUDY,
    design: list[str] = typer.Option(
        [],
        "--design",
        help="'blocks 4/6', 'big stick 3', 'complete', 'as planned', then ', 2:1' and ', n=250'; "
        "one of each unless given.",
    ),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    endpoint: str | None = ENDPOINT,
    visit: str | None = VISIT,
    participants: int | None = PARTICIPANTS,
) -> None:
    """Designs of the allocation side by side: power, imbalance, predictability, doses."""
    from equipoise.rehearsal.ensemble.uses import telling
    from equipoise.rehearsal.ensemble.uses.compare import compare as find
    from equipoise.rehearsal.ensemble.uses.compare import design as read
    from equipoise.rules.allocation.planned import specification

    asked = _asked(study, trials, seed, threads, scenario, endpoint, visit, participants, language)
    block = 2 * sum(specification(asked.protocol).ratio)
    wanted = design or ["as planned", f"blocks {block}", "complete", "big stick 3"]
    found = find(asked, [read(each) for each in wanted], trials=trials)
    _tell(found, asked, telling.of_compare, out, language, as_json=as_json)


@group.command(
    epilog="Example: equipoise design tornado NCT05718544 --scenario hoped "
    "--vary attrition.withdraws --vary attrition.lost=0.05,0.2"
)
def tornado(
    study: str = STUDY,
    vary: list[str] = typer.Option(
        [], "--vary", help="PATH, or PATH=LOW,HIGH; all plain numbers by 20 % unless given."
    ),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    endpoint: str | None = ENDPOINT,
    visit: str | None = VISIT,
    participants: int | None = PARTICIPANTS,
) -> None:
    """Which assumptions move the power most."""
    from equipoise.rehearsal.ensemble.uses import telling
    from equipoise.rehearsal.ensemble.uses.tornado import tornado as find

    asked = _asked(study, trials, seed, threads, scenario, endpoint, visit, participants, language)
    _tell(
        find(asked, dict(map(_range, vary)), trials=trials),
        asked,
        telling.of_tornado,
        out,
        language,
        as_json=as_json,
    )


@group.command(epilog="Example: equipoise design safety NCT05718544 --above esketamine=100")
def safety(
    study: str = STUDY,
    above: list[str] = typer.Option([], "--above", help="DRUG=NG_ML, in place of landmarks."),
    persons: int = typer.Option(1000, help="Persons of each weight for the worst patient."),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    participants: int | None = PARTICIPANTS,
) -> None:
    """Who passes a concentration at the effect site, and the worst patient."""
    from equipoise.rehearsal.ensemble.uses import telling_courses
    from equipoise.rehearsal.ensemble.uses.exposure import exposure as find

    asked = _asked(study, trials, seed, threads, scenario, None, None, participants, language)
    if persons < 1:
        raise InputError("--persons", f"{persons} persons show nothing", "Give 1 or more.")
    levels = {name: ends[0] for name, ends in (_numbers("--above", each, 1) for each in above)}
    _tell(
        find(asked, levels, trials=trials, persons=persons),
        asked,
        telling_courses.of_exposure,
        out,
        language,
        as_json=as_json,
    )


@group.command(
    epilog="Example: equipoise design interim NCT05718544 --scenario hoped "
    "--null null --look 0.5 --look 0.75"
)
def interim(
    study: str = STUDY,
    look: list[float] = typer.Option(
        [0.5], "--look", help="Share of the participants at a look; the last look is at all."
    ),
    spend: str = typer.Option("obrien-fleming", "--spending", help="obrien-fleming or pocock."),
    null: str | None = typer.Option(
        None,
        help="Scenario of no effect, for the type I error; the "
        "first in which the arms are alike unless given.",
    ),
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int = THREADS,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
    scenario: str | None = SCENARIO,
    endpoint: str | None = ENDPOINT,
    visit: str | None = VISIT,
    participants: int | None = PARTICIPANTS,
) -> None:
    """Looks at the data before the end: who stops, and the type I error."""
    from dataclasses import replace

    from equipoise.rehearsal.ensemble.uses import telling_courses
    from equipoise.rehearsal.ensemble.uses.interim import interim as find

    asked = _asked(study, trials, seed, threads, scenario, endpoint, visit, participants, language)
    alike = [
        name for name in asked.protocol.scenarios if replace(asked, scenario=name).exchangeable
    ]
    worlds = [asked.scenario, *([null] if null else alike[:1])]
    found = find(
        asked, worlds, looks=[*(x for x in look if x != 1), 1.0], spend=spend, trials=trials
    )
    _tell(found, asked, telling_courses.of_interim, out, language, as_json=as_json)


# --- what they share ------------------------------------------------------------------------


def _asked(
    study: str,
    trials: int,
    seed: int,
    threads: int,
    scenario: str | None,
    endpoint: str | None,
    visit: str | None,
    participants: int | None,
    language: str,
) -> Question:
    from equipoise.protocol.load import load_study
    from equipoise.rehearsal.ensemble.uses.trials import question

    check_language(language)
    if trials < 2 or threads < 1 or not 0 <= seed < 2**64:
        raise InputError(
            "--trials, --threads, --seed",
            "cannot be used",
            "Give 2 or more trials, 1 or more threads, a seed of 64 bits.",
        )
    return question(
        load_study(study),
        endpoint=endpoint,
        visit=visit,
        scenario=scenario,
        seed=seed,
        threads=threads,
        participants=participants,
    )


def _range(text: str) -> tuple[str, tuple[float, float] | None]:
    if "=" not in text:
        return text, None
    name, ends = _numbers("--vary", text, 2)
    return name, (ends[0], ends[1])


def _numbers(option: str, text: str, count: int) -> tuple[str, list[float]]:
    name, _, rest = text.partition("=")
    try:
        found = [float(each) for each in rest.split(",")]
    except ValueError:
        found = []
    if not name or len(found) != count or not all(map(math.isfinite, found)):
        shape = ",".join(("LOW", "HIGH") if count > 1 else ("NUMBER",))
        raise InputError(
            f"{option} {text}",
            "is not a name with its numbers",
            f"Write it so: {option} NAME={shape}",
        )
    return name, found


def _tell(
    found: Any,
    asked: Question,
    tell: Callable[[Any, Question, Language], Told],
    out: Path | None,
    language: str,
    *,
    as_json: bool,
) -> None:
    from rich.console import Console
    from rich.table import Table

    from equipoise.language import Language
    from equipoise.rehearsal.ensemble.uses import told

    data = json.dumps(told.as_json(found, asked), ensure_ascii=False, indent=2, allow_nan=False)
    say = Language(language)
    words = tell(found, asked, say)
    if out is not None:
        with new_folder(out) as folder:
            page = told.page(words, asked.protocol, say)
            (folder / "design.html").write_text(page, encoding="utf-8")
            (folder / "design.json").write_text(data + "\n", encoding="utf-8")
            if words.figure:
                (folder / "design.svg").write_text(words.figure, encoding="utf-8")
    if as_json:
        typer.echo(data)
        return
    console = Console(highlight=False, markup=False)
    console.print(words.question)
    for each in words.tables:
        table = Table(title=each.title or None, title_justify="left")
        for place, heading in enumerate(each.headings):
            table.add_column(heading, justify="right" if place else "left", overflow="fold")
        for row in each.rows:
            table.add_row(*row)
        console.print(table)
    console.print(words.answer, style="bold")
    for note in words.notes:
        console.print(note, style="dim")
    console.print(say("Rehearsal: virtual participants, no evidence."), style="yellow")
    if out is not None:
        console.print(say("Page: {path}", path=out / "design.html"), soft_wrap=True)
