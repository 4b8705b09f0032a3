"""Dates as ClinicalTrials.gov's XML files write them, and as its API v2 does."""

from __future__ import annotations

import re

from equipoise.exchange.xml_map import Codec

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WORDS = re.compile(rf"({'|'.join(MONTHS)}) (?:([1-9]|[12]\d|3[01]), )?(\d{{4}})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?", re.ASCII)
_SLASHED = re.compile(r"(0[1-9]|1[0-2])/(\d{4})", re.ASCII)
_PROCESSED = "ClinicalTrials.gov processed this data on "


def _read(text: str) -> str:
    found = _WORDS.fullmatch(text)
    if not found:
        return text
    month, day, year = found.groups()
    return f"{year}-{MONTHS.index(month) + 1:02d}" + (f"-{int(day):02d}" if day else "")


def _write(value: str) -> str:
    found = _ISO.fullmatch(value)
    if not found:
        return value
    year, month, day = found.groups()
    return f"{MONTHS[int(month) - 1]} {f'{int(day)}, ' if day else ''}{year}"


def _read_processed(text: str) -> str:
    found = re.fullmatch(rf"{re.escape(_PROCESSED)}(\w+ )0?(\d+, \d{{4}})", text)
    return _read(found[1] + found[2]) if found else text


def _write_processed(value: str) -> str:
    found = _ISO.fullmatch(value)
    if not found or not found[3]:
        return value
    return f"{_PROCESSED}{MONTHS[int(found[2]) - 1]} {found[3]}, {found[1]}"


def _read_slashed(text: str) -> str:
    found = _SLASHED.fullmatch(text)
    return f"{found[2]}-{found[1]}" if found else text


def _write_slashed(value: str) -> str:
    found = _ISO.fullmatch(value)
    return f"{found[2]}/{found[1]}" if found else value


IN_WORDS = Codec(_read, _write)
"""``March 6, 2015`` or ``March 2015``; the API has ``2015-03-06`` or ``2015-03``."""

PROCESSED = Codec(_read_processed, _write_processed)
"""The sentence of a file's head that says when it was made."""

SLASHED = Codec(_read_slashed, _write_slashed)
"""``03/2015``."""
