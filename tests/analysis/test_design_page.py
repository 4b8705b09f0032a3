from __future__ import annotations

import pytest

from equipoise.analysis.design import outlook
from equipoise.analysis.design_page import as_json, lines, page, verdict
from equipoise.protocol.load import load_study
from equipoise.protocol.parts import Protocol


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    found = load_study("NCT05718544").protocol
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("participants", "said"), [(199, "Hopeless"), (400, "Too small"), (600, "Large enough")]
)
def test_the_verdict_follows_the_power(protocol: Protocol, participants: int, said: str) -> None:
    found = outlook(protocol, protocol.planning[0], participants, trials=0)
    assert verdict(found, "en").startswith(said)
    assert verdict(found, "zh") != verdict(found, "en")


def test_lines_say_what_was_assumed_and_why(protocol: Protocol) -> None:
    told = dict(lines(protocol, outlook(protocol, protocol.planning[0], 199, trials=0), "en"))
    assert told["Assumed"] == "20 % against 30 %"
    assert "(assumed)" in told["Because"]
    assert told["Power"] == "37 %, analytic"


def test_a_page_has_a_picture_and_asks_for_nothing_outside(protocol: Protocol) -> None:
    found = outlook(protocol, protocol.planning[0], 199, trials=0)
    text = page(protocol, [found], "en")
    assert text.count("<svg") == 1
    assert "src=" not in text
    assert as_json(found)["hopeless"] is True
