"""The escrow key in three shares of words, any two of which restore it (SLIP-39).

Each share is 33 words for paper, with a checksum that notices up to three wrong words. The words
are SLIP-39 without a passphrase, so any other implementation restores the key as well.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from shamir_mnemonic import EncryptedMasterSecret, MnemonicError, shamir
from shamir_mnemonic.share import Share

from equipoise.chance import Entropy
from equipoise.conduct._keys import KEY_BYTES, Reader, ReaderKey, reader_key
from equipoise.errors import InputError
from equipoise.rules.allocation.secrecy import Secret

THRESHOLD = 2
SHARES = 3

_IDENTIFIER_BITS = 15
_ITERATION_EXPONENT = 0  # stretches a passphrase, and there is none
_source_of_library = threading.Lock()


def split_key(key: ReaderKey, entropy: Entropy) -> tuple[Secret[str], ...]:
    """Return three shares of the private key, 33 words each; two restore it, one tells nothing."""
    identifier = int.from_bytes(entropy.bytes(2), "big") % 2**_IDENTIFIER_BITS
    encrypted = EncryptedMasterSecret.from_master_secret(
        key.private_key.reveal(),
        b"",
        identifier=identifier,
        extendable=True,
        iteration_exponent=_ITERATION_EXPONENT,
    )
    # The library draws from a module variable that it says may be replaced. No argument exists.
    with _source_of_library:
        original = shamir.RANDOM_BYTES
        shamir.RANDOM_BYTES = entropy.bytes
        try:
            (shares,) = shamir.split_ems(1, [(THRESHOLD, SHARES)], encrypted)
        finally:
            shamir.RANDOM_BYTES = original
    return tuple(Secret(share.mnemonic()) for share in shares)


def restore_key(reader: Reader, shares: Sequence[Secret[str]]) -> ReaderKey:
    """Return the key of ``reader`` from two of its shares, checked against its public key.

    Raises InputError for any other number of shares, for a share with wrong words (by its place
    in ``shares``, from 1), for shares of different splits or one share given twice, and when they
    restore the key of another public key.
    """
    if len(shares) != THRESHOLD:
        raise InputError("shares", f"{len(shares)} were given", f"Give {THRESHOLD} of them.")
    groups = shamir.ShareGroup()
    try:
        for place, share in enumerate(shares, start=1):
            groups.add(_read(place, share))
        content = shamir.recover_ems({0: groups}).decrypt(b"")
    except MnemonicError:
        raise InputError(
            "shares",
            "they are not two different shares of one split",
            "Bring two shares that were printed together.",
        ) from None
    if len(content) == KEY_BYTES:
        key = reader_key(reader.role, Secret(content))
        if key.reader == reader:
            return key
    raise InputError(
        "shares",
        f"they restore another key than that of {reader.role!r}",
        "Bring the shares of this trial's escrow key.",
    )


def _read(place: int, share: Secret[str]) -> Share:
    try:
        return Share.from_mnemonic(share.reveal())
    except MnemonicError:
        # The library's message quotes words of the share.
        raise InputError(
            f"share {place}",
            "its words are not those that were written down",
            "Compare every word with the paper; there are 33.",
        ) from None
