"""The closed report of a monitoring board: arms as letters, and a file that only members open.

Every reader's key opens the nonces of the slots and nobody else knows them, so a hash of them gives
each arm a letter that stays the same from meeting to meeting and that nobody else can work out.

A sealed report is a line of JSON, the header, and a ciphertext: XChaCha20-Poly1305 under a key of
its own, with the header as associated data. The header holds that key once for each member, sealed
to the member's public key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Annotated, Literal

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.chance import Entropy
from equipoise.conduct._keys import Reader, ReaderKey, seal_box
from equipoise.conduct._seal import open_all
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Broken, InputError, Refused
from equipoise.events.types import BoardReported
from equipoise.rules.allocation.encoding import canonical_json, domain_hash
from equipoise.rules.allocation.planned import allocation_of, specification
from equipoise.rules.allocation.secrecy import Secret
from equipoise.rules.allocation.specification import check_label

PADDING_BYTES = 64 * 1024
"""Reports are padded to a multiple: the length of the file tells little of what is in it."""

_KEY_BYTES = 32
_NONCE_BYTES = 24
_LENGTH_BYTES = 8
_LETTERS = "equipoise-board-letters/1"

Slots = dict[tuple[str, int], str]
"""The letter of each slot's arm, by stratum and slot."""

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]


class _Header(BaseModel):
    """What everybody can read of a sealed report; ``boxes`` are in the order of ``members``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["equipoise-board-report/1"] = "equipoise-board-report/1"
    trial: str
    members: list[Reader]
    boxes: list[Hex]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{48}$")]


def lettered_slots(trial: Trial, key: ReaderKey) -> Secret[Slots]:
    """Return the arm of every slot as a letter, the same ones whenever it is asked.

    Records nothing. Raises :class:`Refused` before the list is sealed, and :class:`InputError` for
    another key than that of the reader that *opens*.
    """
    sealed, protocol = trial.sealed_list, trial.state.protocol
    if sealed is None:
        raise Refused("allocation", "is not sealed yet", "Publish the sealed list first.")
    opener = allocation_of(protocol).reader("opens")
    if key.role != opener:
        raise InputError(
            "key", f"is the key of '{key.role}'", f"The reports are made with that of '{opener}'."
        )
    cards = open_all(sealed, key)
    secret = domain_hash(_LETTERS, *(card.nonce.reveal() for card in cards))
    arms = specification(protocol).arms
    ordered = sorted(arms, key=lambda arm: domain_hash(_LETTERS, secret, arm))
    letter_of = dict(zip(ordered, ascii_uppercase, strict=False))
    return Secret({(card.stratum, card.slot): letter_of[arms[card.arm.reveal()]] for card in cards})


def seal_report(
    page: Secret[bytes], study: str, members: Sequence[Reader], entropy: Entropy
) -> bytes:
    """Return the file that only ``members`` open; ``role`` is the name of each.

    Raises :class:`InputError` without members, for a name or key that is there twice, and for a
    key to which nothing can be sealed.
    """
    if not members:
        raise InputError("--member", "nobody could open the report", "Name the board's members.")
    for member in members:
        check_label("member", member.role)
    names, keys = ({m.role for m in members}, {m.public_key for m in members})
    if min(len(names), len(keys)) < len(members):
        raise InputError("--member", "two have the same name or key", "Give each their own.")
    content_key, nonce = Secret(entropy.bytes(_KEY_BYTES)), entropy.bytes(_NONCE_BYTES)
    header = _Header(
        trial=study,
        members=list(members),
        boxes=[seal_box(content_key, member, entropy).hex() for member in members],
        nonce=nonce.hex(),
    )
    first = canonical_json(header.model_dump())
    return (
        first
        + b"\n"
        + crypto_aead_xchacha20poly1305_ietf_encrypt(
            _padded(page.reveal()), first, nonce, content_key.reveal()
        )
    )


def record_report(
    trial: Trial, staff: Staff, sealed: bytes, members: Sequence[Reader], look: int | None
) -> None:
    """Record that ``members`` are given the report ``sealed``, by its digest.

    Raises :class:`Refused` for a role that may not report to the board, and after the opening.
    """
    fact = BoardReported(
        report=digest(sealed), members=tuple(member.role for member in members), look=look
    )
    trial.act(staff, trial.state.protocol.study, None, lambda: [fact])


def digest(sealed: bytes) -> str:
    """Return SHA-256 of a sealed report, 64 hexadecimal digits."""
    return hashlib.sha256(sealed).hexdigest()


def open_report(data: bytes, key: ReaderKey) -> Secret[bytes]:
    """Return the page that :func:`seal_report` sealed.

    Raises :class:`InputError` for another file, or a key that is not a member's, and
    :class:`Broken` for a report that was altered.
    """
    first, _, ciphertext = data.partition(b"\n")
    try:
        header = _Header.model_validate_json(first)
    except ValidationError:
        raise InputError(
            "report", "is not a sealed report", "Give the file closed.sealed of the meeting."
        ) from None
    public = key.public_key.hex()
    place = next((n for n, m in enumerate(header.members) if m.public_key == public), None)
    if place is None:
        names = ", ".join(member.role for member in header.members)
        raise InputError(
            f"key of '{key.role}'",
            "the report is not sealed to it",
            f"It is opened with the key of one of: {names}.",
        )
    if len(header.boxes) != len(header.members):
        raise _altered()
    content_key = key.open(bytes.fromhex(header.boxes[place]))
    if content_key is None or len(content_key.reveal()) != _KEY_BYTES:
        raise _altered()
    try:
        padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
            ciphertext, first, bytes.fromhex(header.nonce), content_key.reveal()
        )
    except CryptoError:
        raise _altered() from None
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return Secret(padded[_LENGTH_BYTES : _LENGTH_BYTES + length])


def _padded(content: bytes) -> bytes:
    """Return the length, the content, and zeros up to a multiple of ``PADDING_BYTES``."""
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return framed.ljust(-(-len(framed) // PADDING_BYTES) * PADDING_BYTES, b"\0")


def _altered() -> Broken:
    return Broken("report", "was altered or damaged", "Take the file again from who made it.")
