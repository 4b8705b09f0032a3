"""Arms with names that cannot be overlooked: the protocol says them, and nothing about a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipoise.conduct import capture, dose
from equipoise.conduct.disclose import readable
from equipoise.conduct.trial import Staff
from equipoise.conduct.unmask import unmask
from equipoise.errors import EquipoiseError
from equipoise.events.types import AdverseEventReported
from tests.conduct.ward import (
    ASSESSOR,
    INVESTIGATOR,
    NURSE,
    PATIENT,
    PHARMACIST,
    STAFF,
    STUDY,
    Ward,
    study,
)

SENTINELS = (
    "ARM-ÆØ-1",
    "ARM-ÆØ-2",
    "zaelve1",
    "zaelve2",
    "zaemix1",
    "zaemix2",
    "balmol",
)
CHANGES = (
    ("  balm: {title: Balm,", "  zaelve1: {title: ARM-ÆØ-1,"),
    ("  salve: {title: Salve,", "  zaelve2: {title: ARM-ÆØ-2,"),
    ("mixture: balm}", "mixture: zaemix1}"),
    ("mixture: salve}", "mixture: zaemix2}"),
    ("mixtures:\n  balm:", "mixtures:\n  zaemix1:"),
    ("  salve:\n    diluent", "  zaemix2:\n    diluent"),
    ("ratio: {balm: 1, salve: 1}", "ratio: {zaelve1: 1, zaelve2: 1}"),
    ("compare: [balm, salve]", "compare: [zaelve1, zaelve2]"),
)


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """A ward on which everything happens that can be recorded of a participant."""
    ward = Ward(study(tmp_path, *CHANGES)).sealed()
    for number in ("P1", "P2", "P3", "P4"):
        ward.treated(number)
        ward.wait(hours=1)
        report = AdverseEventReported(
            term="Itch", organ_system="Skin disorders", severity="mild", serious=False,
            related="possible", outcome="recovered",
        )  # fmt: skip
        now = ward.clock.now()
        capture.report_adverse_event(ward.trial, NURSE, STUDY, number, report, now)
        capture.record_form(
            ward.trial, PATIENT, STUDY, number, "noon", "diary", {"sore": True, "soreness": 3}
        )
        ward.stop(number)
    unmask(ward.trial, INVESTIGATOR, STUDY, "P2", "death", "", ward.keys["duty desk"])
    return ward


def _said(text: str) -> set[str]:
    """Return the sentinels in ``text``, also where JSON writes letters as numbers."""
    written = {s: (s, json.dumps(s)[1:-1]) for s in SENTINELS}
    return {
        s for s, forms in written.items() if any(form.lower() in text.lower() for form in forms)
    }


def test_the_protocol_names_the_arms(ward: Ward) -> None:
    text = next(e.payload for e in ward.store.read() if e.event().kind == "ProtocolAdopted")
    assert _said(text.decode()) == set(SENTINELS)
    assert _said(json.dumps("ARM-ÆØ-1")) == {"ARM-ÆØ-1"}


def test_nothing_else_that_is_stored_does(ward: Ward) -> None:
    for entry in ward.store.read():
        if entry.event().kind != "ProtocolAdopted":
            assert not _said((entry.header + entry.payload).decode()), entry.event().kind


@pytest.mark.parametrize("reader", STAFF, ids=lambda staff: staff.role)
def test_no_event_of_a_participant_that_anybody_reads_does(ward: Ward, reader: Staff) -> None:
    shown = [e for e in readable(ward.trial, reader) if e["participant"]]
    assert shown or reader == ASSESSOR
    assert not _said(json.dumps(shown))


def test_no_refusal_does(ward: Ward) -> None:
    kits = [ward.trial.participant(number).kit or "" for number in ("P1", "P2")]
    sheet = dose.worksheet_for(ward.trial, "P1", ward.keys["pharmacy"])
    assert _said(str(sheet.lines[0].drug) + str(sheet.steps[0].drug)) <= set(SENTINELS)
    assert not _said(f"{sheet!r} {sheet.lines!r} {sheet.steps!r}")
    for kit in kits:
        with pytest.raises(EquipoiseError) as refused:
            dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", kit, sheet)
        assert not _said(f"{refused.value} {refused.value!r}")
