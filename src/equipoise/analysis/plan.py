"""What is signed before the allocation is opened: digests of the plan and of the code."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from importlib.resources.abc import Traversable

from equipoise.protocol.parts import Protocol

_CODE = ("analysis", "views", "protocol", "infusion", "instruments", "kernels")


def plan_digest(protocol: Protocol) -> str:
    """Return the SHA-256 of the populations and endpoints of the protocol's lineage."""
    plan = [
        {
            "study": part.study,
            "populations": {k: v.model_dump(mode="json") for k, v in part.populations.items()},
            "endpoints": {k: v.model_dump(mode="json") for k, v in part.endpoints.items()},
        }
        for part in protocol.lineage()
    ]
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest() -> str:
    """Return the SHA-256 of the source of everything between ledger and result."""
    whole = hashlib.sha256()
    package = resources.files("equipoise")
    for part in _CODE:
        for path, text in sorted(_sources(package / part, part)):
            whole.update(f"{path}\n{len(text)}\n".encode() + text)
    return whole.hexdigest()


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        here = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _sources(entry, here)
        elif entry.name.endswith((".py", ".html", ".po")):
            found.append((here, entry.read_bytes()))
    return found
