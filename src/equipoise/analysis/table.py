"""The one model of a printed table: HTML, Word, LaTeX and CSV are made from it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from equipoise.analysis.trace import Trace

_NEGATIVE = re.compile(r"(?<![\w.\])])-(?=[\d∞])")
BESIDE = "\u00a0"
"""Set before a unit or a bracket that must not stand alone on a line."""


@dataclass(frozen=True)
class Cell:
    """Printed text; for a number the result it prints and which ``fields`` of its values.

    ``notes`` are sentences for the foot of the table, marked with a letter.
    """

    text: str
    trace: Trace | None = None
    fields: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A line: its label first. ``level`` 1 stands under a heading, ``heading`` is one."""

    cells: tuple[Cell, ...]
    level: int = 0
    heading: bool = False


@dataclass(frozen=True)
class Table:
    """A table as it is printed.

    ``name`` is that of its files and its anchor. ``words`` are the columns set as words, to the
    left; all others hold numbers. ``notes`` stand below, before the lettered ones of the cells.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    words: frozenset[int] = frozenset({0})
    number: int = 0

    def cells(self) -> Iterator[Cell]:
        """Yield every cell, row by row."""
        for row in self.rows:
            yield from row.cells

    def traces(self) -> list[Trace]:
        """Return the results that the table prints, each once, in their order."""
        return list({c.trace.id: c.trace for c in self.cells() if c.trace}.values())

    def letters(self) -> dict[str, str]:
        """Return the letter of each sentence that a cell notes, in the order of the cells."""
        sentences = dict.fromkeys(note for cell in self.cells() for note in cell.notes)
        return {sentence: _letter(place) for place, sentence in enumerate(sentences)}

    def marks(self, cell: Cell) -> str:
        """Return the letters of a cell, ``a,b``."""
        letters = self.letters() if cell.notes else {}
        return ",".join(sorted({letters[note] for note in cell.notes}))


def line(*cells: Cell | str, level: int = 0) -> Row:
    """Return a row of cells and plain words."""
    return Row(tuple(Cell(c) if isinstance(c, str) else c for c in cells), level)


def heading(words: str) -> Row:
    """Return a row that is a heading over those below."""
    return Row((Cell(words),), heading=True)


def typeset(text: str) -> str:
    """Return ``text`` for print: a hyphen before a number is a minus sign."""
    return _NEGATIVE.sub("−", text)


def as_csv(table: Table) -> str:
    """Return the table as CSV: the columns, then a record for each row; notes are left out.

    A row under a heading begins with the heading, so that each record can be read alone.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    above = ""
    for row in table.rows:
        if row.heading:
            above = row.cells[0].text
            continue
        above = above if row.level else ""
        label = f"{above}: {row.cells[0].text}" if above else row.cells[0].text
        writer.writerow([label, *(cell.text for cell in row.cells[1:])])
    return out.getvalue()


def _letter(place: int) -> str:
    more, here = divmod(place, len(ascii_lowercase))
    return (_letter(more - 1) if more else "") + ascii_lowercase[here]
