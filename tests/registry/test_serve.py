from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from equipoise.registry.following import follow
from equipoise.registry.page import Neighbour
from equipoise.registry.relatives import Relatives
from equipoise.registry.store import Store
from tests.registry.sample import put, record

pytest.importorskip("tantivy", reason="search needs tantivy")
pytest.importorskip("httpx", reason="the client of these tests needs httpx")

import httpx
import uvicorn

from equipoise.registry.search.fresh import fresh_index
from equipoise.registry.serve import Registry, app

TODAY = date(2026, 1, 1)
SOON_S = 30


def _study(number: int, **changed: Any) -> dict[str, Any]:
    study = record(results=number % 2 == 0)
    put(study, "protocolSection.identificationModule.nctId", f"NCT{number:08}")
    put(study, "protocolSection.identificationModule.briefTitle", f"Balm {number} after surgery")
    for path, value in changed.items():
        put(study, f"protocolSection.{path.replace('__', '.')}", value)
    return study


def _eventful(number: int) -> dict[str, Any]:
    study = _study(number)
    stats = [{"groupId": "EG000", "numAffected": 1, "numAtRisk": 10}]
    events = [{"term": f"event {k:02}", "stats": stats} for k in range(40)]
    put(study, "resultsSection.adverseEventsModule.otherEvents", events)
    return study


@contextmanager
def served(registry: Registry) -> Iterator[httpx.Client]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app(registry), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address) as made:
                yield made
        finally:
            server.should_exit = True
            thread.join(SOON_S)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("home")
    with Store(home) as store:
        for number in (each for each in range(1, 26) if each not in (3, 5)):
            store.put(_study(number), source="here", at="2024-01-01")
        store.put(
            _study(1, statusModule__overallStatus="TERMINATED"), source="here", at="2024-02-01"
        )
        for number, country in ((3, "Guinea"), (5, "Equatorial Guinea")):
            sites = {"contactsLocationsModule__locations": [{"country": country}]}
            store.put(_study(number, **sites), source="here", at="2024-01-01")
        aliased = _study(30, identificationModule__nctIdAliases=["NCT00000099"])
        store.put(aliased, source="here", at="2024-01-01")
        store.put(_eventful(40), source="here", at="2024-01-01")
        near = Neighbour("NCT00000002", "A sister", "RECRUITING", ("the same sponsor",))
        registry = Registry(store, fresh_index(store, home), lambda _s, _l: [near], lambda: TODAY)
        with served(registry) as made:
            yield made


def test_a_search_answers_with_pages_of_studies(client: httpx.Client) -> None:
    first = client.get("/", params={"q": "balm"})
    assert first.status_code == 200
    assert "27 studies" in first.text
    assert len(re.findall(r"<li><a href=\"/studies/NCT", first.text)) == 20
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = client.get(after.replace("&amp;", "&"))
    assert len(re.findall(r"<li><a href=\"/studies/NCT", second.text)) == 7
    assert 'rel="next"' not in second.text
    assert 'rel="prev"' in second.text


def test_a_facet_narrows_and_is_taken_away_again(client: httpx.Client) -> None:
    page = client.get("/", params={"OverallStatus": "TERMINATED"}).text
    assert "1 study" in page
    assert "NCT00000001" in page
    (away,) = re.findall(r'aria-current="true"><a href="([^"]+)"', page)
    assert "27 studies" in client.get(away.replace("&amp;", "&")).text


def test_a_facet_s_value_cannot_ask_something_else(client: httpx.Client) -> None:
    page = client.get("/", params={"OverallStatus": 'X" OR AREA[OverallStatus]"COMPLETED'})
    assert "27 studies" not in page.text
    assert page.status_code in (200, 400)


def test_a_facet_s_value_is_the_whole_value(client: httpx.Client) -> None:
    page = client.get("/", params={"LocationCountry": "Guinea"}).text
    assert "1 study" in page
    assert "NCT00000003" in page
    everything = client.get("/").text
    (href,) = re.findall(r'href="([^"]+)"[^>]*>Equatorial Guinea<', everything)
    assert "1 study" in client.get(href.replace("&amp;", "&")).text


def test_a_number_leads_to_its_study(client: httpx.Client) -> None:
    answer = client.get("/", params={"q": " nct00000002 "})
    assert answer.status_code == 307
    assert answer.headers["location"] == "/studies/NCT00000002?language=en"


def test_a_broken_query_is_said(client: httpx.Client) -> None:
    answer = client.get("/", params={"q": "AREA["})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_the_page_of_a_study(client: httpx.Client) -> None:
    page = client.get("/studies/NCT00000002")
    assert page.status_code == 200
    for told in ("Balm 2 after surgery", "A sister", "the same sponsor",
                 'href="/api/v2/studies/NCT00000002"'):  # fmt: skip
        assert told in page.text
    assert client.get("/api/v2/studies/NCT00000002").json()["hasResults"] is True


def test_all_adverse_events_are_sent_to_whom_asks(client: httpx.Client) -> None:
    page = client.get("/studies/NCT00000040").text
    assert "event 39" not in page
    (href,) = re.findall(r'href="(/studies/NCT00000040[^"]*events=all)#events"', page)
    assert "event 39" in client.get(href.replace("&amp;", "&")).text


def test_versions_and_what_changed(client: httpx.Client) -> None:
    page = client.get("/studies/NCT00000001").text
    assert "Version 2" in page
    assert "Only this version" in client.get("/studies/NCT00000003").text
    between = client.get("/studies/NCT00000001/changes", params={"to": 2}).text
    assert "<del>COMPLETED</del>" in between
    assert "<ins>TERMINATED</ins>" in between
    first = client.get("/studies/NCT00000001/versions/1").text
    assert "Completed" in first
    assert "This is version 1 of the record" in first
    assert "data:application/json" in first  # the version shown, not the current one
    assert "This is version" not in client.get("/studies/NCT00000001/versions/2").text
    assert client.get("/studies/NCT00000001/versions/7").status_code == 404
    assert client.get("/studies/NCT00000001/changes", params={"to": "x"}).status_code == 404


@pytest.mark.parametrize("former", ["NCT00000099", "nct00000030"])
def test_another_name_of_a_study_leads_to_it(client: httpx.Client, former: str) -> None:
    answer = client.get(f"/studies/{former}")
    assert answer.status_code == 301
    assert answer.headers["location"].startswith("/studies/NCT00000030")


def test_an_unknown_number_names_the_nearest(client: httpx.Client) -> None:
    answer = client.get("/studies/NCT00000029")
    assert answer.status_code == 404
    assert 'href="/studies/NCT0000002' in answer.text
    assert client.get("/no/such/page").status_code == 404


def test_the_reader_s_language(client: httpx.Client) -> None:
    by_header = client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh">' in by_header.text
    by_choice = client.get("/studies/NCT00000002", params={"language": "zh"}).text
    assert '<html lang="zh">' in by_choice
    assert 'href="/studies/NCT00000002?language=en"' in by_choice


def test_every_answer_keeps_its_pages_to_themselves(client: httpx.Client) -> None:
    for path in ("/", "/studies/NCT00000002", "/no", "/api/v2/version"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_what_is_loaded_meanwhile_is_served_and_found(tmp_path: Path) -> None:
    with Store(tmp_path) as store, Store(tmp_path) as loading:
        for number, condition in ((1, "Sore hand"), (3, "Sleeplessness")):
            study = _study(number, conditionsModule__conditions=[condition])
            loading.put(study, source="here", at="2024-01-01")
        relatives = Relatives(store, tmp_path)
        registry = Registry(store, fresh_index(store, tmp_path), relatives, lambda: TODAY)
        stop, working, go_on = threading.Event(), threading.Event(), threading.Event()

        def work(loaded: Store) -> None:
            if len(loaded) > 2:
                working.set()
                go_on.wait(SOON_S)
            fresh_index(loaded, tmp_path)
            relatives.prepare(loaded)

        with served(registry) as client:
            assert "being worked out" in client.get("/studies/NCT00000001").text
            thread = follow(tmp_path, work, stop, look_every_s=0.01)
            study = _study(2, conditionsModule__conditions=["Sore hand"])
            loading.put(study, source="here", at="2024-01-02")
            assert working.wait(SOON_S)
            # Pages answer while the index is brought up to date.
            assert "2 studies" in client.get("/", params={"q": "balm"}).text
            assert "Balm 2" in client.get("/studies/NCT00000002").text
            go_on.set()
            until(lambda: "3 studies" in client.get("/", params={"q": "balm"}).text)
            until(lambda: "NCT00000002" in client.get("/studies/NCT00000001").text)
            stop.set()
            thread.join(SOON_S)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_nothing_can_be_changed(client: httpx.Client) -> None:
    assert client.post("/studies/NCT00000002").status_code == 405


def test_a_person_searches_narrows_reads_and_changes_language(client: httpx.Client) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    here, asked_for, faults = str(client.base_url), list[str](), list[str]()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("request", lambda asked: asked_for.append(asked.url))
        page.on("console", lambda message: faults.append(message.text))
        page.goto(here)
        page.fill("input[name=q]", "balm")
        page.press("input[name=q]", "Enter")
        page.click("text=Terminated")
        page.click(".hits a")
        assert "Balm 1 after surgery" in page.inner_text("h1")
        page.click(".languages a")
        assert page.locator("html").get_attribute("lang") == "zh"
        assert page.inner_text("#design h2") == "研究设计"
        with page.expect_download() as record_file:
            page.click(".download a")
        assert record_file.value.suggested_filename == "NCT00000001.json"
        browser.close()
    assert [url for url in asked_for if not url.startswith(here)] == []
    assert faults == []
