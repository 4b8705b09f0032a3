from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from equipoise.events import types
from equipoise.events.types import Event, Fact, fact_types
from tests.diary import OPENED, small_trial


@pytest.mark.parametrize("kind", fact_types())
def test_every_kind_says_what_it_is(kind: str) -> None:
    fact = fact_types()[kind]
    assert fact.kind() == kind == fact.__name__
    assert (fact.__doc__ or "").strip() != (Fact.__doc__ or "").strip()
    assert fact.about in {"trial", "participant"}


def test_every_kind_can_be_imported_by_name() -> None:
    assert set(fact_types()) <= set(types.__all__)


def test_no_fact_but_the_opening_names_an_arm() -> None:
    """Before it, an arm exists only as ciphertext inside the sealed list."""
    naming = {kind for kind, fact in fact_types().items() if "arm" in str(_fields(fact))}
    assert naming == {"AllocationOpened"}


def _fields(fact: type[Fact]) -> str:
    return str(fact.model_json_schema(mode="serialization").get("$defs", {})) + str(
        list(fact.model_fields)
    )


def test_an_event_and_its_fact_are_never_changed() -> None:
    (event, *_) = small_trial()
    with pytest.raises(ValidationError, match="frozen"):
        event.seq = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        OPENED.title = "Another"  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "A" * 64},
        {"protocol": "a" * 63},
        {"occurred_at": datetime(2024, 3, 1)},  # noqa: DTZ001 - that is the fault
        {"fact": {"title": "A trial"}},
        {"note": "more than there is"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_event_that_cannot_be_is_not_made(change: dict[str, Any]) -> None:
    now = datetime(2024, 3, 1, tzinfo=UTC)
    good: dict[str, Any] = {
        "seq": 1,
        "study": "NCT00000001",
        "protocol": "a" * 64,
        "occurred_at": now,
        "recorded_at": now,
        "by": "li",
        "role": "nurse",
        "participant": None,
        "command": "act-1",
        "fact": OPENED,
    }
    assert Event(**good).kind == "TrialOpened"
    with pytest.raises(ValidationError):
        Event(**{**good, **change})
