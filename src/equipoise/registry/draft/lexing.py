"""Words, numbers, comparisons and units of a registered text, each with its place in it.

What people write for one thing (``≥``, ``>=``, ``at least``, ``no less than``) becomes one token.
Nothing is changed in the text: a token says from where to where it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

TokenKind = Literal[
    "word", "number", "roman", "unit", "compare", "after", "between", "and", "or", "and not",
    "dash", "slash", "comma", "semicolon", "colon", "open", "close", "other",
]  # fmt: skip
Op = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is written in a protocol; ``slug`` is its part of a name."""

    text: str
    slug: str
    of: str = ""
    """What can only be meant by it: ``time``, ``age``, or the name of a quantity."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text from ``start`` to ``end``; ``symbol``: a comparison in signs, not words."""

    kind: TokenKind
    text: str
    start: int
    end: int
    value: Decimal = Decimal(0)
    op: Op = ">="
    unit: Unit | None = None
    symbol: bool = False


# --- units ----------------------------------------------------------------------------------

_PER = r"\s*(?:/|per)\s*"
_U = "[uµμ]|mc"
_POWER = r"(?:[x×*·]\s*)?10\s*\\?\^?\s*(?:\(?\s*{0}\s*\)?)(?!\d)"
_UNITS: tuple[tuple[str, Unit], ...] = (
    (rf"m(?:ls?|illilit(?:er|re)s?){_PER}m\s*(?:\\?\^?2|²)", Unit("ml/m2", "ml_m2")),
    (rf"mg{_PER}m\s*(?:\\?\^?2|²)", Unit("mg/m2", "mg_m2")),
    (rf"g{_PER}m\s*(?:\\?\^?2|²)", Unit("g/m2", "g_m2")),
    (r"cm\s*(?:\\?\^?2|²)", Unit("cm2", "cm2")),
    (r"mm\s*(?:\\?\^?2|²)", Unit("mm2", "mm2")),
    (r"m\s*(?:\\?\^?2|²)", Unit("m2", "m2")),
    (rf"cm{_PER}s(?:ec)?\b", Unit("cm/s", "cm_s")),
    (rf"m{_PER}s(?:ec)?\b", Unit("m/s", "m_s")),
    (rf"(?:{_U})g{_PER}ml\b", Unit("ug/ml", "ug_ml")),
    (rf"(?:mg{_PER}g|mg{_PER}gm)\b", Unit("mg/g", "mg_g")),
    (rf"mg{_PER}(?:24\s*h(?:ours?|rs?)?|d(?:ay)?)\b", Unit("mg/day", "mg_day")),
    (rf"g{_PER}(?:24\s*h(?:ours?|rs?)?|d(?:ay)?)\b", Unit("g/day", "g_day")),
    (rf"m(?:ls?|illilit(?:er|re)s?){_PER}min(?:ute)?s?{_PER}1[.,]73\s*m\s*(?:\\?\^?2|²)?",
     Unit("ml/min/1.73 m2", "ml_min_1_73m2", "eGFR")),
    (rf"m(?:ls?|illilit(?:er|re)s?){_PER}(?:min(?:ute)?s?|mn)\b", Unit("ml/min", "ml_min")),
    (rf"kg{_PER}m\s*(?:\\?\^?2|²)", Unit("kg/m2", "kg_m2", "BMI")),
    (rf"(?:mg|milligrams?){_PER}(?:dl|decilit(?:er|re)s?)", Unit("mg/dl", "mg_dl")),
    (rf"(?:g|gms?|grams?){_PER}(?:dl|㎗|decilit(?:er|re)s?)", Unit("g/dl", "g_dl")),
    (rf"mg{_PER}l", Unit("mg/l", "mg_l")), (rf"g{_PER}l", Unit("g/l", "g_l")),
    (rf"ng{_PER}ml", Unit("ng/ml", "ng_ml")), (rf"pg{_PER}ml", Unit("pg/ml", "pg_ml")),
    (rf"ng{_PER}l", Unit("ng/l", "ng_l")), (rf"(?:{_U})g{_PER}l", Unit("ug/l", "ug_l")),
    (rf"(?:{_U})mole?{_PER}l", Unit("umol/l", "umol_l")),
    (rf"mmole?{_PER}l", Unit("mmol/l", "mmol_l")), (rf"pmole?{_PER}l", Unit("pmol/l", "pmol_l")),
    (rf"meq{_PER}l", Unit("mEq/l", "meq_l")),
    (rf"m?i?u{_PER}(?:ml|l)\b", Unit("U/l", "u_l")),
    (rf"{_POWER.format('9|⁹')}{_PER}l\b", Unit("10^9/l", "10e9_l")),
    (rf"{_POWER.format('3|³')}{_PER}(?:mm\s*\^?[3³]|(?:{_U})?l\b|cc)", Unit("10^3/ul", "10e3_ul")),
    (rf"(?:(?:cells|platelets|lymphocytes)\s*)?/?{_PER}(?:mm\s*(?:\\?\^?3|³)|(?:{_U})l\b|㎕|mcl|cumm)",
     Unit("/ul", "per_ul")),
    (r"mm\s*(?:of\s+)?\[?hg\]?|millimet(?:er|re)s? of mercury", Unit("mmHg", "mmhg")),
    (rf"cop(?:y|ies){_PER}ml\b", Unit("copies/ml", "copies_ml")),
    (rf"ku(?:a)?{_PER}l\b", Unit("kU/l", "ku_l")),
    (rf"(?:heart\s*)?(?:beats?|times){_PER}min(?:ute)?\b|bpm\b",
     Unit("1/min", "bpm", "heart rate")),
    (rf"(?:breaths?){_PER}min(?:ute)?\b", Unit("1/min", "per_min", "respiratory rate")),
    (r"(?:°|º|degrees?)\s*(?:c\b|celsius)|℃", Unit("°C", "c", "temperature")),
    (r"(?:°|º|degrees?)\s*(?:f\b|fahrenheit)|℉", Unit("°F", "f", "temperature")),
    (r"%|percent\b|per cent\b", Unit("%", "percent")),
    (r"(?:-\s*)?(?:years?|yrs?\.?|y)[\s-]*(?:of\s+age|olds?|in\s+age)\b|y/?o\b|周岁|岁",
     Unit("year", "y", "age")),
    (r"(?:-\s*)?(?:years?|yrs?)\b", Unit("year", "y", "time")),
    (r"(?:-\s*)?months?[\s-]*(?:of\s+age|old)\b", Unit("month", "months", "age months")),
    (r"(?:-\s*)?(?:months?|mos?)\b", Unit("month", "months", "time")),
    (r"(?:-\s*)?(?:weeks?|wks?)\b", Unit("week", "weeks", "time")),
    (r"(?:-\s*)?days?\b", Unit("day", "days", "time")),
    (r"(?:-\s*)?(?:hours?|hrs?|h)\b", Unit("hour", "h", "time")),
    (r"(?:-\s*)?(?:minutes?|mins?)\b", Unit("min", "min", "time")),
    (r"(?:-\s*)?(?:milliseconds?|msecs?|ms)\b", Unit("ms", "ms")),
    (r"(?:-\s*)?(?:seconds?|secs?|s)\b", Unit("s", "s", "time")),
    (r"(?:kg|kilograms?|kilos?)\b", Unit("kg", "kg")),
    (r"(?:pounds?|lbs?)\b", Unit("lb", "lb", "weight")),
    (r"mg\b", Unit("mg", "mg")), (rf"(?:{_U})g\b|micrograms?\b", Unit("ug", "ug")),
    (r"(?:g|gms?|grams?)\b", Unit("g", "g")),
    (r"(?:cm|centimet(?:er|re)s?)\b", Unit("cm", "cm")),
    (r"(?:mm|millimet(?:er|re)s?)\b", Unit("mm", "mm")),
    (r"(?:ml|cc|millilit(?:er|re)s?)\b", Unit("ml", "ml")),
    (r"(?:l|lit(?:er|re)s?)\b", Unit("l", "l")),
    (r"(?:m|met(?:er|re)s?)\b", Unit("m", "m")),
    (r"(?:points?)\b", Unit("point", "")),
)  # fmt: skip
ULN = Unit("times the upper limit of normal", "uln")
_ULN = (
    r"(?:(?:-?\s*fold|[x×*]|times)\s*)?(?:(?:the|of|above|institutional|laboratory|local)\s+)*"
    r"(?:upper\s+(?:limit|level|normal\s+limit)s?(?:\s+of\s+(?:the\s+)?(?:laboratory\s+)?"
    r"normal(?:\s+range)?)?|uln\b|(?<=[x×*]\s)normal(?:\s+limits?)?|(?<=times\s)normal"
    r"(?:\s+limits?)?)"
    r"(?:\s*\(\s*uln\s*\))?"
)
_UNIT = re.compile("|".join(f"(?P<u{n}>{p})" for n, (p, _) in enumerate(_UNITS)), re.IGNORECASE)
_ULN_UNIT = re.compile(_ULN, re.IGNORECASE)

# --- comparisons ----------------------------------------------------------------------------

_OR_EQUAL = r"(?:or|and|/)\s*equal(?:s|ed)?(?:\s*to)?"
_MORE = r"(?:great|larg|high|old|long|bigg)er|more|superior|above|over"
_LESS = r"less(?:er)?|fewer|lower|below|under|small(?:er)?|younger|shorter|inferior"
_COMPARE: tuple[tuple[Op, str, str], ...] = (
    (">=", (r"≥|≧|⩾|>\s*\\?\s*/?\s*(?:or\s*)?\\?=(?:\s*to\b)?|=\s*\\?>|&ge;"
            r"|>\s*or\s+(?:=|equal(?:\s+to)?)"),
     (rf"(?:{_MORE})\s+(?:than\s+)?{_OR_EQUAL}(?:\s+than)?|equal\s+(?:to\s+)?or\s+(?:{_MORE})"
     rf"(?:\s+than)?|at\s+least|(?:not?\s+|not\s+be\s+)(?:{_LESS})\s+than|(?:a\s+)?minim(?:um|al)"
     rf"(?:\s+of)?"
     r"|not\s+(?:under|below)")),
    ("<=", (r"≤|≦|⩽|<\s*\\?\s*/?\s*(?:or\s*)?\\?=(?:\s*to\b)?|=\s*\\?<|&le;"
            r"|<\s*or\s+(?:=|equal(?:\s+to)?)"),
     (rf"(?:{_LESS})\s+(?:than\s+)?{_OR_EQUAL}(?:\s+(?:than|to))?|equal\s+(?:to\s+)?or\s+(?:{_LESS})"
     rf"(?:\s+than)?|at\s+most|(?:not?\s+|not\s+be\s+)(?:{_MORE})\s+than|(?:a\s+)?maxim(?:um|al)(?:\s+of)?"
     r"|up\s+to|not\s+(?:to\s+)?(?:exceed(?:ing)?|above|over)")),
    (">", r"(?:&gt;|[>＞˃])(?!\s*=)", rf"(?:{_MORE})\s+than|over|above|exceed(?:s|ing)?|beyond"),
    ("<", r"(?:&lt;|[<＜˂])(?!\s*=)", rf"(?:{_LESS})\s+than|under|below"),
)  # fmt: skip
_UPWARD = r"more|older|higher|above|greater|over|worse|beyond|upwards?|up|larger|longer|heavier"
_DOWNWARD = r"less|lower|below|younger|fewer|under|smaller|better|lighter|shorter"
_AFTER: tuple[tuple[Op, str], ...] = (
    (">=", rf"(?:or|and)\s+(?:{_UPWARD})\b(?!\s+than|\s*\d)|\+(?=[\s,;.)]|$)"),
    ("<=", rf"(?:or|and)\s+(?:{_DOWNWARD})\b(?!\s+than|\s*\d)"),
)
_WITHOUT = (
    r"without|with\s+no|in\s+the\s+absence\s+of"
    r"|(?:in|of)\s+(?:an?\s+)?(?:patients?|subjects?|participants?|people|persons?)\s+"
    r"(?:who|that)\s+(?:has|have)\s+no"
)
_DIGITS = r"\d{1,3}(?: \d{3})+(?![\d.,])|\d+(?:[.,]\d+)*|\.\d+"
_PATTERNS: tuple[tuple[str, str], ...] = (
    *((f"c{n}", symbols) for n, (_, symbols, _) in enumerate(_COMPARE)),
    *((f"w{n}", rf"\b(?:{words})\b") for n, (_, _, words) in enumerate(_COMPARE)),
    *((f"a{n}", words) for n, (_, words) in enumerate(_AFTER)),
    ("number", rf"(?:(?<![A-Za-z\d])|(?<=[xX]))(?:{_DIGITS})(?!\d)"),
    ("roman", r"(?<![A-Za-z\d])(?-i:IV|VI{0,3}|I{1,3})(?![A-Za-z\d])"),
    ("between", r"\b(?:between|from)\b"),
    ("and_not", rf"\b(?:{_WITHOUT})\b"),
    ("and", (r"\b(?:and|but|as\s+well\s+as|plus)\b(?!\s*/\s*or)|&(?![a-z]+;)"
            r"|\b(?:in\s+combination|together)\s+with\b")),
    ("or", r"\b(?:and\s*/\s*or|or)\b"),
    ("dash", r"[-–—―~～_−]|\b(?:to|through)\b"),
    ("slash", r"/"), ("comma", r"[,，、]"), ("semicolon", r"[;；]"), ("colon", r"[:：]"),
    ("open", r"[(\[（]"), ("close", r"[)\]）]"),
    ("word", r"[^\W\d_]+(?:['’\-‑.]?[^\W_]+)*['’]?"),
    ("other", r"\S"),
)  # fmt: skip
_LEX = re.compile("|".join(f"(?P<{name}>{p})" for name, p in _PATTERNS), re.IGNORECASE)
_SPACE = re.compile(r"[\s\\]*")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8}
_KINDS: dict[str, TokenKind] = {"and_not": "and not"}


def lex(text: str) -> list[Token]:
    """Return the tokens of ``text``, in order; spaces and backslashes before signs are none."""
    tokens: list[Token] = []
    at = 0
    while True:
        at = _end(_SPACE.match(text, at), at)
        measured = bool(tokens) and tokens[-1].kind in {"number", "roman"}
        found = (_uln(text, at, tokens) or (_unit(text, at) if measured else None)) or _one(
            text, at
        )
        if found is None:
            return tokens
        tokens.append(found)
        at = found.end


def number(text: str) -> Decimal:
    """Read a number: ``1,000``, ``1 000``, ``1.000.000`` have thousands, ``1,5`` a comma."""
    if re.fullmatch(r"\d{1,3}([ ,]\d{3})+(\.\d+)?", text):
        return Decimal(re.sub("[ ,]", "", text))
    if re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", text):
        return Decimal(text.replace(".", ""))
    if re.fullmatch(r"\d+,\d+", text):
        return Decimal(text.replace(",", "."))
    whole = re.match(r"\d*(?:\.\d+)?", text)
    return Decimal(whole[0] if whole and whole[0] else "0")


def unit_at(text: str, at: int) -> tuple[Unit, int] | None:
    """Return the unit that begins at ``at`` and where it ends, None where none begins."""
    found = _UNIT.match(text, at)
    if found is None or found.lastgroup is None or found.end() == at:
        return None
    return _UNITS[int(found.lastgroup[1:])][1], found.end()


def _unit(text: str, at: int) -> Token | None:
    found = unit_at(text, at)
    if found is None:
        return None
    return Token("unit", text[at : found[1]], at, found[1], unit=found[0])


def _uln(text: str, at: int, tokens: list[Token]) -> Token | None:
    if not tokens or tokens[-1].kind not in {"number", "compare"}:
        return None
    found = _ULN_UNIT.match(text, at)
    return Token("unit", found[0], at, found.end(), unit=ULN) if found else None


def _one(text: str, at: int) -> Token | None:
    found = _LEX.match(text, at)
    if found is None or found.lastgroup is None:
        return None
    name, part = found.lastgroup, found[0]
    if name[0] in "cw" and name[1:].isdigit():
        op = _COMPARE[int(name[1:])][0]
        return Token("compare", part, at, found.end(), op=op, symbol=name[0] == "c")
    if name[0] == "a" and name[1:].isdigit():
        return Token("after", part, at, found.end(), op=_AFTER[int(name[1:])][0])
    if name == "number":
        return Token("number", part, at, found.end(), value=number(part))
    if name == "roman":
        return Token("roman", part, at, found.end(), value=Decimal(_ROMAN[part]))
    kind: TokenKind = _KINDS.get(name, name)  # type: ignore[arg-type]  # a name of _PATTERNS
    return Token(kind, part, at, found.end())


def _end(match: re.Match[str] | None, at: int) -> int:
    return match.end() if match else at
