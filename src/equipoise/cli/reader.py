"""Who reads what a command says: the language of its problems, and of reports unless named.

``--language`` of the command decides, else the variable ``EQUIPOISE_LANGUAGE``, else it is English.
The language of the machine (``LANG``) does not: a command says the same on every machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.language import Language

VARIABLE = "EQUIPOISE_LANGUAGE"


def reader() -> Language:
    """Return the language of who gave this command; English where an unknown one is named."""
    from equipoise.language import LANGUAGES, Language

    named = (_option(sys.argv[1:]), os.environ.get(VARIABLE))
    return Language(next((code for code in named if code in LANGUAGES), "en"))


def check_variable() -> None:
    """Raise :class:`InputError` when ``EQUIPOISE_LANGUAGE`` names a language that there is not."""
    code = os.environ.get(VARIABLE)
    if not code:
        return
    from equipoise.language import LANGUAGES

    if code not in LANGUAGES:
        raise InputError(VARIABLE, f"'{code}' is not available", f"Use {' or '.join(LANGUAGES)}.")


def _option(words: Sequence[str]) -> str | None:
    """Return what ``--language`` is given among the words of a command, the last one counting."""
    found = None
    for word, following in zip_longest(words, words[1:]):
        if word == "--language":
            found = following
        elif word.startswith("--language="):
            found = word.partition("=")[2]
    return found
