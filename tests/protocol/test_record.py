from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import Problem
from equipoise.protocol.record import Record, read_record

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/registry/records"
SMALL: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT01234567", "briefTitle": "A trial"},
    }
}
FULL: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT01234567",
            "briefTitle": "A trial",
            "officialTitle": "A trial of α against β",
            "acronym": "AT",
        },
        "statusModule": {"overallStatus": "RECRUITING", "startDateStruct": {"date": "2024-01"}},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A hospital", "class": "OTHER"}},
        "designModule": {
            "designInfo": {
                "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]}
            },
            "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": "Active",
                    "type": "EXPERIMENTAL",
                    "description": "5 mg",
                    "interventionNames": ["Drug: α"],
                },
                {"label": "Observation", "type": "NO_INTERVENTION"},
            ]
        },
        "eligibilityModule": {"eligibilityCriteria": "Adults"},
        "contactsLocationsModule": {"locations": [{"geoPoint": {"lat": 39.9075, "lon": 116.4}}]},
    },
    "hasResults": False,
    "ours": {"note": "kept"},
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], tuple[Record | None, list[Problem]]]:
    def write_and_read(text: str | bytes) -> tuple[Record | None, list[Problem]]:
        path = tmp_path / "record.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_record(path)

    return write_and_read


def _record(data: dict[str, Any]) -> Record:
    return Record.model_validate_json(json.dumps(data))


def _with(*path: str | int, value: Any) -> dict[str, Any]:
    """Return FULL with another value at ``path``."""
    data = json.loads(json.dumps(FULL))
    here = data
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return dict(data)


# --- what it says ---------------------------------------------------------------------------------


def test_what_equipoise_needs_of_a_record() -> None:
    record = _record(FULL)
    assert record.nct_id == "NCT01234567"
    assert record.brief_title == "A trial"
    assert record.official_title == "A trial of α against β"
    assert record.status == "RECRUITING"
    assert record.sponsor == "A hospital"
    assert record.enrollment == 40
    assert record.masking == "DOUBLE"
    assert record.who_masked == ("PARTICIPANT", "INVESTIGATOR")
    assert record.criteria == "Adults"
    active, observation = record.arms
    assert (active.label, active.type, active.description) == ("Active", "EXPERIMENTAL", "5 mg")
    assert active.intervention_names == ("Drug: α",)
    assert (observation.type, observation.description) == ("NO_INTERVENTION", None)
    assert observation.intervention_names == ()


def test_what_a_record_does_not_say_is_unknown() -> None:
    record = _record(SMALL)
    assert record.official_title is None
    assert record.status is None
    assert record.sponsor is None
    assert record.enrollment is None
    assert record.masking is None
    assert record.who_masked is None
    assert record.criteria is None
    assert record.arms == ()
    assert record.has_results is None


def test_nobody_is_masked_in_an_open_trial_and_silence_is_not_openness() -> None:
    path = ("protocolSection", "designModule", "designInfo", "maskingInfo")
    assert _record(_with(*path, value={"masking": "NONE"})).who_masked == ()
    assert _record(_with(*path, value={"masking": "DOUBLE"})).who_masked is None


# --- what is kept ---------------------------------------------------------------------------------


def test_fields_that_equipoise_does_not_know_are_kept() -> None:
    assert _record(FULL).plain() == FULL
    assert _record(SMALL).plain() == SMALL


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _record(FULL).has_results = True  # type: ignore[misc]


# --- digest ---------------------------------------------------------------------------------------


def test_the_digest_is_that_of_canonical_json() -> None:
    canonical = (
        '{"protocolSection":{"identificationModule":{"briefTitle":"Über α",'
        '"nctId":"NCT01234567"}},"x":[1,2.5,true,null]}'
    )
    data = {
        "x": [1, 2.50, True, None],
        "protocolSection": {
            "identificationModule": {"nctId": "NCT01234567", "briefTitle": "Über α"}
        },
    }
    assert _record(data).digest() == hashlib.sha256(canonical.encode()).hexdigest()


def _reversed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _reversed(data[key]) for key in reversed(data)}
    return [_reversed(each) for each in data] if isinstance(data, list) else data


def test_order_of_keys_and_layout_do_not_count() -> None:
    loose = json.dumps(_reversed(FULL), indent=4, ensure_ascii=True)
    assert Record.model_validate_json(loose).digest() == _record(FULL).digest()


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@given(leaves, leaves)
def test_every_value_counts(one: Any, other: Any) -> None:
    digests = [_record({**SMALL, "ours": {"deep": [value]}}).digest() for value in (one, other)]
    same = type(one) is type(other) and one == other
    assert (digests[0] == digests[1]) is same


def test_the_order_of_a_list_counts() -> None:
    arms = FULL["protocolSection"]["armsInterventionsModule"]["armGroups"]
    path = ("protocolSection", "armsInterventionsModule", "armGroups")
    assert _record(_with(*path, value=arms[::-1])).digest() != _record(FULL).digest()


# --- what is wrong --------------------------------------------------------------------------------


def test_a_good_record_has_no_problems(read: Any) -> None:
    record, problems = read(json.dumps(FULL))
    assert record == _record(FULL)
    assert problems == []


def test_a_byte_order_mark_does_no_harm(read: Any) -> None:
    record, problems = read(b"\xef\xbb\xbf" + json.dumps(SMALL).encode())
    assert record == _record(SMALL)
    assert problems == []


def test_a_missing_file_is_said_with_its_whole_path(tmp_path: Path) -> None:
    record, (problem,) = read_record(tmp_path / "record.json")
    assert record is None
    assert problem.where == str(tmp_path / "record.json")
    assert "no such file" in problem.what


def test_a_folder_is_not_a_record(tmp_path: Path) -> None:
    record, (problem,) = read_record(tmp_path)
    assert record is None
    assert problem.where == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('{\n "a": 1\n "b": 2}', "record.json:3", "not JSON"),
        ("", "record.json:1", "not JSON"),
        ('{"a": 1} {', "record.json:1", "not JSON"),
        (b'{\n "a": "\xff"}', "record.json:2", "not UTF-8"),
        ('{"a": NaN}', "record.json", "NaN"),
        ('{"a": {"b": 1, "b": 2}}', "record.json: b", "twice"),
        ('{"a": ' + "[" * 200_000, "record.json", "too deeply"),
        ("[]", "record.json", "object"),
        (r'{"a": "\ud800"}', "record.json", "not JSON: unexpected end of hex escape"),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", "record.json", "not JSON: recursion limit"),
        ('{"a": ' + "9" * 5000 + "}", "record.json", "limit"),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_its_place(
    read: Any, text: str | bytes, where: str, what: str
) -> None:
    record, (problem,) = read(text)
    assert record is None
    assert problem.where == where
    assert what in problem.what
    assert problem.todo
    assert problem.severity == "error"


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("identificationModule", "nctId"), "NCT123", '"NCT123"'),
        (("identificationModule", "nctId"), "NCT012345678", "pattern"),
        (("identificationModule", "briefTitle"), "", "at least 1"),
        (("statusModule", "overallStatus"), "COMPLETE", "COMPLETED"),
        (("designModule", "enrollmentInfo", "count"), "40", "integer"),
        (("designModule", "enrollmentInfo", "count"), -1, "greater than or equal to 0"),
        (("designModule", "designInfo", "maskingInfo", "masking"), "BLIND", "QUADRUPLE"),
        (("eligibilityModule",), "x" * 100, "xxx..."),
    ],
)
def test_a_value_of_the_wrong_shape_is_named_by_its_path(
    read: Any, path: tuple[str, ...], value: Any, what: str
) -> None:
    record, (problem,) = read(json.dumps(_with("protocolSection", *path, value=value)))
    assert record is None
    assert problem.where == "record.json: " + ".".join(["protocolSection", *path])
    assert what in problem.what
    assert len(problem.what) < 500


def test_places_in_lists_and_missing_fields_are_named(read: Any) -> None:
    path = ("protocolSection", "armsInterventionsModule", "armGroups", 1)
    _, (problem,) = read(json.dumps(_with(*path, value={"type": "OTHER"})))
    assert problem.where == (
        "record.json: protocolSection.armsInterventionsModule.armGroups[1].label"
    )
    assert problem.what == "This field is needed."


def test_every_problem_is_reported_at_once(read: Any) -> None:
    data = _with("protocolSection", "identificationModule", value={})
    data["hasResults"] = "no"
    _, problems = read(json.dumps(data))
    assert [problem.where for problem in problems] == [
        "record.json: protocolSection.identificationModule.nctId",
        "record.json: protocolSection.identificationModule.briefTitle",
        "record.json: hasResults",
    ]


# --- real records ---------------------------------------------------------------------------------


def test_real_records_are_read_whole_and_keep_their_digest(tmp_path: Path) -> None:
    corpus = SHARED / "ctgov_v2_studies.ndjson.gz"
    if not corpus.is_file():
        pytest.skip("the real registry records are not beside this repository")
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, 25):
            path = tmp_path / "record.json"
            path.write_text(line, encoding="utf-8")
            record, problems = read_record(path)
            assert problems == []
            assert record is not None
            data = json.loads(line)
            assert record.plain() == data
            canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert record.digest() == hashlib.sha256(canonical.encode()).hexdigest()
