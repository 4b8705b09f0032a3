"""Files cut off or altered, and records with a value that does not belong there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

_STUFF = st.sampled_from(
    [b"<x/>", b"&#0;", b"&foo;", b"<![CDATA[", b"<!DOCTYPE a>", b"\xff", b"NaN", b"[" * 9, b"1e999"]
)
_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 1, -3, 1.5, 1e300, 10**5000, "", "x", "1\\", "\x00", "\ud800", "2020-13"),
        *([], {}, [1], [[]], [None], [{}], {"a": 1}, "* a\n  * b\n     1. c", ["PHASE1", "x"]),
        [{"id": "a b", "groupId": []}],
    ]
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw the file cut off, with something put in, taken out or said twice."""
    at = draw(st.integers(0, len(data)))
    length = draw(st.integers(1, 60))
    cut, rest = data[:at], data[at:]
    return draw(
        st.sampled_from(
            [cut, cut + draw(_STUFF) + rest, cut + rest[length:], cut + rest[:length] + rest]
        )
    )


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inside:
        yield (*before, name)
        if isinstance(each, dict | list):
            yield from _paths(each, (*before, name))


@st.composite
def altered(draw: st.DrawFn, study: dict[str, Any]) -> dict[str, Any]:
    """Draw the record with another value in some place."""
    changed = copy.deepcopy(study)
    *way, last = draw(st.sampled_from(list(_paths(study))))
    place: Any = changed
    for name in way:
        place = place[name]
    place[last] = copy.deepcopy(draw(_VALUES))
    return changed
