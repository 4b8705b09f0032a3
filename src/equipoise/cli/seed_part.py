"""A party's part of the seed as a secret file, from the commitment until the list is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.cli.files import read_file
from equipoise.errors import InputError
from equipoise.events.types import Digest


class SeedPart(BaseModel):
    """What the file holds: whose part it is, the annex it is bound to, and its 32 bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    party: str
    annex: Digest
    part: Annotated[Digest, Field(repr=False)]

    def to_bytes(self) -> bytes:
        """Return the file."""
        return self.model_dump_json().encode() + b"\n"


def read_parts(paths: Sequence[Path]) -> dict[str, bytes]:
    """Return the part of each party.

    Raises :class:`InputError` for a file that is no part, and for a second one of a party.
    """
    parts: dict[str, bytes] = {}
    for path in paths:
        try:
            content = SeedPart.model_validate_json(read_file(path))
        except ValidationError:  # its message would show the part
            raise InputError(
                str(path),
                "is cut off or is not a part of the seed",
                "Give the file that `equipoise seal part` wrote.",
            ) from None
        if content.party in parts:
            raise InputError(
                str(path), f"is a second part of {content.party}", "Give one for each party."
            )
        parts[content.party] = bytes.fromhex(content.part)
    return parts
