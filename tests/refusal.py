"""What somebody is told when a thing cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from equipoise.errors import Broken, InputError, Problem


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> Problem:
    """Return the problem of the InputError that the call must raise."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    return caught.value.problem


def broken(call: Callable[..., Any], *arguments: Any, **options: Any) -> Problem:
    """Return the problem of the Broken that the call must raise."""
    with pytest.raises(Broken) as caught:
        call(*arguments, **options)
    return caught.value.problem
