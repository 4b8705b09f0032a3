"""The house rules that no linter knows; `tests/tidy.py` says what each one means."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests import tidy
from tests.tidy import House

ROOT = Path(__file__).parents[1]

# Module -> why it has no test file of its own.
_WARD = "decides as the scalar ward does: tests/kernels/test_ward.py compares every person"
_ENSEMBLE = "equals conduct person by person: tests/rehearsal/ensemble/test_equal.py"
_USES = "one question each to the same ensembles: tests/rehearsal/test_design_uses.py"
UNTESTED: dict[str, str] = {
    **{
        f"src/equipoise/kernels/{name}.py": _WARD
        for name in (
            "lanes", "looks", "modal", "noise", "peak", "powers", "pump", "ready", "schedule",
        )
    },
    **{
        f"src/equipoise/rehearsal/ensemble/{name}.py": _ENSEMBLE
        for name in (
            "block", "calendar", "decimals", "draws", "drugs", "exact", "expressions", "keeping",
            "lives", "order", "part", "people", "program", "recruits", "scores", "simulate",
            "source", "visits", "workspace",
        )
    },
    **{
        f"src/equipoise/rehearsal/ensemble/uses/{name}.py": _USES
        for name in (
            "assurance", "compare", "exposure", "interim", "predictability", "prior", "size",
            "telling", "telling_courses", "told", "tornado", "trials",
        )
    },
    "src/equipoise/cli/registry.py": "a group of commands, each with its own test",
}  # fmt: skip

# File -> how many lines it may have, and why.
LONG: dict[str, tuple[int, str]] = {
    "src/equipoise/events/types.py": (420, "everything that can be said to have happened"),
    "src/equipoise/protocol/parts.py": (570, "everything that a protocol can say, on one page"),
    "tests/studies/test_records.py": (
        520,
        "the registered facts of two studies, each with a source",
    ),
}

# Pattern -> who finds these modules at run time.
DISCOVERED: dict[str, str] = {
    "src/equipoise/infusion/drugs/*.py": "a drug is found by its file name",
    "src/equipoise/conduct/ask_allocator.py": "a server that randomizes hands it in",
    "src/equipoise/instruments/*.py": "an instrument is found by its file name",
}

# Words of the shipped protocols that any trial uses: an arm type, a phase, what doses and
# pharmacokinetic models ask of a person, and the state that a rehearsal gives to every form.
GENERAL = frozenset({"placebo", "screening", "age_y", "height_cm", "sex", "weight_kg", "pain"})


@cache
def _house() -> House:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("without git nothing says which files are tracked")
    return House.tracked(ROOT)


CHECKS: dict[str, Callable[[House], list[str]]] = {
    "modules_without_tests": lambda house: tidy.modules_without_tests(house, UNTESTED),
    "long_files": lambda house: tidy.long_files(house, LONG),
    "leftovers": tidy.leftovers,
    "vague_names": tidy.vague_names,
    "ties_to_a_machine": tidy.ties_to_a_machine,
    "names_the_dossier": tidy.names_the_dossier,
    "flagship_words": lambda house: tidy.flagship_words(house, GENERAL),
}


@pytest.mark.parametrize("rule", CHECKS)
def test_the_house_is_tidy(rule: str) -> None:
    problems = CHECKS[rule](_house())
    assert not problems, "\n" + "\n".join(problems)


def test_every_module_is_used() -> None:
    if f"{tidy.SOURCE}cli/__init__.py" not in _house().texts:
        pytest.skip("without a command line nothing uses the top of the house")
    problems = tidy.dead_modules(_house(), DISCOVERED)
    assert not problems, "\n" + "\n".join(problems)


# --- each rule can fail ---------------------------------------------------------------------------

PROTOCOL = """
study: NCT00000001
arms: {combined: {}, placebo: {}}
mixtures: {combined: {components: [{drug: examplol}]}}
forms: {pain: {items: [{id: nrs_rest}], instruments: [{name: stop_bang}]}}
schedule: [{visit: month24}, {visit: screening}]
"""
STUDY = {f"{tidy.SOURCE}studies/NCT00000001/protocol.yaml": PROTOCOL}


def _source(name: str, text: str = "") -> dict[str, str]:
    return {tidy.SOURCE + name: text}


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (_source("views/flow.py"), "src/equipoise/views/flow.py"),
        (_source("conduct/_seal.py"), "tests/conduct/test_seal.py"),
        (_source("units.py"), "tests/test_units.py"),
        (_source("views/__init__.py", "def fold(): ..."), "tests/views/test_views.py"),
    ],
)
def test_a_module_without_a_test_is_reported(files: dict[str, str], fault: str) -> None:
    (problem,) = tidy.modules_without_tests(House(files), {})
    assert fault in problem


def test_a_module_with_its_test_and_a_bare_package_are_fine() -> None:
    files = _source("views/_flow.py") | _source("views/__init__.py", "'''Folds.'''")
    assert not tidy.modules_without_tests(House(files | {"tests/views/test_flow.py": ""}), {})


def test_a_needless_excuse_is_reported() -> None:
    path = f"{tidy.SOURCE}units.py"
    house = House(_source("units.py") | {"tests/test_units.py": ""})
    assert tidy.modules_without_tests(house, {path: "…"})
    assert tidy.long_files(house, {path: (500, "…")})
    assert tidy.dead_modules(House({}), {"src/equipoise/cli/*.py": "…"})


def test_a_long_file_is_reported_unless_excused() -> None:
    house = House(_source("a.py", "\n" * 401))
    path = f"{tidy.SOURCE}a.py"
    assert tidy.long_files(house, {})
    assert tidy.long_files(house, {path: (400, "a ratchet does not slip")})
    assert not tidy.long_files(house, {path: (401, "one table")})


@pytest.mark.parametrize(
    "importer",
    ["import equipoise.a.b", "from equipoise.a import b", "from . import b", "from .b import x"],
)
def test_a_module_is_alive_when_imported_and_dead_when_not(importer: str) -> None:
    alone = _source("a/b.py") | _source("a/__init__.py")
    assert tidy.dead_modules(House(alone), {}) == ["src/equipoise/a/b.py: no module imports it"]
    assert not tidy.dead_modules(House(alone | _source("a/__init__.py", importer)), {})
    assert not tidy.dead_modules(House(alone), {"src/equipoise/a/*.py": "found by its folder"})


@pytest.mark.parametrize("word", ["FIX" + "ME", "TO" + "DO", "XX" + "X"])
def test_a_leftover_is_reported(word: str) -> None:
    for line in [f"<!-- {word}: later -->", f"x = 1  # {word} later", f"{word}(ann): later"]:
        assert tidy.leftovers(House({"docs/a.md": f"one\n{line}"}))
    assert not tidy.leftovers(House({"tests/test_a.py": f"{word} = 'Ask the pharmacist.'"}))


@pytest.mark.parametrize(
    "files",
    [
        _source("utils/dates.py"),
        _source("date_helpers.py"),
        _source("a.py", "class TrialManager: ..."),
        _source("a.py", "def test_utils(): ..."),
    ],
)
def test_a_vague_name_is_reported(files: dict[str, str]) -> None:
    assert tidy.vague_names(House(files))


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://" + "py" + "pi.org/simple",
        "cd /" + "home/ann/trial",
        'Path("/' + 'work/data")',
        "numpy @ file:" + "///tmp/numpy.whl",
    ],
)
def test_a_tie_to_a_machine_is_reported(line: str) -> None:
    assert tidy.ties_to_a_machine(House({"docs/a.md": line}))


def test_links_within_a_site_are_no_tie() -> None:
    assert not tidy.ties_to_a_machine(House({"a.py": 'href="/study/1/work/2" # and/or /usr/bin'}))


@pytest.mark.parametrize(
    "line", ["see TRIAL_" + "FACTS 1.2", "`sha" + "red/data`", "../sha" + "red/x"]
)
def test_naming_the_dossier_is_reported_outside_tests(line: str) -> None:
    assert tidy.names_the_dossier(House({"docs/a.md": line}))
    assert not tidy.names_the_dossier(House({"tests/test_a.py": line}))
    assert not tidy.names_the_dossier(House({"docs/a.md": "a stream shared by both"}))


@pytest.mark.parametrize(
    "text",
    [
        "# as in NCT00000001",
        "x = Examplol()",
        "# the NRS_REST item",
        "stop_bang_total = 3",
        'if arm == "combined": ...',
        'visits = ["month24"]',
    ],
)
def test_a_word_of_a_shipped_study_is_reported_in_code(text: str) -> None:
    assert tidy.flagship_words(House(STUDY | _source("views/a.py", text)), GENERAL)


def test_a_command_names_a_study_in_its_example_but_no_drug() -> None:
    assert tidy.flagship_words(House(STUDY | _source("cli/a.py", "# examplol")), GENERAL)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("views/a.py", '# both arms combined, no pain\nkind = "placebo"'),
        ("infusion/drugs/examplol.py", "NAME = 'examplol'"),
        ("instruments/stop_bang.py", "'''stop_bang'''"),
        ("cli/check.py", "epilog = 'Example: equipoise check NCT00000001'"),
    ],
)
def test_plain_speech_and_words_at_home_are_fine(path: str, text: str) -> None:
    assert not tidy.flagship_words(House(STUDY | _source(path, text)), GENERAL)


def test_without_a_study_the_rule_does_not_pass_in_silence() -> None:
    assert tidy.flagship_words(House(_source("views/a.py")), GENERAL)


def test_the_words_come_from_the_studies_that_ship() -> None:
    words, constants = tidy._study_words(_house())
    assert {"NCT05718544", "esketamine", "srs22"} <= words
    assert {"month24", "combined"} <= constants
