"""The engine of the local index, or the sentence that says how to get it."""

from __future__ import annotations

from equipoise.errors import InputError

try:
    import tantivy
except ModuleNotFoundError:
    raise InputError(
        "registry search", "needs tantivy, which is not installed",
        "pip install 'equipoise[registry]'",
    ) from None  # fmt: skip

__all__ = ["tantivy"]
