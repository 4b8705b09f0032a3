"""A ward for tests: a small running trial, its staff, and the acts of a day in few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from equipoise.chance import SeededEntropy
from equipoise.clock import SimulatedClock
from equipoise.conduct import capture, dose, randomise, screen, setup
from equipoise.conduct.allocation import (
    Annex,
    ReaderKey,
    allocation_of,
    commit,
    commit_seed_part,
    new_reader_key,
    publish,
    seal,
    specification,
)
from equipoise.conduct.trial import Staff, Trial
from equipoise.events.types import Randomized, StaffDelegated, Value
from equipoise.ledger.memory import MemoryStore
from equipoise.ledger.store import Store
from equipoise.protocol.load import Loaded, load_study
from tests.protocol.sample import TRIAL

STUDY = "XX0001"
INVESTIGATOR = Staff("ina", "investigator")
NURSE = Staff("nils", "caregiver")
ASSESSOR = Staff("ada", "outcomes assessor")
PHARMACIST = Staff("phil", "pharmacist")
DATA = Staff("dora", "data manager")
STATISTICIAN = Staff("stan", "statistician")
BOARD = Staff("bea", "monitoring board")
PATIENT = Staff("pat", "participant")
STAFF = (INVESTIGATOR, NURSE, ASSESSOR, PHARMACIST, DATA, STATISTICIAN, BOARD, PATIENT)
PARTIES = ("statistician", "pharmacy", "board")

ADULT: dict[str, Value] = {
    "age_y": 40,
    "weight_kg": "60.0",
    "hand": "left",
    "ascites": 0,
    "bilirubin_umol_l": "10.0",
}


def study(folder: Path, *changes: tuple[str, str]) -> Loaded:
    """Return the small trial, loaded, after textual ``changes``."""
    text = TRIAL.replace("parties: [statistician, pharmacy]", f"parties: [{', '.join(PARTIES)}]")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    place = folder / STUDY
    place.mkdir(exist_ok=True)
    (place / "protocol.yaml").write_text(text, encoding="utf-8")
    return load_study(place)


def delegations() -> list[StaffDelegated]:
    return [StaffDelegated(person=s.person, name=s.person.title(), roles=(s.role,)) for s in STAFF]


@dataclass
class Ward:
    """The trial, opened; ``sealed()`` makes randomization possible."""

    loaded: Loaded
    store: Store = field(default_factory=MemoryStore)
    keys: dict[str, ReaderKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(datetime(2024, 3, 1, 8, tzinfo=UTC))
        self.entropy = SeededEntropy(1, "ward")
        self.trial = Trial(self.store, self.clock, self.entropy)
        if self.trial.store.head().seq == 0:
            setup.open_trial(self.trial, INVESTIGATOR, self.loaded, delegations())

    def wait(self, **duration: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**duration))

    def sealed(self) -> Ward:
        """Hold the ceremony, with blocks of two, or with a stock where the protocol minimizes."""
        spec = specification(self.trial.state.protocol)
        annex = Annex(self.entropy.bytes(32), [] if spec.minimization else [2])
        parts = {party: self.entropy.bytes(32) for party in PARTIES}
        promised = {
            party: commit(spec, annex.commitment(spec), party, part)
            for party, part in parts.items()
        }
        for party, commitment in promised.items():
            commit_seed_part(self.trial, BOARD, party, annex.commitment(spec), commitment)
        readers = allocation_of(self.trial.state.protocol).readers
        self.keys |= {role: new_reader_key(role, self.entropy) for role in readers}
        public = [key.reader for key in self.keys.values()]
        publish(self.trial, BOARD, seal(spec, annex, parts, promised, public, self.entropy))
        return self

    def screened(self, number: str, **values: Value) -> Ward:
        """Screen a person: ADULT unless ``values`` say otherwise; None leaves an item unknown."""
        fingerprint = sha256(number.encode()).hexdigest()
        screen.screen(self.trial, INVESTIGATOR, STUDY, number, fingerprint)
        capture.record_form(
            self.trial, INVESTIGATOR, STUDY, number, "entry", "baseline", {**ADULT, **values}
        )
        return self

    def ready(self, number: str, **values: Value) -> Ward:
        """Bring a person to the door of randomization: consent and a favourable verdict."""
        self.screened(number, **values)
        screen.consent(self.trial, INVESTIGATOR, STUDY, number, "en")
        assert screen.assess(self.trial, INVESTIGATOR, STUDY, number).eligible
        return self

    def randomized(self, number: str, **values: Value) -> Randomized:
        self.ready(number, **values)
        return randomise.randomise(self.trial, INVESTIGATOR, STUDY, number)

    def treated(self, number: str) -> Randomized:
        """Randomize, prepare and start the pump as the protocol says."""
        slot = self.randomized(number)
        sheet = dose.worksheet_for(self.trial, number, self.keys["pharmacy"])
        dose.prepare(self.trial, PHARMACIST, STUDY, number, slot.kit, sheet)
        self.start(number, slot.kit)
        return slot

    def start(self, number: str, kit: str, bolus_ml: str = "2") -> None:
        dose.start_pump(
            self.trial, NURSE, STUDY, number, kit, Decimal(bolus_ml), Decimal(10), Decimal(1)
        )

    def stop(self, number: str) -> None:
        dose.stop_pump(self.trial, NURSE, STUDY, number, "completed", Decimal("24.00"))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.trial.events()]
