"""A small allocation from the first commitment to the sealed list, repeatable byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, field

from equipoise.chance import SeededEntropy
from equipoise.conduct._keys import ReaderKey, new_reader_key
from equipoise.conduct._seal import seal
from equipoise.conduct._sealed_list import SealedList
from equipoise.rules.allocation import Annex, Specification, commit

ROLES = ("pharmacy", "monitoring board statistician", "break-glass")
PARTIES = ("statistician", "pharmacy", "monitoring board")
SPEC = Specification(
    "NCT00000001", ("treated", "control"), (1, 1), "permuted blocks", ("sex=f", "sex=m"), 6
)


@dataclass
class Ceremony:
    """Everything that was in the room; ``seed`` picks the randomness of this ceremony."""

    spec: Specification = SPEC
    seed: int = 1
    part_seed: int = 1
    keys: list[ReaderKey] = field(init=False)
    annex: Annex = field(init=False)
    parts: dict[str, bytes] = field(init=False)
    commitments: dict[str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        entropy = SeededEntropy(self.seed, "annex")
        sizes = (2, 4) if self.spec.design == "permuted blocks" else ()
        limit = 3 if self.spec.design == "big stick" else None
        self.annex = Annex(entropy.bytes(32), sizes, limit)
        self.keys = [new_reader_key(role, SeededEntropy(self.seed, role)) for role in ROLES]
        source = SeededEntropy(self.part_seed, "parts")
        self.parts = {party: source.bytes(32) for party in PARTIES}
        annex = self.annex.commitment(self.spec)
        self.commitments = {p: commit(self.spec, annex, p, v) for p, v in self.parts.items()}

    def key(self, role: str) -> ReaderKey:
        return next(key for key in self.keys if key.role == role)

    def seal(self) -> SealedList:
        return seal(
            self.spec,
            self.annex,
            self.parts,
            self.commitments,
            [key.reader for key in self.keys],
            SeededEntropy(self.seed, "seal"),
        )
