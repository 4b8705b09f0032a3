"""Roots of many equations at once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def find_roots(
    function: Callable[..., Array], bracket: tuple[Array, Array], args: tuple[NDArray[Any], ...]
) -> Any:
    """Return what ``scipy.optimize.elementwise.find_root`` does (its ``x`` are the roots).

    It is loaded when it is first needed: it takes longer than a small trial.
    """
    return import_module("scipy.optimize.elementwise").find_root(function, bracket, args=args)
