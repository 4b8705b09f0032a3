"""Lines of generated source, written out as instructions of the compiler's own language.

A general compiler infers types and follows control flow, which takes longer with every line. These
lines have one type and no control flow: each sets one number of a row of a workspace ``c`` from
numbers of others, choices are made without a branch. So they are translated one by one, and only
their optimization is left.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import cache
from itertools import groupby
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from equipoise.rehearsal.ensemble import functions
from equipoise.rehearsal.ensemble.draws import READ
from equipoise.rehearsal.ensemble.functions import TILE

_TOGETHER = 24  # lines of one loop
_BRANCHING = ("power(", "normal_quantile(")  # what no vector instructions are made of

_NUMBER, _TRUTH = ir.DoubleType(), ir.IntType(1)
_ARITHMETIC = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_LOGIC = {ast.BitAnd: "and_", ast.BitOr: "or_"}
_COMPARED = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=="}


def loops(text: str, kept: Iterable[int]) -> Callable[..., Any]:
    """Return what, called in a compiled function with a tile ``c``, runs ``text`` for everybody.

    Of what ``text`` sets, only rows that begin at ``kept`` need be in ``c`` afterwards.
    """
    chunks = _chunks(text.splitlines())
    plan, later = list[tuple[list[str], set[int]]](), set(kept)
    for lines in reversed(chunks):
        plan.insert(0, (lines, later))
        later = later | rows_read(lines)

    def lower(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start = context.make_array(signature.args[0])(context, builder, given[0]).data
        for lines, needed in plan:
            with cgutils.for_range(builder, context.get_constant(types.intp, TILE)) as loop:
                body = _Body(context, builder, start, loop.index)
                for line in lines:
                    body.follow(line)
                body.keep(needed)
        return context.get_dummy_value()

    def typed(_: Any, c: Any) -> Any:
        return types.void(c), lower

    return intrinsic(typed)


def rows_read(lines: Iterable[str]) -> set[int]:
    """Return where the rows begin that ``lines`` read."""
    return {int(row) for line in lines for row in READ.findall(line.partition(" = ")[2])}


def _chunks(lines: list[str]) -> list[list[str]]:
    """Divide ``lines`` into those of one loop; such as branch are kept to themselves."""
    found = []
    for _, group in groupby(lines, lambda line: any(name in line for name in _BRANCHING)):
        alike = list(group)
        found += [alike[i : i + _TOGETHER] for i in range(0, len(alike), _TOGETHER)]
    return found


@cache
def _parsed(line: str) -> ast.Assign:
    node = ast.parse(line).body[0]
    assert isinstance(node, ast.Assign), line
    return node


class _Body:
    """The body of one loop: numbers of person ``i``, each read once."""

    def __init__(self, context: Any, builder: Any, start: Any, i: Any) -> None:
        self._context = context
        self._builder = builder
        self._start = start
        self._i = i
        self._known: dict[int, Any] = {}
        self._set: dict[int, Any] = {}

    def follow(self, line: str) -> None:
        """Find the number of ``c[<row> + i] = <source>``."""
        node = _parsed(line)
        row = _row(node.targets[0])
        self._known[row] = self._set[row] = self._number(self._of(node.value))

    def keep(self, rows: set[int]) -> None:
        """Write those of the numbers set that belong to ``rows``."""
        for row, value in self._set.items():
            if row in rows:
                self._builder.store(value, self._at(row))

    def _at(self, row: int) -> Any:
        first = self._builder.gep(self._start, [ir.Constant(ir.IntType(64), row)], inbounds=True)
        return self._builder.gep(first, [self._i], inbounds=True)

    def _of(self, node: ast.expr) -> Any:  # noqa: C901, PLR0911 - one return per kind of node
        match node:
            case ast.Constant(value=bool() as truth):
                return ir.Constant(_TRUTH, int(truth))
            case ast.Constant(value=int() | float() as value):
                return ir.Constant(_NUMBER, float(value))
            case ast.Name(id="nan"):
                return ir.Constant(_NUMBER, functions.nan)
            case ast.Subscript():
                row = _row(node)
                if row not in self._known:
                    self._known[row] = self._builder.load(self._at(row))
                return self._known[row]
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _LOGIC:
                one, other = (self._truth(self._of(each)) for each in (left, right))
                return getattr(self._builder, _LOGIC[type(op)])(one, other)
            case ast.BinOp(op=op, left=left, right=right):
                one, other = (self._number(self._of(each)) for each in (left, right))
                return getattr(self._builder, _ARITHMETIC[type(op)])(one, other)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._builder.not_(self._truth(self._of(operand)))
            case ast.UnaryOp(op=sign, operand=operand):
                value = self._number(self._of(operand))
                return self._builder.fneg(value) if isinstance(sign, ast.USub) else value
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(op, *(self._number(self._of(e)) for e in (left, right)))
            case ast.IfExp(test=test, body=body, orelse=other):
                chosen = self._truth(self._of(test))
                return self._builder.select(
                    chosen, *(self._number(self._of(each)) for each in (body, other))
                )
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._called(name, [self._number(self._of(each)) for each in args])
        raise AssertionError(ast.dump(node))  # no such source is generated

    def _compared(self, op: ast.cmpop, one: Any, other: Any) -> Any:
        if isinstance(op, ast.NotEq):
            return self._builder.fcmp_unordered("!=", one, other)  # true for not-a-number
        return self._builder.fcmp_ordered(_COMPARED[type(op)], one, other)

    def _called(self, name: str, given: list[Any]) -> Any:
        """Call one of the functions of loops, which the optimizer puts in its place."""
        if name == "abs":
            fabs = self._builder.module.declare_intrinsic("llvm.fabs", [_NUMBER])
            return self._builder.call(fabs, given)
        typing = self._context.typing_context
        kind = typing.resolve_value_type(getattr(functions, name))
        signature = kind.get_call_type(typing, (types.float64,) * len(given), {})
        function = self._context.get_function(kind, signature)
        self._context.add_linking_libs(getattr(function, "libs", ()))
        return function(self._builder, given)

    def _number(self, value: Any) -> Any:
        return self._builder.uitofp(value, _NUMBER) if value.type == _TRUTH else value

    def _truth(self, value: Any) -> Any:
        if value.type == _TRUTH:
            return value
        return self._builder.fcmp_unordered("!=", value, ir.Constant(_NUMBER, 0.0))


def _row(node: ast.expr) -> int:
    """Return where the row of ``c[<row> + i]`` begins."""
    match node:
        case ast.Subscript(slice=ast.BinOp(left=ast.Constant(value=int() as row))):
            return row
    raise AssertionError(ast.dump(node))
