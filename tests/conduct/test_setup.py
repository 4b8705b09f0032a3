from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.conduct import setup
from equipoise.errors import InputError, Refused
from equipoise.ledger.verify import verify
from equipoise.protocol.load import digest, load_study
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward, delegations, study


def test_a_ledger_begins_with_trial_protocol_and_staff(ward: Ward) -> None:
    assert ward.kinds()[:2] == ["TrialOpened", "ProtocolAdopted"]
    assert ward.kinds().count("StaffDelegated") == 8
    state = ward.trial.state
    assert (state.title, state.zone) == ("Balm after hand surgery", "Europe/Berlin")
    assert state.rehearsal is None
    assert ward.loaded.protocol
    assert state.digests == {STUDY: digest(ward.loaded.protocol)}


def test_a_ledger_is_opened_once(ward: Ward) -> None:
    with pytest.raises(Refused, match="TrialOpened cannot follow 'opened'"):
        setup.open_trial(ward.trial, INVESTIGATOR, ward.loaded, delegations())


def test_a_protocol_with_errors_opens_nothing(tmp_path: Path) -> None:
    broken = study(tmp_path, ("rule: age_y >= 18", "rule: aged_y >= 18"))
    with pytest.raises(InputError, match=r"has 1 errors; the first: .*protocol.yaml:\d+"):
        Ward(broken)


def test_a_follow_up_cannot_open_a_ledger_but_be_adopted_by_it(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path))
    later = tmp_path / "XX0002"
    later.mkdir()
    text = (
        "study: XX0002\nversion: 1\neffective_on: 2024-03-01\nextends: XX0001\ntitle: Later\n"
        'consent_version: "1.0"\n'
        "eligibility: [{id: I1, kind: inclusion, text: Adult, rule: age_y >= 18}]\n"
    )
    (later / "protocol.yaml").write_text(text)
    follow_up = load_study(later)
    assert not follow_up.errors
    with pytest.raises(InputError, match="extends XX0001, so it cannot open a ledger"):
        setup.open_trial(ward.trial, INVESTIGATOR, follow_up, delegations())
    setup.adopt(ward.trial, INVESTIGATOR, follow_up)
    assert ward.trial.state.protocol.study == "XX0002"
    assert ward.trial.state.protocol.root.study == STUDY


def test_a_follow_up_of_another_version_is_refused(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path))
    study(tmp_path, ("version: 1", "version: 2"))
    later = tmp_path / "XX0002"
    later.mkdir()
    (later / "protocol.yaml").write_text(
        "study: XX0002\nversion: 1\neffective_on: 2024-03-01\nextends: XX0001\ntitle: Later\n"
        'consent_version: "1.0"\neligibility: []\n'
    )
    with pytest.raises(Refused, match="extends XX0001 in another version"):
        setup.adopt(ward.trial, INVESTIGATOR, load_study(later))


def test_a_protocol_is_adopted_on_its_day_and_not_before(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path))
    later = study(tmp_path, ("version: 1", "version: 2"), ("on: 2024-02-01", "on: 2024-03-02"))
    with pytest.raises(Refused, match="holds from 2024-03-02 on, and today is 2024-03-01"):
        setup.adopt(ward.trial, INVESTIGATOR, later)
    ward.wait(hours=15)  # one o'clock in the morning at the site
    setup.adopt(ward.trial, INVESTIGATOR, later)
    ward.screened("P1")
    assert ward.trial.state.protocol.version == 2
    assert verify(ward.store.read()).verified
