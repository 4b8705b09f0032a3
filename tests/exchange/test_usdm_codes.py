from __future__ import annotations

import json
from typing import Any

import pytest

from equipoise.exchange import usdm_codes
from tests.exchange.real_records import real


def _terms(value: Any) -> list[usdm_codes.Term]:
    if isinstance(value, usdm_codes.Term):
        return [value]
    if isinstance(value, dict):
        return [term for each in value.values() for term in _terms(each)]
    return [term for each in value for term in _terms(each)] if isinstance(value, tuple) else []


ALL = [
    term for name in dir(usdm_codes) if name.isupper() for term in _terms(vars(usdm_codes)[name])
]


def test_a_code_has_one_name() -> None:
    names = {term.code: {other.decode for other in ALL if other.code == term.code} for term in ALL}
    assert {code: found for code, found in names.items() if len(found) > 1} == {}
    assert all(term.code[0] == "C" and term.code[1:].isdigit() for term in ALL)


@pytest.mark.parametrize(
    ("enum", "table", "without"),
    [
        ("ArmGroupType", usdm_codes.ARM_TYPE, set()),
        ("InterventionType", usdm_codes.INTERVENTION_TYPE, set()),
        ("InterventionalAssignment", usdm_codes.MODEL, set()),
        ("WhoMasked", usdm_codes.MASKED_ROLE, set()),
        ("DesignMasking", usdm_codes.BLINDING, {"TRIPLE", "QUADRUPLE"}),
        ("DesignAllocation", usdm_codes.ALLOCATION, {"NON_RANDOMIZED", "NA"}),
        ("PrimaryPurpose", usdm_codes.PURPOSE, {"ECT"}),
        ("SamplingMethod", usdm_codes.SAMPLING, set()),
    ],
)
def test_every_value_of_the_registry_has_a_code_or_is_known_to_have_none(
    enum: str, table: dict[str, usdm_codes.Term], without: set[str]
) -> None:
    api = json.loads(real("schema/ctgov-api-v2-openapi.json").read_text("utf-8"))
    values = set(api["components"]["schemas"][enum]["enum"])
    assert values - set(table) == without
    assert set(table) <= values
