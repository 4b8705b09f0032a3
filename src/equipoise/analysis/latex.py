"""A table as LaTeX, with the three rules of ``booktabs``; a long one as a ``longtable``."""

from __future__ import annotations

import re

from equipoise.analysis.table import Cell, Row, Table, typeset

LONG = 25
"""More rows than these do not stand on one page."""

_ESCAPED = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "–": "--",
    "−": r"\ensuremath{-}",
    "≥": r"\ensuremath{\geq}",
    "≤": r"\ensuremath{\leq}",
    "×": r"\ensuremath{\times}",
    "∞": r"\ensuremath{\infty}",
    "→": r"\ensuremath{\rightarrow}",
    "µ": r"\ensuremath{\mu}",
    "\u00a0": "~",
}
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPED)))


def as_latex(table: Table, identity: str, *, chinese: bool = False) -> str:
    r"""Return the table for ``\input``; it needs ``booktabs``, ``array`` and ``longtable``.

    Chinese needs ``ctex`` and XeLaTeX as well, which the first line then says.
    """
    packages = r"\usepackage{booktabs,array,longtable}" + (r" \usepackage{ctex}" if chinese else "")
    body = [_row(table, row) for row in table.rows]
    head = " & ".join(rf"\textbf{{{escape(each)}}}" for each in table.columns) + r" \\"
    caption = rf"\caption{{{escape(table.title)}}}\label{{tab:{table.name}}}"
    notes = _notes(table, identity)
    if len(body) > LONG:
        lines = [
            rf"\begin{{longtable}}{{{_columns(table)}}}",
            rf"{caption}\\", r"\toprule", head, r"\midrule", r"\endfirsthead",
            r"\toprule", head, r"\midrule", r"\endhead",
            *body, r"\bottomrule", r"\end{longtable}", *notes,
        ]  # fmt: skip
    else:
        lines = [
            r"\begin{table}[htbp]", r"\centering\footnotesize", caption,
            rf"\begin{{tabular}}{{{_columns(table)}}}", r"\toprule", head, r"\midrule",
            *body, r"\bottomrule", r"\end{tabular}", r"\par\smallskip", *notes, r"\end{table}",
        ]  # fmt: skip
    return "\n".join([f"% {packages}", *lines]) + "\n"


def escape(text: str) -> str:
    """Return ``text`` so that LaTeX prints it as it is."""
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)


def _columns(table: Table) -> str:
    """Words wrap in what numbers leave of the line; numbers are set to the right."""
    numbers = len(table.columns) - len(table.words)
    share = max(0.94 - 0.15 * numbers, 0.3) / len(table.words)
    words = rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}"
    return "".join(words if k in table.words else "r" for k in range(len(table.columns)))


def _row(table: Table, row: Row) -> str:
    cells = [_cell(table, cell) for cell in row.cells]
    if row.heading:
        return rf"\multicolumn{{{len(table.columns)}}}{{l}}{{\textbf{{{cells[0]}}}}} \\"
    indent = r"\hspace{1em}" if row.level else ""
    return indent + " & ".join(cells) + r" \\"


def _cell(table: Table, cell: Cell) -> str:
    marks = table.marks(cell)
    return escape(typeset(cell.text)) + (rf"\textsuperscript{{{marks}}}" if marks else "")


def _notes(table: Table, identity: str) -> list[str]:
    lettered = [
        rf"\textsuperscript{{{letter}}} {escape(sentence)}"
        for sentence, letter in table.letters().items()
    ]
    printed = [*map(escape, table.notes), *lettered]
    if identity:
        printed.append(rf"\texttt{{{identity}}}")
    return [rf"{{\footnotesize {each}\par}}" for each in printed]
