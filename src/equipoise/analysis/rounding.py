"""How numbers are printed: one rule, half away from zero on the exact decimal.

A whole number, a Decimal or a fraction is exact; a float stands for the shortest decimal that reads
back as it, so 0.1225 is 0.1225 and not the binary number just below. Words between numbers are
handed in; what cannot be estimated is an en dash.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from equipoise.errors import InputError

Number = int | float | Decimal | Fraction | np.integer | np.floating

ABSENT = "–"
INFINITY = "∞"


def round_half_away(value: Number, places: int) -> Decimal:
    """Return ``value`` with exactly ``places`` (0 or more) decimals, half away from zero.

    There is no negative zero. Raises InputError for NaN and infinity.
    """
    exact = _exact(value)
    whole = math.floor(abs(exact) * 10**places + Fraction(1, 2))
    digits = tuple(int(d) for d in str(whole))
    return Decimal((int(exact < 0 and whole > 0), digits, -places))


def fixed(value: Number, places: int) -> str:
    """Return ``value`` with exactly ``places`` decimals: ``0.90``; NaN is –, infinity ∞."""
    if not isinstance(value, Fraction) and math.isnan(value):
        return ABSENT
    if not isinstance(value, Fraction) and math.isinf(value):
        return INFINITY if value > 0 else f"-{INFINITY}"
    return f"{round_half_away(value, places):f}"


def interval_text(
    value: Number, low: Number, high: Number, places: int = 2, to: str = " to "
) -> str:
    """Return an estimate and its limits: ``0.76 (0.65 to 0.90)``."""
    return f"{fixed(value, places)} ({fixed(low, places)}{to}{fixed(high, places)})"


def spread_text(value: Number, spread: Number, places: int = 1) -> str:
    """Return a mean and its standard deviation: ``47.8 (9.7)``."""
    return f"{fixed(value, places)} ({fixed(spread, places)})"


def percent_text(events: int, n: int, places: int = 1) -> str:
    """Return ``events`` in percent of ``n``, rounded once from the fraction: ``65.7%``."""
    return f"{fixed(Fraction(100 * int(events), int(n)), places)}%" if n else ABSENT


def count_text(events: int, n: int, places: int = 1, *, denominator: bool = False) -> str:
    """Return a count and its share: ``65 (65.7%)``, or ``65/99 (65.7%)`` with the denominator."""
    of = f"/{n}" if denominator else ""
    return f"{events}{of} ({percent_text(events, n, places)})"


def p_text(p: Number, name: str = "", alpha: float = 0.05) -> str:
    """Return a P value as journals print it: ``<0.001``, ``0.003``, ``0.24``, ``>0.99``.

    Three decimals below 0.01, otherwise two, and as many as it takes (up to six) not to be printed
    as ``alpha`` itself: ``0.047``. With a ``name``: ``P<0.001``, ``P=0.24``. After the AMA Manual
    of Style, 11th edition, section 19.5. Raises InputError outside 0 to 1.
    """
    if math.isnan(p):
        return ABSENT if not name else f"{name}={ABSENT}"
    exact = _exact(p)
    if not 0 <= exact <= 1:
        raise InputError("P value", f"{p} is not inside 0 to 1", "Hand in a probability.")
    equals = "=" if name else ""
    if exact < Fraction(1, 1000):
        return f"{name}<0.001"
    if exact > Fraction(99, 100):
        return f"{name}>0.99"
    places = 3 if exact < Fraction(1, 100) else 2
    limit = _exact(alpha)
    while places < 6 and exact != limit and _exact(round_half_away(p, places)) == limit:
        places += 1
    return f"{name}{equals}{fixed(p, places)}"


def _exact(value: Number) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not math.isfinite(value):
        raise InputError("rounding", f"{value} is not a number", "Print it with fixed().")
    # str is exact for whole numbers and Decimals, and for a float the shortest that reads back
    return Fraction(str(value))
