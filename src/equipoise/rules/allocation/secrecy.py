"""What must not be read by accident: a value that shows, logs, pickles and compares as nothing.

Python cannot stop somebody who means to look. It can stop a log line, a traceback with local
variables, a crash report, a cache or a debugger's listing from telling an arm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NoReturn, SupportsIndex, TypeVar

Content = TypeVar("Content")


class Secret(Generic[Content]):
    """A value that only :meth:`reveal` gives out.

    Its text is ``sealed`` however it is printed or formatted. Copying and pickling it, and so
    ``dataclasses.asdict`` of anything that holds it, raise TypeError, as does comparing it:
    an equality would tell two sealed values apart.
    """

    __slots__ = ("_reveal",)

    def __init__(self, content: Content) -> None:
        """Seal ``content``.

        It is kept in a closure: walkers over attributes, such as crash reporters, find a
        function where the value would be.
        """
        self._reveal: Callable[[], Content] = lambda: content

    def reveal(self) -> Content:
        """Return the content. Each call is a place to audit."""
        return self._reveal()

    def __repr__(self) -> str:
        return "sealed"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("sealed values are not compared")

    __hash__ = None  # type: ignore[assignment]  # what is not compared is not a key

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a sealed value is neither copied nor pickled")
