"""Checks of the virtual world: every number can be drawn, everything drawn is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from equipoise.errors import InputError
from equipoise.protocol.expression import Kind, parse
from equipoise.protocol.parts import Item, Protocol, Rehearsal
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.study import KINDS, Study
from equipoise.protocol.wording import nearest

GENERATORS = {
    "constant": 1, "chance": 1, "logistic": 1, "choice": 1, "rounded": 1,
    "normal": 2, "lognormal": 2, "uniform": 2,
}  # fmt: skip
"""Each kind of distribution, and how many numbers it takes."""

OPTIONS = {"missing": 1, "clip": 2}
MOMENT: dict[str, Kind] = {"pain": "number", "hours": "number"}
"""What forms know of the moment: latent pain, and hours since the pump started."""

FELT = "effect_"
PAIN = "pain"


class World:
    """The names that expressions of a rehearsal may use, in the order in which they arise."""

    def __init__(self, study: Study) -> None:
        """Gather what the studies before this one draw."""
        self.study = study
        self.before: dict[str, Kind] = {}
        for protocol in study.protocol.lineage()[:-1]:
            for name, how in (protocol.rehearsal or Rehearsal()).covariates.items():
                self.before[name] = self.kind(name, how)
        self.channels = {
            channel
            for protocol in study.protocol.lineage()
            for drug in (protocol.rehearsal or Rehearsal()).effects.values()
            for channel in drug
        }

    @property
    def felt(self) -> dict[str, Kind]:
        """Return the names by which expressions know what the bag's drugs do."""
        return {f"{FELT}{channel}": "number" for channel in self.channels}

    @property
    def covariates(self) -> dict[str, Kind]:
        """Return all covariates of the lineage."""
        own = (self.study.protocol.rehearsal or Rehearsal()).covariates
        return self.before | {name: self.kind(name, how) for name, how in own.items()}

    def kind(self, name: str, how: Any) -> Kind:
        """Return the kind of a drawn value; codes that are numbers are numbers."""
        item = self.study.screening_items.get(name)
        if item is not None:
            codes = item.codes or {}
            numbers = bool(codes) and all(code.lstrip("-").isdigit() for code in codes)
            return "number" if numbers else KINDS[item.type]
        if isinstance(how, dict) and "choice" in how:
            return "text"
        yes_no = isinstance(how, dict) and (
            {"chance", "logistic"} & how.keys() or isinstance(how.get("constant"), bool)
        )
        return "boolean" if yes_no else "number"


def _rehearsal(study: Study) -> Iterator[tuple[Rehearsal, World]]:
    """Yield the study's own rehearsal, if it has one, with the names it may use."""
    if study.protocol.rehearsal is not None:
        yield study.protocol.rehearsal, World(study)


def covariates(study: Study) -> Iterator[Finding]:
    """A covariate uses those drawn before it, and is never a derived item."""
    for rehearsal, world in _rehearsal(study):
        known = dict(world.before)
        for name, how in rehearsal.covariates.items():
            path: Path = ("rehearsal", "covariates", name)
            item = study.screening_items.get(name)
            if item is not None and item.derived:
                what = f"`{name}` is computed from other items, not drawn"
                yield Finding(path, what, "Draw what it is computed from.")
            yield from _distribution(study, how, path, known, item)
            known[name] = world.kind(name, how)


def forms(study: Study) -> Iterator[Finding]:
    """Items are drawn as forms fall due, after covariates, the moment and earlier answers."""
    for rehearsal, world in _rehearsal(study):
        for name in rehearsal.forms:
            path: Path = ("rehearsal", "forms", name)
            yield from study.unknown(path, name, study.forms, "form")
        known = world.covariates | MOMENT | world.felt
        drawn = _drawn(study.protocol)
        for name in _by_time(study.protocol):
            items = {item.id: item for item in study.forms[name].items}
            for item_id, how in rehearsal.forms.get(name, {}).items():
                at: Path = ("rehearsal", "forms", name, item_id)
                yield from study.unknown(at, item_id, items, f"item of form `{name}`")
                item = items.get(item_id)
                if item is not None and item.derived:
                    what = f"`{item_id}` is computed from other items, not drawn"
                    yield Finding(at, what, "Draw what it is computed from.")
                yield from _distribution(study, how, at, known, item)
                known |= {item_id: KINDS[item.type]} if item is not None else {}
            earlier = drawn.get(name, {}).keys() & items.keys()
            known |= {item_id: KINDS[items[item_id].type] for item_id in earlier}


def _drawn(protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Return how the items of every form of the lineage are drawn."""
    parts = [each.rehearsal for each in protocol.lineage() if each.rehearsal]
    return {name: items for part in parts for name, items in part.forms.items()}


def _by_time(protocol: Protocol) -> list[str]:
    """Return the forms of the lineage by when they are first due, those never due last."""
    forms = protocol.all_forms()
    due = [form for visit in protocol.visits() for form in visit.forms if form in forms]
    return list(dict.fromkeys([*due, *forms]))


def drawn(study: Study) -> Iterator[Finding]:
    """Whatever a form requires, a rehearsal can answer."""
    for rehearsal, world in _rehearsal(study):
        for place, visit in enumerate(study.protocol.schedule):
            for name in visit.forms:
                screening = visit.phase == "screening"
                how = world.covariates if screening else rehearsal.forms.get(name, {})
                items = study.protocol.forms[name].items if name in study.protocol.forms else ()
                undrawn = [
                    item.id
                    for item in items
                    if item.required and not item.derived and item.id not in how
                ]
                if undrawn and not {"rehearsal", name, *undrawn} & study.broken:
                    what = f"a rehearsal cannot answer {_some(undrawn)} of form `{name}`"
                    todo = "Say under `rehearsal` how they are drawn."
                    yield Finding(("schedule", place), what, todo)


def _some(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more items"


def _distribution(
    study: Study, how: Any, path: Path, known: dict[str, Kind], item: Item | None
) -> Iterator[Finding]:
    """Say what is wrong with a distribution."""
    if not isinstance(how, dict):
        yield Finding(path, "this is not a distribution", "Write one, as {normal: [5, 1]}.")
        return
    for key in how.keys() - GENERATORS.keys() - OPTIONS.keys():
        todo = nearest(key, [*GENERATORS, *OPTIONS])
        yield Finding((*path, key), f"there is no distribution `{key}`", todo)
    kinds = [key for key in how if key in GENERATORS]
    if len(kinds) != 1 and how.keys() <= GENERATORS.keys() | OPTIONS.keys():
        what = f"a value is drawn in one way, and here are {len(kinds)}"
        yield Finding(path, what, f"Give one of {', '.join(GENERATORS)}.")
    for key in how:
        at: Path = (*path, key)
        if key == "choice":
            yield from _choice(study, how[key], at, known, item)
        elif key == "rounded" and isinstance(how[key], dict):
            yield from _distribution(study, how[key], at, known, None)
        elif key == "constant" and not isinstance(how[key], str):
            continue
        elif key in GENERATORS or key in OPTIONS:
            count = GENERATORS.get(key) or OPTIONS[key]
            yield from _numbers(study, how[key], at, known, count)
        if key in {"chance", "missing"}:
            yield from _probability(how[key], at)


def _numbers(
    study: Study, given: Any, path: Path, known: dict[str, Kind], count: int
) -> Iterator[Finding]:
    """Say what is wrong with ``count`` numbers or expressions."""
    numbers = given if isinstance(given, list) else [given]
    if len(numbers) != count or isinstance(given, list) != (count > 1):
        form = "one number" if count == 1 else f"a list of {count} numbers"
        yield Finding(path, "the numbers are not as many as it takes", f"Give {form}.")
        return
    for place, number in enumerate(numbers):
        at = (*path, place) if isinstance(given, list) else path
        if isinstance(number, str):
            yield from _expression(study, number, at, known)
        elif isinstance(number, bool) or not isinstance(number, (int, float)):
            todo = "Write a number, or an expression over what was drawn before."
            yield Finding(at, "this is no number", todo)


def _expression(study: Study, text: str, path: Path, known: dict[str, Kind]) -> Iterator[Finding]:
    yield from study.expression(
        path,
        text,
        known,
        wanted="number",
        absent=lambda name: study.unknown(path, name, known, "value drawn before,"),
    )


def _choice(
    study: Study, given: Any, path: Path, known: dict[str, Kind], item: Item | None
) -> Iterator[Finding]:
    if not isinstance(given, dict) or not given:
        yield Finding(path, "a choice lists its codes", "Write {code: probability, …}.")
        return
    for code, weight in given.items():
        at: Path = (*path, code)
        yield from _numbers(study, weight, at, known, 1)
        codes = item.codes if item is not None and item.type == "choice" else None
        if codes is not None and code not in codes:
            what = f"`{code}` is not a code of the item"
            yield Finding(at, what, nearest(code, codes))
        if item is not None and item.type in {"integer", "decimal"} and not code.isdigit():
            yield Finding(at, f"`{code}` is no number", "The item takes numbers.")
    weights = list(given.values())
    if all(isinstance(weight, (int, float)) for weight in weights):
        total = sum(weights)
        if abs(total - 1) > 1e-9:
            what = f"the probabilities add up to {total:.6g}"
            yield Finding(path, what, "Make them add up to 1.")


def _probability(given: Any, path: Path) -> Iterator[Finding]:
    if isinstance(given, (int, float)) and not isinstance(given, bool) and not 0 <= given <= 1:
        yield Finding(path, f"{given} is no probability", "Give 0 to 1.")


def processes(study: Study) -> Iterator[Finding]:
    """Pain, demand, adverse events and attrition are over covariates; drugs are in a mixture."""
    for rehearsal, world in _rehearsal(study):
        known = world.covariates | world.felt
        parts: dict[Path, Any] = {
            ("pain",): rehearsal.pain,
            ("demand",): rehearsal.demand,
            ("attrition",): rehearsal.attrition,
        }
        parts |= {("adverse_events", i): e for i, e in enumerate(rehearsal.adverse_events)}
        for path, part in parts.items():
            for field, value in part or ():
                at: Path = ("rehearsal", *path, field)
                if isinstance(value, str) and field not in {"drug", "term"}:
                    yield from _expression(study, value, at, known)
        yield from _drugs(study, rehearsal)


def _drugs(study: Study, rehearsal: Rehearsal) -> Iterator[Finding]:
    mixtures = study.protocol.root.mixtures
    drugs = {part.drug: mixture for mixture in mixtures.values() for part in mixture.components}
    if "mixtures" in study.broken:
        return
    if rehearsal.pain is not None:
        path: Path = ("rehearsal", "pain", "drug")
        yield from study.unknown(path, rehearsal.pain.drug, drugs, "drug in a mixture")
    for drug in rehearsal.effects:
        yield from study.unknown(("rehearsal", "effects", drug), drug, drugs, "drug in a mixture")


def effects(study: Study) -> Iterator[Finding]:
    """An effect on a channel that nothing reads is no effect."""
    for rehearsal, _ in _rehearsal(study):
        read = set(_texts(study.protocol))
        for drug, channels in rehearsal.effects.items():
            for channel in channels:
                if channel != PAIN and f"{FELT}{channel}" not in read:
                    what = f"nothing reads `{FELT}{channel}`, so the effect changes nothing"
                    todo = "Use it in an expression of a form, or take it out."
                    path: Path = ("rehearsal", "effects", drug, channel)
                    yield Finding(path, what, todo, "warning")


def _texts(protocol: Protocol) -> Iterator[str]:
    """Iterate over every name in the expressions of the lineage's rehearsals."""

    def within(data: Any) -> Iterator[str]:
        if isinstance(data, BaseModel):
            data = data.model_dump()
        if isinstance(data, dict):
            data = list(data.values())
        if isinstance(data, (list, tuple)):
            for each in data:
                yield from within(each)
        elif isinstance(data, str):
            try:
                yield from parse(data).names
            except InputError:
                return

    for each in protocol.lineage():
        yield from within(each.rehearsal)


def adverse_events(study: Study) -> Iterator[Finding]:
    """What happens in a rehearsal is on the protocol's list of terms."""
    terms = {
        event.term.en: event for each in study.protocol.lineage() for event in each.adverse_events
    }
    for rehearsal, _ in _rehearsal(study):
        for place, event in enumerate(rehearsal.adverse_events):
            path: Path = ("rehearsal", "adverse_events", place)
            yield from study.unknown((*path, "term"), event.term, terms, "adverse event")
            yield from _probability(event.chance, (*path, "chance"))


def numbers(study: Study) -> Iterator[Finding]:
    """Fewer people leave before treatment than are randomized."""
    for rehearsal, _ in _rehearsal(study):
        people = rehearsal.participants
        if people is not None and rehearsal.not_treated >= people:
            what = f"{rehearsal.not_treated} of {people} randomized are never treated"
            yield Finding(("rehearsal", "not_treated"), what, "Give a smaller number.")


def scenarios(study: Study) -> Iterator[Finding]:
    """A scenario changes numbers that the rehearsal has."""
    data = study.protocol.rehearsal.model_dump() if study.protocol.rehearsal else {}
    for name, scenario in study.protocol.scenarios.items():
        for dotted, value in scenario.set.items():
            path: Path = ("scenarios", name, "set", dotted)
            place: Any = data
            for step in dotted.split("."):
                known = place if isinstance(place, dict) else {}
                if step not in known:
                    if step not in study.broken and "rehearsal" not in study.broken:
                        what = f"the rehearsal has no `{dotted}`"
                        yield Finding(path, what, nearest(step, known))
                    break
                place = known[step]
            else:
                yield from _changed(place, value, path)
    if study.protocol.rehearsal is not None and not study.protocol.scenarios:
        what = "there is no scenario to rehearse"
        yield Finding(("rehearsal",), what, "Add `scenarios`, one at least.", "warning")


def _changed(place: Any, value: Any, path: Path) -> Iterator[Finding]:
    if isinstance(place, dict) != isinstance(value, dict):
        kind = "a distribution" if isinstance(place, dict) else "a number"
        yield Finding(path, f"what it changes is {kind}", f"Give {kind}.")
    elif place == value:
        what = "this is what the rehearsal has already"
        yield Finding(path, what, "Take it out, or give another value.", "note")


CHECKS = (
    covariates,
    forms,
    drawn,
    processes,
    effects,
    adverse_events,
    numbers,
    scenarios,
)
