"""Readers: who can open a slot, and the key pair with which only they can.

To seal is libsodium's ``crypto_box_seal``: a fresh X25519 key pair for each box, whose public half
travels with the ciphertext. The fresh key comes from a handed-in source instead of libsodium's
own, so that a rehearsal can be repeated byte for byte; ``nacl.public.SealedBox`` opens the result.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from nacl.bindings import crypto_box, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from pydantic import BaseModel, ConfigDict

from equipoise.chance import Entropy
from equipoise.errors import InputError
from equipoise.events.types import Digest
from equipoise.rules.allocation.secrecy import Secret
from equipoise.rules.allocation.specification import check_label

KEY_BYTES = 32
BOX_OVERHEAD_BYTES = 48  # the fresh public key, 32, and the authenticator, 16
_BOX_NONCE_BYTES = 24


class Reader(BaseModel):
    """Who can open the slots: a role and the public key of its pair, in hexadecimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: str
    public_key: Digest


@dataclass(frozen=True, slots=True, eq=False)
class ReaderKey:
    """The private key of a role, such as ``pharmacy`` or ``break-glass``."""

    role: str
    public_key: bytes
    private_key: Secret[bytes]

    @property
    def reader(self) -> Reader:
        """The public half, by which the sealed list names this reader."""
        return Reader(role=self.role, public_key=self.public_key.hex())

    def open(self, box: bytes) -> Secret[bytes] | None:
        """Return what ``box`` holds, or None when it is damaged or sealed to another key."""
        try:
            return Secret(crypto_box_seal_open(box, self.public_key, self.private_key.reveal()))
        except (CryptoError, TypeError):  # TypeError: shorter than an empty box
            return None


def new_reader_key(role: str, entropy: Entropy) -> ReaderKey:
    """Return a new key for ``role``. Raises InputError when the role is not a plain label."""
    return reader_key(role, Secret(entropy.bytes(KEY_BYTES)))


def reader_key(role: str, private_key: Secret[bytes]) -> ReaderKey:
    """Return the key of ``role`` with its public half computed from ``private_key``, 32 bytes."""
    check_label("reader", role)
    return ReaderKey(role, crypto_scalarmult_base(private_key.reveal()), private_key)


def seal_box(content: Secret[bytes], reader: Reader, entropy: Entropy) -> bytes:
    """Return ``content`` sealed to ``reader``: 48 bytes longer, and openable by nobody else.

    Raises InputError when no box can be sealed to that key (a point of low order, such as zero).
    """
    public_key = bytes.fromhex(reader.public_key)
    fresh = Secret(entropy.bytes(KEY_BYTES))
    fresh_public = crypto_scalarmult_base(fresh.reveal())
    nonce = hashlib.blake2b(fresh_public + public_key, digest_size=_BOX_NONCE_BYTES).digest()
    try:
        return fresh_public + crypto_box(content.reveal(), nonce, public_key, fresh.reveal())
    except CryptoError:
        raise InputError(
            f"reader {reader.role!r}",
            f"{reader.public_key} is not a public key",
            "Copy the public key of the reader's key file.",
        ) from None
