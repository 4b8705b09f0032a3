"""``equipoise registry protocol``: the draft of a protocol from a registry record."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language, new_folder
from equipoise.cli.registry_load import HOME

if TYPE_CHECKING:
    from equipoise.language import Language
    from equipoise.protocol.load import Loaded
    from equipoise.registry.draft.sheet import Draft

SHOWN_MAX = 12


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command(epilog="Example: equipoise registry protocol record.json --out my-trial")(
        protocol
    )


def protocol(
    record: str = typer.Argument(
        help="A record: a file in any format, a shipped study, or a number in the store."
    ),
    out: Path = typer.Option(..., "--out", help="The new folder; nothing is ever overwritten."),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Draft a protocol from a record, for a person to confirm line by line.

    Arms, bags and pump programs, masking, criteria with rules, outcomes and their visits are read
    from the record; comments in protocol.yaml say from which words. What the record does not say
    is left out, and `equipoise check` on the folder lists it. The record is put beside the draft.
    """
    from equipoise.language import Language
    from equipoise.protocol.load import load_study
    from equipoise.registry.draft.compose import draft
    from equipoise.registry.draft.writing import written
    from equipoise.registry.source import one

    say = Language(check_language(language))
    study = dict(one(record, folder=home))
    made = draft(study)
    with new_folder(out) as folder:
        text = json.dumps(study, ensure_ascii=False, indent=2) + "\n"
        (folder / "record.json").write_text(text, encoding="utf-8", errors="replace")
        (folder / "protocol.yaml").write_text(written(made.data, made.comments), encoding="utf-8")
    loaded = load_study(out)
    if as_json:
        typer.echo(json.dumps(_told(made, loaded), ensure_ascii=False, indent=2))
        return
    _print(made, loaded, out, say)


def _print(made: Draft, loaded: Loaded, out: Path, say: Language) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    console.print(escape(say("drafted {file}", file=str(out / "protocol.yaml"))))
    console.print(
        say(
            "arms: {arms}, mixtures: {mixtures}, pump program: {pump}",
            arms=len(made.data["arms"]),
            mixtures=len(made.bags),
            pump=say("yes") if made.program else say("no"),
        )
    )
    hows = Counter[str](each.reading.how for each in made.criteria)
    words: dict[str, str] = {
        "computed": say("computed"),
        "mixed": say("computed and asked"),
        "conditions": say("asked"),
        "question": say("asked as a whole"),
        "judgement": say("judgement"),
        "not a criterion": say("no criterion"),
    }
    counts = ", ".join(f"{words[how]} {hows[how]}" for how in words if hows[how])
    console.print(
        say("criteria: {count} ({counts})", count=len(made.criteria), counts=counts or "0")
    )
    console.print(
        say(
            "outcomes: {outcomes}, visits: {visits}",
            outcomes=len(made.outcomes),
            visits=len(made.data["schedule"]),
        )
    )
    if not loaded.errors:
        console.print(say("Nothing is missing to read it. Confirm every line before it is used."))
        return
    console.print(say("still missing or wrong: {count}", count=len(loaded.errors)))
    for problem in map(say.problem, loaded.errors[:SHOWN_MAX]):
        console.print(f"  {escape(problem.where)}: {escape(problem.what)}")
    console.print(
        escape(say("All of it, with what to do: equipoise check {folder}", folder=str(out)))
    )


def _told(made: Draft, loaded: Loaded) -> dict[str, Any]:
    """Return what was drafted, for a program to read: each rule with the places it is read from."""
    return {
        "study": made.data["study"],
        "criteria": [
            {
                "id": each.id,
                "kind": each.side,
                "how": each.reading.how,
                "rule": each.reading.rule,
                "start": each.start,
                "end": each.end,
                "tests": [
                    {
                        "rule": atom.rule,
                        "start": None if each.start is None else each.start + atom.start,
                        "end": None if each.start is None else each.start + atom.end,
                    }
                    for atom in each.reading.atoms
                ],
                "not_in_the_rule": list(each.reading.rest),
                "doubts": [*each.doubts, *each.reading.doubts],
            }
            for each in made.criteria
        ],
        "mixtures": list(made.bags),
        "pump": made.data.get("pump") is not None,
        "outcomes": [each.name for each in made.outcomes],
        "missing": [
            {"where": each.where, "what": each.what, "todo": each.todo} for each in loaded.errors
        ],
    }
