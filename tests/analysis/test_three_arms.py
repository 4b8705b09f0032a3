"""A trial of three arms is reported whole: each comparison is of two of them."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from equipoise.analysis.analyse import Analysis, analyse
from equipoise.analysis.drawings.flow_diagram import check
from equipoise.analysis.flow import flow
from equipoise.analysis.output import write
from equipoise.analysis.publication import Publication, publication
from equipoise.analysis.report import report
from equipoise.language import Language
from equipoise.ledger import read_events
from equipoise.protocol.load import Loaded, load_study
from tests.analysis.layout import assert_legible, text_boxes
from tests.rehearsals.knee import STUDIES, rehearsed

MORE = """
  walked_day1:
    title: Walked by the first morning
    role: secondary
    time_frame: day 1
    variable: {expression: walked, form: scores, visits: [morning]}
    estimand: {population: treated, summary: risk ratio, compare: [other, both]}
    analysis: {method: risk ratio with Koopman interval}
  walked_day0:
    title: Walked on the first evening
    role: secondary
    time_frame: day 0
    variable: {expression: walked, form: scores, visits: [evening]}
    estimand: {population: treated, summary: risk ratio, compare: [both, one]}
    analysis: {method: risk ratio with Koopman interval}
  knee_pain_day0:
    title: Pain on the first evening
    role: secondary
    time_frame: day 0
    variable: {expression: knee_pain, form: scores, visits: [evening]}
    estimand: {population: treated, summary: mean difference, compare: [one, other]}
    analysis: {method: Welch difference in means}
  knee_pain_all:
    title: Pain at each visit
    role: secondary
    time_frame: days 0 and 1
    variable: {expression: knee_pain, form: scores, visits: [evening, morning], over: each}
    estimand: {population: treated, summary: median difference, compare: [other, one]}
    analysis: {method: Hodges-Lehmann shift with Mann-Whitney test}
"""
"""Endpoints that compare other pairs of arms than the study's own."""

ARMS = {"both": "Both", "one": "Esketamine", "other": "Dexmedetomidine"}


@cache
def _loaded() -> Loaded:
    with TemporaryDirectory() as folder:
        shutil.copytree(STUDIES / "KNEE-PCA", folder, dirs_exist_ok=True)
        path = Path(folder) / "protocol.yaml"
        text = path.read_text(encoding="utf-8").replace("\nassumptions:", f"{MORE}\nassumptions:")
        path.write_text(text, encoding="utf-8")
        loaded = load_study(Path(folder))
    assert loaded.protocol is not None, loaded.problems
    return loaded


@cache
def _analysis(*, dummy: bool = False) -> Analysis:
    trial = rehearsed(seed=2, participants=24, loaded=_loaded())
    return analyse(tuple(read_events(trial.store)), str(trial.store.head()), dummy=dummy)


@cache
def _made(code: str = "en") -> Publication:
    return publication(_analysis(), Language(code))


def _cells(table: str, label: str) -> list[str]:
    """Return the cells of the row with this label, without it."""
    found = _made().table(table)
    assert found is not None
    (row,) = (row for row in found.rows if row.cells[0].text == label)
    return [cell.text for cell in row.cells[1:]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_is_written_in_both_languages(tmp_path: Path, language: str) -> None:
    write(_analysis(), tmp_path, language)
    made = _made(language)
    for name in ("report.html", "results.json", "summary.json"):
        assert (tmp_path / name).stat().st_size > 1000
    for table in made.tables:
        assert all(row.heading or len(row.cells) == len(table.columns) for row in table.rows)
        assert {f"{table.name}.csv", f"{table.name}.tex"} <= {
            path.name for path in (tmp_path / "tables").iterdir()
        }
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == {
        figure.name for figure in made.figures
    }
    if importlib.util.find_spec("docx"):
        with zipfile.ZipFile(tmp_path / "report.docx") as word:
            text = word.read("word/document.xml").decode()
        assert all(f"{title} (n = " in text.replace("\xa0", " ") for title in ARMS.values())


def test_nothing_failed() -> None:
    assert _analysis().failed == {}
    assert {r.endpoint for r in _analysis().results} == set(_analysis().protocol.all_endpoints())


def test_a_card_names_the_two_arms_that_are_compared() -> None:
    page = report(_analysis(), Language("en"), _made())
    card = page[page.index('<div class="card">') : page.index("</dl>")]
    assert "<dt>Both</dt>" in card
    assert "<dt>Esketamine</dt>" in card
    assert "Dexmedetomidine" not in card


@pytest.mark.parametrize(
    ("title", "without", "comparison"),
    [
        ("Pain on the first morning", 2, "Both against Esketamine"),
        ("Walked by the first morning", 1, "Dexmedetomidine against Both"),
        ("Pain on the first evening", 0, "Esketamine against Dexmedetomidine"),
    ],
)
def test_figures_stand_in_the_column_of_their_arm(
    title: str, without: int, comparison: str
) -> None:
    cells = _cells("outcomes", title)
    assert cells[without] == ""
    assert all(cells[place] for place in range(3) if place != without)
    assert cells[3].endswith(f", {comparison}")
    (name,) = (n for n, e in _analysis().protocol.all_endpoints().items() if e.title.en == title)
    (result,) = (r for r in _analysis().results if r.endpoint == name)
    if title.startswith("Walked"):
        for group in result.groups:
            place = list(ARMS).index(group.arm)
            assert cells[place].startswith(f"{group.events}/{group.n} (")


def test_absolute_differences_and_courses_say_what_they_compare() -> None:
    absolute = _cells("absolute", "Walked by the first morning, Dexmedetomidine against Both")
    assert absolute[1] == ""
    course = _made().table("course_knee_pain_all")
    assert course is not None
    assert course.title == "Pain at each visit, Dexmedetomidine against Esketamine"
    assert [row.cells[1].text for row in course.rows] == ["", ""]
    assert all(row.cells[2].text and row.cells[3].text for row in course.rows)


def test_the_forest_gives_each_row_its_arms() -> None:
    forest = _made().figure("forest")
    assert forest is not None
    drawn = [box.text for box in text_boxes(forest.svg)]
    assert "Walked by the first morning, Dexmedetomidine against Both" in drawn
    assert set(ARMS.values()) <= set(drawn)
    assert not any("favours" in text for text in drawn)
    scores = _made().figure("scores")
    assert scores is not None
    assert set(ARMS.values()) <= {box.text for box in text_boxes(scores.svg)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_text_of_each_figure_can_be_read(language: str) -> None:
    for figure in _made(language).figures:
        assert_legible(figure.svg, width_in=(3, 12))
        if figure.name == "adverse_events":
            boxes = {box.text: box.bottom for box in text_boxes(figure.svg)}
            events = [boxes[name] for name in ("Nausea", "Fall")]
            # the key, its arms one below the other, ends above the rows
            assert boxes["Both"] < min(events) - 10


def test_the_flow_leaves_an_arm_out_only_where_it_is_not_compared() -> None:
    found = flow(_analysis(), Language("en"))
    assert check(found) == []
    both, one, other = found.arms
    assert [r.label for r in other.analyses[0].excluded] == ["not in this comparison"]
    assert (other.analyses[0].n, other.analyses[0].excluded[0].n) == (0, other.allocated)
    assert both.analyses[0].n > 0 < one.analyses[0].n


def test_safety_compares_each_arm_with_the_reference_of_the_primary_outcome() -> None:
    found = _made().table("safety_overview")
    assert found is not None
    assert [head.partition(" (n")[0] for head in found.columns[1:4]] == [
        "Both", "Dexmedetomidine", "Esketamine",
    ]  # fmt: skip
    assert found.columns[4].startswith("Both: risk difference")
    assert found.columns[6].startswith("Dexmedetomidine: risk difference")
    assert _made().figure("volcano") is None


def test_dummies_are_three() -> None:
    made = publication(_analysis(dummy=True), Language("en"))
    outcomes = made.table("outcomes")
    assert outcomes is not None
    assert outcomes.columns[1:4] == ("Dummy 1", "Dummy 2", "Dummy 3")
    words = {cell.text for table in made.tables[:6] for cell in table.cells()}
    assert not any("Esketamine" in text for text in words)
