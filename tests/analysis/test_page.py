from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from equipoise.analysis.page import fill_in
from equipoise.protocol.load import load_study


def test_texts_are_escaped_and_figures_are_not() -> None:
    protocol = load_study("NCT05718544").protocol
    plan = {"title": "<b>", "lines": [("a", "&")], "verdict": "", "hopeless": False}
    page = fill_in(
        "plan.html", protocol=protocol, language="en", say=str, plans=[plan | {"picture": "<svg/>"}]
    )
    assert "&lt;b&gt;" in page
    assert "&amp;" in page
    assert "<svg/>" in page


def test_what_a_template_needs_must_be_there() -> None:
    with pytest.raises(UndefinedError):
        fill_in("plan.html", language="en", say=str, plans=[])
