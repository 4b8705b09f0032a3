from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.page.markup import blocks, codes, html, inline, plain


def test_paragraphs_and_nested_lists() -> None:
    text = "First.\n\nBoth of:\n\n* one;\n   * under one\n* two\n\nLast."
    assert html(text) == (
        "<p>First.</p><p>Both of:</p><ul><li>one;<ul><li>under one</li></ul></li><li>two</li></ul>"
        "<p>Last.</p>"
    )


def test_numbers_make_an_ordered_list() -> None:
    assert html("1. one\n2. two") == "<ol><li>one</li><li>two</li></ol>"


def test_a_line_goes_on_with_the_next_one() -> None:
    assert html("half\na sentence") == "<p>half a sentence</p>"
    assert html("* half\n  an item") == "<ul><li>half an item</li></ul>"


def test_an_escape_is_undone_and_what_was_escaped_is_text() -> None:
    assert plain(r"heart rate \<50, \[a\], 5\~6, a\b") == r"heart rate <50, [a], 5~6, a\b"
    assert inline(r"\<50 beats") == "&lt;50 beats"


def test_html_is_shown_and_does_not_run() -> None:
    assert html("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert "<img" not in html("* <img src=x onerror=alert(1)>")


def test_an_address_is_a_link_without_what_follows_it() -> None:
    told = inline('See https://example.org/a?b=1&c="2". Then')
    assert told.startswith('See <a href="https://example.org/a?b=1&amp;c=" rel="noreferrer">')
    assert inline("(https://example.org/x).").endswith("</a>).")


def test_a_script_s_address_is_no_link() -> None:
    assert "<a" not in inline("javascript:alert(1)")


@given(st.text(alphabet=st.sampled_from("*-1. \n\\<>&\"'ab\t•"), max_size=60))
def test_any_text_gives_balanced_tags_and_keeps_its_words(text: str) -> None:
    told = html(text)
    for tag in ("p", "ul", "ol", "li"):
        assert told.count(f"<{tag}>") == told.count(f"</{tag}>")
    assert told.count("a") >= 0
    letters = sorted(c for c in text if c in "ab")
    assert sorted(c for c in told.striptags() if c in "ab" and c) == letters or "&" in told


def test_blocks_know_how_deep_they_are() -> None:
    (top,) = blocks("* a\n  * b\n    * c")
    assert top.under[0].under[0].text == "c"


def test_names_of_fields_are_code_and_nothing_else_is_markup() -> None:
    assert codes("`a<b` is <missing>") == "<code>a&lt;b</code> is &lt;missing&gt;"
