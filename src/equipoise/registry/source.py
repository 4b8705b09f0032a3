"""Records named on the command line: files, folders, shipped studies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from equipoise.errors import InputError
from equipoise.registry.record import Study, nct_id


@dataclass(frozen=True, slots=True)
class Named:
    """A record and where it came from."""

    where: str
    study: Study


def records(name: str) -> Iterator[Named]:
    """Yield the records of a file, a folder of files, or the shipped study of that number.

    Files hold one API v2 study (``.json``), a page of them, or one a line (``.ndjson``), packed by
    gzip or not. Raises :class:`InputError` naming the file and the line that cannot be read.
    """
    path = Path(name)
    if path.is_dir():
        inside = path / "record.json"
        files = [inside] if inside.exists() else _in(path)
        for file in files:
            yield from _file(file)
    elif path.exists():
        yield from _file(path)
    else:
        shipped = resources.files("equipoise") / "studies" / name / "record.json"
        if not shipped.is_file():
            raise InputError(
                name, "is no file, folder or shipped study", "Give the path of a record."
            )
        yield Named(name, _study(json.loads(shipped.read_text(encoding="utf-8")), name))


def _in(folder: Path) -> list[Path]:
    kinds = (".json", ".ndjson", ".json.gz", ".ndjson.gz")
    return sorted(each for each in folder.rglob("*") if each.name.endswith(kinds))


def _file(path: Path) -> Iterator[Named]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "Give a file of records.") from None
    if ".ndjson" in path.name:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield Named(f"{path}:{number}", _parsed(line, f"{path}:{number}"))
        return
    whole = _json(text, str(path))
    for place, study in enumerate(whole.get("studies", [])) if isinstance(whole, dict) else ():
        yield Named(f"{path}#{place}", _study(study, str(path)))
    if not (isinstance(whole, dict) and "studies" in whole):
        yield Named(str(path), _study(whole, str(path)))


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}, line {error.lineno}", f"is no JSON: {error.msg}", "Give an API v2 record."
        ) from None
    except RecursionError:
        raise InputError(where, "is nested too deeply to be a record", "Give another.") from None


def _parsed(text: str, where: str) -> Study:
    return _study(_json(text, where), where)


def _study(found: object, where: str) -> Study:
    if not isinstance(found, dict) or nct_id(found) is None:
        raise InputError(
            where, "is no study of the registry's API (version 2)",
            "It has a `protocolSection` with the number of the study.",
        )  # fmt: skip
    return found
