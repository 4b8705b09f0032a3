from __future__ import annotations

import pytest

from equipoise.language import Language, catalogue
from equipoise.registry.page.words import WORDS, colon, comma, day, duration, word, words
from equipoise.registry.record import partial_date

EN, ZH = Language("en"), Language("zh")


def test_every_word_can_be_said_in_chinese() -> None:
    said = {message for kind in WORDS.values() for message in kind.values()}
    assert sorted(said - set(catalogue("zh"))) == []


def test_codes_are_said_in_words() -> None:
    assert word(EN, "masked", "OUTCOMES_ASSESSOR") == "Outcome assessors"
    assert word(ZH, "status", "COMPLETED") == "已完成"
    assert word(EN, "dispersion", "Inter-Quartile Range") == "interquartile range"
    assert words(EN, "phase", ["PHASE2", "PHASE3"]) == ["Phase 2", "Phase 3"]


def test_a_code_of_another_year_is_shown_as_it_stands() -> None:
    assert word(EN, "status", "PAUSED_FOR_LUNCH") == "PAUSED_FOR_LUNCH"
    assert word(EN, "status", None) == ""
    assert words(EN, "phase", "PHASE2") == []


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [("18 Years", "18 years", "18岁"), ("6 Months", "6 months", "6个月"), ("N/A", "N/A", "N/A"),
     (None, "", "")],
)  # fmt: skip
def test_an_age_in_words(text: str | None, en: str, zh: str) -> None:
    assert duration(EN, text) == en
    assert duration(ZH, text) == zh


@pytest.mark.parametrize(
    ("given", "en", "zh"),
    [("2023-01-30", "30 January 2023", "2023年1月30日"), ("2023-01", "January 2023", "2023年1月")],
)
def test_a_date_is_said_as_far_as_it_is_known(given: str, en: str, zh: str) -> None:
    assert day(EN, partial_date(given)) == en
    assert day(ZH, partial_date(given)) == zh
    assert day(EN, None) == ""


def test_lists_and_names_are_written_as_the_language_does() -> None:
    en, zh = Language("en"), Language("zh")
    assert (comma(en), colon(en), comma(zh), colon(zh)) == (", ", ": ", "、", "：")
