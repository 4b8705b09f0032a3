"""The hash tree of RFC 6962, section 2.1: one root for a list, and a short proof for each entry.

Leaves and nodes are hashed under different prefixes, so that no inner node passes for an entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def merkle_root(entries: Sequence[bytes]) -> bytes:
    """Return the root of the tree over ``entries``, 32 bytes; of none, SHA-256 of nothing."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = _split(len(entries))
    return _node(merkle_root(entries[:split]), merkle_root(entries[split:]))


def inclusion_path(entries: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from entry ``index`` (from 0) to the root, nearest first."""
    if len(entries) == 1:
        return ()
    split = _split(len(entries))
    left, right = entries[:split], entries[split:]
    if index < split:
        return (*inclusion_path(left, index), merkle_root(right))
    return (*inclusion_path(right, index - split), merkle_root(left))


def root_of_path(entry: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which ``path`` leads from the entry at ``index`` of ``size`` entries.

    None when no tree of that size has a path of this length there.
    """
    if not 0 <= index < size:
        return None
    if size == 1:
        return None if path else leaf_hash(entry)
    if not path:
        return None
    *nearer, last = path
    split = _split(size)
    if index < split:
        left = root_of_path(entry, index, split, nearer)
        return left and _node(left, last)
    right = root_of_path(entry, index - split, size - split, nearer)
    return right and _node(last, right)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two below ``size``, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1
