"""Worlds that differ in who got which arm and in nothing else, and all that can be seen of them.

The bag's supplements do nothing in scenario ``null``, so outcomes do not follow from arms. What a
masked person can get hold of must then be the same, to the byte, whoever got which arm.
"""

from __future__ import annotations

import io
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from equipoise.analysis.analyse import Analysis, analyse
from equipoise.analysis.publication import publication
from equipoise.analysis.report import report
from equipoise.analysis.summary import summary
from equipoise.chance import SeededEntropy
from equipoise.cli.show import show
from equipoise.clock import SimulatedClock
from equipoise.conduct import _seal, capture, disclose, dose, randomise, screen, setup, unmask
from equipoise.conduct._seal import open_all
from equipoise.conduct.allocation import ReaderKey, lift_masking, new_reader_key, open_allocation
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import EquipoiseError
from equipoise.events.types import StaffDelegated
from equipoise.language import Language
from equipoise.ledger.memory import MemoryStore
from equipoise.ledger.store import read_events
from equipoise.protocol.load import Loaded, load_study
from equipoise.rehearsal import ceremony, run
from equipoise.rehearsal.cast import PEOPLE as CAST
from equipoise.rules.allocation import generate

STUDY, ROOT = "NCT05718544", "NCT04791059"
PEOPLE = 12
PATIENT = Staff("patient1", "participant")

Sequence = dict[str, tuple[int, ...]]
Change = Callable[[Sequence], Sequence]

BY_DESIGN = {
    "ledger": ("sealed_list", "root", "publication"),
    "summary.json": ("provenance.ledger_head",),
    "report.html": ("head of the ledger", "Merkle root of the sealed list"),
    "results.json": ("head of the ledger", "Merkle root of the sealed list"),
    "terminal": ("head of the ledger",),
}
"""Where two worlds may differ: ciphertexts, commitments, and digests that follow from them.

They are tested in test_server_only.py. What a masked role reads of the ledger is not on this list.
"""


# --- who got what ---------------------------------------------------------------------------------


def as_drawn(sequence: Sequence) -> Sequence:
    return sequence


def mirrored(sequence: Sequence) -> Sequence:
    return {stratum: tuple(1 - arm for arm in arms) for stratum, arms in sequence.items()}


def two_swapped(seed: int) -> Change:
    """Swap the arms of two participants, a different pair for each seed."""

    def change(sequence: Sequence) -> Sequence:
        (stratum,) = sequence
        arms = list(sequence[stratum])
        one = seed % PEOPLE
        other = next(
            place
            for place in (*range(one + 1, PEOPLE), *range(one))
            if arms[place] != arms[one]
        )  # fmt: skip
        arms[one], arms[other] = arms[other], arms[one]
        return {stratum: tuple(arms)}

    return change


@dataclass(frozen=True, repr=False)
class World:
    """A rehearsed trial, locked, not opened; ``printed`` is what its making showed and logged."""

    trial: Trial
    store: MemoryStore
    keys: Mapping[str, ReaderKey]
    printed: str

    def arms(self) -> list[int]:
        """Open the slots that were used, as only a reader can."""
        assert self.trial.sealed_list is not None
        key = self.keys["monitoring board statistician"]
        return [card.arm.reveal() for card in open_all(self.trial.sealed_list, key)[:PEOPLE]]

    def before(self, kind: str) -> Trial:
        """Return the same trial as it was before the first event of ``kind``."""
        entries = list(self.store.read())
        end = next(n for n, entry in enumerate(entries) if entry.event().kind == kind)
        part = MemoryStore()
        part.append(entries[:end], expected=part.head())
        return Trial(part, SimulatedClock(entries[end].event().recorded_at), SeededEntropy(0, ""))


@cache
def _study(name: str) -> Loaded:
    return load_study(name)


def rehearsed(seed: int, change: Change) -> World:
    """Rehearse up to the opening, with the drawn sequence changed by ``change``."""
    store, keys = MemoryStore(), dict[str, ReaderKey]()
    hold = ceremony.hold

    def held(*arguments: Any) -> dict[str, ReaderKey]:
        keys.update(hold(*arguments))
        return keys

    with pytest.MonkeyPatch.context() as patch, _listening() as heard:
        patch.setattr(_seal, "generate", lambda *given: change(generate(*given)))
        patch.setattr(ceremony, "hold", held)
        patch.setattr(run, "open_allocation", lambda *_: None)
        trial = run.rehearse(
            _study(STUDY), store, seed, "null", PEOPLE, print
        )  # fmt: skip
        _mishaps(trial, keys)
    return World(trial, store, keys, heard())


def _mishaps(trial: Trial, keys: Mapping[str, ReaderKey]) -> None:
    """Let happen what a rehearsal has not: what is recorded of arms that became known."""
    investigator, pharmacist = _staff("investigator"), _staff("pharmacist")
    number = numbers(trial)[3]
    patient = StaffDelegated(person=PATIENT.person, name="A patient", roles=(PATIENT.role,))
    trial.act(investigator, STUDY, None, lambda: [patient])
    unmask.unmask(
        trial, investigator, ROOT, number, "death", "it was asked for", keys["break-glass"]
    )
    unmask.admit_accident(trial, _staff("caregiver"), ROOT, number, "saw the worksheet")
    capture.deviate(trial, pharmacist, ROOT, number, "ampoule", "one broke")


def numbers(trial: Trial) -> list[str]:
    """Return the numbers of the randomized, in the order of their slots."""
    people = [each for each in trial.participants.by_number.values() if each.randomized]
    return [each.number for each in sorted(people, key=lambda each: each.slot or 0)]


def _staff(role: str) -> Staff:
    return PATIENT if role == PATIENT.role else Staff(CAST[role][0], role)


@contextmanager
def _listening() -> Iterator[Callable[[], str]]:
    """Collect what is printed and logged."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard.getvalue
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


# --- what can be seen -----------------------------------------------------------------------------


def seen(world: World, *, with_report: bool = False) -> dict[str, str]:
    """Return everything that can be seen before the opening, by the name of the surface."""
    masking = world.trial.state.masking
    assert masking is not None
    return {
        **{f"read by {role}": _read(world.trial, role) for role in masking.masked},
        "ledger": _ledger(world.store),
        "lengths": str([(len(e.header), len(e.payload)) for e in world.store.read()]),
        "printed": world.printed,
        **_analysed(world, with_report=with_report),
        **refusals(world),
    }


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the surfaces on which two worlds are not the same, byte for byte."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name].encode() != other[name].encode()]


def _read(trial: Trial, role: str) -> str:
    return json.dumps(list(disclose.readable(trial, _staff(role))), ensure_ascii=False)


def _ledger(store: MemoryStore) -> str:
    """Return every stored byte; of what is BY_DESIGN, its length."""
    lines = []
    for entry in store.read():
        payload = json.loads(entry.payload)
        if entry.event().kind == "AllocationSealed":
            for name in BY_DESIGN["ledger"]:
                payload[name] = len(payload[name])
        lines.append(f"{entry.header.decode()} {json.dumps(payload)} {entry.salt.hex()}")
    return "\n".join(lines)


def _analysed(world: World, *, with_report: bool) -> dict[str, str]:
    """Return the analysis on dummy arms without the digests that are BY_DESIGN."""
    head, sealed = str(world.store.head()), world.trial.state.sealed
    assert sealed is not None
    analysis = analyse(read_events(world.store), head, dummy=True)
    numbers = summary(analysis)
    assert numbers["provenance"].pop("ledger_head") == head
    tables = ("participants", "values", "presses", "adverse_events")
    found = {
        "summary.json": json.dumps(numbers, ensure_ascii=False),
        "dataset": "\n".join(getattr(analysis.data, table).write_csv() for table in tables),
        "terminal": _without(_shown(analysis), head),
    }
    if with_report:
        made = publication(analysis, Language("en"))
        page = report(analysis, Language("en"), made)
        found["report.html"] = _without(_without(page, head), sealed.root)
        results = made.results()
        assert results["provenance"]["ledger"].pop("head") == head
        text = json.dumps(results, ensure_ascii=False)
        found["results.json"] = _without(_without(text, head), sealed.root)
    return found


def _shown(analysis: Analysis) -> str:
    with _listening() as heard:
        show(analysis, Path("out"), as_json=False)
    return heard()


def _without(text: str, digest: str) -> str:
    assert text.count(digest) == 1, "a digest is printed where none is declared"
    return text.replace(digest, "digest")


# --- what is refused ------------------------------------------------------------------------------

WITHOUT_LOCALS = ("card of another participant",)
"""Refusals of which local variables are not compared: they hold what the caller typed, the card."""


def refusals(world: World) -> dict[str, str]:
    """Provoke refusals in the middle of the trial; return texts and tracebacks."""
    trial = world.before("DataLocked")
    found = {}
    for name, act in _provocations(world, trial).items():
        refused = None
        with _listening() as heard:
            try:
                act()
            except EquipoiseError as error:
                refused = error
        assert refused is not None, f"{name}: was allowed"
        text = "".join(traceback.format_exception(refused))
        if name not in WITHOUT_LOCALS:
            text += with_locals(refused)
        found[f"refusal: {name}"] = f"{refused}\n{heard()}\n{text}"
    return found


def with_locals(error: BaseException) -> str:
    """Return the traceback as crash reporters send it, with every local variable.

    Addresses in memory and digests are struck out; frames of this file are left out.
    """
    found = traceback.TracebackException(
        type(error), error, _below(error.__traceback__), capture_locals=True
    )
    return _DIGITS.sub("…", "".join(found.format()))


_DIGITS = re.compile(r"0x[0-9a-f]+|[0-9a-f]{16,}")


def _below(frames: TracebackType | None) -> TracebackType | None:
    while frames and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return frames


def _provocations(world: World, trial: Trial) -> dict[str, Callable[[], object]]:
    people = trial.participants.by_number
    one, other, *_ = (number for number in numbers(trial) if people[number].treated)
    staff = {role: _staff(role) for role in CAST}
    nurse, pharmacist, inv = staff["caregiver"], staff["pharmacist"], staff["investigator"]
    keys = world.keys
    pharmacy, glass = keys["pharmacy"], keys["break-glass"]
    kit, others = people[one].kit or "", people[other].kit or ""
    sheet = dose.worksheet_for(trial, one, pharmacy)
    stranger = new_reader_key("pharmacy", SeededEntropy(1, "stranger"))
    card = unmask.print_card(trial, other, glass).reveal()
    at, ml = trial.clock.now(), Decimal(2)

    def exhausted() -> None:
        taken = dict(trial.state.taken)
        trial.state.taken["all"] = 300
        try:
            randomise.randomise(trial, inv, ROOT, one)
        finally:
            trial.state.taken.update(taken)

    def damaged() -> None:
        whole = trial.sealed_list
        assert whole is not None
        next_ones = (*whole.slots[1:], whole.slots[0])
        slots = tuple(
            slot.model_copy(update={"boxes": following.boxes})
            for slot, following in zip(whole.slots, next_ones, strict=True)
        )
        trial._sealed_list = whole.model_copy(update={"slots": slots})
        try:
            dose.worksheet_for(trial, one, pharmacy)
        finally:
            trial._sealed_list = whole

    def weightless() -> None:
        weights = {place: form.values.get("weight_kg") for place, form in people[one].forms.items()}
        for form in people[one].forms.values():
            form.values.pop("weight_kg", None)
        try:
            dose.worksheet_for(trial, one, pharmacy)
        finally:
            for place, weight in weights.items():
                people[one].forms[place].values["weight_kg"] = weight

    return {
        "kit of another participant": lambda: dose.prepare(
            trial, pharmacist, ROOT, one, others, sheet
        ),
        "kit prepared already": lambda: dose.prepare(trial, pharmacist, ROOT, one, kit, sheet),
        "pump on another's kit": lambda: dose.start_pump(
            trial, nurse, ROOT, one, others, ml, ml, ml
        ),
        "bag used already": lambda: dose.replace_bag(trial, nurse, ROOT, one, kit, ml),
        "second randomization": lambda: randomise.randomise(trial, inv, ROOT, one),
        "exhausted list": exhausted,
        "unknown participant": lambda: randomise.randomise(trial, inv, ROOT, "P9999"),
        "same person again": lambda: screen.screen(
            trial, inv, ROOT, "P9998", next(iter(trial.participants.number_of))
        ),
        "role that may not": lambda: randomise.randomise(
            trial, staff["outcomes assessor"], ROOT, one
        ),
        "stranger's key": lambda: dose.worksheet_for(trial, one, stranger),
        "damaged box": damaged,
        "no weight": weightless,
        "wrong key in an emergency": lambda: unmask.unmask(
            trial, inv, ROOT, one, "death", "", pharmacy
        ),
        "unknown reason": lambda: unmask.unmask(trial, inv, ROOT, one, "curious", "", glass),
        "no card": lambda: unmask.unmask_by_card(trial, inv, ROOT, one, "death", "", "arm", at),
        "card of another participant": lambda: unmask.unmask_by_card(
            trial, inv, ROOT, one, "death", "", card, at
        ),
        "opening too early": lambda: open_allocation(
            trial, staff["monitoring board"], ROOT, keys["monitoring board statistician"],
            "a" * 64, "b" * 64,
        ),
        "masking lifted too early": lambda: lift_masking(
            trial, staff["monitoring board"], ROOT, ["assessor1"], "curious"
        ),
        "analysis too early": lambda: analyse(trial.events(), "0"),
        "stranger reads": lambda: list(disclose.readable(trial, Staff("eve", "investigator"))),
        "visit that is not planned": lambda: capture.record_form(
            trial, inv, ROOT, one, "never", "never", {}
        ),
        "opened again": lambda: setup.open_trial(trial, inv, _study(ROOT), []),
    }  # fmt: skip
