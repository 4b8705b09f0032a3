"""The documentation is tested: its examples run (root `conftest.py`), its words exist."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from tests.console import Step, read_block, run_step

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = ["", "src/equipoise"]
FENCE = re.compile(r"^ *(`{3,}|~{3,}|:{3,})(\S.*)?$", re.MULTILINE)

# Blocks that run, and blocks that are only shown.
RUN = {"python", "console"}
SHOWN = {"sh", "text", "yaml", "json", "toml", "html", "sql", "csv"}


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# --- what the pages say -------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_block_says_whether_it_runs(page: Path) -> None:
    """A block in a mistyped language would be skipped in silence."""
    opening = [language for _, language in FENCE.findall(page.read_text("utf-8"))][::2]
    unknown = {o for o in opening if o not in RUN | SHOWN and not o.startswith("{")}
    assert not unknown, f"use one of {sorted(RUN | SHOWN)}"


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    local = [t for t in targets if not re.match(r"[a-z]+:", t)]
    assert not [t for t in local if not (page.parent / t).exists()]


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_source_files_named_on_a_page_exist(page: Path) -> None:
    """Except those that a page on adding one asks its reader to write: NAME, examplamine."""
    named = set(
        re.findall(r"`((?:[\w-]+/)+(?!\w*(?:NAME|exampl))\w+\.py)`", page.read_text("utf-8"))
    )
    assert not [n for n in named if not any((ROOT / above / n).exists() for above in SOURCES)]


def _make_targets() -> set[str]:
    return set(
        re.findall(r"^([a-z-]+):.*  ## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_make_targets_on_a_page_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
    assert named <= _make_targets()


def test_every_make_target_is_explained() -> None:
    page = (ROOT / "docs/development.md").read_text("utf-8")
    assert not [target for target in _make_targets() if f"`make {target}`" not in page]


def test_every_command_is_on_a_page() -> None:
    if not (ROOT / "src/equipoise/cli/__init__.py").exists():
        pytest.skip("there is no command line yet")
    group = typer.main.get_command(import_module("equipoise.cli.app").app)
    pages = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert not [name for name in _commands(group) if f"equipoise {name}" not in pages]


def _commands(group: object, above: str = "") -> list[str]:
    subcommands = getattr(group, "commands", None)
    if subcommands is None:
        return [above.strip()]
    return [name for key, sub in subcommands.items() for name in _commands(sub, f"{above} {key}")]


# --- how console blocks are read ------------------------------------------------------------------


def test_a_block_is_read_into_commands_outputs_and_codes() -> None:
    block = "$ echo a\na\n\n$ false\n[1]\n$ echo b \\\n> c\n"
    assert read_block(block) == [
        Step("echo a", "a\n", 0),
        Step("false", None, 1),
        Step("echo b \\\nc", None, 0),
    ]


def test_a_block_that_begins_with_output_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="begins with"):
        read_block("hello\n$ echo hello\n")


@pytest.mark.parametrize(
    "block",
    [
        "$ echo one two\none two",
        "$ echo one two\none ...",
        "$ echo one; echo two >&2\none\ntwo",
        "$ sh -c 'echo no; exit 2'\nno\n[2]",
        "$ echo anything",
        "$ touch here && ls\nhere",
    ],
)
def test_a_true_block_passes(block: str, tmp_path: Path) -> None:
    assert [run_step(step, tmp_path) for step in read_block(block)] == [None]


@pytest.mark.parametrize(
    ("block", "difference"),
    [
        ("$ echo one\ntwo", "printed\none"),
        ("$ echo one\none\nmore", "and not\none\nmore"),
        ("$ false", "ended with 1, not 0"),
        ("$ true\n[1]", "ended with 0, not 1"),
        ("$ false | true; echo x", "ended with 1"),
        ("$ echo $UNSET_NAME", "ended with 1"),
    ],
)
def test_a_false_block_is_reported(block: str, difference: str, tmp_path: Path) -> None:
    (step,) = read_block(block)
    assert difference in (run_step(step, tmp_path) or "")


def test_commands_see_neither_the_readers_home_nor_colours(tmp_path: Path) -> None:
    (step,) = read_block('$ echo "$HOME $EQUIPOISE_HOME $NO_COLOR"')
    step = Step(step.command, f"{tmp_path} {tmp_path}/home 1\n", 0)
    assert run_step(step, tmp_path) is None


# --- pages run through pytest ---------------------------------------------------------------------


def test_a_wrong_example_on_a_page_fails_the_tests(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text("utf-8"), "utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text(
        "```console\n$ echo one > file\n```\n\n"
        "```python\n>>> open('file').read()\n'one\\n'\n```\n\n"
        "```console\n$ cat file\ntwo\n```\n\n"
        "```python\nassert 1 == 2\n```\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "docs"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed, 2 passed" in done.stdout
