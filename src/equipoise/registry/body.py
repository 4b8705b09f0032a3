"""A record as the store keeps it: compact JSON, its digest, and when two are the same."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from equipoise.errors import InputError
from equipoise.registry.record import Study, get, nct_id


class NoRecord(InputError):
    """What was to be kept is no record."""


_NUMBER = re.compile(r"NCT\d{8}")
# Inside a text of the record the quotes would be escaped, so this is the field and nothing else.
_DATA_DAY = re.compile(rb'"versionHolder":"[^"\\]*"')
_STATUS = "protocolSection.statusModule"


def checked_number(study: Study, source: str) -> str:
    """Return the registration number; raise :class:`NoRecord` when there is none."""
    number = nct_id(study)
    if number is None or not _NUMBER.fullmatch(number):
        what = "has no registration number" if number is None else f"has the number '{number}'"
        raise NoRecord(source, what, "Give a record with NCT and eight digits.")
    return number


def to_bytes(study: Study, source: str) -> bytes:
    """Return the record as JSON in UTF-8, its fields in their order, without blanks between them.

    Raises :class:`NoRecord` when JSON cannot hold it.
    """
    try:
        text = json.dumps(study, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise NoRecord(source, f"is no JSON: {error}", "Give an API v2 study.") from None
    # A lone surrogate cannot be UTF-8; its escape is JSON all the same.
    return text.encode("utf-8", "backslashreplace")


def body_digest(body: bytes) -> bytes:
    """Return the SHA-256 of a record without the day on which the registry's data were taken."""
    return sha256(_DATA_DAY.sub(b"", body)).digest()


def same(one: bytes, other: bytes) -> bool:
    """Return whether two records differ in the order of their fields, or that day, at most."""
    return len(one) == len(other) and _in_order(one) == _in_order(other)


def _in_order(body: bytes) -> str:
    return json.dumps(json.loads(_DATA_DAY.sub(b'"versionHolder":""', body)), sort_keys=True)


def last_update(study: Study) -> str:
    """Return the day on which the registry posted the last update; empty where it is not said."""
    found = get(study, f"{_STATUS}.lastUpdatePostDateStruct.date")
    found = found or get(study, f"{_STATUS}.lastUpdateSubmitDate")
    return found if isinstance(found, str) else ""


def aliases(study: Study) -> list[str]:
    """Return the numbers that the study had before."""
    found = get(study, "protocolSection.identificationModule.nctIdAliases", [])
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
