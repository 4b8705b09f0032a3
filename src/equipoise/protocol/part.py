"""What every part of a protocol is made of: immutable models, names, words for people."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Expression = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """Anything in a protocol: immutable, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Part):
    """Words for people, in English and, where given, Chinese."""

    en: str
    zh: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        return {"en": data} if isinstance(data, str) else data

    def get(self, language: str) -> str:
        """Return the words in ``language``, in English where there are none."""
        return (self.zh if language == "zh" else None) or self.en


def unsaid(value: object) -> bool:
    """Return whether an optional part says nothing.

    Such parts are left out of the canonical text: digests of protocols that do without them stay.
    """
    return value is None or value is False or value in ((), {})
