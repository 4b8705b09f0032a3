from __future__ import annotations

from equipoise.errors import Problem
from equipoise.language import Language
from equipoise.registry.page import Links
from equipoise.registry.page.pages import (
    Choice,
    Found,
    changes_page,
    facet,
    message_page,
    search_page,
)
from equipoise.registry.search.index import FACETS
from equipoise.registry.versions import differences
from tests.registry.sample import put, record

EN, ZH = Language("en"), Language("zh")
LINKS = Links(study="/studies/{}", search="/")


def _found(**more: object) -> Found:
    given = {"asked": "balm", "total": 41, "offset": 20, "studies": [record()], "facets": (),
             "orders": ()}  # fmt: skip
    return Found(**{**given, **more})  # type: ignore[arg-type]


def test_an_answer_lists_its_studies() -> None:
    page = search_page(_found(), LINKS, "en")
    assert 'href="/studies/NCT00000001"' in page
    assert "41 studies" in page
    assert "21 to 21" in page
    for told in ("Completed", "Phase 4", "20 participants", "start 1 March 2020", "results posted",
                 "Sore hand · Balm · Salve", "City hospital"):  # fmt: skip
        assert told in page


def test_what_was_asked_stands_in_the_box_as_text() -> None:
    page = search_page(_found(asked='"><script>alert(1)</script>'), LINKS, "en")
    assert "<script>alert" not in page
    assert 'value="&#34;&gt;&lt;script&gt;' in page


def test_a_fault_is_said_with_what_to_do() -> None:
    page = search_page(
        _found(total=0, studies=[], fault=Problem("q", "is broken", "Mend it.")), LINKS, "en"
    )
    assert 'role="alert"' in page
    assert "is broken" in page
    assert "Mend it." in page


def test_a_fault_and_a_message_are_said_in_the_reader_s_language() -> None:
    fault = Problem("query", "is missing", "Name a field, or leave it out for all.")
    for page in (
        search_page(_found(total=0, studies=[], fault=fault), LINKS, "zh"),
        message_page(fault, LINKS, "zh"),
    ):
        assert "缺失" in page
        assert "请写明一个字段，或不写以取全部。" in page
    assert "is missing" in message_page(fault, LINKS, "en")


def test_every_facet_of_the_index_can_be_shown() -> None:
    for piece in FACETS:
        assert facet(piece, {"X": 1}, "", {"X": "/?"}, EN).values[0].href == "/?"


def test_values_of_a_facet_most_frequent_first_and_the_chosen_one_always() -> None:
    counts = {f"C{k:02}": 100 - k for k in range(30)}
    hrefs = {value: f"/?c={value}" for value in counts}
    found = facet("LocationCountry", counts, "C29", hrefs, EN)
    assert [each.label for each in found.values[:3]] == ["C29", "C00", "C01"]
    assert len(found.values) == 10
    assert found.chosen
    assert found.values[0].chosen


def test_facets_speak_the_reader_s_language() -> None:
    found = facet("HasResults", {"true": 3, "false": 4}, "", {"true": "a", "false": "b"}, ZH)
    assert found.values == (Choice("未公布", "b", chosen=False, count=4),
                            Choice("已公布", "a", chosen=False, count=3))  # fmt: skip


def test_what_changed_between_versions() -> None:
    after = record()
    put(after, "protocolSection.statusModule.overallStatus", "<b>TERMINATED")
    page = changes_page("NCT00000001", 1, 2, differences(record(), after), LINKS, "en")
    assert "<del>COMPLETED</del>" in page
    assert "<ins>&lt;b&gt;TERMINATED</ins>" in page
    assert "no difference" in changes_page("NCT00000001", 1, 2, [], LINKS, "en")


def test_a_message_leads_on() -> None:
    page = message_page(Problem("NCT1", "is not here", "Look there."), LINKS, "zh", ["NCT00000002"])
    assert "is not here" in page
    assert 'href="/studies/NCT00000002"' in page
