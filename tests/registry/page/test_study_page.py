from __future__ import annotations

import base64
import copy
import gzip
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.registry.page import Links, Neighbour, Version, render
from equipoise.registry.record import nct_id
from equipoise.registry.source import records
from tests.registry.sample import put, record

TODAY = date(2026, 11, 23)
SHARED = Path(__file__).resolve().parents[4] / "shared"
VOID = {"meta", "input", "br", "img", "link", "hr"}


class _Outline(HTMLParser):
    """Checks that tags close in order, and collects ids, headings and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.levels: list[int] = []
        self.hrefs: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.hrefs += [str(found["href"])] if "href" in found else []
        self.sources += [str(found["src"])] if "src" in found else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _outline(page: str) -> _Outline:
    found = _Outline()
    found.feed(page)
    assert found.open == []
    return found


def _page(study: Any, language: str = "en", **more: Any) -> str:
    return render(study, language=language, today=TODAY, **more)


def _words(page: str) -> str:
    bare = re.sub(r"<(style|script)>.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("results", [True, False])
def test_a_page_is_well_formed_and_has_its_landmarks(language: str, results: bool) -> None:
    page = _page(record(results=results), language)
    found = _outline(page)
    assert f'<html lang="{language}">' in page
    assert len(found.ids) == len(set(found.ids))
    assert found.levels[0] == 1
    assert found.levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(found.levels, found.levels[1:], strict=False))
    assert {"main", "summary", "design", "eligibility", "sites", "results"} <= set(found.ids)
    assert all(href[1:] in found.ids for href in found.hrefs if href.startswith("#"))


def test_a_page_asks_nobody_for_anything() -> None:
    found = _outline(_page(record()))
    assert found.sources == []
    assert "<link" not in _page(record())
    assert "url(" not in _page(record())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_record_s_text_is_shown_as_text(language: str) -> None:
    study = record()
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoil(each) for key, each in value.items()}
        if isinstance(value, list):
            return [spoil(each) for each in value]
        return f"{value} {evil}" if isinstance(value, str) else value

    page = _page(spoil(study), language)
    assert page.count("<script>") == 1
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_address_that_is_none_leads_nowhere() -> None:
    study = record()
    put(study, "protocolSection.ipdSharingStatementModule", {
        "ipdSharing": "YES", "accessCriteria": "ask", "url": "javascript:alert(1)"})  # fmt: skip
    assert not any(href.startswith("javascript") for href in _outline(_page(study)).hrefs)


def test_the_record_can_be_taken_away() -> None:
    study = record()
    (href,) = [h for h in _outline(_page(study)).hrefs if h.startswith("data:")]
    assert json.loads(base64.b64decode(href.partition(",")[2])) == study
    links = Links(data="/api/v2/studies/NCT00000001")
    assert "data:application" not in _page(study, links=links)


def test_results_that_are_not_posted_are_explained() -> None:
    told = _words(_page(record(results=False)))
    assert "No results are posted." in told
    assert "results within one year (United States) : overdue · 1 February 2022" in told
    assert "it has a site in the United States" in told
    assert "尚未公布结果。" in _words(_page(record(results=False), "zh"))


def test_results_are_shown_with_flow_tables_plots_and_events() -> None:
    page = _page(record())
    told = _words(page)
    assert "9 Completed 90%" in told
    assert "Soreness, 0 to 10" in told
    assert 'class="forest"' in page
    assert "Itch Skin 3/10 (30.0%) 2/10 (20.0%)" in told


def test_what_others_know_of_the_study_is_shown() -> None:
    near = Neighbour("NCT00000002", "Salve <after> balm", "RECRUITING", ("the same sponsor",))
    page = _page(record(), related=[near], versions=[
        Version(2, "2024-02-01", "api", compare_href="/studies/NCT00000001/changes?to=2")],
        links=Links(study="/studies/{}", search="/", condition="/?cond={}"))  # fmt: skip
    told = _words(page)
    assert "Salve <after> balm Recruiting the same sponsor" in told
    assert "Version 2 · 2024-02-01 · api" in told
    hrefs = _outline(page).hrefs
    assert "/studies/NCT00000002" in hrefs
    assert "/?cond=Sore%20hand" in hrefs
    assert "/studies/NCT00000001/changes?to=2" in hrefs


def test_findings_can_be_handed_in() -> None:
    assert "No rule is broken." in _page(record(), findings=())


def test_chinese_pages_say_which_text_is_english() -> None:
    page = _page(record(), "zh")
    assert '<h1 lang="en">' in page
    assert "<h1>" in _page(record())
    assert ">受试者流程<" in page


def test_the_same_record_gives_the_same_bytes() -> None:
    assert _page(record()) == _page(copy.deepcopy(record()))


SHAPES: list[Any] = [None, "text", 7, True, [], ["a"], [1], {}, {"a": "b"}, [{}], [[]]]


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            here = f"{path}.{key}".removeprefix(".")
            yield here
            yield from _paths(each, here)


PATHS = sorted(_paths(record()))


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(SHAPES)), min_size=1, max_size=3))
def test_a_part_of_another_shape_does_not_stop_the_page(spoilt: list[tuple[str, Any]]) -> None:
    study = record()
    for path, value in spoilt:
        try:
            put(study, path, value)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            continue  # an earlier change took that place away
    _outline(_page(study, "zh"))


# --- the real ones --------------------------------------------------------------------------------


def _real() -> Iterator[Any]:
    file = SHARED / "data" / "registry" / "records" / "ctgov_v2_studies.ndjson.gz"
    if not file.exists():
        pytest.skip("the collection of real records is not here")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _flagship() -> Any:
    return next(iter(records("NCT05718544"))).study


SHOWN_BY_THE_PORTAL = (
    """
Mini-dose Esketamine-dexmedetomidine Supplemented Analgesia and Long-term Outcomes
NCT05718544|30 July 2025|Completed|Phase 4|199 participants|Interventional|30 January 2023
7 September 2023|Scoliosis Correction|Postoperative Analgesia|Chronic Postsurgical Pain
Randomized|Parallel|Prevention|Quadruple
Participants, Caregivers, Investigators, Outcome assessors|Combined supplement
Experimental|Placebo comparator|Drug|18 years|All|No|Peking University First Hospital
Dong-Xin Wang, Professor and Chairman, Department of Anesthesiology|Principal investigator
Dong-Xin Wang, MD,PhD|Beijing, Beijing Municipality|China|PubMed 35832728|PubMed 17471100|2023-017
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("shown", SHOWN_BY_THE_PORTAL)
def test_nothing_that_a_portal_shows_of_the_flagship_is_missing(shown: str) -> None:
    assert shown in _words(_page(_flagship()))


def test_every_reference_of_the_portal_s_page_is_on_ours() -> None:
    seed = SHARED / "seeds" / "NCT05718544-page.txt"
    if not seed.exists():
        pytest.skip("the portal's page is not here")
    numbers = re.findall(r"PMID: (\d+)", seed.read_text(encoding="utf-8"))
    hrefs = _outline(_page(_flagship())).hrefs
    assert len(numbers) == 26
    assert all(f"https://pubmed.ncbi.nlm.nih.gov/{each}/" in hrefs for each in numbers)


def test_the_flagship_s_pump_is_drawn() -> None:
    told = _words(_page(_flagship()))
    assert "Bag 200 ml Bolus 2 ml Lockout 8 min Background rate 1 ml/h" in re.sub(r"\s+", " ", told)
    assert "at most 8 boluses and 17 ml in an hour" in told


def test_related_studies_are_listed_or_it_is_said_why_not() -> None:
    near = Neighbour("NCT00000002", "A sister", "RECRUITING", ("same drugs: Balm",))
    links = Links(search="/")
    listed = _words(render(record(), language="en", today=TODAY, related=[near]))
    assert "A sister" in listed
    assert "same drugs: Balm" in listed
    for related, where, said in (
        (None, None, "No other records were at hand"),
        (None, links, "They are being worked out"),
        ([], links, "None of the records at hand is related"),
    ):
        page = render(record(), language="en", today=TODAY, related=related, links=where)
        assert said in _words(page)


def test_a_sample_of_real_records_renders_well_formed() -> None:
    found = [study for place, study in enumerate(_real()) if place % 160 == 0]
    assert len(found) > 20
    for study in found:
        for language in ("en", "zh"):
            _outline(_page(study, language))


@pytest.mark.slow
def test_every_real_record_renders_and_most_in_less_than_50_ms() -> None:
    took, posted = [], 0
    for study in _real():
        for language in ("en", "zh"):
            start = time.process_time()
            page = _page(study, language)
            took.append(time.process_time() - start)  # others may be at work
            assert str(nct_id(study)) in page
        posted += "resultsSection" in study
    assert (len(took), posted) == (6620, 578)
    took.sort()
    assert took[len(took) // 2] < 0.05
    assert took[int(0.9 * len(took))] < 0.1
