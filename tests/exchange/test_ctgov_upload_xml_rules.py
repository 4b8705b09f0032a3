from __future__ import annotations

from typing import Any

import pytest

from equipoise.errors import InputError
from equipoise.exchange.ctgov_upload_xml_rules import (
    Duration,
    InfoTypes,
    Listed,
    Masking,
    References,
    Status,
    block,
)
from equipoise.exchange.xml_map import Rule, read_all, written
from equipoise.exchange.xml_tree import parse, serialize


def _xml(part: dict[str, Any], *rules: Rule) -> str:
    lines = serialize(written("x", rules, part)).decode().split("\n")[1:]
    text = "".join(line.strip() for line in lines)
    return text.removeprefix("<x>").removesuffix("</x>")


def _json(xml: str, *rules: Rule) -> dict[str, Any]:
    return read_all(rules, parse(f"<x>{xml}</x>".encode()))


LISTED = Listed("type", "own", "kind", frozenset({"Oak", "Elm"}), "Other")


@pytest.mark.parametrize(
    ("word", "xml"),
    [("Oak", "<type>Oak</type>"), ("Yew", "<type>Other</type><own>Yew</own>")],
)
def test_a_word_that_is_not_listed_has_an_element_of_its_own(word: str, xml: str) -> None:
    assert _xml({"kind": word}, LISTED) == xml
    assert _json(xml, LISTED) == {"kind": word}


def test_the_own_word_may_come_first() -> None:
    own = Listed("", "own", "kind", LISTED.known, "", part="own")
    listed = Listed("type", "own", "kind", LISTED.known, "Other", part="listed")
    assert _xml({"kind": "Yew"}, own, listed) == "<own>Yew</own><type>Other</type>"
    assert _xml({"kind": "Oak"}, own, listed) == "<type>Oak</type>"
    assert _xml({}, own, listed) == "<type/>"
    assert _json("<own>Yew</own><type>Other</type>", own, listed) == {"kind": "Yew"}


def _status(**module: Any) -> dict[str, Any]:
    kind = module.pop("kind", "INTERVENTIONAL")
    return {"protocolSection": {"designModule": {"studyType": kind}, "statusModule": module}}


@pytest.mark.parametrize(
    ("study", "xml"),
    [
        (
            _status(overallStatus="TERMINATED", whyStopped="No balm"),
            "<overall_status>Terminated</overall_status><why_stopped>No balm</why_stopped>",
        ),
        (
            _status(overallStatus="UNKNOWN", lastKnownStatus="RECRUITING"),
            "<overall_status>Recruiting</overall_status>",
        ),
        (
            _status(overallStatus="AVAILABLE", kind="EXPANDED_ACCESS"),
            "<expanded_access_status>Available</expanded_access_status>",
        ),
        (_status(overallStatus="UNKNOWN"), "<x/>"),
    ],
)
def test_the_status_is_the_sponsors_own(study: dict[str, Any], xml: str) -> None:
    assert _xml(study, Status()) == xml


def test_the_status_is_read() -> None:
    for name in ("overall_status", "expanded_access_status"):
        xml = f"<{name}>Available</{name}><why_stopped>a &lt; b</why_stopped>"
        assert _json(xml, Status())["protocolSection"]["statusModule"] == {
            "overallStatus": "AVAILABLE",
            "whyStopped": "a \\< b",
        }


NOBODY = (
    "<no_masking>Yes</no_masking><masked_subject>No</masked_subject>"
    "<masked_caregiver>No</masked_caregiver><masked_investigator>No</masked_investigator>"
    "<masked_assessor>No</masked_assessor>"
)


@pytest.mark.parametrize(
    ("info", "xml"),
    [
        ({"masking": "NONE"}, NOBODY),
        (
            {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"]},
            NOBODY.replace("<no_masking>Yes", "<no_masking>No")
            .replace("<masked_subject>No", "<masked_subject>Yes")
            .replace("<masked_assessor>No", "<masked_assessor>Yes"),
        ),
        ({"masking": "TRIPLE"}, "<masking>Triple</masking>"),
    ],
)
def test_masking_has_an_element_for_each_role(info: dict[str, Any], xml: str) -> None:
    assert _xml({"maskingInfo": info}, Masking()) == xml
    assert _json(xml, Masking()) == {"maskingInfo": info}


def test_who_is_masked_is_not_made_up() -> None:
    assert _xml({}, Masking()) == "<x/>"
    assert _json("<masking/>", Masking()) == {}


def test_a_duration_is_a_number_and_a_unit() -> None:
    xml = (
        "<target_duration_quantity>3</target_duration_quantity>"
        "<target_duration_units>Months</target_duration_units>"
    )
    assert _xml({"targetDuration": "3 Months"}, Duration()) == xml
    assert _json(xml, Duration()) == {"targetDuration": "3 Months"}
    assert _xml({"targetDuration": "long"}, Duration()) == "<x/>"


def test_what_goes_with_the_data_has_an_element_each() -> None:
    xml = _xml({"infoTypes": ["SAP", "CSR"]}, InfoTypes())
    assert xml.count("Yes") == 2
    assert xml.count("No") == 3
    assert _json(xml, InfoTypes()) == {"infoTypes": ["SAP", "CSR"]}
    assert _xml({}, InfoTypes()) == "<x/>"


def test_publications_that_the_registry_found_are_not_uploaded() -> None:
    references = [
        {"citation": "a", "pmid": "1", "type": "BACKGROUND"},
        {"pmid": "2", "type": "DERIVED"},
        {"pmid": "3", "type": "RESULT"},
    ]
    study = {"protocolSection": {"referencesModule": {"references": references}}}
    xml = _xml(study, References())
    again = _json(xml, References())["protocolSection"]["referencesModule"]["references"]
    assert again == [references[0], references[2]]


def test_a_block_of_text_is_typed() -> None:
    rule = block("summary", "summary")
    assert _xml({"summary": "* a \\> b"}, rule) == (
        "<summary><textblock>- a &gt; b</textblock></summary>"
    )
    assert _json("<summary><textblock>- a</textblock></summary>", rule) == {"summary": "* a"}


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        (LISTED, {"kind": []}),
        (Masking(), {"maskingInfo": {"masking": ["x"]}}),
        (Masking(), {"maskingInfo": {"masking": "DOUBLE", "whoMasked": "x"}}),
        (InfoTypes(), {"infoTypes": "SAP"}),
        (Duration(), {"targetDuration": {}}),
    ],
)
def test_what_does_not_belong_is_refused(rule: Rule, part: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        written("x", (rule,), part)
