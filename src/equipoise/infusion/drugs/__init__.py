"""The known drugs: one file each, found by looking into this folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from equipoise.errors import InputError
from equipoise.infusion.drug import Drug


@cache
def drugs() -> Mapping[str, Drug]:
    """Return every known drug by name, in alphabetical order."""
    files = [import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]
    found: list[Drug] = [file.DRUG for file in files]
    return MappingProxyType({drug.name: drug for drug in sorted(found, key=lambda d: d.name)})


def drug(name: str) -> Drug:
    """Return the drug ``name``; raise InputError, listing the known ones, when there is none."""
    if name not in drugs():
        raise InputError(
            "drug",
            f"{name!r} is not known; known are {', '.join(drugs())}",
            "Use one of these names, or add a drug: docs/adding-a-drug.md.",
        )
    return drugs()[name]
