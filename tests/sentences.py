"""What errors can say, read from the source: each sentence with ``{}`` for every value.

What an error is made of is followed back to its literals: through conditions, local names, tables
of constants, what functions return, and the parameters of functions that make errors for others.
``unread`` holds the expressions that end in no literal: what comes from outside the source.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

ERRORS = ("InputError", "Refused", "Conflict", "Broken", "Problem", "Finding")
SAYING = ("what", "fault", "why", "todo", "doing", "word", "reason", "said", "hint")
"""Parameters whose text becomes part of a sentence; of others only the callers know what it is."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = tuple[Function, ...]  # the functions around an expression, the innermost first


@dataclass
class Module:
    """What the names of one file stand for."""

    name: str
    calls: list[tuple[Scope, ast.Call]]
    functions: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    constants: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))


def read_module(name: str, text: str) -> Module:
    tree = ast.parse(text)
    module = Module(name, list(_calls(tree, ())))
    for node in ast.walk(tree):
        if isinstance(node, Function):
            module.functions[node.name].append(node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                module.imports[each.asname or each.name] = (node.module, each.name)
    for line in tree.body:
        for target, value, _ in _assigned(line):
            if isinstance(target, ast.Name):
                module.constants[target.id].append(value)
    return module


class Sentences:
    """The sentences of a source folder: ``found`` and ``unread``, each with a module."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules = {module.name: module for module in modules}
        self._homes: dict[str, list[Module]] = defaultdict(list)  # of a function's name
        for module in modules:
            for name in module.functions:
                self._homes[name].append(module)
        self.found: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self._makers: set[tuple[str, str, str]] = set()  # module, function, parameter
        self._doing: set[tuple[int, int | None]] = set()
        self._inside = False  # a value put into a sentence, not the sentence itself
        known = -1
        while known != len(self._makers):  # a maker of errors may be called by another
            known = len(self._makers)
            for module in modules:
                for scope, call in module.calls:
                    self._call(module, scope, call)

    @classmethod
    def of(cls, source: Path) -> Sentences:
        return cls(
            [
                read_module(
                    ".".join(path.relative_to(source.parent).with_suffix("").parts).removesuffix(
                        ".__init__"
                    ),
                    path.read_text(encoding="utf-8"),
                )
                for path in sorted(source.rglob("*.py"))
            ]
        )

    # --- who makes errors, and of what ---------------------------------------------------------

    def _call(self, module: Module, scope: Scope, call: ast.Call) -> None:
        for parameter, place in self._said_by(module, call):
            given, at = _argument(call, parameter, place)
            if given is not None:
                for text in self._texts(module, scope, given, at):
                    self.found.setdefault(text, module.name)

    def _said_by(self, module: Module, call: ast.Call) -> Iterator[tuple[str, int]]:
        """Iterate over name and place of the arguments that the called function says."""
        if isinstance(call.func, ast.Name) and call.func.id in ERRORS:
            if call.func.id != "Finding" or module.name.startswith("equipoise.protocol"):
                yield from (("what", 1), ("todo", 2))
            return
        for home, function in self._called(module, call.func):
            for each in home.functions[function]:
                names = [argument.arg for argument in (*each.args.posonlyargs, *each.args.args)]
                bound = isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"])
                for parameter in _parameters(each):
                    if (home.name, function, parameter) in self._makers:
                        place = names.index(parameter) - bound if parameter in names else 99
                        yield parameter, place

    def _called(self, module: Module, func: ast.expr) -> list[tuple[Module, str]]:
        """Return where the called function is defined; of a method, wherever there is one."""
        match func:
            case ast.Name(name):
                if name in module.functions:
                    return [(module, name)]
                home, other = module.imports.get(name, ("", ""))
                if home in self.modules and other in self._homes:
                    return self._called(self.modules[home], ast.Name(other))
            case ast.Attribute(ast.Name("self" | "cls"), name) if name in module.functions:
                return [(module, name)]
            case ast.Attribute(_, name) if not self._inside:
                return [(home, name) for home in self._homes.get(name, ())]
        return []

    # --- what an expression can say ------------------------------------------------------------

    def _texts(
        self, module: Module, scope: Scope, node: ast.expr, at: int | None = None
    ) -> list[str]:
        """Return all sentences that ``node`` can be; ``at`` picks one of a tuple."""
        if (id(node), at) in self._doing:
            return []
        self._doing.add((id(node), at))
        texts = list(self._each(module, scope, node, at))
        self._doing.remove((id(node), at))
        return texts

    def _each(  # one branch per kind of expression
        self, module: Module, scope: Scope, node: ast.expr, at: int | None
    ) -> Iterator[str]:
        match node:
            case ast.Tuple(parts) | ast.List(parts) if at is not None:
                if at < len(parts) and not any(isinstance(p, ast.Starred) for p in parts):
                    yield from self._texts(module, scope, parts[at])
            case ast.Constant(str() as text) if at is None:
                yield _doubled(text)
            case ast.Constant():
                pass
            case ast.JoinedStr(parts):
                yield self._joined(module, scope, parts)
            case ast.IfExp(_, yes, no):
                yield from self._any(module, scope, (yes, no), at)
            case ast.BoolOp(_, parts):
                yield from self._any(module, scope, parts, at)
            case ast.NamedExpr(_, value):
                yield from self._texts(module, scope, value, at)
            case ast.BinOp(left, ast.Add(), right):
                before = self._texts(module, scope, left) or ["{}"]
                after = self._texts(module, scope, right) or ["{}"]
                yield from (a + b for a, b in product(before, after))
            case ast.Name(name):
                yield from self._named(module, scope, name, at)
            case ast.Subscript(ast.Name(name), key):
                place = key.value if isinstance(key, ast.Constant) else None
                yield from self._table(module, scope, name, at, place)
            case ast.Call(ast.Attribute(ast.Name(name), "get" | "pop"), [_, *other]):
                yield from self._table(module, scope, name, at, None)
                yield from self._any(module, scope, other, at)
            case ast.Call(ast.Name("next"), [ast.GeneratorExp(first), *other]):
                yield from self._any(module, scope, [first, *other], at)
            case ast.Call(func) if called := self._called(module, func):
                for home, name in called:
                    for function in home.functions[name]:
                        yield from self._any(home, (function,), _returned(function), at)
            case _:
                self._give_up(module, node)

    def _any(
        self, module: Module, scope: Scope, nodes: Sequence[ast.expr], at: int | None
    ) -> Iterator[str]:
        for node in nodes:
            yield from self._texts(module, scope, node, at)

    def _joined(self, module: Module, scope: Scope, parts: Sequence[ast.expr]) -> str:
        """Return the sentence; what its values can say is a sentence of its own."""
        sentence = ""
        for part in parts:
            if isinstance(part, ast.Constant):
                sentence += _doubled(str(part.value))
            elif isinstance(part, ast.FormattedValue):
                sentence += "{}"
                outer, self._inside = self._inside, True
                for text in self._texts(module, scope, part.value):
                    self.found.setdefault(text, module.name)
                self._inside = outer
        return sentence

    def _named(self, module: Module, scope: Scope, name: str, at: int | None) -> Iterator[str]:
        """Look a name up as Python does: in the functions around it, then in the module."""
        for place, function in enumerate(scope):
            inner, values = scope[place:], _local(function).get(name, [])
            for value, part, one_of in values:
                look = self._one_of if one_of else self._texts
                yield from look(module, inner, value, at if part is None else part)
            if name in _parameters(function):
                if self._inside and name not in SAYING:
                    return
                self._makers.add((module.name, function.name, name))
                yield from self._any(module, inner, _defaults(function, name), at)
                return
            if values:
                return
        constants = self._constant(module, name)
        yield from self._any(module, (), constants, at)
        if not constants:
            self._give_up(module, ast.Name(name))

    def _constant(self, module: Module, name: str) -> list[ast.expr]:
        if name in module.constants:
            return module.constants[name]
        home, other = module.imports.get(name, ("", ""))
        return self.modules[home].constants.get(other, []) if home in self.modules else []

    def _table(
        self, module: Module, scope: Scope, name: str, at: int | None, place: object
    ) -> Iterator[str]:
        """Iterate over the entries of the table ``name``; of a tuple the one at ``place``."""
        for table in [*_tables(scope, name), *self._constant(module, name)]:
            match table:
                case ast.Dict(_, values):
                    yield from self._any(module, scope, values, at)
                case ast.Tuple(parts) | ast.List(parts):
                    picked = [parts[place]] if isinstance(place, int) else parts
                    yield from self._any(module, scope, picked, at)
                case _ if isinstance(place, int):
                    yield from self._texts(module, scope, table, place)

    def _one_of(
        self, module: Module, scope: Scope, value: ast.expr, at: int | None
    ) -> Iterator[str]:
        """Iterate over what a loop over ``value`` can say."""
        match value:
            case ast.Tuple(parts) | ast.List(parts):
                yield from self._any(module, scope, parts, at)
            case ast.Name(name):
                yield from self._table(module, scope, name, at, None)
            case ast.Call(ast.Attribute(ast.Name(name), "items")):
                for table in [*self._constant(module, name), *_tables(scope, name)]:
                    if isinstance(table, ast.Dict):
                        texts = table.values if at else [k for k in table.keys if k]
                        yield from self._any(module, scope, texts, None)
            case ast.Call(func) if called := self._called(module, func):
                for home, name in called:
                    for function in home.functions[name]:
                        yield from self._any(home, (function,), _yielded(function), at)
            case _:
                self._give_up(module, value)

    def _give_up(self, module: Module, node: ast.expr) -> None:
        if not self._inside:
            self.unread[ast.unparse(node)] = module.name


def is_a_sentence(text: str) -> bool:
    """Tell words from a name, a unit, or what only joins two values."""
    words = re.sub(r"`[^`]*`|\{\}|\{\{.*?\}\}", "", text)
    return len(text.split()) > 1 and re.search(r"[A-Za-z]{2}", words) is not None


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _calls(tree: ast.AST, scope: Scope) -> Iterator[tuple[Scope, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield scope, node
        yield from _calls(node, (node, *scope) if isinstance(node, Function) else scope)


def _argument(call: ast.Call, name: str, place: int) -> tuple[ast.expr | None, int | None]:
    """Return the argument; where ``*pair`` is given, the pair and the place in it."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value, None
    for before, given in enumerate(call.args[: place + 1]):
        if isinstance(given, ast.Starred):
            return given.value, place - before
    return (call.args[place], None) if place < len(call.args) else (None, None)


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, bool]]:
    """Iterate over (target, value, whether the target is each of the values)."""
    match node:
        case ast.Assign(targets, value):
            yield from ((target, value, False) for target in targets)
        case ast.AnnAssign(target, _, ast.expr() as value) | ast.NamedExpr(target, value):
            yield target, value, False
        case ast.AugAssign(target, _, value):
            yield target, value, False
        case ast.For(target, value) | ast.comprehension(target, value):
            yield target, value, True


Values = dict[str, list[tuple[ast.expr, int | None, bool]]]


@cache
def _local(function: Function) -> Values:
    """Return the values of local names: (value, which part of it, whether each of it)."""
    names: Values = defaultdict(list)
    for node in ast.walk(function):
        for target, value, each in _assigned(node):
            if isinstance(target, ast.Name):
                names[target.id].append((value, None, each))
            elif isinstance(target, (ast.Tuple, ast.List)):
                for place, part in enumerate(target.elts):
                    if isinstance(part, ast.Name):
                        names[part.id].append((value, place, each))
    return names


def _tables(scope: Scope, name: str) -> list[ast.expr]:
    return [value for f in scope for value, part, _ in _local(f).get(name, []) if part is None]


@cache
def _parameters(function: Function) -> frozenset[str]:
    given = function.args
    return frozenset(each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs))


def _defaults(function: Function, name: str) -> list[ast.expr]:
    given = function.args
    by_place = [*given.posonlyargs, *given.args]
    last = by_place[len(by_place) - len(given.defaults) :]
    pairs = [*zip(last, given.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
    return [default for argument, default in pairs if argument.arg == name]


@cache
def _returned(function: Function) -> list[ast.expr]:
    return [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]


@cache
def _yielded(function: Function) -> list[ast.expr]:
    lists = [each for each in _returned(function) if isinstance(each, (ast.List, ast.Tuple))]
    one_by_one = [n.value for n in ast.walk(function) if isinstance(n, ast.Yield) and n.value]
    return [*one_by_one, *(part for each in lists for part in each.elts)]
