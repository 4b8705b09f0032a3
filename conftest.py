"""Run the examples of the documentation, and hold every test to this machine and this seed."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

from tests.console import run_console_block

# --- examples -------------------------------------------------------------------------------------


def _enter_folder(namespace: dict[str, Any]) -> None:
    """Give a page a folder of its own, where its examples find what earlier ones wrote."""
    namespace["_before"] = Path.cwd()
    namespace["_folder"] = Path(tempfile.mkdtemp(prefix="equipoise-docs-"))
    os.chdir(namespace["_folder"])


def _leave_folder(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_before"])
    shutil.rmtree(namespace["_folder"])


_pages = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser(language="console", evaluator=run_console_block),
        SkipParser(),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    excludes=["docs/_build/**"],
    setup=_enter_folder,
    teardown=_leave_folder,
)
_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)],
    patterns=["src/equipoise/*.py", "src/equipoise/**/*.py"],
)

pytest_collect_file = (_pages + _docstrings).pytest()


# --- this machine only ----------------------------------------------------------------------------


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to look up a name or to connect beyond this machine: tests need no network."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):  # else a Unix socket
        host = arguments[1][0]
    else:
        return
    if host and not _is_here(str(host)):
        message = f"a test tried to reach {host}; tests run offline"
        raise PermissionError(message)


def _is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_stay_here)


# --- Hypothesis -----------------------------------------------------------------------------------

# `make test` tries the same examples each time, so a failure is the change's and not the day's;
# `make test-all` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
