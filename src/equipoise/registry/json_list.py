"""The elements of a list in JSON, one after the other, out of a stream of any length."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, cast

_CHUNK = 2**17
_OPENED_BY = {b"}": ord("{"), b"]": ord("[")}
# A whole string, or a bracket, or the quote with which a string begins that is not all there yet.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]|"', re.DOTALL)


def elements(stream: IO[bytes], start: bytes, largest: int) -> Iterator[bytes]:
    """Yield the objects and lists in the list that begins with ``start`` and goes on in ``stream``.

    They are cut out by their brackets and not yet parsed. Raises :class:`EOFError` when the list
    does not come to its end, :class:`ValueError` where its brackets do not match, after which there
    is no telling where an element begins, and :class:`OverflowError` when an element has more than
    ``largest`` bytes.
    """
    data, at, opened = start, 0, bytearray()
    begun: int | None = None
    while True:
        for token in _TOKEN.finditer(data, at):
            word, at = token[0], token.end()
            if word == b'"':
                at = token.start()
                break
            if word in {b"{", b"["}:
                begun = token.start() if len(opened) == 1 else begun
                opened += word
            elif word in _OPENED_BY:
                if opened.pop() != _OPENED_BY[word]:
                    raise ValueError("its brackets do not match")
                if len(opened) == 1:
                    yield data[begun:at]
                    begun = None
                elif not opened:
                    return
        kept = at if begun is None else begun
        data, at, begun = data[kept:], at - kept, None if begun is None else 0
        if len(data) > largest:
            raise OverflowError
        # As much again as there is, so that a long element is not looked through too often.
        more = cast("io.BufferedIOBase", stream).read1(max(_CHUNK, len(data)))
        if not more:
            raise EOFError("the list does not end")
        data += more
