"""Words for people in their language: English in the code, others in ``locale/LANGUAGE/*.po``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from babel.messages.pofile import read_po

from equipoise.errors import InputError

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Language:
    """One language; calling it translates an English message and fills in its fields."""

    code: str

    def __call__(self, message: str, **fields: object) -> str:
        """Return ``message`` in this language, with ``{name}`` replaced by the fields."""
        words = catalogue(self.code).get(message, message)
        return words.format(**fields) if fields else words


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the translations into ``code``; raise :class:`InputError` for an unknown language."""
    if code not in LANGUAGES:
        raise InputError("language", f"'{code}' is not available", f"Use {' or '.join(LANGUAGES)}.")
    if code == "en":
        return {}
    words: dict[str, str] = {}
    for file in (resources.files("equipoise") / "locale" / code).iterdir():
        with file.open("rb") as stream:
            messages = read_po(stream, locale=code)
        words |= {str(m.id): str(m.string) for m in messages if m.id and m.string}
    return words
