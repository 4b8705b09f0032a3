from __future__ import annotations

import csv
import io

import pytest

from equipoise.analysis.table import Cell, Table, as_csv, heading, line, typeset
from equipoise.analysis.trace import Trace

ONE, TWO = Trace("one", "f", {"n": 1}), Trace("two", "f", {"n": 2})
TABLE = Table(
    "t",
    "Title",
    ("What", "A", "B"),
    (
        line("first", Cell("1", ONE, ("n",)), Cell("2", TWO, ("n",))),
        heading("Above"),
        line("under", Cell("1, or so", ONE, ("n",), notes=("late",)), "", level=1),
        line(Cell("last", notes=("early", "late")), "x", "y"),
    ),
)


def test_results_are_listed_once() -> None:
    assert TABLE.traces() == [ONE, TWO]


def test_notes_have_letters_in_the_order_of_the_cells() -> None:
    assert TABLE.letters() == {"late": "a", "early": "b"}
    assert [TABLE.marks(c) for c in TABLE.cells() if c.notes] == ["a", "a,b"]
    assert TABLE.marks(Cell("plain")) == ""


def test_after_z_comes_aa() -> None:
    many = Table("t", "", ("",), tuple(line(Cell("", notes=(str(n),))) for n in range(53)))
    letters = list(many.letters().values())
    assert (letters[0], letters[25], letters[26], letters[52]) == ("a", "z", "aa", "ba")


def test_csv_gives_each_record_its_heading() -> None:
    assert list(csv.reader(io.StringIO(as_csv(TABLE)))) == [
        ["What", "A", "B"],
        ["first", "1", "2"],
        ["Above: under", "1, or so", ""],
        ["last", "x", "y"],
    ]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("-0.1 (-0.2 to 0.3)", "−0.1 (−0.2 to 0.3)"),
        ("SRS-22", "SRS-22"),
        ("0-10", "0-10"),
        ("2021-04-09", "2021-04-09"),
        ("-∞", "−∞"),
        ("Age-related", "Age-related"),
    ],
)
def test_a_hyphen_before_a_number_is_a_minus(text: str, printed: str) -> None:
    assert typeset(text) == printed
