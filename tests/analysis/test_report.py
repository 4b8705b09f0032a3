from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from equipoise.analysis.analyse import analyse
from equipoise.analysis.publication import publication
from equipoise.analysis.report import SHORT, report
from equipoise.analysis.rounding import interval_text
from equipoise.events.types import FormRecorded
from equipoise.language import Language
from tests.small import PEOPLE, analysis, events, store


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.loads.append(tag)
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        if known.get("id"):
            self.ids.append(str(known["id"]))


@pytest.fixture(scope="module")
def page() -> str:
    return report(analysis(), Language("en"))


def test_it_loads_nothing(page: str) -> None:
    parsed = _Page()
    parsed.feed(page)
    assert parsed.loads == []
    assert not re.search(r"url\((?!#)|@import|src=", page)
    assert {link for link in parsed.links if not link.startswith("#")} == set()
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert len(parsed.ids) == len(set(parsed.ids))


def test_it_says_that_it_is_a_rehearsal_first_and_last(page: str) -> None:
    says = "REHEARSAL: virtual participants. No patient took part"
    body = page[page.index("<body>") :]
    assert body.index(says) < 200
    assert body.rindex(says) > len(body) - 600


def test_it_shows_the_primary_results_and_where_they_come_from(page: str) -> None:
    for result in analysis().results:
        if result.endpoint in ("chronic_pain_24m", "moderate_severe_pain_72h"):
            e = result.estimate
            assert interval_text(float(e.value), float(e.low), float(e.high)) in page
    for proof in (str(store().head()), *analysis().state.digests.values(), "seed 3"):
        assert proof in page
    assert page.count("<svg") == len(publication(analysis(), Language("en")).figures)
    assert f"n = {PEOPLE}" in page.replace("\xa0", " ")


def test_every_assumption_is_told_with_its_reason(page: str) -> None:
    for study in analysis().protocol.lineage():
        for assumption in study.assumptions:
            assert assumption.says.en.split(":")[0] in page.replace("&#39;", "'")
    assert "Lost to follow-up.</strong> Being lost to follow-up happens after randomization" in page


def test_every_table_and_figure_is_shown_with_its_number_and_identity(page: str) -> None:
    made = publication(analysis(), Language("en"))
    for kind, shown in (("Table", made.tables), ("Figure", made.figures)):
        for each in shown:
            start = page.index(f'id="{kind.lower()}_{each.name}"')
            block = page[start : page.index("</figure>", start)]
            assert f"{kind} {each.number}." in block
            assert made.identity(each)[:SHORT] in block


def test_a_number_names_its_result_function_and_identity(page: str) -> None:
    made = publication(analysis(), Language("en"))
    cells = re.findall(r'data-result="([^"]+)" title="([^"]+)"', page)
    known = {each["id"]: each for each in made.results()["results"]}
    assert len(cells) > 150
    for name, title in cells:
        lines = html.unescape(title).splitlines()
        assert lines[0].startswith(f"{html.unescape(name)}: ")
        assert lines[1] == known[html.unescape(name)]["function"]
        assert lines[-1] == known[html.unescape(name)]["identity"][:SHORT]
        assert len(lines) == 3 or lines[2] in {"planned", "not in a signed plan"}


def test_what_failed_is_shown_with_its_reason() -> None:
    early = [
        event
        for event in events()
        if not (isinstance(event.fact, FormRecorded) and event.fact.visit == "month24")
    ]
    page = report(analyse(early, "head"), Language("en"))
    assert page.count("Could not be estimated: endpoint &#39;chronic_pain_24m&#39;, arm") >= 2
    assert "Chronic postsurgical pain two years after surgery was planned and could not" in page


def test_the_same_analysis_gives_the_same_bytes(page: str) -> None:
    assert report(analysis(), Language("en")) == page


def test_it_speaks_chinese() -> None:
    chinese = report(analysis(), Language("zh"))
    assert '<html lang="zh">' in chinese
    assert "预演：虚拟受试者" in chinese
    assert "术后2年慢性术后疼痛" in chinese


def test_dummies_name_no_arm_and_say_what_they_are() -> None:
    page = report(analysis(dummy=True), Language("en"))
    assert "DUMMY ARMS" in page
    assert "Dummy 1" in page
    shown = page[: page.index('id="assumptions"')]
    assert "Combined supplement" not in shown


def test_text_from_outside_is_shown_as_text() -> None:
    odd = analysis().protocol.model_copy(
        update={"title": analysis().protocol.title.model_copy(update={"en": "<script>x</script>"})}
    )
    state = analysis().state
    kept = state.protocols[odd.study]
    state.protocols[odd.study] = odd
    try:
        page = report(analysis(), Language("en"))
    finally:
        state.protocols[odd.study] = kept
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
