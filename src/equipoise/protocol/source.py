"""YAML 1.2 read together with the line of everything in it, and with all that is wrong.

Keys are text as written. Dates and times stay text, numbers are int or float; nothing else is
made of a tag. A key given twice, an unknown tag or a number that is not finite is a problem with
its line; the rest of the file is read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from equipoise.errors import Problem, Severity

Path = tuple[str | int, ...]
"""Where something is in a file: keys, and places in lists from 0."""

NODES_MAX = 100_000
"""Bounds what aliases can blow a small file up to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a path of the data: what, what to do, how bad."""

    path: Path
    what: str
    todo: str
    severity: Severity = "error"


@dataclass
class Source:
    """What a file says: plain ``data``, ``problems``, and the line of each path."""

    name: str
    data: Any = None
    problems: list[Problem] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """Return the line (from 1) of what is at ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def place(self, path: Path, line: int | None = None) -> str:
        """Return ``file:line: dotted.path``, list entries by their id where they have one."""
        dotted = ".".join(self._words(path))
        return f"{self.name}:{line or self.line_of(path)}" + (f": {dotted}" if dotted else "")

    def problem(self, finding: Finding) -> Problem:
        """Return the finding as a problem with its place in the file."""
        return Problem(self.place(finding.path), finding.what, finding.todo, finding.severity)

    def _words(self, path: Path) -> Iterator[str]:
        here = self.data
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                here = None
            names = here if isinstance(here, dict) and isinstance(step, int) else {}
            ids = [names[key] for key in ("id", "visit", "drug", "name", "item") if key in names]
            yield str(ids[0]) if ids else f"#{step + 1}" if isinstance(step, int) else step


def read_yaml(text: str, name: str) -> Source:
    """Read ``text`` of the file ``name``; what cannot be read is in the problems."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _unreadable(
            f"{name}:{mark.line + 1 if mark else 1}",
            " ".join(filter(None, (error.context, error.problem))) or "it makes no sense",
            "Check the indentation, brackets, quotes and colons of this line and the one above."
            ' Text with ": " or " #" in it stands in quotes.',
        )
    except (YAMLError, RecursionError) as error:
        fault = " ".join(str(error).split()) or "nested too deeply"
        return _unreadable(f"{name}:1", fault, "Save the file as plain UTF-8 text.")
    if yaml.version not in (None, (1, 2)):
        return _unreadable(f"{name}:1", "it is not YAML 1.2", "Take the %YAML line out.")
    source = Source(name)
    if root is not None:
        builder = _Builder(source.lines)
        source.data = builder.build(root, (), ())
        for line, finding in builder.faults:
            place = source.place(finding.path, line)
            source.problems.append(Problem(place, finding.what, finding.todo))
    return source


def _unreadable(where: str, fault: str, todo: str) -> Source:
    what = f"the YAML cannot be read: {fault}"
    return Source(where.rsplit(":", 1)[0], problems=[Problem(where, what, todo)])


class _Builder:
    """Turns nodes into plain data, noting lines and faults with their lines."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self.lines = lines
        self.faults: list[tuple[int, Finding]] = []
        self.built = 0

    def build(self, node: Node, path: Path, above: tuple[Node, ...]) -> Any:
        """Return the data of ``node``; ``above`` are the nodes that it is in."""
        self.built += 1
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self.built > NODES_MAX or any(node is each for each in above):
            if self.built <= NODES_MAX + 1:
                self._fault(node, path, "an alias repeats without end", "Write it out.")
            return None
        match node:
            case MappingNode():
                return self._mapping(node, path, (*above, node))
            case SequenceNode():
                return [
                    self.build(each, (*path, place), (*above, node))
                    for place, each in enumerate(node.value)
                ]
            case ScalarNode():
                return self._scalar(node, path)
        raise AssertionError(node)  # YAML has no other kind

    def _fault(self, node: Node, path: Path, what: str, todo: str) -> None:
        self.faults.append((node.start_mark.line + 1, Finding(path, what, todo)))

    def _mapping(self, node: MappingNode, path: Path, above: tuple[Node, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        own: dict[str, int] = {}
        for key, value in node.value:
            name = key.value
            if not isinstance(key, ScalarNode):
                self._fault(key, path, "a key is not text", "Put the key in quotes.")
            elif _kind(key) == "merge":
                self._merge(value, data, path, above)
            elif name in own:
                what = f"`{name}` is given twice; the first time in line {own[name]}"
                self._fault(key, (*path, name), what, "Keep one of the two.")
            else:
                self.lines[*path, name] = own[name] = key.start_mark.line + 1
                data[name] = self.build(value, (*path, name), above)
        return data

    def _merge(self, node: Node, data: dict[str, Any], path: Path, above: tuple[Node, ...]) -> None:
        """Take in ``<<``: mappings whose entries hold where there is none of the mapping's own."""
        for each in node.value if isinstance(node, SequenceNode) else [node]:
            own = dict(self.lines)
            merged = self.build(each, path, above)
            self.lines.update(own)
            if isinstance(merged, dict):
                data.update({key: merged[key] for key in merged if key not in data})
            else:
                self._fault(each, path, "`<<` takes mappings only", "Name an anchored mapping.")

    def _scalar(  # noqa: PLR0911 - one return per kind of scalar
        self, node: ScalarNode, path: Path
    ) -> Any:
        text = str(node.value)
        match _kind(node):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text.replace("_", ""), 0 if text.lstrip("+-")[:2] in _BASES else 10)
            case "float":
                if "inf" not in text.lower() and "nan" not in text.lower():
                    return float(text.replace("_", ""))
                self._fault(node, path, f"{text} is not a finite number", "Give a number.")
                return None
            case "str" | "timestamp":
                return text
        self._fault(node, path, f"the tag {node.tag} is not known", "Leave the tag out.")
        return text


_BASES = ("0x", "0o")


def _kind(node: ScalarNode) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:")
