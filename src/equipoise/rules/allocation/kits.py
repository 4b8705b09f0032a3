"""Kit codes: what a label, a scanner and a telephone can carry without telling anything.

A code is seven symbols and a check symbol, out of 28 that are not mistaken for one another. The
values (0 to 27) weighted 8, 7, ... 1 add up to a multiple of 29. As 29 is prime and no weight or
difference of weights is a multiple of it, a wrong symbol and an exchange of any two symbols are
always noticed, which Luhn's scheme cannot promise (the same argument as for ISBN-10: ISO
2108:1992; Verhoeff 1969, Error detecting decimal codes). Codes whose check value would be 28, for
which there is no symbol, are not used.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import partial
from typing import NamedTuple

from equipoise.chance import Entropy
from equipoise.errors import InputError
from equipoise.rules.allocation.generator import Draw, below, entropy_words

SYMBOLS = "23456789ACDEFGHJKMNPQRTUVWXY"
"""Without 0 O, 1 I L, B, S and Z, which are read as one another or as 8, 5 and 2."""

CODE_LENGTH = 8
_MODULUS = 29
_TRIES = 128  # one code in 29 has no check symbol; a repeated code is rarer still


class Kit(NamedTuple):
    """The codes of one slot: the kit, and two replacements that need no look at the arm."""

    code: str
    replacements: tuple[str, str]


def new_kits(slots: int, entropy: Entropy) -> tuple[Kit, ...]:
    """Return kits for ``slots`` slots: codes uniform, all different, in no order.

    ``entropy`` has nothing to do with the seed of the allocation. Raises InputError when it
    repeats itself.
    """
    draw = partial(below, entropy_words(entropy))
    codes: dict[str, None] = {}
    for _ in range(3 * slots):
        codes[_new_code(draw, codes)] = None
    each = iter(codes)
    return tuple(Kit(next(each), (next(each), next(each))) for _ in range(slots))


def _new_code(draw: Draw, taken: Container[str]) -> str:
    for _ in range(_TRIES):
        values = [draw(len(SYMBOLS)) for _ in range(CODE_LENGTH - 1)]
        check = -_weighted(values) % _MODULUS
        if check < len(SYMBOLS):
            code = "".join(SYMBOLS[value] for value in [*values, check])
            if code not in taken:
                return code
    raise InputError(
        "entropy",
        "the source of random bytes repeats itself",
        "Use the operating system's generator.",
    )


def check_kit_code(text: str) -> str:
    """Return the code as it is stored, from what was scanned, typed or heard.

    Small letters and spaces around it are accepted. Raises InputError for any other length, for
    a symbol that no code has, and when the check symbol does not fit: one wrong symbol and two
    exchanged ones are always noticed.
    """
    code = text.strip().upper()
    if len(code) != CODE_LENGTH:
        raise InputError(
            "kit code",
            f"{code!r} has {len(code)} symbols instead of {CODE_LENGTH}",
            "Read it again from the label.",
        )
    wrong = next((symbol for symbol in code if symbol not in SYMBOLS), None)
    if wrong is not None:
        raise InputError(
            "kit code",
            f"{code!r} contains {wrong!r}, which no kit code has",
            "Read it again: codes are without 0 O, 1 I L, B, S and Z.",
        )
    if _weighted([SYMBOLS.index(symbol) for symbol in code]) % _MODULUS:
        raise InputError(
            "kit code",
            f"{code!r} is misread: its check symbol does not fit",
            "Read it again from the label.",
        )
    return code


def _weighted(values: Sequence[int]) -> int:
    weights = range(CODE_LENGTH, 0, -1)
    return sum(weight * value for weight, value in zip(weights, values, strict=False))
