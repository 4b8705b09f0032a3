"""Write the tables of ``masking.md`` from the rule that says who may read what.

Run it after a change to the rule: ``python docs/generate_masking.py``.
"""  # noqa: INP001 - a script, not a module

from __future__ import annotations

from pathlib import Path

from equipoise.events.types import fact_types
from equipoise.rules.audience import EVERYBODY, MAY_READ, UNMASKED_WORDS, WITHHELD

PAGE = Path(__file__).parent / "masking.md"
BEGIN, END = (f"<!-- generate_masking.py: {word} -->" for word in ("begin", "end"))

ROLES = (
    "caregiver",
    "investigator",
    "outcomes assessor",
    "data manager",
    "statistician",
    "pharmacist",
)


def page(text: str) -> str:
    """Return the page ``text`` with its tables made anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def tables() -> str:
    """Return who reads which kind of event, and which fields are withheld, as Markdown."""
    assert set(ROLES) == EVERYBODY
    lines = [_row("event", *ROLES), _row("---", *(":-:" for _ in ROLES))]
    for kind in fact_types():
        marks = ("x" if role in MAY_READ[kind] else "" for role in ROLES)
        lines.append(_row(f"`{kind}`", *marks))
    lines += ["", _row("withheld", "fields", "from"), _row("---", "---", "---")]
    lines += [
        _row(f"`{k}`", _names(f), "all who did not record it") for k, f in sorted(WITHHELD.items())
    ]
    lines += [
        _row(f"`{k}` of a pharmacist", _names(f), "all who are masked")
        for k, f in UNMASKED_WORDS.items()
    ]
    return "\n".join(lines)


def _names(fields: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(fields))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
