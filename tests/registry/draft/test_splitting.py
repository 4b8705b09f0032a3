from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.draft.splitting import shown, split

NESTED = """Inclusion Criteria:

1. Adults
2. One of the following:

   * fever
   * cough

Exclusion criteria

* None of your business \\<3 d
* none
"""


def test_headings_numbers_and_nested_bullets() -> None:
    found = split(NESTED)
    assert found.inclusion_heading
    assert found.exclusion_heading
    assert found.bullets == 6
    assert [(c.side, c.text(NESTED)) for c in found.clauses] == [
        ("inclusion", "Adults"),
        ("inclusion", "One of the following: fever cough"),
        ("exclusion", "None of your business <3 d"),
    ]
    second = found.clauses[1]
    assert second.head(NESTED) == "One of the following:"
    assert second.below(NESTED) == ("fever", "cough")


def test_a_line_that_only_leads_in_is_no_criterion() -> None:
    lead = "* Patients must meet all of the following criteria:"
    text = f"Inclusion Criteria:\n\n{lead}\n\n  1. Sore\n  2. Old\n"
    assert [c.text(text) for c in split(text).clauses] == ["Sore", "Old"]
    text = "Inclusion Criteria:\n\nPatients who meet the following:\n\n* Sore\n* Old"
    assert [c.text(text) for c in split(text).clauses] == ["Sore", "Old"]


def test_a_paragraph_that_counts_is_split() -> None:
    text = "Inclusion Criteria: 1) Sore hand 2) Age over 18 years 3) Consent"
    assert [c.text(text) for c in split(text).clauses] == [
        "Sore hand", "Age over 18 years", "Consent",
    ]  # fmt: skip


def test_one_paragraph_is_split_by_its_sentences() -> None:
    text = "Inclusion Criteria:\n\nSore hand. Age over 18 years. Able to consent."
    text += "\n\nExclusion Criteria:\n\nBurn. None"
    assert [c.text(text) for c in split(text).clauses] == [
        "Sore hand.", "Age over 18 years.", "Able to consent.", "Burn. None",
    ]  # fmt: skip


def test_bullets_set_in_below_the_first_by_mistake_are_criteria() -> None:
    text = "Exclusion Criteria:\n\n* 1\\) Burn\n\n  2\\) Gout\n\n  3\\) Pregnancy"
    assert [c.text(text) for c in split(text).clauses] == ["Burn", "Gout", "Pregnancy"]
    text = "Exclusion Criteria:\n\n* Burn with\n  * blisters\n  * fever"
    assert len(split(text).clauses) == 1


def test_numbers_inside_a_sentence_split_nothing() -> None:
    text = "* Diagnosed as the sum of signs, which are 1) pain 2) heat\n* Sore"
    assert len(split(text).clauses) == 2


def test_without_headings_the_side_is_open() -> None:
    (clause,) = split("Sore hand").clauses
    assert clause.side is None
    assert split("").clauses == ()


def test_escapes_are_shown_as_what_they_stand_for() -> None:
    assert shown("a \\<3\n  b;") == "a <3 b"
    assert shown("(revision\n or if)") == "(revision or if)"


@given(st.text(alphabet=st.sampled_from("ab1.):*-\n \\<>IVin≥（"), max_size=120))
def test_any_text_can_be_split(text: str) -> None:
    for clause in split(text).clauses:
        assert 0 <= clause.start < clause.end <= len(text)
        assert all(clause.start <= start < end <= clause.end for start, end, _ in clause.parts)
