from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from equipoise.clock import SimulatedClock
from equipoise.errors import InputError
from equipoise.registry import api_client
from equipoise.registry.api_client import Client, Patience, StaleToken, studies_url
from equipoise.registry.record import nct_id
from tests.registry.sample import put, record
from tests.registry.server import POSTED, Registry, serving


def numbered(k: int, posted: str = "2024-01-01") -> dict[str, Any]:
    study = record(results=False)
    put(study, "protocolSection.identificationModule.nctId", f"NCT{k:08}")
    put(study, POSTED, posted)
    return study


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry([numbered(k) for k in range(1, 6)])) as served:
        yield served


class World:
    """Time that passes only while the client waits."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []
        self.told: list[tuple[float, str]] = []

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        self.now_s += wait_s


def client_of(
    registry: Registry, world: World, *, elapsed: Callable[[], float] | None = None, **how: Any
) -> Client:
    return Client(
        registry.url,
        Patience(**{"requests_per_min": 6e9, "silence_s": 10, **how}),
        waiting=lambda wait_s, why: world.told.append((wait_s, why)),
        sleep=world.sleep,
        elapsed_s=elapsed or (lambda: world.now_s),
        clock=SimulatedClock(datetime(2024, 3, 1, 8, tzinfo=UTC)),
    )


def numbers(registry: Registry, world: World, token: str | None = None, **how: Any) -> list[int]:
    pages = client_of(registry, world, **how).pages(token=token)
    return [int(str(nct_id(study))[3:]) for page in pages for study in page.studies]


def test_every_page_is_asked_for_once_and_the_total_with_the_first(registry: Registry) -> None:
    assert numbers(registry, World()) == [1, 2, 3, 4, 5]
    assert [each.get("pageToken") for each in registry.asked] == [None, "t2", "t4"]
    assert [each.get("countTotal") for each in registry.asked] == ["true", None, None]


def test_pages_go_on_from_a_token(registry: Registry) -> None:
    assert numbers(registry, World(), "t2") == [3, 4, 5]


def test_only_what_was_posted_on_a_day_or_later(registry: Registry) -> None:
    registry.studies = [numbered(1, "2024-02-28"), numbered(2, "2024-02-29"), numbered(3, "2025")]
    pages = list(client_of(registry, World()).pages(since=date(2024, 2, 29)))
    assert [nct_id(study) for study in pages[0].studies] == ["NCT00000002", "NCT00000003"]
    assert pages[0].total == 2
    asked = registry.asked[0]["filter.advanced"]
    assert asked == "AREA[LastUpdatePostDate]RANGE[2024-02-29,MAX]"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("429", "429"),
        ("500", "500"),
        ("503", "503"),
        ("stall", "silent"),
        ("cut", "no JSON"),
        ("dropped", "hangs up"),
        ("hung up", "closed"),
        ("half", "silent"),
        ("cut gzip", "no JSON"),
        ("bad gzip", "incorrect"),
        ("repeat", "same page twice"),
        ("loop", "gave before"),
    ],
)
def test_a_fault_is_borne_and_nothing_is_lost_or_doubled(
    registry: Registry, fault: str, why: str
) -> None:
    registry.faults = ["ok", fault, fault]
    world = World()
    silence_s = 0.5 if why == "silent" else 10
    assert numbers(registry, world, silence_s=silence_s) == [1, 2, 3, 4, 5]
    assert [wait_s for wait_s, _ in world.told] == [1, 2]
    assert all(why in said for _, said in world.told)
    assert [each.get("pageToken") for each in registry.asked] == [None, "t2", "t2", "t2", "t4"]


def test_an_answer_that_drips_for_ever_is_dropped(registry: Registry) -> None:
    registry.faults = ["drip"]
    world = World()

    def elapsed() -> float:
        world.now_s += 1
        return world.now_s

    assert numbers(registry, world, elapsed=elapsed, answer_s=30) == [1, 2, 3, 4, 5]
    assert "does not come to an end" in world.told[0][1]


def test_the_waits_grow_to_a_limit_and_then_it_gives_up(registry: Registry) -> None:
    registry.faults = ["500"] * 9
    world = World()
    with pytest.raises(InputError, match="does not answer: it answers 500"):
        numbers(registry, world, attempts=6, longest_wait_s=5)
    assert [wait_s for wait_s, _ in world.told] == [1, 2, 4, 5, 5]
    assert len(registry.asked) == 6


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("7", 7),
        ("Fri, 01 Mar 2024 08:00:30 GMT", 30),
        ("Thu, 29 Feb 2024 08:00:00 GMT", 0),
        ("soon", 1),
    ],
)
def test_the_server_says_how_long_to_wait(registry: Registry, header: str, wait_s: int) -> None:
    registry.faults = [f"429 after {header}"]
    world = World()
    assert numbers(registry, world) == [1, 2, 3, 4, 5]
    assert world.slept[0] == wait_s


def test_a_server_that_asks_for_an_hour_is_left_alone(registry: Registry) -> None:
    registry.faults = ["429 after 3600"]
    world = World()
    with pytest.raises(InputError, match="asks to wait 60 minutes"):
        numbers(registry, world)
    assert not world.slept


def test_fifty_questions_a_minute_at_most(registry: Registry) -> None:
    registry.studies = [numbered(k) for k in range(1, 103)]
    world = World()
    assert len(numbers(registry, world, requests_per_min=50)) == 102
    assert len(registry.asked) == 51
    assert world.now_s == pytest.approx(60)


@pytest.mark.parametrize("fault", ["gzip", "chunks"])
def test_packed_answers_and_those_in_chunks(registry: Registry, fault: str) -> None:
    registry.studies[0]["filler"] = "x" * 1_000_000  # more than one chunk at a time
    registry.faults = [fault] * 3
    world = World()
    (first, *_) = client_of(registry, world).pages()
    assert first.studies == registry.studies[:2]
    assert not world.told


def test_a_bomb_is_not_unpacked(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "LARGEST_PAGE_BYTES", 1_000_000)
    registry.studies[0]["filler"] = "x" * 3_000_000
    registry.faults = ["gzip"]
    with pytest.raises(InputError, match="larger than any"):
        numbers(registry, World())


def test_a_refused_question_is_not_asked_again(registry: Registry) -> None:
    registry.faults = ["400"]
    with pytest.raises(InputError, match="answers 400: no") as refused:
        numbers(registry, World())
    assert not isinstance(refused.value, StaleToken)
    assert len(registry.asked) == 1


def test_a_token_that_the_server_has_forgotten(registry: Registry) -> None:
    registry.expired = {"t2"}
    with pytest.raises(StaleToken):
        numbers(registry, World(), "t2")


def test_an_endless_page_is_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "LARGEST_PAGE_BYTES", 100)
    with pytest.raises(InputError, match="larger than any"):
        numbers(registry, World())


def test_nobody_is_there() -> None:
    with pytest.raises(InputError, match="does not answer"):
        numbers(Registry([], url="http://127.0.0.1:9/api/v2"), World(), attempts=2)


@pytest.mark.parametrize("url", ["ftp://x/api", "here", "http://", "https://x/api?a=1"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError, match="no address"):
        Client(url)


def test_the_address_may_name_the_studies() -> None:
    assert studies_url("https://x/api/v2/") == "https://x/api/v2/studies"
    assert studies_url("https://x/api/v2/studies") == "https://x/api/v2/studies"


def test_a_pace_that_is_none() -> None:
    with pytest.raises(InputError, match="not above 0"):
        Client("http://x/api", Patience(requests_per_min=0))
