"""Instruments: questionnaires, scales and bedside scores, as scoring rules on anonymous parts.

No wording of any questionnaire is here; a site loads the wording that it is licensed to use. Each
instrument is one file of this folder with a function ``make``, found by its file name, so that
adding one touches nothing else (``docs/adding-an-instrument.md``).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from equipoise.errors import InputError
from equipoise.instruments._model import Answer, Answers, Instrument, Part, Score, Value

__all__ = [
    "Answer",
    "Answers",
    "Instrument",
    "Part",
    "Score",
    "Value",
    "instrument",
    "instrument_names",
]


def instrument_names() -> tuple[str, ...]:
    """Return the names of the instruments shipped, sorted."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def instrument(name: str, **settings: str | int) -> Instrument:
    """Return the instrument ``name``, with ``settings`` in place of its defaults.

    Raises:
        InputError: There is no such instrument or setting, or the setting has no such value.
    """
    if name not in instrument_names():
        raise InputError(
            where=f"instrument {name}",
            what="There is no instrument of this name.",
            todo=f"Choose one of {', '.join(instrument_names())}.",
        )
    make = importlib.import_module(f"{__name__}.{name}").make
    known = tuple(inspect.signature(make).parameters)
    for setting in settings:
        if setting not in known:
            raise InputError(
                where=f"instrument {name}",
                what=f"It has no setting {setting!r}.",
                todo=f"Its settings are: {', '.join(known) or 'none'}.",
            )
    made = make(**settings)
    assert isinstance(made, Instrument)  # a module of ours, not input
    return made
