"""Text as the words that are compared: case, accents, hyphens, plurals, spelling set aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

START, END = "^", "$"
"""Stand before and after each value, so that no phrase runs from one value into the next."""

COMMON = frozenset(
    ("a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "into", "is", "of", "on", "or",
     "the", "to", "with")
)  # fmt: skip
"""Words left out of a search for several words that need not stand together."""

# Letters and digits part company ("covid19" is "covid-19"); each Chinese character is a word.
_WORD = re.compile(r"[㐀-鿿]|[^\W\d_㐀-鿿]+|\d+")
_POSSESSIVE = re.compile(r"['’`´]s\b")
_LONGEST = 60
_SHORT = 80

# British to American, inside words; the first that fits is replaced, then the next.
_SPELLINGS = (
    ("anaesth", "anesth"), ("haem", "hem"), ("aemi", "emi"), ("paed", "ped"), ("oedem", "edem"),
    ("oesoph", "esoph"), ("oestr", "estr"), ("foet", "fet"), ("gynaec", "gynec"),
    ("orthopaed", "orthoped"), ("diarrhoe", "diarrhe"), ("tumour", "tumor"), ("labour", "labor"),
    ("behaviour", "behavior"), ("colour", "color"), ("centre", "center"), ("fibre", "fiber"),
    ("litre", "liter"), ("randomis", "randomiz"), ("hospitalis", "hospitaliz"),
    ("immunis", "immuniz"), ("ischaem", "ischem"), ("caesar", "cesar"), ("sulph", "sulf"),
)  # fmt: skip


def words(text: Any) -> list[str]:
    """Return the words of a text in their order, each as it is compared.

    Plurals follow the S-stemmer (Harman 1991, "How effective is suffixing?", J Am Soc Inf Sci
    42:7-15, table 1).
    """
    plain = _POSSESSIVE.sub("", str(text).lower())
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(each for each in parts if not unicodedata.combining(each))
    return [_compared(word) for word in _WORD.findall(plain)]


@lru_cache(maxsize=200_000)
def _compared(word: str) -> str:
    word = word[:_LONGEST]
    if len(word) > 3 and word.isascii() and word.isalpha():
        word = _singular(word)
        for british, american in _SPELLINGS:
            word = word.replace(british, american)
    return word


def _singular(word: str) -> str:
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def bounded(values: list[Any]) -> str:
    """Return values as one text of words, ``^ heart attack $ ^ pain $``, in which phrases are."""
    return " ".join(_bounded(each) for each in dict.fromkeys(str(value) for value in values))


def _bounded(value: str) -> str:
    return _remembered(value) if len(value) <= _SHORT else _between_ends(value)


def _between_ends(value: str) -> str:
    return " ".join((START, *words(value), END))


_remembered = lru_cache(maxsize=100_000)(_between_ends)  # names of events, units, countries recur
