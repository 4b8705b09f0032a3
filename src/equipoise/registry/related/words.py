"""Texts of records as words and pieces of words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

NUMBER = re.compile(r"\bNCT[\s:-]{0,2}(\d{8})\b", re.IGNORECASE)
"""A registration number in a text."""

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PIECE = 5
_FEWEST = 2
_LONGEST_UNCHANGED = 3
_FUNCTION_WORDS = (
    "a about after all also an and any are as at be because been before being between both by can "
    "did do does during each for from had has have he her his how if in into is it its may more "
    "most no not of on only or other our out over per same she should so some such than that the "
    "their them then there these they this those through to under up use used using via was we "
    "were what when which while who will with would you your"
)
_STOP = frozenset(_FUNCTION_WORDS.split())


def words(text: str) -> list[str]:
    """Return the words of ``text``, plurals as singulars, without function words.

    A compound with hyphens counts as a whole and as its parts. Registration numbers are left out:
    which record names which is a fact of its own (:mod:`~equipoise.registry.related.links`).
    """
    text = NUMBER.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if "-" in word:
            found.append(word.replace("-", ""))
        parts = word.split("-")
        found += [singular(part) for part in parts if len(part) >= _FEWEST and part not in _STOP]
    return found


def singular(word: str) -> str:
    """Return ``word`` without the ending of an English plural (Harman's S stemmer, 1991).

    How effective is suffixing?, doi:10.1002/(SICI)1097-4571(199101)42:1<7::AID-ASI2>3.0.CO;2-P.
    """
    if len(word) <= _LONGEST_UNCHANGED:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def pieces(found: Iterable[str]) -> Iterator[str]:
    """Yield the runs of five letters in each word, its ends marked.

    So that esomeprazole is near omeprazole, and hyperkalaemia near hyperkalemia.
    """
    for word in found:
        marked = f"<{word}>"
        for start in range(max(1, len(marked) - _PIECE + 1)):
            yield marked[start : start + _PIECE]
