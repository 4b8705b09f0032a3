"""Real records and schemas of the registry, which lie beside the repository or nowhere."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the registry's data are not here")


def studies(every: int = 1) -> Iterator[bytes]:
    """Yield every so manieth API v2 study."""
    with gzip.open(DATA / "records" / "ctgov_v2_studies.ndjson.gz") as lines:
        for number, line in enumerate(lines):
            if number % every == 0:
                yield line


def public_xml(first: int | None = None) -> Iterator[bytes]:
    """Yield the public XML records, or the first of them."""
    with tarfile.open(DATA / "records" / "ctgov_legacy_xml.tar.xz") as archive:
        number = 0
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                yield file.read()
                number += 1
                if number == first:
                    return


@cache
def schema(name: str) -> Any:
    """Return an XML schema; that of uploads knows where that of their results is."""
    lxml = pytest.importorskip("lxml.etree")
    folder = DATA / "schema"
    text = (folder / name).read_text(encoding="utf-8")
    results = f'schemaLocation="{folder}/prs-RRSUploadSchema.xsd"'
    text = text.replace('schemaLocation="RRSUploadSchema.xsd"', results)
    return lxml.XMLSchema(lxml.fromstring(text.encode()))


def faults(name: str, data: bytes) -> list[str]:
    """Return what a schema has against a file."""
    lxml = pytest.importorskip("lxml.etree")
    found = schema(name)
    found.validate(lxml.fromstring(data))
    return [each.message for each in found.error_log]


def canonical(data: bytes) -> str:
    """Return XML in canonical form, without comments and what only lays it out."""
    root = ET.fromstring(data)  # noqa: S314 - our own files and the registry's
    for element in root.iter():
        element.tail = None
        if len(element) and not (element.text or "").strip():
            element.text = None
    return ET.canonicalize(ET.tostring(root, encoding="unicode"))
