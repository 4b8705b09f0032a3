"""What tidy means here: each function looks at the tracked files and returns what is wrong.

Exceptions are written in ``test_tidy.py``, each with its reason. An exception that is no longer
needed is itself a problem, so the lists can only shrink or be argued for again.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

SOURCE = "src/equipoise/"
MAX_LINES = 400
_BINARY = {".gz", ".ico", ".png", ".pdf", ".sqlite", ".woff2", ".zip"}


@dataclass(frozen=True)
class House:
    """The tracked text files under ``root``, as path (relative, with slashes) -> text."""

    texts: Mapping[str, str]

    @classmethod
    def tracked(cls, root: Path) -> House:
        """Read what git tracks and the work tree still has."""
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
        ).stdout.split("\0")
        files = [root / name for name in listed if name]
        return cls(
            {
                file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
                for file in files
                if file.is_file() and file.suffix not in _BINARY
            }
        )

    def modules(self) -> list[str]:
        """Return the paths of the product's Python files."""
        return [p for p in self.texts if p.startswith(SOURCE) and p.endswith(".py")]

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield (``path:line``, text) for every line of every file."""
        for path, text in self.texts.items():
            for number, line in enumerate(text.splitlines(), start=1):
                yield f"{path}:{number}", line


def modules_without_tests(house: House, excused: Mapping[str, str]) -> list[str]:
    """Every module has a test file of the mirrored name: ``a/_b.py`` has ``tests/a/test_b.py``."""
    without = {path for path in house.modules() if not _has_test(house, path)}
    return _except(without, excused, "has no test file {}", _test_of)


def _has_test(house: House, path: str) -> bool:
    if PurePosixPath(path).name == "__init__.py" and not _defines(house.texts[path]):
        return True
    return _test_of(path) in house.texts


def _test_of(path: str) -> str:
    inside = PurePosixPath(path.removeprefix(SOURCE))
    name = inside.parent.name if inside.name == "__init__.py" else inside.stem
    return str("tests" / inside.parent / f"test_{name.lstrip('_')}.py")


def _defines(text: str) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in ast.parse(text).body)


def long_files(house: House, excused: Mapping[str, tuple[int, str]]) -> list[str]:
    """No Python file is longer than ``MAX_LINES``, or than its excuse allows."""
    lengths = {p: len(t.splitlines()) for p, t in house.texts.items() if p.endswith(".py")}
    problems = [
        f"{path}: {length} lines, and {excused.get(path, (MAX_LINES, ''))[0]} are allowed"
        for path, length in lengths.items()
        if length > excused.get(path, (MAX_LINES, ""))[0]
    ]
    needless = [path for path in excused if lengths.get(path, 0) <= MAX_LINES]
    return problems + [f"{path}: its excuse is no longer needed" for path in needless]


def dead_modules(house: House, discovered: Mapping[str, str]) -> list[str]:
    """Every module is imported by another one, or is found at run time by a listed pattern."""
    importers = {name: path for path in house.modules() for name in _imports(house, path)}
    dead = {
        path
        for path in house.modules()
        if PurePosixPath(path).name != "__init__.py" and _module(path) not in importers
    }
    problems = [
        f"{path}: no module imports it"
        for path in dead
        if not any(fnmatch(path, pattern) for pattern in discovered)
    ]
    return problems + [
        f"{pattern}: this exception is no longer needed"
        for pattern in discovered
        if not any(fnmatch(path, pattern) for path in dead)
    ]


def _module(path: str) -> str:
    dotted = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return dotted.removesuffix(".__init__")


def _imports(house: House, path: str) -> Iterator[str]:
    """Yield the modules that a file imports; ``from a import b`` may mean ``a`` or ``a.b``."""
    package = _module(path).split(".")
    if not path.endswith("/__init__.py"):
        package.pop()
    for node in ast.walk(ast.parse(house.texts[path])):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


_WORDS = r"\b(?:" + "|".join(["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"]) + r")\b"
_LEFT = re.compile(rf"(?:#|//|/\*|<!--|--).*{_WORDS}|{_WORDS}\s*[:(]")


def leftovers(house: House) -> list[str]:
    """Nothing is left for later: a debt is an issue or a note that says what and why."""
    return [
        f"{where}: left over: {line.strip()}" for where, line in house.lines() if _LEFT.search(line)
    ]


_VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|managers?)(?:_|$)")


def vague_names(house: House) -> list[str]:
    """No file, class or function is named for being useful in general."""
    problems = []
    for path in house.texts:
        parts = PurePosixPath(path).with_suffix("").parts
        if any(_VAGUE.search(_snake(part)) for part in parts):
            problems.append(f"{path}: say what it does, not that it is of use")
    for path in house.texts:
        if path.endswith(".py"):
            problems += [
                f"{path}:{node.lineno}: {node.name}: say what it does, not that it is of use"
                for node in ast.walk(ast.parse(house.texts[path]))
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and _VAGUE.search(_snake(node.name))
            ]
    return problems


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")


_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com"]
_HOSTS += ["deb." + "debian.org", "conda." + "anaconda.org"]
_ELSEWHERE = re.compile(
    "|".join(re.escape(host) for host in _HOSTS)
    + r"|(?:^|[\s\"'`=(:])/(?:home|root|work|opt|Users|mnt)/\w"
    + r"|file:"
    + "///"
    + r"|[A-Z]:\\Users"
)


def ties_to_a_machine(house: House) -> list[str]:
    """No tracked file names a package registry's host or an absolute path of some machine."""
    return [
        f"{where}: tied to a machine: {line.strip()[:80]}"
        for where, line in house.lines()
        if _ELSEWHERE.search(line)
    ]


_DOSSIER = re.compile(r"TRIAL_" + "FACTS|gold" + r"\.json|(?:^|[\s\"'`(./])sha" + r"red/")


def names_the_dossier(house: House) -> list[str]:
    """The product and its pages cite papers, and never the folder where they were collected.

    Tests and benchmarks compare with what is in that folder.
    """
    return [
        f"{where}: cite the source itself: {line.strip()[:80]}"
        for where, line in house.lines()
        if not where.startswith(("tests/", "benchmarks/")) and _DOSSIER.search(line)
    ]


# Where the words of a study, of a drug or of a questionnaire belong.
_AT_HOME = (f"{SOURCE}studies/", f"{SOURCE}infusion/drugs/", f"{SOURCE}instruments/")

# The help of a command has an example that works, so it names a study that ships.
_EXAMPLES = f"{SOURCE}cli/"
_NUMBER = re.compile(r"NCT\d{8}")


def flagship_words(house: House, general: frozenset[str]) -> list[str]:
    """The code knows no study: its words stand in studies/, infusion/drugs/ and instruments/.

    Names of drugs and of questionnaires, study numbers and identifiers with an underscore count
    anywhere, comments included; plain words such as an arm called ``combined`` count when they are
    a whole string constant. ``general`` are the words that any trial uses.
    """
    anywhere, constants = _study_words(house)
    if not anywhere:
        return ["no study ships, so nothing tells which words are a study's own"]
    pattern = re.compile(
        r"(?<![A-Za-z0-9])(?:"
        + "|".join(map(re.escape, sorted(anywhere - general)))
        + r")(?![A-Za-z0-9])",
        re.IGNORECASE,
    )
    problems = []
    for path, text in house.texts.items():
        if not path.startswith(SOURCE) or path.startswith(_AT_HOME):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            found = pattern.search(line)
            if found and not (path.startswith(_EXAMPLES) and _NUMBER.fullmatch(found[0])):
                problems.append(f"{path}:{number}: knows {found[0]!r}")
        if path.endswith(".py"):
            problems += [
                f"{path}:{node.lineno}: knows {node.value!r}"
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Constant) and node.value in constants - general
            ]
    return problems


def _study_words(house: House) -> tuple[set[str], set[str]]:
    """Collect from the shipped protocols the words that count anywhere, and those as constants."""
    anywhere: set[str] = set()
    names: set[str] = set()
    for path, text in house.texts.items():
        if not (path.startswith(f"{SOURCE}studies/") and path.endswith("/protocol.yaml")):
            continue
        protocol: dict[str, Any] = YAML(typ="safe").load(text)
        forms = protocol.get("forms", {})
        anywhere.add(protocol["study"])
        anywhere |= {
            component["drug"]
            for mixture in protocol.get("mixtures", {}).values()
            for component in mixture["components"]
        }
        anywhere |= {i["name"] for form in forms.values() for i in form.get("instruments", [])}
        names |= {item["id"] for form in forms.values() for item in form.get("items", [])}
        names |= {visit["visit"] for visit in protocol.get("schedule", [])}
        for key in ("arms", "mixtures", "forms", "endpoints"):
            names |= set(protocol.get(key, {}))
    anywhere |= {name for name in names if "_" in name}
    return anywhere, names - anywhere


def _except(found: set[str], excused: Mapping[str, str], says: str, about: Any) -> list[str]:
    problems = [f"{path}: " + says.format(about(path)) for path in sorted(found - set(excused))]
    return problems + [f"{path}: its excuse is no longer needed" for path in set(excused) - found]
