"""What is published about the allocation, and what stays sealed until it is opened."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import NamedTuple

from equipoise.errors import InputError
from equipoise.rules.allocation.encoding import canonical_json, domain_hash
from equipoise.rules.allocation.generator import GENERATOR
from equipoise.rules.allocation.minimization import Minimization
from equipoise.rules.allocation.secrecy import Secret

DESIGNS = ("permuted blocks", "big stick", "complete")
NONCE_BYTES = 32
_LENGTH_MAX = 100_000
_ARMS_MAX = 256  # an arm is one byte in its slot


@dataclass(frozen=True, slots=True)
class Specification:
    """The public part: enough to know what can happen, not enough to guess what will.

    ``arms`` are codes in the order that numbers them from 0, ``ratio`` their integer weights in
    lowest terms, ``strata`` the labels of the strata (one label when there is no stratification),
    ``length`` the number of slots in each stratum. ``minimization`` says how an allocator takes
    from the list, then a stock of one stratum. Raises InputError when one is unusable.
    """

    trial: str
    arms: tuple[str, ...]
    ratio: tuple[int, ...]
    design: str
    strata: tuple[str, ...]
    length: int
    generator: str = GENERATOR
    minimization: Minimization | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be generated or would not be unambiguous."""
        check_label("trial", self.trial)
        _check_labels("arms", self.arms)
        _check_labels("strata", self.strata)
        self._check_arms()
        self._check_design()
        if not 1 <= self.length <= _LENGTH_MAX:
            raise _fault(
                "length", f"{self.length} slots is not possible", f"Give 1 to {_LENGTH_MAX}."
            )

    def _check_arms(self) -> None:
        if not 2 <= len(self.arms) <= _ARMS_MAX:
            raise _fault(
                "arms", f"{len(self.arms)} arms is not possible", f"Give 2 to {_ARMS_MAX}."
            )
        if len(self.ratio) != len(self.arms) or min(self.ratio) < 1:
            raise _fault(
                "ratio",
                f"{self.ratio_text} does not give every arm a share",
                "Give one whole number from 1 for each arm.",
            )
        divisor = gcd(*self.ratio)
        if divisor > 1:
            lowest = ":".join(str(weight // divisor) for weight in self.ratio)
            raise _fault("ratio", f"{self.ratio_text} is not in lowest terms", f"Write {lowest}.")

    def _check_design(self) -> None:
        if self.design == "minimization" and self.minimization is not None:
            self._check_stock(self.minimization)
        elif self.design == "minimization":
            raise _fault(
                "design",
                "minimization assigns each participant from the arms of those before, so the"
                " server would have to know every arm",
                "Use the big stick design, stratified by the one or two factors that matter most.",
            )
        elif self.design not in DESIGNS:
            raise _fault(
                "design", f"{self.design!r} is not known", f"Use one of {', '.join(DESIGNS)}."
            )
        elif self.minimization is not None:
            raise _fault(
                "design",
                f"{self.design!r} takes the slots in order, without an allocator",
                "Use the design minimization, or leave the allocator out.",
            )
        if self.generator != GENERATOR:
            raise _fault("generator", f"{self.generator!r} is not known", f"Use {GENERATOR}.")

    def _check_stock(self, rule: Minimization) -> None:
        if rule.ratio != self.ratio:
            raise _fault("ratio", "it is not that of the minimization", "Give the same weights.")
        if len(self.strata) > 1:
            raise _fault(
                "strata", "a stock is shared by all", "Balance the factors, in one stratum."
            )
        if self.length % sum(self.ratio):
            raise _fault(
                "length",
                f"{self.length} kits do not hold the ratio {self.ratio_text}",
                f"Give a multiple of {sum(self.ratio)}.",
            )

    @property
    def ratio_text(self) -> str:
        """The ratio as people write it: ``2:1``."""
        return ":".join(map(str, self.ratio))

    def canonical(self) -> bytes:
        """Return the specification as canonical JSON."""
        rule = self.minimization
        return canonical_json(
            {
                "arms": self.arms,
                "design": self.design,
                "format": "equipoise-allocation/1",
                "generator": self.generator,
                "length": self.length,
                "ratio": self.ratio,
                "strata": self.strata,
                "trial": self.trial,
                **({"minimization": rule.model_dump()} if rule else {}),
            }
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON, 32 bytes."""
        return hashlib.sha256(self.canonical()).digest()


class Terms(NamedTuple):
    """What an annex holds: its block sizes or its limit, and the nonce of its commitment."""

    nonce: bytes
    block_sizes: tuple[int, ...]
    limit: int | None


class Annex(Secret[Terms]):
    """The sealed part: what would help a recruiter to guess.

    SPIRIT 2013 (doi:10.7326/0003-4819-158-3-201302050-00583, item 16a) wants it unavailable to
    those who enrol participants.

    ``block_sizes`` for permuted blocks (one for fixed, several for mixed blocks), ``limit`` for
    the big stick, neither for complete randomization. ``nonce`` is 32 random bytes, so that the
    commitment cannot be tried out against the few annexes that anyone would write.
    """

    __slots__ = ()

    def __init__(
        self, nonce: bytes, block_sizes: Sequence[int] = (), limit: int | None = None
    ) -> None:
        """Raise InputError unless the nonce has 32 bytes and the rest whole numbers from 1."""
        if len(nonce) != NONCE_BYTES:
            raise _fault(
                "annex",
                f"the nonce has {len(nonce)} bytes instead of {NONCE_BYTES}",
                "Draw it from the operating system's generator.",
            )
        numbers = [*block_sizes, 1 if limit is None else limit]
        if any(type(number) is not int or number < 1 for number in numbers):
            raise _fault(
                "annex",
                "a block size or the limit is not a whole number from 1",
                "Give whole numbers; 4 and 6 as block sizes or 3 as a limit are usual.",
            )
        super().__init__(Terms(nonce, tuple(block_sizes), limit))

    def commitment(self, spec: Specification) -> bytes:
        """Return what is published of the annex before the parts of the seed are revealed."""
        return domain_hash("equipoise/annex/1", spec.digest, self.disclose())

    def disclose(self) -> str:
        """Return the annex as JSON, to be stored encrypted or published after the opening."""
        terms = self.reveal()
        return canonical_json(
            {"block_sizes": terms.block_sizes, "limit": terms.limit, "nonce": terms.nonce.hex()}
        ).decode()

    @classmethod
    def from_text(cls, text: str) -> Annex:
        """Return the annex that :meth:`disclose` wrote; raise InputError for any other text."""
        try:
            content = json.loads(text)
            annex = cls(bytes.fromhex(content["nonce"]), content["block_sizes"], content["limit"])
            if annex.disclose() == text:
                return annex
        except (ValueError, TypeError, KeyError, RecursionError, InputError):
            pass  # said below, in one way for all
        raise _fault(
            "annex",
            "the text is not an annex as it was disclosed",
            "Use the text exactly as it was written.",
        )


def check_annex(spec: Specification, annex: Annex) -> None:
    """Raise InputError when ``annex`` is not one for ``spec``. No message tells what is in it."""
    terms = annex.reveal()
    has_sizes, has_limit = bool(terms.block_sizes), terms.limit is not None
    wanted = (spec.design == "permuted blocks", spec.design == "big stick")
    if (has_sizes, has_limit) != wanted:
        todo = {
            "permuted blocks": "Give block sizes and no limit.",
            "big stick": "Give a limit and no block sizes.",
            "complete": "Give neither block sizes nor a limit.",
            "minimization": "Give neither block sizes nor a limit.",
        }
        raise _fault(
            "annex", f"it does not belong to the design {spec.design!r}", todo[spec.design]
        )
    share = sum(spec.ratio)
    if any(size % share for size in terms.block_sizes):
        raise _fault(
            "annex",
            f"a block size does not hold the ratio {spec.ratio_text} a whole number of times",
            f"Give multiples of {share}.",
        )
    if len(set(terms.block_sizes)) != len(terms.block_sizes):
        raise _fault("annex", "a block size is given twice", "Give each size once.")


def check_label(where: str, label: str) -> None:
    """Raise InputError unless ``label`` is one line of plain text with only one spelling.

    Printable, composed (Unicode NFC), and without spaces around it: two labels that look the
    same are then the same bytes.
    """
    plain = label.isprintable() and label == label.strip() != ""
    if not plain or not unicodedata.is_normalized("NFC", label):
        raise _fault(
            where, f"{label!r} is not a plain label", "Use one line of composed (NFC) text."
        )


def _check_labels(where: str, labels: Sequence[str]) -> None:
    if not labels:
        raise _fault(where, "there are none", "Give at least one label.")
    for label in labels:
        check_label(where, label)
    if len(set(labels)) != len(labels):
        raise _fault(where, "a label is given twice", "Give each label once.")


def _fault(field: str, what: str, todo: str) -> InputError:
    return InputError(f"allocation.{field}", what, todo)
