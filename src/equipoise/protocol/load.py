"""A study's folder read as one: protocol.yaml, record.json, the studies it extends, all problems.

``canonical`` is the text that a ledger keeps and ``digest`` what stamps every event; from the
text, ``from_canonical`` makes the same protocol again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from equipoise.errors import Broken, InputError, Problem
from equipoise.protocol.check import check
from equipoise.protocol.expand import expand, vocabulary
from equipoise.protocol.parts import Protocol
from equipoise.protocol.reading import read_protocol
from equipoise.protocol.record import Record, read_record
from equipoise.protocol.source import Finding, Source, read_yaml
from equipoise.protocol.study import Study
from equipoise.protocol.wording import nearest


@dataclass(frozen=True)
class Loaded:
    """A study as it was read: the ``protocol``, unless something in it could not be read.

    ``parent`` is the study that it extends, as it was read.
    """

    study: str
    folder: Path
    protocol: Protocol | None
    record: Record | None
    problems: tuple[Problem, ...] = ()
    parent: Loaded | None = None

    def lineage(self) -> tuple[Loaded, ...]:
        """Return this study and those it extends, the first one first."""
        return (*(self.parent.lineage() if self.parent else ()), self)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems with which no trial can be run."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def shipped() -> dict[str, Path]:
    """Return the folders of the studies in the package, by id."""
    root = Path(str(resources.files("equipoise"))) / "studies"
    return {each.parent.name: each.parent for each in sorted(root.glob("*/protocol.yaml"))}


def load_study(study: str | Path) -> Loaded:
    """Load the shipped study ``study``, or the one in the folder ``study``.

    An id of a shipped study always means that one; write ``./NCT…`` for a folder of that name.

    Everything wrong is in ``problems``, with its line: mistakes of the file, of the model and of
    meaning, those of the studies it extends as well.

    Raises:
        InputError: when there is no such study.
    """
    folders = shipped()
    if isinstance(study, str) and study in folders:
        return _load(folders[study], study, ())
    folder, name = Path(study), str(study).rstrip("/")
    if (folder / "protocol.yaml").is_file():
        return _load(folder, name, ())
    if folder.is_dir():
        raise InputError(name, "the folder has no protocol.yaml", "Write one, beside record.json.")
    raise InputError(
        name,
        "there is no such study",
        f"{nearest(name, folders)} Or give a folder with a protocol.yaml.",
    )


def _load(folder: Path, shown: str, below: tuple[Path, ...]) -> Loaded:
    """Load one folder; ``below`` are the folders of the studies that extend it."""
    source = _source(folder / "protocol.yaml", f"{shown}/protocol.yaml")
    if source.data is None and source.problems:
        return Loaded(shown, folder, None, None, tuple(source.problems))
    problems = list(source.problems)
    record, record_problems = _record(folder)
    problems += record_problems
    reading = read_protocol(source.data)
    problems += [source.problem(finding) for finding in reading.findings]
    if reading.salvage is None:
        return Loaded(shown, folder, None, record, tuple(problems))
    salvage, findings = expand(reading.salvage)
    unread = [use.name for form in salvage.forms.values() for use in form.instruments if findings]
    broken = reading.broken | vocabulary([*reading.broken, *unread])
    parent = None
    if salvage.extends is not None:
        parent = _parent(folder, salvage.extends, (*below, folder.resolve()), findings)
        problems += parent.problems if parent else ()
        salvage = salvage.model_copy(update={"parent": parent.protocol if parent else None})
    orphan = salvage.extends is not None and salvage.parent is None
    if not orphan:
        findings += check(Study(salvage, record, broken))
    problems += [source.problem(finding) for finding in findings]
    usable = reading.protocol is not None and not orphan
    ordered = sorted(problems, key=lambda problem: _order(problem, source))
    return Loaded(
        reading.salvage.study, folder, salvage if usable else None, record, tuple(ordered), parent
    )


def _source(path: Path, shown: str) -> Source:
    try:
        return read_yaml(path.read_text(encoding="utf-8"), shown)
    except UnicodeDecodeError:
        what, todo = "the file is not UTF-8 text", "Save it as UTF-8."
    except OSError as error:
        what, todo = f"the file cannot be read: {error.strerror}", "Check the file's rights."
    return Source(shown, problems=[Problem(shown, what, todo)])


def _record(folder: Path) -> tuple[Record | None, list[Problem]]:
    path = folder / "record.json"
    return read_record(path) if path.exists() else (None, [])


def _parent(
    folder: Path, extends: str, below: tuple[Path, ...], findings: list[Finding]
) -> Loaded | None:
    """Load the study that this one extends: the folder beside it, or the shipped one."""
    beside = folder.resolve().parent / extends
    above = beside if (beside / "protocol.yaml").is_file() else shipped().get(extends)
    if above is None:
        what = f"there is no study {extends} beside this one or shipped"
        todo = nearest(extends, shipped())
        findings.append(Finding(("extends",), what, todo))
        return None
    if above.resolve() in below:
        what = f"{extends} is extended in a circle"
        findings.append(Finding(("extends",), what, "A study extends an earlier one only."))
        return None
    parent = _load(above, extends, below)
    if parent.protocol is not None and parent.study != extends:
        what = f"the study in {above.name}/protocol.yaml calls itself {parent.study}"
        findings.append(Finding(("extends",), what, "Give the folder the study's id as its name."))
    return parent


def _order(problem: Problem, source: Source) -> tuple[bool, int]:
    """Sort problems of this file by line, those of other files after it."""
    name, _, rest = problem.where.partition(":")
    line = rest.partition(":")[0]
    return name != source.name, int(line) if line.isdigit() else 0


# --- the text that a ledger keeps -----------------------------------------------------------


def canonical(protocol: Protocol) -> str:
    """Return the protocol as JSON text: decimals as text, nothing left to defaults.

    Parts stand in the model's order, named things (arms, endpoints) in the file's, which is the
    order in which people see them. The study that it extends is in it by its digest, under
    ``parent_digest``.
    """
    data = protocol.model_dump(mode="json")
    data["parent_digest"] = digest(protocol.parent) if protocol.parent else None
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def digest(protocol: Protocol) -> str:
    """Return the SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(protocol).encode()).hexdigest()


def from_canonical(text: str, parent: Protocol | None) -> Protocol:
    """Return the protocol of a canonical text; ``parent`` is the one that it extends.

    Raises:
        Broken: when ``parent`` is not the protocol that the text was made with.
    """
    data = json.loads(text)
    expected = data.pop("parent_digest")
    if expected != (digest(parent) if parent else None):
        raise Broken(
            f"protocol {data['study']}",
            f"extends {data['extends']} in another version than the one given",
            "Find the version of that protocol with the digest in the text.",
        )
    return Protocol.model_validate(data).model_copy(update={"parent": parent})
