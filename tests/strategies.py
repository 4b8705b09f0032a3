"""Hypothesis strategies that every layer shares: any fact, any event, and legal trials."""

from __future__ import annotations

import types
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from equipoise.events import types as facts
from equipoise.events.states import Order
from equipoise.events.types import Digest, Event, Fact, fact_types
from tests.diary import FOLLOW_UP, STUDY, Diary, adoption

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
times = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the zone is drawn
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
decimals = st.decimals(min_value=-(10**9), max_value=10**9, places=3) | st.sampled_from(
    [Decimal(text) for text in ("0", "-0.0", "1E+2", "2.50", "0.0000001", "1E-10")]
)
texts = st.text(max_size=12)

_SCALARS: dict[object, st.SearchStrategy[Any]] = {
    AwareDatetime: times,
    bool: st.booleans(),
    date: st.dates(),
    Decimal: decimals,
    Digest: digests,
    int: st.integers(-(2**64) + 1, 2**64 - 1) | st.integers(0, 10),
    str: texts,
    types.NoneType: st.none(),
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Return any value of a field annotated with ``hint``."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:  # a strict bool or integer is drawn as any other
        return of_type(parts[0])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in {Union, types.UnionType}:
        return st.one_of(*map(of_type, parts))
    if origin is tuple:
        return st.lists(of_type(parts[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(of_type(parts[0]), of_type(parts[1]), max_size=4)
    return of_model(hint)


def of_model(model: type[BaseModel], **given: Any) -> st.SearchStrategy[Any]:
    """Return any instance of a model, with the fields that are ``given`` fixed."""
    hints = get_type_hints(model, include_extras=True)
    drawn = {name: of_type(hints[name]) for name in model.model_fields if name not in given}
    return st.builds(model, **drawn, **{name: st.just(value) for name, value in given.items()})


def any_fact() -> st.SearchStrategy[Fact]:
    """Return any fact of any kind, legal or not."""
    return st.sampled_from(list(fact_types().values())).flatmap(of_model)


def any_event() -> st.SearchStrategy[Event]:
    """Return any event, in no legal order."""
    return st.builds(
        Event,
        seq=st.integers(1, 10**6),
        study=texts,
        protocol=digests,
        occurred_at=times,
        recorded_at=times,
        by=texts,
        role=texts,
        participant=st.none() | texts,
        command=texts,
        fact=any_fact(),
    )


@st.composite
def trials(draw: st.DrawFn, max_steps: int = 20) -> list[Event]:
    """Return the events of a legal trial with up to three participants and a follow-up study.

    Some of the participants begin with a pump running; then anything legal may happen.
    """
    diary, order = Diary(), Order()
    diary.open()
    diary.write(adoption(FOLLOW_UP), study=FOLLOW_UP)
    for number in range(1, draw(st.integers(0, 2)) + 1):
        diary.enrol(f"P{number}", number)
    for event in diary.events:
        order.apply(event)
    for _ in range(draw(st.integers(0, max_steps))):
        kind, study, participant = draw(st.sampled_from(_may_follow(order)))
        fact = draw(_fitting(diary, kind, study, participant))
        if fact is not None:
            order.apply(diary.write(fact, participant, study))
    return diary.events


def _may_follow(order: Order) -> list[tuple[str, str, str | None]]:
    return [
        (kind, study, participant)
        for kind, fact in fact_types().items()
        for study in (STUDY, FOLLOW_UP)
        for participant in ((None,) if fact.about == "trial" else ("P1", "P2", "P3"))
        if order.refusal(kind, study, participant) is None
    ]


def _fitting(
    diary: Diary, kind: str, study: str, participant: str | None
) -> st.SearchStrategy[Fact | None]:
    """Return facts of ``kind`` that agree with the diary; None where none can."""
    number = len(diary.events)
    if kind == "ProtocolAdopted":
        return st.just(adoption(study, number))
    if kind == "Randomized":
        return st.just(facts.Randomized(stratum="all", slot=number, kit=f"KIT-{number}"))
    if kind == "ValueCorrected":
        items = [
            {"corrects": event.seq, "item": item}
            for event in diary.events
            if (event.study, event.participant) == (study, participant)
            and isinstance(event.fact, facts.FormRecorded)
            for item in event.fact.values
        ]
        if not items:
            return st.none()
        return st.sampled_from(items).flatmap(lambda at: of_model(facts.ValueCorrected, **at))
    return of_model(fact_types()[kind])
