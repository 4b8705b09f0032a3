from __future__ import annotations

from equipoise.registry.related.words import pieces, singular, words


def test_numbers_of_trials_are_no_words() -> None:
    assert words("As in NCT01234567 and nct 01234568: pain") == ["pain"]


def test_compounds_count_whole_and_in_parts() -> None:
    assert words("Follow-up of S-ketamine") == ["followup", "follow", "sketamine", "ketamine"]


def test_plurals_accents_and_function_words() -> None:
    assert words("The studies of Ménière's losses") == ["study", "meniere", "loss"]
    assert [singular(w) for w in ("hiv", "analysis", "virus", "doses", "gas")] == [
        "hiv", "analysis", "virus", "dose", "gas",
    ]  # fmt: skip


def test_pieces() -> None:
    assert list(pieces(["ketamine"])) == ["<keta", "ketam", "etami", "tamin", "amine", "mine>"]
    assert list(pieces(["hiv"])) == ["<hiv>"]
