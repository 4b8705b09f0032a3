from __future__ import annotations

from equipoise.registry.draft.sheet import Draft, unique


def test_comments_gather_and_assumptions_are_named_once() -> None:
    made = Draft()
    made.note(("a",), "one")
    made.note(("a",), "two", "three")
    assert made.comments == {("a",): ["one", "two", "three"]}
    made.assume("x", "says", "because", "assumed")
    made.assume("x", "says", "because", "assumed")
    assert [each["id"] for each in made.assumptions] == ["x"]


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert unique("a", []) == "a"
    assert unique("a", ["a", "a_2"]) == "a_3"
    assert len(unique("a" * 60, ["a" * 60])) <= 60
