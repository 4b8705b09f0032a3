r"""The chain: each entry's digest covers the entry and, through the digest before it, all others.

::

    payload_hash = SHA-256("equipoise/payload/1\n" + salt + payload)
    digest = SHA-256("equipoise/entry/1\n" + previous digest + SHA-256(header) + payload_hash)

where + joins bytes and \n is a line feed. The digest before the first entry is
SHA-256("equipoise/ledger/1\n"). Every part has a fixed length but the payload, which comes last, so
no two entries hash the same bytes. The salt, 32 random bytes, keeps a digest from being an oracle:
without it, whoever guesses a fact could test the guess. A payload can be kept from a reader, who
verifies the chain from its ``payload_hash``.

A chain cannot see its own tail cut off, nor that its owner wrote all of it anew. Whoever keeps a
:class:`Head` outside the ledger can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from equipoise.chance import Entropy
from equipoise.errors import Broken, InputError, Problem
from equipoise.events.codec import decode, encode
from equipoise.events.types import Event

SALT_BYTES = 32

_PAYLOAD = b"equipoise/payload/1\n"
_ENTRY = b"equipoise/entry/1\n"
_HEAD = re.compile(r"(0|[1-9][0-9]*):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger ends: its last sequence number and digest.

    ``str(head)`` is ``17:<64 hexadecimal digits>``, to publish outside the ledger.
    """

    seq: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what ``str(head)`` wrote; raise :class:`InputError` for anything else."""
        match = _HEAD.fullmatch(text.strip())
        if not match:
            raise InputError(
                "head",
                f"'{text}' is not the head of a ledger",
                "Give the event number, a colon and 64 hexadecimal digits, as it was published.",
            )
        return cls(int(match[1]), bytes.fromhex(match[2]))


GENESIS = Head(0, sha256(b"equipoise/ledger/1\n").digest())
"""The head of every empty ledger."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is stored: its bytes, their salt, and the digest that chains them."""

    seq: int
    header: bytes
    payload: bytes
    salt: bytes
    digest: bytes

    @property
    def head(self) -> Head:
        """Return the head of the ledger that ends with this entry."""
        return Head(self.seq, self.digest)

    def event(self) -> Event:
        """Return the event; raise :class:`Broken`, naming it, when its bytes are not canonical."""
        return decode(self.header, self.payload, self.seq)


def payload_hash(salt: bytes, payload: bytes) -> bytes:
    """Return the 32 bytes that stand for a payload in its entry's digest."""
    return sha256(_PAYLOAD + salt + payload).digest()


def link(previous: bytes, header: bytes, payload_hash: bytes) -> bytes:
    """Return the digest of the entry that follows the digest ``previous``."""
    return sha256(_ENTRY + previous + sha256(header).digest() + payload_hash).digest()


def seal(events: Iterable[Event], previous: Head, entropy: Entropy) -> list[Entry]:
    """Return ``events`` as the entries that follow ``previous``, each with a salt of its own.

    Raises :class:`Broken` when the events are not numbered on from ``previous``, and
    :class:`InputError` for a value that cannot be written (:func:`~equipoise.events.codec.encode`).
    """
    entries = []
    head = previous
    for event, seq in zip(events, count(previous.seq + 1)):
        if event.seq != seq:
            raise Broken(
                f"event {seq}",
                f"is numbered {event.seq}",
                "Number events on from the head of the ledger, without gaps.",
            )
        header, payload = encode(event)
        salt = entropy.bytes(SALT_BYTES)
        digest = link(head.digest, header, payload_hash(salt, payload))
        entries.append(Entry(seq, header, payload, salt, digest))
        head = entries[-1].head
    return entries


def fault(entry: Entry, previous: Head) -> Problem | None:
    """Return what keeps ``entry`` from following ``previous``, or None when it does."""
    if entry.seq > previous.seq + 1:
        return _problem(previous.seq + 1, f"is missing: event {entry.seq} stands in its place")
    if entry.seq <= previous.seq:
        return _problem(entry.seq, f"is out of order, or there twice: it follows {previous.seq}")
    if len(entry.salt) != SALT_BYTES:
        return _problem(entry.seq, "was altered: its salt has another length")
    hashed = payload_hash(entry.salt, entry.payload)
    if entry.digest != link(previous.digest, entry.header, hashed):
        return _problem(entry.seq, "was altered: its digest does not match what it says")
    return None


def follow(entries: Iterable[Entry], previous: Head) -> Head:
    """Return the head after ``entries``; raise :class:`Broken` at the first that does not follow.

    Checks the chain alone. Whether the entries are events, and legal ones, is
    :func:`equipoise.ledger.verify.verify`.
    """
    head = previous
    for entry in entries:
        problem = fault(entry, head)
        if problem:
            raise Broken(problem.where, problem.what, problem.todo)
        head = entry.head
    return head


def _problem(seq: int, what: str) -> Problem:
    return Problem(f"event {seq}", what, "Restore the ledger from a backup that verifies.")
