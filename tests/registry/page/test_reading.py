from __future__ import annotations

from equipoise.registry.page.reading import child, count, number, objects, text, texts


def test_what_has_another_shape_is_left_out() -> None:
    assert objects([{"a": 1}, "b", None]) == [{"a": 1}]
    assert objects({"a": 1}) == []
    assert child({"a": []}, "a") == {}
    assert child({"a": {"b": 1}}, "a") == {"b": 1}
    assert texts(["a", 1, {}, None, ""]) == ["a", "1"]
    assert texts("abc") == []


def test_numbers_and_texts_are_texts_and_nothing_else_is() -> None:
    assert text("a") == "a"
    assert text(3) == "3"
    assert text(True) == text(None) == text([]) == ""


def test_numbers_are_read_as_the_registry_writes_them() -> None:
    assert number("1,234.5") == 1234.5
    assert number("NA") is None
    assert number("inf") is None
    assert count("12") == 12
    assert count("1.5") is None
