from __future__ import annotations

import json
import re
from functools import cache

import pytest

from equipoise.analysis.publication import Publication, publication
from equipoise.analysis.trace import origin
from equipoise.language import Language
from tests.small import analysis, store


@cache
def _made(code: str = "en", *, dummy: bool = False) -> Publication:
    return publication(analysis(dummy=dummy), Language(code))


def test_numbers_run_without_a_gap() -> None:
    assert [t.number for t in _made().tables] == list(range(1, len(_made().tables) + 1))
    assert [f.number for f in _made().figures] == list(range(1, len(_made().figures) + 1))
    for shown in (_made().tables, _made().figures):
        assert len({each.name for each in shown}) == len(shown)


def test_every_row_fills_its_table() -> None:
    for table in _made().tables:
        for row in table.rows:
            assert len(row.cells) == (1 if row.heading else len(table.columns)), table.name


def test_every_number_in_a_table_has_its_result_and_fields() -> None:
    shown = 0
    for table in _made().tables:
        for row in table.rows:
            for place, cell in enumerate(row.cells):
                if row.heading or place in table.words or not re.search(r"\d", cell.text):
                    continue
                assert cell.trace is not None, (table.name, cell.text)
                assert cell.fields, (table.name, cell.text)
                assert set(cell.fields) <= set(cell.trace.values), (table.name, cell.text)
                shown += 1
    assert shown > 150


def test_what_a_cell_shows_is_what_its_fields_hold() -> None:
    """Each printed number is one of the fields rounded, or their share in percent."""
    for table in _made().tables:
        for cell in table.cells():
            if not cell.trace or table.name.startswith("safety_"):
                continue  # rates per 100 days have tests of their own
            held = [cell.trace.values[name] for name in cell.fields]
            known = [abs(float(v)) for v in held if v is not None]
            if "%" in cell.text:
                known.append(100 * known[0] / known[1])
            if "low" in {name.rpartition(".")[2] for name in cell.fields}:
                known += [100 * v for v in known]  # a difference may stand in percentage points
            for figure in re.findall(r"\d+(?:\.\d+)?", cell.text):
                places = len(figure.partition(".")[2])
                near = any(abs(float(figure) - v) <= 0.5 * 10**-places + 1e-9 for v in known)
                assert near or "<" in cell.text or ">" in cell.text, (table.name, cell.text, held)


def test_results_json_holds_each_result_once_with_its_identity() -> None:
    found = json.loads(json.dumps(_made().results(), allow_nan=False))
    ids = [each["id"] for each in found["results"]]
    assert len(ids) == len(set(ids)) > 50
    assert len({each["identity"] for each in found["results"]}) == len(ids)
    assert found["provenance"]["ledger"]["head"] == str(store().head())
    assert found["provenance"]["origin"] == origin(found["provenance"])
    printed = {
        cell["result"]
        for table in found["tables"]
        for row in table["rows"]
        for cell in row
        if "result" in cell
    }
    drawn = {result for figure in found["figures"] for result in figure["results"]}
    assert printed | drawn == set(ids)


def test_languages_share_results_and_identities() -> None:
    english, chinese = _made(), _made("zh")
    assert english.results()["results"] == chinese.results()["results"]
    for mine, theirs in zip(english.tables, chinese.tables, strict=True):
        assert (mine.name, english.identity(mine)) == (theirs.name, chinese.identity(theirs))
    baseline = chinese.table("baseline")
    assert baseline is not None
    assert baseline.title == "基线特征"


def test_dummies_have_other_identities_and_say_what_they_are() -> None:
    real, dummy = _made(), _made(dummy=True)
    assert (len(real.marks), len(dummy.marks)) == (1, 2)
    for name in ("baseline", "outcomes", "sensitivity"):
        mine, theirs = real.table(name), dummy.table(name)
        assert mine is not None
        assert theirs is not None
        assert real.identity(mine) != dummy.identity(theirs)


def test_what_is_not_there_is_none() -> None:
    assert _made().table("nothing") is None
    assert _made().figure("nothing") is None


def test_a_figure_stands_alone_at_its_size() -> None:
    for figure in _made().figures:
        width, height = figure.size_pt()
        assert 100 < width < 800
        assert 50 < height < 1200
        assert "height:auto" in figure.svg
        assert "height:auto" not in figure.alone()


@pytest.mark.parametrize("prefix", ["flow", "forest", "tipping_", "missing_", "course_", "use"])
def test_the_figures_of_the_trial_are_there(prefix: str) -> None:
    assert any(figure.name.startswith(prefix) for figure in _made().figures)


def test_the_flow_is_traced_to_its_counts() -> None:
    flow = _made().figure("flow")
    assert flow is not None
    (trace,) = flow.traces
    assert trace.values["randomized"] == 30
    by_arm = [trace.values[f"arms.{arm}.randomized"] for arm in ("combined", "placebo")]
    assert sum(int(str(n)) for n in by_arm) == 30


def test_pumps_and_predictions_are_traced_to_their_numbers() -> None:
    use, predicted = _made().figure("use"), _made().figure("concentrations")
    assert use is not None
    assert predicted is not None
    people = analysis().data.participants
    placebo = people.filter((people["arm"] == "placebo") & people["treated"])
    values = use.traces[0].values
    assert values["arms.placebo.mean_infused_ml"] == pytest.approx(placebo["infused_ml"].mean())
    for name, value in predicted.traces[0].values.items():
        drug, arm, _ = name.split(".")
        (band,) = (b for b in analysis().bands if (b.drug, b.arm) == (drug, arm))
        assert value == max(v for v in band.effect_ng_ml[1] if v == v)  # noqa: PLR0124 - not NaN
