from __future__ import annotations

import csv
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tantivy", reason="search needs tantivy")
pytest.importorskip("httpx", reason="the client of these tests needs httpx")

import httpx
import jsonschema
import uvicorn
from hypothesis import HealthCheck, given, settings

from equipoise.registry.api import app
from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.fresh import fresh_index
from equipoise.registry.store import Store
from tests.registry.search.library import invented, real

SCHEMA = Path(__file__).resolve().parents[2] / "../shared/data/registry/schema"


@contextmanager
def served(home: Path, records: list[Any]) -> Iterator[str]:
    """Serve records on this machine, and give the address."""
    with Store(home) as store, socket.socket() as listening:
        store.put_many([("test", each) for each in records], at="2026-01-01T00:00:00Z")
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app(store, fresh_index(store, home)), log_level="error", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        served(tmp_path_factory.mktemp("home"), list(invented())) as address,
        httpx.Client(base_url=address) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    path = SCHEMA / "ctgov-api-v2-openapi.json"
    if not path.exists():
        pytest.skip("the published description of the API is not at hand")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _ids(page: Any) -> list[str]:
    return [each["protocolSection"]["identificationModule"]["nctId"] for each in page["studies"]]


def _get(client: httpx.Client, path: str, **given: Any) -> Any:
    named = {name.replace("_", "."): value for name, value in given.items()}
    answer = client.get(path, params=named)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {1, 2, 3, 4, 5, 6}),
        ({"query_cond": "heart attack"}, {1, 2, 4}),
        ({"query_term": "heart", "query_locn": "Suva"}, {3}),
        ({"query_titles": "lung OR panic"}, {3, 4}),
        ({"query_lead": "city hospital", "filter_overallStatus": "RECRUITING"}, {2}),
        ({"filter_overallStatus": "RECRUITING|NOT_YET_RECRUITING"}, {2, 4}),
        ({"filter_overallStatus": "RECRUITING,NOT_YET_RECRUITING"}, {2, 4}),
        ({"filter_ids": "nct9901,NCT00000005"}, {1, 5}),
        ({"filter_geo": "distance(50.7344,7.0955,10km)"}, {1, 5}),
        ({"filter_geo": "distance(50.7344,7.0955,10mi)"}, {1, 5}),
        ({"filter_geo": "distance(50.7344,7.0955,16mi)"}, {1, 2, 5}),  # Cologne: 24 km
        ({"filter_geo": "distance(50.7344,7.0955,16)"}, {1, 2, 5}),  # miles unless it says km
        ({"filter_geo": "distance(50.7344,7.0955,16km)"}, {1, 5}),
        ({"filter_advanced": "AREA[StartDate]2022", "postFilter_overallStatus": "RECRUITING"}, {2}),
        ({"postFilter_advanced": "AREA[Phase]PHASE3"}, {3}),
        ({"aggFilters": "results:with,status:com"}, {6}),
        ({"aggFilters": "status:not rec"}, {2, 4}),
        ({"aggFilters": "phase:0 3"}, {3, 5}),
    ],
)
def test_a_search(client: httpx.Client, given: dict[str, str], found: set[int]) -> None:
    page = _get(client, "/studies", countTotal="true", **given)
    assert {int(each[-4:]) for each in _ids(page)} == found
    assert page["totalCount"] == len(found)


def test_pages_follow_each_other_to_the_last(client: httpx.Client) -> None:
    page = _get(client, "/studies", sort="StartDate", pageSize=4, countTotal="true")
    assert page["totalCount"] == 6
    last = _get(client, "/studies", sort="StartDate", pageSize=4, countTotal="true",
                pageToken=page["nextPageToken"])  # fmt: skip
    assert [int(each[-1]) for each in _ids(page) + _ids(last)] == [4, 2, 1, 3, 5, 6]
    assert set(last) == {"studies"}
    other = client.get(
        "/studies", params={"sort": "StartDate:asc", "pageToken": page["nextPageToken"]}
    )
    assert other.status_code == 400
    assert "pageToken" in other.text
    assert len(_get(client, "/studies", pageSize=0)["studies"]) == 6
    assert len(_get(client, "/studies", pageSize=5000)["studies"]) == 6


def test_the_fields_asked_for(client: httpx.Client) -> None:
    given = {"filter_ids": "NCT00000001"}
    (one,) = _get(client, "/studies", fields="NCTId,LocationCity|HasResults", **given)["studies"]
    assert one == {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT00000001"},
            "contactsLocationsModule": {"locations": [{"city": "Bonn"}, {"city": "Cologne"}]},
        },
        "hasResults": False,
    }
    (one,) = _get(client, "/studies", fields="ConditionsModule", **given)["studies"]
    assert one == {
        "protocolSection": {"conditionsModule": {"conditions": ["Heart Attack", "Pain"]}}
    }
    path = "protocolSection.conditionsModule.conditions"
    assert _get(client, "/studies", fields=path, **given)["studies"] == [one]
    (one,) = _get(client, "/studies", fields="@query", query_titles="balm", **given)["studies"]
    assert list(one["protocolSection"]) == ["identificationModule"]
    assert set(one["protocolSection"]["identificationModule"]) == {"briefTitle", "officialTitle"}
    whole = _get(client, "/studies/NCT00000001")
    assert whole == invented()[0]
    assert _get(client, "/studies/NCT00000001", fields="BriefTitle") == {
        "protocolSection": {"identificationModule": {"briefTitle": "Balm for heart attack"}}
    }


def test_a_table(client: httpx.Client) -> None:
    given = {"format": "csv", "countTotal": "true", "pageSize": "4", "sort": "StartDate"}
    first = client.get("/studies", params=given)
    assert first.headers["content-type"].startswith("text/csv")
    assert first.headers["x-total-count"] == "6"
    rows = list(csv.DictReader(io.StringIO(first.text)))
    assert [row["NCT Number"][-1] for row in rows] == ["4", "2", "1", "3"]
    assert rows[2]["Conditions"] == "Heart Attack|Pain"
    assert rows[2]["Study URL"] == str(client.base_url.join("/studies/NCT00000001"))
    assert rows[2]["Locations"] == "Clinic, Bonn, Germany|Hospital, Cologne, Germany"
    assert rows[2]["Interventions"] == "DRUG: Balm|DRUG: Salve"
    further = {
        "pageToken": first.headers["x-next-page-token"],
        "fields": "NCT Number|Study Results",
    }
    second = client.get("/studies", params={**given, **further})
    assert second.text == "NCT00000005,NO\nNCT00000006,YES\n"
    one = client.get("/studies/NCT00000006", params={"format": "csv", "fields": "Age"})
    assert one.text.startswith("Age\n12 Months to")
    assert client.get("/studies", params={"format": "csv", "fields": "NCTId"}).status_code == 400


def test_one_record_zipped(client: httpx.Client) -> None:
    answer = client.get("/studies/NCT00000002", params={"format": "json.zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("NCT00000002.json")) == invented()[1]


def test_a_former_number_is_sent_on(client: httpx.Client) -> None:
    answer = client.get("/studies/NCT00009901", params={"fields": "NCTId"})
    assert answer.status_code == 301
    assert answer.headers["location"].endswith("/studies/NCT00000001?fields=NCTId")


def test_an_unknown_number_names_the_nearest(client: httpx.Client) -> None:
    answer = client.get("/studies/NCT00000007")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "NCT0000000" in answer.text.replace("NCT00000007", "")
    assert client.get("/studies/NCT1").json()["hasResults"] is False  # NCT00000001


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"query.term": "heart AND"}, "query.term, character 10"),
        ({"filter.advanced": "AREA[Condtion]x"}, "filter.advanced, character 6"),
        ({"filter.overallStatus": "OPEN"}, "filter.overallStatus: knows no 'OPEN'"),
        ({"filter.geo": "distance(91,0,1km)"}, "filter.geo"),
        ({"filter.geo": "distance(1,0)"}, "filter.geo"),
        ({"filter.ids": "NCT"}, "no registration number"),
        ({"filter.synonyms": "ConditionSearch:1"}, "filter.synonyms: is not supported"),
        ({"aggFilters": "weather:good"}, "aggFilters"),
        ({"aggFilters": "sex:x"}, "knows no 'x' of sex"),
        ({"sort": "BriefTitle"}, "sort: 'BriefTitle' is no date or number"),
        ({"sort": "StartDate:up"}, "'up' is no direction"),
        ({"sort": "StartDate,EnrollmentCount,MinimumAge"}, "Give two at most"),
        ({"fields": "BriefTitel"}, "Did you mean BriefTitle"),
        ({"fields": ""}, "fields: names none"),
        ({"pageSize": "-1"}, "pageSize"),
        ({"pageToken": "abracadabra"}, "pageToken"),
        ({"pageToken": "é"}, "pageToken"),
        ({"countTotal": "yes"}, "countTotal"),
        ({"format": "xml"}, "format: cannot be 'xml'"),
        ({"geoDecay": "fast"}, "geoDecay"),
        ({"query.conditions": "x"}, "query.conditions: is no parameter here"),
    ],
)
def test_a_wrong_question_is_told_in_plain_words(
    client: httpx.Client, given: dict[str, str], said: str
) -> None:
    answer = client.get("/studies", params=given)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert said in answer.text


def test_a_broken_query_is_pointed_at(client: httpx.Client) -> None:
    answer = client.get("/studies", params={"query.cond": "heart AREA[Condtion]x"})
    _, query, caret, todo = (line.strip("\n") for line in answer.text.split("\n"))
    assert query[caret.index("^") :].startswith("Condtion")
    assert "Condition" in todo


def test_other_paths_and_methods(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.post("/studies").status_code == 405
    assert client.get("/studies/abc").status_code == 400
    assert client.get("/studies/NCT00000001", params={"format": "ris"}).status_code == 400
    assert client.get("/stats/field/values", params={"fields": "Nothing"}).status_code == 404
    assert client.get("/stats/field/values", params={"types": "COLOUR"}).status_code == 400


def test_statistics(client: httpx.Client) -> None:
    size = _get(client, "/stats/size")
    assert size["totalStudies"] == 6
    assert sum(each["studiesCount"] for each in size["ranges"]) == 6
    assert size["largestStudies"][0]["sizeBytes"] >= size["averageSizeBytes"]
    condition, start, results, age = _get(
        client, "/stats/field/values", fields="Condition|StartDate|HasResults|EnrollmentCount"
    )
    assert condition["missingStudiesCount"] == 1
    assert condition["uniqueValuesCount"] == 6
    assert start["type"] == "DATE"
    assert (start["min"], start["max"]) == ("2020-03-01", "2023-01-01")
    assert start["formats"] == ["yyyy-MM", "yyyy-MM-dd"]
    assert (results["trueCount"], results["falseCount"]) == (3, 3)
    assert age["avg"] == 20
    assert len(_get(client, "/stats/field/values", types="BOOLEAN")) == sum(
        each.kind == "boolean" for each in by_piece().values()
    )
    (sites,) = _get(client, "/stats/field/sizes", fields="Location")
    assert (sites["minSize"], sites["maxSize"]) == (1, 2)


PATHS = {
    "/studies?countTotal=true&pageSize=3": "PagedStudies",
    "/studies?query.term=heart&fields=NCTId": "PagedStudies",
    "/studies/NCT00000001": "Study",
    "/studies/metadata": "FieldNodeList",
    "/studies/search-areas": "SearchDocumentList",
    "/studies/enums": "EnumInfoList",
    "/stats/size": "GzipStats",
    "/stats/field/values": "FieldValuesStatsList",
    "/stats/field/sizes": "ListSizesList",
    "/version": "Version",
}


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_as_published(
    client: httpx.Client, description: dict[str, Any], path: str
) -> None:
    schema = {
        "$ref": f"#/components/schemas/{PATHS[path]}",
        "components": description["components"],
    }
    jsonschema.Draft202012Validator(schema).validate(client.get(path).json())


def test_fields_areas_and_enums_are_the_published_ones(client: httpx.Client) -> None:
    if not SCHEMA.exists():
        pytest.skip("the published tables are not at hand")

    def bare(nodes: list[dict[str, Any]]) -> list[Any]:
        keys = ("name", "piece", "type")
        return [[*(node[k] for k in keys), bare(node.get("children", []))] for node in nodes]

    published = json.loads((SCHEMA / "ctgov-api-v2-study-metadata.json").read_text("utf-8"))
    assert bare(_get(client, "/studies/metadata")) == bare(published)
    areas = json.loads((SCHEMA / "ctgov-api-v2-search-areas.json").read_text("utf-8"))
    for area in areas[0]["areas"]:
        area.pop("uiLabel", None)
    assert _get(client, "/studies/search-areas") == areas[:1]


# --- other people's clients -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server of the records, real ones where they are at hand."""
    with served(tmp_path_factory.mktemp("served"), [*invented(), *real(200)]) as found:
        yield found


def test_a_public_client_works_by_changing_its_address(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pytest.importorskip("pytrials.client", reason="the public client is not installed")
    monkeypatch.setattr(client.ClinicalTrials, "_BASE_URL", f"{address}/")
    registry = client.ClinicalTrials()
    assert registry.api_info[0] == "2.0.5"
    fields = ["NCT Number", "Conditions", "Study Title"]
    rows = registry.get_study_fields("salve+AND+infarction", fields, fmt="csv")
    assert rows == [
        fields,
        ["NCT00000002", "Myocardial infarction", "Salve for myocardial infarction"],
    ]
    (study,) = registry.get_full_studies("salve AND infarction", 5, fmt="json")["studies"]
    assert study == invented()[1]
    named = registry.get_study_fields("panic", ["NCTId", "BriefTitle"], fmt="json")["studies"]
    assert named[0]["protocolSection"]["identificationModule"]["briefTitle"].startswith("Attack")
    assert len(registry.get_full_studies("ALL", 1000, fmt="csv")) == 1 + len(
        [*invented(), *real(200)]
    )


@pytest.mark.slow
def test_generated_requests_are_answered_as_published(
    address: str, description: dict[str, Any]
) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    described = {**description, "servers": [{"url": address}]}
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=address)
    checks = schemathesis.checks
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: Any) -> None:
            case.call_and_validate(
                checks=[
                    checks.not_a_server_error, checks.status_code_conformance,
                    checks.content_type_conformance, checks.response_schema_conformance,
                ]
            )  # fmt: skip

        ask()
