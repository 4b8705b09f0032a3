"""What a drafted rule is made of: questions to be answered at screening, and how they combine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from equipoise.registry.draft.lexing import Op

Joined = Literal["and", "or"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An item of the screening form that a rule needs, as far as the text says what it is."""

    id: str
    label: str
    type: Literal["boolean", "integer", "decimal", "choice"] = "boolean"
    unit: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int = 0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Atom:
    """One test over items, and the place in the criterion that it was read from.

    ``computed``: it follows from a measurement; otherwise somebody answers a question. ``sure``:
    the quantity is a known one.
    """

    rule: str
    start: int
    end: int
    items: tuple[Asked, ...]
    computed: bool
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a node."""

    node: Node


@dataclass(frozen=True, slots=True)
class Joint:
    """Nodes of which all (``and``), one (``or``), or at least ``count`` hold."""

    joined: Joined
    nodes: tuple[Node, ...]
    count: int | None = None


Node = Atom | Not | Joint


def joint(joined: Joined, nodes: Sequence[Node]) -> Node | None:
    """Join nodes, taking apart those joined alike and naming none twice."""
    flat: list[Node] = []
    for node in nodes:
        inner = node.nodes if isinstance(node, Joint) and node.joined == joined and not node.count \
            else (node,)  # fmt: skip
        flat += [each for each in inner if text(each) not in {text(one) for one in flat}]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else Joint(joined, tuple(flat))


def atoms(node: Node | None) -> Iterator[Atom]:
    """Yield the tests of a node, from left to right."""
    match node:
        case Atom():
            yield node
        case Not(inner):
            yield from atoms(inner)
        case Joint(nodes=nodes):
            for each in nodes:
                yield from atoms(each)


def moved(node: Node, by: int) -> Node:
    """Return the node with its places ``by`` characters further on."""
    match node:
        case Atom():
            return replace(node, start=node.start + by, end=node.end + by)
        case Not(inner):
            return Not(moved(inner, by))
        case Joint():
            return replace(node, nodes=tuple(moved(each, by) for each in node.nodes))


def text(node: Node) -> str:
    """Return the node in the rule language of protocols."""
    match node:
        case Atom(rule=rule):
            return rule
        case Not(inner):
            return f"not {_inner(inner, 'not')}"
        case Joint(nodes=nodes, count=int() as count):
            return " + ".join(_inner(each, "+") for each in nodes) + f" >= {count}"
        case Joint(joined=joined, nodes=nodes):
            return f" {joined} ".join(_inner(each, joined) for each in nodes)


def _inner(node: Node, around: str) -> str:
    written = text(node)
    single = isinstance(node, Atom) and " or " not in written and " and " not in written
    if around in {"not", "+"}:
        simple = single and " " not in written
        return written if simple else f"({written})"
    loose = " or " in written or (around == "or" and " and " in written) or isinstance(node, Not)
    if isinstance(node, Not) and around in {"and", "or"}:
        return written
    return f"({written})" if loose and not single else written


def compared(name: str, tests: Sequence[tuple[Op, Decimal]], joined: Joined) -> str:
    """Return what a number must be: ``18 <= age_y <= 75``, ``x == 2``, ``x < 3 or x > 5``."""
    if len(tests) == 1:
        return f"{name} {tests[0][0]} {digits(tests[0][1])}"
    (one, low), (other, high) = tests[0], tests[1]
    if joined == "and" and one == ">=" and other == "<=" and low == high:
        return f"{name} == {digits(low)}"
    if joined == "and" and one[0] == ">" and other[0] == "<":
        return f"{digits(low)} {'<=' if '=' in one else '<'} {name} {other} {digits(high)}"
    return f" {joined} ".join(f"{name} {op} {digits(value)}" for op, value in tests)


def digits(value: Decimal) -> str:
    """Return a number as people write it."""
    return format(value.normalize(), "f") if value else "0"
