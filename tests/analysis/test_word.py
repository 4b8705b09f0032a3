from __future__ import annotations

import io
import sys
import zipfile
from functools import cache
from types import SimpleNamespace

import pytest

from equipoise.analysis.publication import Publication, publication
from equipoise.analysis.table import typeset
from equipoise.language import Language
from tests.small import analysis

docx = pytest.importorskip("docx", reason="the Word file needs python-docx")
word = pytest.importorskip("equipoise.analysis.word", reason="as above")

EN = Language("en")
_SVG = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"


@cache
def _made() -> Publication:
    return publication(analysis(), EN)


@cache
def _file() -> bytes:
    return bytes(word.as_word(_made(), EN))


def test_it_holds_every_cell_of_every_table() -> None:
    drawn = docx.Document(io.BytesIO(_file())).tables
    assert len(drawn) == len(_made().tables)
    for mine, theirs in zip(_made().tables, drawn, strict=True):
        assert [cell.text for cell in theirs.rows[0].cells] == list(mine.columns)
        for row, printed in zip(mine.rows, theirs.rows[1:], strict=True):
            if row.heading:
                assert {cell.text for cell in printed.cells} == {row.cells[0].text}
                continue
            expected = [typeset(cell.text) + mine.marks(cell) for cell in row.cells]
            assert [cell.text for cell in printed.cells] == expected


def test_captions_notes_and_identities_stand_in_order() -> None:
    document = docx.Document(io.BytesIO(_file()))
    texts = [paragraph.text for paragraph in document.paragraphs]
    at = -1
    for table in _made().tables:
        at = texts.index(f"Table {table.number}. {table.title}", at + 1)
    for table in _made().tables:
        assert {*table.notes} <= set(texts)
        for sentence, letter in table.letters().items():
            assert f"{letter} {sentence}" in texts
        if identity := _made().identity(table):
            assert f"Identity of these results: {identity}" in texts
    for mark in _made().marks:
        assert texts.index(mark) < 3


def test_heads_are_repeated_on_every_page_and_no_row_is_broken() -> None:
    for table in docx.Document(io.BytesIO(_file())).tables:
        assert [len(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows] == [
            int(place == 0) for place in range(len(table.rows))
        ]
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)


def test_a_figure_is_vector_over_a_picture_for_older_readers() -> None:
    document = docx.Document(io.BytesIO(_file()))
    assert len(document.inline_shapes) == len(_made().figures)
    for shape, figure in zip(document.inline_shapes, _made().figures, strict=True):
        width, height = figure.size_pt()
        assert shape.width / shape.height == pytest.approx(width / height, rel=0.01)
        assert shape.width.mm <= 170.5
        assert shape.height.mm <= 215.5
        blip = shape._inline.graphic.graphicData.pic.blipFill.blip
        (vector,) = blip.iter(_SVG)
        part = document.part.related_parts[vector.get(docx.oxml.ns.qn("r:embed"))]
        assert part.blob.decode() == figure.alone()
        picture = document.part.related_parts[blip.embed]
        assert picture.blob.startswith(b"\x89PNG")


def test_the_same_publication_gives_the_same_bytes() -> None:
    assert word.as_word(_made(), EN) == _file()
    with zipfile.ZipFile(io.BytesIO(_file())) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_resvg_draws_the_picture_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = word._elsewhere(_made().figures[0], EN)

    def svg_to_bytes(**given: object) -> bytes:
        seen.append(given)
        return bytes(real)

    fake = SimpleNamespace(svg_to_bytes=svg_to_bytes, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "resvg_py", fake)
    word.as_word(_made(), EN)
    assert [each["svg_string"] for each in seen] == [f.alone() for f in _made().figures]


def test_chinese_has_chinese_captions() -> None:
    made = publication(analysis(), Language("zh"))
    document = docx.Document(io.BytesIO(word.as_word(made, Language("zh"))))
    assert any(p.text.startswith("表1. ") for p in document.paragraphs)
