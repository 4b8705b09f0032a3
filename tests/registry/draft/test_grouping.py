from __future__ import annotations

from equipoise.registry.draft.bounds import elements
from equipoise.registry.draft.chunks import Letters
from equipoise.registry.draft.grouping import is_kind, prepared
from equipoise.registry.draft.lexing import Token, lex


def _words(text: str) -> list[str]:
    return [
        p.text if isinstance(p, Token) else type(p).__name__ for p in prepared(elements(lex(text)))
    ]


def test_both_sexes_are_one_thing() -> None:
    assert _words("Male or female patients") == ["Male female", "patients"]
    assert _words("men, women and children") == ["men women", "and", "children"]
    assert _words("women or children") == ["women", "or", "children"]


def test_letters_of_a_class_are_one_thing() -> None:
    (*_, letters) = prepared(elements(lex("Child-Pugh class B or C")))
    assert isinstance(letters, Letters)
    assert letters.codes == ("B", "C")
    assert not any(isinstance(p, Letters) for p in prepared(elements(lex("Hepatitis B or C"))))


def test_names_parted_by_a_slash_are_two() -> None:
    kinds = [is_kind(piece, "or") for piece in prepared(elements(lex("ALT/AST")))]
    assert kinds == [False, True, False]
    assert "or" not in [getattr(p, "kind", "") for p in prepared(elements(lex("FEV1/FVC")))]
