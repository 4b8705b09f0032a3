"""One unambiguous way to turn fields into bytes, and bytes into a hash.

Every commitment of the allocation goes through here, so that two different facts never become
the same bytes: fields carry their lengths, and every purpose has its own domain.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


def framed(*fields: bytes | str) -> bytes:
    """Return the fields joined, each after its length in bytes as an 8-byte big-endian number.

    Text is UTF-8.
    """
    encoded = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(len(field).to_bytes(8, "big") + field for field in encoded)


def domain_hash(domain: str, *fields: bytes | str) -> bytes:
    """Return SHA-256 of the framed ``domain`` and ``fields``, 32 bytes."""
    return hashlib.sha256(framed(domain, *fields)).digest()


def canonical_json(value: Any) -> bytes:
    """Return ``value`` as JSON with sorted keys and no spaces, in UTF-8.

    With ASCII keys, text and integers below 2**53, and nothing else, this is RFC 8785.
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()
