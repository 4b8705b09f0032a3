from __future__ import annotations

import re

import pytest

from equipoise.analysis.latex import LONG, as_latex, escape
from equipoise.analysis.publication import publication
from equipoise.analysis.table import Cell, Table, heading, line
from equipoise.language import Language
from tests.small import analysis


def _table(rows: int) -> Table:
    body = [line("a & b", "50%", "-0.1", level=1) for _ in range(rows)]
    first = line(Cell("x_1", notes=("Not < 5",)), "1", "2")
    return Table("t_1", "50% & more", ("What", "A", "B"), (heading("Over"), first, *body))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("50% & $5 #1 a_b {x}", r"50\% \& \$5 \#1 a\_b \{x\}"),
        ("\\", r"\textbackslash{}"),
        ("~^", r"\textasciitilde{}\textasciicircum{}"),
        ("<0.001 ≥ 4", r"\ensuremath{<}0.001 \ensuremath{\geq} 4"),
        ("2–4", "2--4"),
        ("疼痛", "疼痛"),
    ],
)
def test_text_is_printed_as_it_is(text: str, safe: str) -> None:
    assert escape(text) == safe


def test_every_row_has_every_column() -> None:
    text = as_latex(_table(3), "abc123")
    assert r"\caption{50\% \& more}\label{tab:t_1}" in text
    assert r"\multicolumn{3}{l}{\textbf{Over}} \\" in text
    assert r"x\_1\textsuperscript{a} & 1 & 2 \\" in text
    assert r"\hspace{1em}a \& b & 50\% & \ensuremath{-}0.1 \\" in text
    assert r"\textsuperscript{a} Not \ensuremath{<} 5" in text
    assert r"\texttt{abc123}" in text


@pytest.mark.parametrize(("rows", "kind"), [(LONG - 2, "table"), (LONG - 1, "longtable")])
def test_a_long_table_runs_over_pages(rows: int, kind: str) -> None:
    text = as_latex(_table(rows), "")
    assert rf"\begin{{{kind}}}" in text
    assert "texttt" not in text


@pytest.mark.parametrize("code", ["en", "zh"])
def test_tables_of_a_trial_are_well_formed(code: str) -> None:
    for table in publication(analysis(), Language(code)).tables:
        text = as_latex(table, "0", chinese=code == "zh")
        assert ("ctex" in text.splitlines()[0]) == (code == "zh")
        bare = re.sub(r"\\[\\{}&%$#_]", "", text)
        assert bare.count("{") == bare.count("}")
        assert re.findall(r"\\begin{(\w+)}", text) == re.findall(r"\\end{(\w+)}", text)[::-1]
        rows = [each for each in bare.splitlines() if " & " in each]
        assert {each.count("&") for each in rows} == {len(table.columns) - 1}
