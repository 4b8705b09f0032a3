from __future__ import annotations

import base64
import hashlib
import re
from datetime import date

import pytest
from jinja2 import UndefinedError

from equipoise.language import Language
from equipoise.registry.page.environment import fill_in, policy
from equipoise.registry.page.study_page import render
from tests.registry.sample import record

PAGE = render(record(), language="en", today=date(2026, 1, 1))


@pytest.mark.parametrize(("tag", "directive"), [("style", "style-src"), ("script", "script-src")])
def test_the_policy_allows_what_stands_in_the_page_and_nothing_else(
    tag: str, directive: str
) -> None:
    (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert f"{directive} 'sha256-{digest}';" in policy()
    assert "unsafe" not in policy()
    assert "default-src 'none'" in policy()


def test_the_page_carries_its_policy() -> None:
    assert policy().replace("'", "&#39;") in PAGE


def test_nothing_is_styled_or_run_outside_of_what_the_policy_allows() -> None:
    body = PAGE.partition("<body>")[2]
    assert not re.search(r"<[^>]*\sstyle=", body)
    assert not re.search(r"<[^>]*\son[a-z]+=", body)


def test_a_name_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        fill_in("study.html", say=Language("en"))
