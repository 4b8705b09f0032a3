"""What checks look at: a protocol, its record, what could not be read, and the names that hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from equipoise.errors import InputError
from equipoise.protocol.expression import Kind, parse
from equipoise.protocol.parts import Form, Item, Protocol
from equipoise.protocol.record import Record
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.wording import nearest

KINDS: dict[str, Kind] = {
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "choice": "text",
    "text": "text",
    "date": "text",
}
"""The kind of an item's value in expressions, by the item's type."""


@dataclass(frozen=True)
class Study:
    """A protocol to check, with its instruments written out and the one it extends resolved."""

    protocol: Protocol
    record: Record | None = None
    broken: frozenset[str] = field(default=frozenset())
    """Names in parts that could not be read: they are not held to be unknown."""

    @property
    def first(self) -> bool:
        """Whether this is the randomized study itself and extends no other."""
        return self.protocol.extends is None

    @cached_property
    def forms(self) -> dict[str, Form]:
        """The forms of the lineage."""
        return self.protocol.all_forms()

    @cached_property
    def screening_forms(self) -> frozenset[str]:
        """The forms filled in before randomization, at the first study's screening visits."""
        visits = [each for each in self.protocol.root.schedule if each.phase == "screening"]
        return frozenset(form for visit in visits for form in visit.forms)

    @cached_property
    def screening_items(self) -> dict[str, Item]:
        """The items known before randomization."""
        forms = [self.forms[name] for name in self.forms if name in self.screening_forms]
        return {item.id: item for form in forms for item in form.items}

    @cached_property
    def items(self) -> dict[str, Item]:
        """The items of all forms of the lineage."""
        return {item.id: item for form in self.forms.values() for item in form.items}

    def unknown(
        self, path: Path, name: str, known: Mapping[str, object], what: str
    ) -> Iterator[Finding]:
        """Say that there is no ``name`` among ``known``, which are called ``what``."""
        if name not in known and name not in self.broken:
            yield Finding(path, f"there is no {what} `{name}`", nearest(name, known))

    def expression(
        self,
        path: Path,
        text: str,
        kinds: Mapping[str, Kind],
        *,
        wanted: Kind | None = None,
        absent: Callable[[str], Iterator[Finding]] | None = None,
    ) -> Iterator[Finding]:
        """Say what is wrong with an expression over names of ``kinds``.

        ``wanted`` is the kind of result; ``absent`` says what is wrong with a name that is not
        among ``kinds``.
        """
        try:
            expression = parse(text)
            unknown = [name for name in expression.order if name not in kinds]
            kind = expression.kind(kinds)
        except InputError as error:
            problem = error.problem
            yield Finding(path, f"{problem.where}: {problem.what}", problem.todo)
            return
        for name in unknown:
            yield from absent(name) if absent else self.unknown(path, name, kinds, "item")
        counts = wanted == "number" and kind == "boolean"  # 0 or 1
        if wanted is not None and kind != wanted and not unknown and not counts:
            what = f"the result is {_RESULTS[kind]}, where {_RESULTS[wanted]} is wanted"
            yield Finding(path, what, _TODOS[wanted])


_RESULTS: dict[Kind, str] = {"boolean": "yes or no", "number": "a number", "text": "text"}
_TODOS: dict[Kind, str] = {
    "boolean": "Compare it with something, as in `score >= 3`.",
    "number": "Calculate with numbers.",
    "text": "Use an item that holds text.",
}


def kinds_of(items: Mapping[str, Item]) -> dict[str, Kind]:
    """Return the kind of each item's value in expressions."""
    return {name: KINDS[item.type] for name, item in items.items()}
