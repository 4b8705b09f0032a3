"""The report's tables and figures as one Word file, made with python-docx.

A figure is put in as SVG, which Word shows since 2016, over a PNG for older readers: drawn by
resvg where ``resvg_py`` is installed, otherwise a picture that says where the figure is. The same
publication gives the same bytes.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
from docx import Document
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing

from equipoise.analysis.publication import Figure, Publication
from equipoise.analysis.table import Row, Table, typeset
from equipoise.language import Language

_A4 = (Mm(210), Mm(297))
_MARGIN = Mm(20)
_WIDTH_MM = 170
_HEIGHT_MM = 215  # of a figure with its caption on one page
_MM_PER_PT = 25.4 / 72
_ZOOM = 3  # times 96 dots per inch: about 300, as journals print
_SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def as_word(made: Publication, say: Language) -> bytes:
    """Return a .docx file: title, what the data are, then each table and each figure."""
    document = _empty(say)
    document.core_properties.title = made.title
    document.core_properties.author = document.core_properties.comments = ""
    stamp = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # no time of making: same bytes
    document.core_properties.created = document.core_properties.modified = stamp
    document.add_heading(made.title, level=0)
    for mark in made.marks:
        run = document.add_paragraph().add_run(mark)
        run.bold, run.font.color.rgb = True, RGBColor(0x8A, 0x4B, 0x00)
    document.add_heading(say("Tables"), level=1)
    for table in made.tables:
        _add_table(document, table, made.identity(table), say)
    document.add_heading(say("Figures"), level=1)
    for figure in made.figures:
        _add_figure(document, figure, say)
    document.add_heading(say("Limits"), level=1)
    for limit in made.limits:
        document.add_paragraph(limit, style="List Bullet")
    return _bytes(document)


def _empty(say: Language) -> Word:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = _A4
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin = section.bottom_margin = _MARGIN
    fonts = {"Normal": 10.0, "Caption": 10.0, "Heading 1": 14.0, "Title": 18.0}
    for name, size in fonts.items():
        style: Any = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.color.rgb = RGBColor(0x1D, 0x27, 0x33)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(
            qn("w:eastAsia"), "Microsoft YaHei" if say.code == "zh" else "Arial"
        )
    return document


# --- tables ---------------------------------------------------------------------------------------


def _add_table(document: Word, table: Table, identity: str, say: Language) -> None:
    _caption(document, say("Table {n}", n=table.number), table.title)
    drawn = document.add_table(rows=1, cols=len(table.columns))
    drawn.autofit = True
    for place, words in enumerate(table.columns):
        _write(drawn.rows[0].cells[place], words, place in table.words, bold=True)
    for row in table.rows:
        _add_row(drawn, table, row)
    _repeat(drawn)
    _rules(drawn)
    for note in table.notes:
        _note(document, note)
    for sentence, letter in table.letters().items():
        _note(document, sentence, letter)
    if identity:
        _note(document, say("Identity of these results: {identity}", identity=identity))


def _add_row(drawn: WordTable, table: Table, row: Row) -> None:
    added: Any = drawn.add_row()  # type: ignore[no-untyped-call] # python-docx
    cells = added.cells
    if row.heading:
        _write(cells[0].merge(cells[-1]), row.cells[0].text, words=True, bold=True)
        return
    for place, cell in enumerate(row.cells):
        paragraph = _write(cells[place], cell.text, place in table.words)
        if place == 0 and row.level:
            paragraph.paragraph_format.left_indent = Mm(4)
        marks = table.marks(cell)
        if marks:
            run = paragraph.add_run(marks)
            run.font.superscript, run.font.size = True, Pt(8.5)


def _write(cell: WordCell, text: str, words: bool, *, bold: bool = False) -> Paragraph:  # noqa: FBT001
    paragraph: Paragraph = cell.paragraphs[0]
    run = paragraph.add_run(typeset(text))
    run.font.size, run.bold = Pt(8.5), bold
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if words else WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def _repeat(drawn: WordTable) -> None:
    """Let the head stand on every page, and no row be broken between two."""
    for row in drawn.rows:
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no way for it
        properties.append(OxmlElement("w:cantSplit"))
    drawn.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _rules(drawn: WordTable) -> None:
    """Draw the three rules of a journal's table: above, below the head, at the end."""
    for row, edges in ((drawn.rows[0], ("top", "bottom")), (drawn.rows[-1], ("bottom",))):
        for cell in row.cells:
            properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 - as above
            for old in properties.findall(qn("w:tcBorders")):
                properties.remove(old)
            borders = OxmlElement("w:tcBorders")
            for edge in edges:
                line = OxmlElement(f"w:{edge}")
                for name, value in (("val", "single"), ("sz", "6"), ("color", "1D2733")):
                    line.set(qn(f"w:{name}"), value)
                borders.append(line)
            properties.append(borders)


def _caption(document: Word, label: str, title: str) -> None:
    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(12)
    paragraph.add_run(f"{label}. ").bold = True
    paragraph.add_run(title).bold = False


def _note(document: Word, text: str, letter: str = "") -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    if letter:
        paragraph.add_run(f"{letter} ").font.superscript = True
    paragraph.add_run(text).font.size = Pt(8)


# --- figures --------------------------------------------------------------------------------------


def _add_figure(document: Word, figure: Figure, say: Language) -> None:
    width, height = figure.size_pt()
    scale = min(1.0, _WIDTH_MM / (width * _MM_PER_PT), _HEIGHT_MM / (height * _MM_PER_PT))
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    drawn: Any = paragraph.add_run().add_picture(
        io.BytesIO(_png(figure, say)), width=Mm(width * _MM_PER_PT * scale)
    )
    drawn._inline.extent.cy = Mm(height * _MM_PER_PT * scale)  # noqa: SLF001
    drawn._inline.graphic.graphicData.pic.spPr.cy = Mm(height * _MM_PER_PT * scale)  # noqa: SLF001
    drawn._inline.docPr.set("descr", figure.title)  # noqa: SLF001
    _put_svg(document, drawn, figure)
    _caption(document, say("Figure {n}", n=figure.number), figure.title)
    for note in figure.notes:
        _note(document, note)


def _put_svg(document: Word, drawn: Any, figure: Figure) -> None:
    """Add the figure as SVG to the picture, as Office does it ([MS-ODRAWXML] 2.7.1.1 svgBlip)."""
    name = PackURI(f"/word/media/{figure.name}.svg")
    part = Part(name, "image/svg+xml", figure.alone().encode(), document.part.package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = drawn._inline.graphic.graphicData.pic.blipFill.blip  # noqa: SLF001
    extensions, extension = OxmlElement("a:extLst"), OxmlElement("a:ext")
    extension.set("uri", _SVG_EXTENSION)
    vector = extension.makeelement(f"{{{_SVG}}}svgBlip", nsmap={"asvg": _SVG})
    vector.set(qn("r:embed"), relation)
    extension.append(vector)
    extensions.append(extension)
    blip.append(extensions)


def _png(figure: Figure, say: Language) -> bytes:
    if importlib.util.find_spec("resvg_py") is None:
        return _elsewhere(figure, say)
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"  # where a machine has none of its own
    return bytes(
        importlib.import_module("resvg_py").svg_to_bytes(
            svg_string=figure.alone(), dpi=96.0, zoom=_ZOOM, font_dirs=[str(fonts)],
            sans_serif_family="DejaVu Sans", background="white", languages=[say.code],
        )
    )  # fmt: skip


def _elsewhere(figure: Figure, say: Language) -> bytes:
    width, height = figure.size_pt()
    drawing = Drawing(figsize=(width / 72, height / 72), facecolor="#f4f7fa")
    FigureCanvasAgg(drawing)
    text = say("Figure {n}", n=figure.number) if say.code == "en" else f"Figure {figure.number}"
    drawing.text(0.5, 0.5, f"{text}: figures/{figure.name}.svg", ha="center", family="DejaVu Sans")
    out = io.BytesIO()
    drawing.savefig(out, format="png", dpi=100, metadata={"Software": None})
    return out.getvalue()


def _bytes(document: Word) -> bytes:
    """Return the file with one fixed time in its archive, whenever it is made."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            target.writestr(info, source.read(entry), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
