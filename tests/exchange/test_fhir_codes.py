from __future__ import annotations

import json

import pytest

from equipoise.exchange import fhir_codes
from tests.exchange.real_records import real


@pytest.mark.parametrize(
    ("enum", "table", "without"),
    [
        ("ArmGroupType", fhir_codes.ARM_TYPE, set()),
        ("PrimaryPurpose", fhir_codes.PURPOSE, {"ECT", "OTHER"}),
        ("Status", fhir_codes.STATUS, {
            "SUSPENDED", "UNKNOWN", "WITHHELD", "AVAILABLE", "NO_LONGER_AVAILABLE",
            "TEMPORARILY_NOT_AVAILABLE", "APPROVED_FOR_MARKETING",
        }),
    ],
)  # fmt: skip
def test_every_value_of_the_registry_has_a_code_or_is_known_to_have_none(
    enum: str, table: dict[str, str], without: set[str]
) -> None:
    api = json.loads(real("schema/ctgov-api-v2-openapi.json").read_text("utf-8"))
    values = set(api["components"]["schemas"][enum]["enum"])
    assert values - set(table) == without
    assert set(table) <= values


def test_each_code_system_is_hl7_s() -> None:
    assert all(url.startswith("http://hl7.org/fhir/") for url in fhir_codes.SYSTEMS.values())
    assert set(fhir_codes.ELEMENTS) <= set(fhir_codes.SYSTEMS)
    codes = [*fhir_codes.DESIGN.values()]
    assert len(codes) == len(set(codes))
