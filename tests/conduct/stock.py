"""A trial that minimizes: its stock, the allocator's key, and its process."""

from __future__ import annotations

import sys
from pathlib import Path

from equipoise.chance import SeededEntropy
from equipoise.conduct._allocator import Request, Stock, Taken
from equipoise.conduct._key_file import save_reader_key
from equipoise.conduct._keys import ReaderKey, new_reader_key
from equipoise.conduct._seal import seal
from equipoise.conduct._sealed_list import SealedList
from equipoise.protocol.load import Loaded
from equipoise.rules.allocation import Annex, Minimization, Specification, commit
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct.ward import study

PASSPHRASE = "correct horse battery"
FACTORS: dict[str, tuple[str, ...]] = {"sex": ("f", "m"), "age": ("young", "old")}
YOUNG, OLD = {"sex": "f", "age": "young"}, {"sex": "m", "age": "old"}
KEYS = {role: new_reader_key(role, SeededEntropy(1, role)) for role in ("robot", "pharmacy")}
PARTIES = ("a", "b", "c")


def stocked(
    length: int = 40, ratio: tuple[int, ...] = (1, 1), seed: int = 1, probability: str = "0.8"
) -> SealedList:
    """Return the sealed stock of a trial with two factors; ``seed`` picks its order."""
    arms = tuple(f"arm {number}" for number in range(len(ratio)))
    rule = Minimization(reader="robot", ratio=ratio, factors=FACTORS, probability=probability)
    spec = Specification("T", arms, ratio, "minimization", ("all",), length, minimization=rule)
    entropy = SeededEntropy(seed, "stock")
    annex = Annex(entropy.bytes(32))
    parts = {party: entropy.bytes(32) for party in PARTIES}
    promised = {p: commit(spec, annex.commitment(spec), p, part) for p, part in parts.items()}
    readers = [key.reader for key in KEYS.values()]
    return seal(spec, annex, parts, promised, readers, entropy)


def filled(stock: Stock, newcomers: list[dict[str, str]]) -> list[Taken]:
    """Let the allocator give a slot to each, one after the other."""
    taken: list[Taken] = []
    for factors in newcomers:
        slot = stock.assign(Request(taken=tuple(taken), factors=factors)).slot
        taken.append(Taken(slot=slot, factors=factors))
    return taken


def minimizing(folder: Path, *changes: tuple[str, str]) -> Loaded:
    """Return the small trial with an allocator that balances the hand."""
    return study(
        folder,
        ("design: permuted blocks", 'design: minimization\n  allocator: {probability: "0.8"}'),
        ("notary: recovers}", "notary: recovers, robot: allocates}"),
        ("length: 40", "length: 44"),
        *changes,
    )


def command(folder: Path, sealed: SealedList, key: ReaderKey) -> list[str]:
    """Write list and key into ``folder``; return the command that runs the allocator on them."""
    (folder / "list.jsonl").write_bytes(sealed.to_bytes())
    content = save_reader_key(
        key, Secret(PASSPHRASE), SeededEntropy(1, "file"), memory_mib=1, passes=1
    )
    (folder / "robot.key").write_bytes(content)
    words = "from equipoise.cli import main; main()"
    files = [str(folder / "list.jsonl"), "--key", str(folder / "robot.key")]
    return [sys.executable, "-c", words, "allocator", *files]
