"""Events as bytes: canonical, versioned, and read back exactly.

An event is two JSON objects. The *header* says who, when and about whom: ``codec`` (the version
of this format), ``kind``, and every field of :class:`~equipoise.events.types.Event` except the
fact. The *payload* is the fact. They are hashed apart, so that a payload can be kept from a reader
who still verifies the chain.

There is one way to write each event: UTF-8; keys sorted by code point; no space between tokens;
every field present; integers below 2**64 in size as numbers; decimals as strings without exponent,
with the zeros that state their precision; dates as ``2020-02-29``, times in UTC as
``2020-02-29T08:30:00Z``, with six digits after the seconds where they are not whole. No number has
a fraction or an exponent. A reader refuses bytes written in any other way, so a fact has one hash.

A change to the shape of any fact is a new version, and this module keeps reading the old ones.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from equipoise.errors import Broken, InputError
from equipoise.events.types import Event, Fact, fact_types

CODEC = 1
"""The version that is written."""

_KINDS: dict[str, type[Fact]] = fact_types()
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_INTEGER_LIMIT = 2**64  # a seed is an unsigned 64-bit number
_DIGITS_MAX = 40  # far beyond any clinical quantity; keeps 1E+999999999 from filling the memory


def encode(event: Event) -> tuple[bytes, bytes]:
    """Return the canonical header and payload of ``event``.

    Raises :class:`InputError` for a value that has no canonical form: a float, an integer beyond
    64 bits, a decimal that is not finite or beyond 40 digits, half of a surrogate pair.
    """
    where = f"event {event.seq}"
    header = {name: _plain(value, where) for name, value in vars(event).items() if name != "fact"}
    header |= {"codec": CODEC, "kind": event.kind}
    return _bytes(header, where), _bytes(_plain(event.fact, where), where)


def decode(header: bytes, payload: bytes, seq: int) -> Event:
    """Return event ``seq`` from its bytes, the exact inverse of :func:`encode`.

    Raises :class:`Broken`, naming the event, for bytes that :func:`encode` would not have written,
    for another event's bytes, and for a kind or version that this program does not know.
    """
    where = f"event {seq}"
    head = _object(header, where)
    version, kind = head.pop("codec", None), head.pop("kind", None)
    if version != CODEC:
        raise Broken(
            where,
            f"is written in version {version!r} of the event format; this program reads {CODEC}",
            "Read the ledger with a newer version of this program, or restore a backup.",
        )
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Broken(
            where,
            f"is of kind {kind!r}, which this program does not know",
            "Read the ledger with a newer version of this program, or restore a backup.",
        )
    try:
        fact = _KINDS[kind].model_validate_json(payload)
        event = Event.model_validate({**head, "fact": fact})
        canonical = encode(event) == (header, payload)
    except (ValueError, InputError) as error:
        raise _altered(where, f"is no {kind} event") from error
    if not canonical:
        raise _altered(where, "is not in canonical form")
    if event.seq != seq:
        raise _altered(where, f"says that it is event {event.seq}")
    return event


def _plain(value: object, where: str) -> Any:
    """Return ``value`` as what JSON holds: dicts, lists, strings, integers, booleans, None."""
    match value:  # the frequent first: half the time of reading a ledger is spent here
        case None | bool() | str():
            return value
        case int() | Decimal() | date():
            return _scalar(value, where)
        case dict():
            return {_key(name, where): _plain(part, where) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part, where) for part in value]
        case BaseModel():
            return {name: _plain(part, where) for name, part in vars(value).items()}
    raise _formless(value, where)


def _scalar(value: int | Decimal | date, where: str) -> int | str:
    match value:
        case int() if abs(value) < _INTEGER_LIMIT:
            return value
        case Decimal() if value.is_finite() and _digits(value) <= _DIGITS_MAX:
            return f"{value.copy_abs() if value.is_zero() else value:f}"
        case datetime() if value.tzinfo is not None and 1 < value.year < 9999:  # in every zone
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() if not isinstance(value, datetime):
            return value.isoformat()
    raise _formless(value, where)


def _formless(value: object, where: str) -> InputError:
    return InputError(
        where,
        f"this {type(value).__name__} has no canonical form",
        "Give whole numbers of at most 64 bits, decimals of at most 40 digits, text, dates, "
        "or times with their zone.",
    )


def _digits(value: Decimal) -> int:
    """Return how many digits it takes to write ``value`` out, at least."""
    return max(value.adjusted(), 0) + max(-int(value.as_tuple().exponent), 0) + 1


def _key(name: object, where: str) -> str:
    if isinstance(name, str):
        return name
    raise InputError(where, f"{name!r} names no value", "Name values by text.")


def _bytes(value: object, where: str) -> bytes:
    try:
        return _JSON.encode(value).encode()
    except UnicodeEncodeError as error:
        raise InputError(
            where,
            f"{error.object[error.start : error.end]!a} is not a character",
            "Enter the text again.",
        ) from error


def _object(raw: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _altered(where, "is not JSON") from error
    if not isinstance(value, dict):
        raise _altered(where, "has no header")
    return value


def _altered(where: str, what: str) -> Broken:
    return Broken(where, what, "The ledger was altered or damaged. Restore a backup.")
