"""A reader's key as a file: protected by a passphrase, useless without it.

The passphrase is stretched by Argon2id (RFC 9106), and the private key encrypted with libsodium's
secretbox together with the role, so that a renamed file does not open.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.chance import Entropy
from equipoise.conduct._keys import KEY_BYTES, ReaderKey, reader_key
from equipoise.errors import InputError
from equipoise.rules.allocation.encoding import canonical_json
from equipoise.rules.allocation.secrecy import Secret

PASSPHRASE_LENGTH_MIN = 12
_MEMORY_MIB = 256  # with 3 passes: half a second here, and as much for each guess
_PASSES = 3

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]


class _KeyFile(BaseModel):
    """What stands in the file. The bounds keep a hostile file from exhausting the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["equipoise-reader-key/1"] = "equipoise-reader-key/1"
    role: str
    public_key: Hex
    memory_mib: Annotated[int, Field(ge=1, le=1024)]
    passes: Annotated[int, Field(ge=1, le=16)]
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    box: Hex


def save_reader_key(
    key: ReaderKey,
    passphrase: Secret[str],
    entropy: Entropy,
    *,
    memory_mib: int = _MEMORY_MIB,
    passes: int = _PASSES,
) -> bytes:
    """Return the key file. Raises InputError when the passphrase is shorter than 12 characters.

    ``memory_mib`` and ``passes`` are Argon2id's costs, up to 1024 MiB and 16.
    """
    characters = len(passphrase.reveal())
    if characters < PASSPHRASE_LENGTH_MIN:
        raise InputError(
            "passphrase",
            f"it has {characters} characters",
            f"Use at least {PASSPHRASE_LENGTH_MIN}: four or five unrelated words are good.",
        )
    salt, nonce = entropy.bytes(argon2id.SALTBYTES), entropy.bytes(SecretBox.NONCE_SIZE)
    secret_box = _secret_box(passphrase, salt, memory_mib, passes)
    content = key.private_key.reveal() + key.role.encode()
    file = _KeyFile(
        role=key.role,
        public_key=key.public_key.hex(),
        memory_mib=memory_mib,
        passes=passes,
        salt=salt.hex(),
        box=bytes(secret_box.encrypt(content, nonce)).hex(),
    )
    return canonical_json(file.model_dump()) + b"\n"


def load_reader_key(data: bytes, passphrase: Secret[str]) -> ReaderKey:
    """Return the key in the file. Raises InputError for a wrong passphrase or a damaged file."""
    try:
        file = _KeyFile.model_validate_json(data)
    except ValidationError:
        raise InputError(
            "key file",
            "the file is cut off or is not a key file",
            "Take the file again from its backup.",
        ) from None
    secret_box = _secret_box(passphrase, bytes.fromhex(file.salt), file.memory_mib, file.passes)
    try:
        content = Secret(secret_box.decrypt(bytes.fromhex(file.box)))
    except (CryptoError, ValueError):  # ValueError: shorter than a nonce
        raise _wrong(file.role) from None
    key = reader_key(file.role, Secret(content.reveal()[:KEY_BYTES]))
    stated = (content.reveal()[KEY_BYTES:], key.public_key.hex())
    if stated != (file.role.encode(), file.public_key):
        raise _wrong(file.role)
    return key


def _secret_box(passphrase: Secret[str], salt: bytes, memory_mib: int, passes: int) -> SecretBox:
    return SecretBox(
        argon2id.kdf(
            SecretBox.KEY_SIZE,
            # NFKC, so that the same passphrase opens the file on every keyboard and system.
            unicodedata.normalize("NFKC", passphrase.reveal()).encode(errors="surrogatepass"),
            salt,
            opslimit=passes,
            memlimit=memory_mib * 1024 * 1024,
        )
    )


def _wrong(role: str) -> InputError:
    return InputError(
        f"key file of {role!r}",
        "the passphrase is wrong or the file was changed",
        "Type the passphrase again; then try the backup of the file.",
    )
