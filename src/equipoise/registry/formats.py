"""The formats of a registry record: told apart by what is in a file, read, and written.

Read: the registry's API (version 2) as JSON, its former public XML, its upload XML, and the text of
a portal's page. Written: these, the World Health Organization's 24 items, USDM and FHIR.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from equipoise.errors import InputError
from equipoise.exchange import (
    ctgov_json,
    ctgov_legacy_xml,
    ctgov_upload_xml,
    fhir,
    portal_page,
    usdm,
)
from equipoise.registry.data_set import completeness, items
from equipoise.registry.record import Study

_BLANK = b"\xef\xbb\xbf \t\r\n"
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_NOT_ELEMENTS = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_XML = {
    b"clinical_study": ctgov_legacy_xml.read,
    b"study_collection": ctgov_upload_xml.read,
    b"result": ctgov_upload_xml.read,
}
_ONLY_WRITTEN = {"usdmVersion": "a USDM study", "resourceType": "a FHIR resource"}
_ANNOTATION = "equipoise"  # notes on a record that are no part of it
# What a reader or writer does when a field holds another kind of value than the API gives.
_OTHER_SHAPE = (AttributeError, TypeError, LookupError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Format:
    """A format to write: how, and what of a record it has no place for."""

    write: Callable[[Study], bytes]
    left_out: Callable[[Study], list[str]]


def read(data: bytes) -> list[tuple[str, Study]]:
    """Return the records of a file, each with its place in it (``#2``; empty for a lone one).

    Raises :class:`InputError` saying where the file is broken, or what it is if it is no record.
    """
    start = data.lstrip(_BLANK)
    try:
        if portal_page.is_page(data):  # before JSON: a title may begin with a bracket
            return [("", portal_page.read(data))]
        if start.startswith(b"<"):
            return [("", _checked(_xml(data)))]
        if start.startswith((b"{", b"[")):
            return _from_json(start)
    except _OTHER_SHAPE as error:
        raise InputError(
            "the file", f"cannot be understood: {type(error).__name__}: {error}", _TODO
        ) from None
    raise InputError("the file", "is none of the formats of a record", _TODO)


def write(study: Study, name: str) -> bytes:
    """Return a record in the format of that name, one of :data:`FORMATS`.

    Raises :class:`InputError` when there is no such format, or naming a field that does not fit.
    """
    if name not in FORMATS:
        raise InputError("--to", f"there is no format '{name}'", f"Use {', '.join(FORMATS)}.")
    try:
        return FORMATS[name].write(study)
    except _OTHER_SHAPE as error:
        raise InputError(
            "the record",
            f"has a field that is not as the API gives it: {type(error).__name__}: {error}",
            "Run `equipoise registry check` on it.",
        ) from None


def left_out(study: Study, name: str) -> list[str]:
    """Return the paths of a record for which the format has no place, ``[]`` for any element."""
    return FORMATS[name].left_out(study)


_TODO = "Give API v2 JSON, the registry's XML, or the text of a page."


def _xml(data: bytes) -> Study:
    root = _ROOT.search(_NOT_ELEMENTS.sub(b"", data[:65536]))
    name = root[1] if root else b""
    if name and name not in _XML:
        raise InputError(f"<{name.decode()}>", "is no XML of a record", _TODO)
    return _XML.get(name, ctgov_legacy_xml.read)(data)


def _from_json(data: bytes) -> list[tuple[str, Study]]:
    if data.startswith(b"["):
        data = b'{"studies":' + data.rstrip() + b"}"
    whole = ctgov_json.read(data)
    for key, kind in _ONLY_WRITTEN.items():
        if key in whole and "protocolSection" not in whole:
            raise InputError("the file", f"is {kind}, which is written here and not read", _TODO)
    several = whole.get("studies")
    if several == []:
        raise InputError("the file", "holds no record", _TODO)
    if isinstance(several, list):
        return [(f"#{place}", _checked(study)) for place, study in enumerate(several)]
    return [("", _checked(whole))]


def _checked(found: Any) -> Study:
    if not isinstance(found, Mapping) or not isinstance(found.get("protocolSection"), Mapping):
        raise InputError(
            "the file", "is no study of the registry's API (version 2)",
            "It has a `protocolSection`, as the registry's API gives it.",
        )  # fmt: skip
    return found


def _data_set(study: Study) -> bytes:
    told = {"completeness": completeness(study), "items": [asdict(each) for each in items(study)]}
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


def _nothing(_: Study) -> list[str]:
    return []


def _lost(
    write_: Callable[[Study], bytes], read_: Callable[[bytes], Study]
) -> Callable[[Study], list[str]]:
    """Return a function that names what does not come back when a record is written and read."""

    def lost(study: Study) -> list[str]:
        back = set(_paths(read_(write_(study)), ""))
        mine = {key: each for key, each in study.items() if not key.startswith(_ANNOTATION)}
        return [path for path in dict.fromkeys(_paths(mine, "")) if path not in back]

    return lost


def _paths(value: Any, path: str) -> list[str]:
    if isinstance(value, Mapping):
        return [p for key, each in value.items() for p in _paths(each, f"{path}.{key}".strip("."))]
    if isinstance(value, list):
        return [p for each in value for p in _paths(each, f"{path}[]")]
    return [path]


def _among(paths: tuple[str, ...]) -> Callable[[Study], list[str]]:
    """Return a function that names which of these parts a record has."""

    def has(study: Any, path: str) -> bool:
        for name in path.split("."):
            if not isinstance(study, Mapping) or name not in study:
                return False
            study = study[name]
        return True

    return lambda study: [path for path in paths if has(study, path)]


FORMATS: dict[str, Format] = {
    "json": Format(ctgov_json.write, _nothing),
    "legacy-xml": Format(
        ctgov_legacy_xml.write, _lost(ctgov_legacy_xml.write, ctgov_legacy_xml.read)
    ),
    "upload-xml": Format(
        ctgov_upload_xml.write, _lost(ctgov_upload_xml.write, ctgov_upload_xml.read)
    ),
    "page": Format(portal_page.write, _lost(portal_page.write, portal_page.read)),
    "who": Format(_data_set, _nothing),
    "usdm": Format(usdm.write, _among(usdm.NOT_CARRIED)),
    "fhir": Format(fhir.write, _among(fhir.NOT_CARRIED)),
}
"""Every format that a record can be written in, by its name on the command line."""
