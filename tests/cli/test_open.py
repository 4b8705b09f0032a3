"""`equipoise open`: one slot for care, all of them after the lock, and how it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from equipoise.analysis import plan
from equipoise.errors import Broken
from equipoise.events.types import AllocationOpened, EmergencyUnmasked
from tests.cli.shell import Shell
from tests.conduct.ward import PARTIES

ARMS = {"balm": "Balm", "salve": "Salve"}
OVERDOSE = ("--as", "ina", "--reason", "overdose", "--explanation", "cannot be woken")
KEY = ("--key", "duty desk.key")


def _card(shell: Shell, number: str = "P1") -> str:
    out = f"{number}.txt"
    shell.does("open", "card", "trial.sqlite", number, *KEY, "--out", out)
    return (shell.folder / out).read_text()


def _arm(card: str) -> str:
    (line,) = [line for line in card.splitlines() if line.startswith("arm: ")]
    return line.split(" ")[2]


def test_the_pharmacist_sees_what_goes_into_the_bag(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1", "P2")
    for number in ("P1", "P2"):
        out = shell.does("open", "worksheet", "trial.sqlite", number, "--key", "pharmacy.key")
        assert f"participant {number}" in out
        assert "40 ug" in out
        is_balm = _arm(_card(shell, number)) == "balm"
        assert ("120.00 mg" in out) == ("balmol" in out) == is_balm  # 2 mg/kg, 60 kg


def test_an_emergency_is_recorded_and_shows_one_arm(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1")
    arm = ARMS[_arm(_card(shell))]
    out = shell.does("open", "emergency", "trial.sqlite", "P1", *OVERDOSE, *KEY)
    assert f"P1: {arm}" in out
    assert set(ARMS.values()) - {arm} != set()
    assert not any(other in out for other in set(ARMS.values()) - {arm})
    last = shell.events()[-1]
    assert last.fact == EmergencyUnmasked(
        reason="overdose", explanation="cannot be woken", source="key"
    )
    assert (last.by, last.role, last.participant) == ("ina", "investigator", "P1")


def test_the_request_is_recorded_before_the_arm_is_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.sealed()
    shell.randomized("P1")

    def cut(*_: object) -> None:
        raise Broken("slot 0", "the box is damaged", "Open the envelope.")

    monkeypatch.setattr("equipoise.conduct.unmask.open_slot", cut)
    done = shell("open", "emergency", "trial.sqlite", "P1", *OVERDOSE, *KEY)
    assert done.code == 1
    assert not any(arm in done.said for arm in ARMS.values())
    assert shell.kinds()[-1] == "EmergencyUnmasked"


def test_a_card_from_the_envelope_is_recorded_with_its_time(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1", "P2")
    arm, other = ARMS[_arm(_card(shell, "P1"))], _card(shell, "P2")
    words = (
        "open",
        "emergency",
        "trial.sqlite",
        "P1",
        *OVERDOSE,
        "--card",
        "P1.txt",
        "--opened-at",
    )
    out = shell.does(*words, "2024-03-02T22:15")
    assert f"P1: {arm}" in out
    last = shell.events()[-1]
    assert last.occurred_at == datetime(2024, 3, 2, 21, 15, tzinfo=UTC)  # the trial is in Berlin
    assert isinstance(last.fact, EmergencyUnmasked)
    assert last.fact.source == "card"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()  # noqa: TID251  # the machine's
    shell.refuses("is in the future", *words, tomorrow)
    shell.refuses("--opened-at: 'at ten' is not a time", *words, "at ten")
    (shell.folder / "P1.txt").write_text(other)
    shell.refuses("not for participant P1", *words, "2024-03-02T22:15")
    (shell.folder / "P1.txt").write_text("arm: 0 balm")
    shell.refuses("the text is not a card", *words, "2024-03-02T22:15")


def test_a_card_is_printed_where_no_file_is_named(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1")
    assert shell.does("open", "card", "trial.sqlite", "P1", *KEY) == _card(shell)
    assert (shell.folder / "P1.txt").stat().st_mode & 0o777 == 0o600
    shell.refuses("P1.txt: exists", "open", "card", "trial.sqlite", "P1", *KEY, "--out", "P1.txt")


def test_an_emergency_that_cannot_be_opened_is_not_recorded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.sealed()
    shell.randomized("P1")
    emergency = ("open", "emergency", "trial.sqlite")
    shell.refuses("participant P9: there is no participant", *emergency, "P9", *OVERDOSE, *KEY)
    shell.refuses(
        "key: is the key of 'board', and emergencies are opened by 'duty desk'",
        *emergency, "P1", *OVERDOSE, "--key", "board.key",
    )  # fmt: skip
    curious = ("--as", "ina", "--reason", "curiosity", "--explanation", "", *KEY)
    shell.refuses("reason: 'curiosity' is not on the list", *emergency, "P1", *curious)
    nurse = ("--as", "nils", "--reason", "overdose", "--explanation", "cannot be woken", *KEY)
    shell.refuses("nils as caregiver: may not record EmergencyUnm", *emergency, "P1", *nurse)
    shell.refuses("it is not clear what was opened", *emergency, "P1", *OVERDOSE)
    both = ("--card", "P1.txt", "--opened-at", "2024-03-02T22:15")
    shell.refuses("it is not clear what was opened", *emergency, "P1", *OVERDOSE, *KEY, *both)
    shell.refuses("it is not clear what was", *emergency, "P1", *OVERDOSE, "--card", "P1.txt")
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", "somebody else's words")
    done = shell.refuses("the passphrase is wrong", *emergency, "P1", *OVERDOSE, *KEY)
    assert "somebody" not in done.said


def test_a_key_of_another_trial_opens_nothing(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1")
    shell.does("key", "new", "pharmacy", "--out", "other.key")
    words = ("open", "worksheet", "trial.sqlite")
    shell.refuses("no box of this list is sealed to it", *words, "P1", "--key", "other.key")
    shell.refuses("there is no participant", *words, "P9", "--key", "pharmacy.key")
    shell.refuses("key file: the file is cut off", *words, "P1", "--key", "trial.sqlite")


def test_the_list_opens_after_lock_and_signatures(shell: Shell) -> None:
    shell.sealed()
    words = ("open", "list", "trial.sqlite", "--key", "board.key", "--as")
    shell.refuses("study XX0001: is not locked", *words, "bea")
    study = ("--study", "XX0001")
    shell.does("sign", "plan", "trial.sqlite", *study, "--as", "stan")
    shell.does("lock", "trial.sqlite", *study, "--as", "dora")
    shell.refuses("the opening is not signed by the investigator", *words, "bea")
    shell.does("sign", "opening", "trial.sqlite", *study, "--as", "ina")
    shell.refuses("ina as investigator: may not record AllocationOpened", *words, "ina")
    assert "80 slots are open" in shell.does(*words, "bea", *study)
    (opened,) = [e.fact for e in shell.events() if isinstance(e.fact, AllocationOpened)]
    assert set(opened.seed_parts) == set(PARTIES)
    assert len(opened.slots) == 80
    shell.refuses("cannot follow 'allocation opened'", *words, "bea")


def test_the_escrow_opens_what_the_board_lost(shell: Shell) -> None:
    shell.sealed()
    shell.does("key", "split", "notary.key", "--out", "shares")
    shares = ("shares/share-2.txt", "shares/share-3.txt")
    shell.does("key", "join", "notary.key.pub", *shares, "--out", "again.key")
    shell.locked()
    shell.does("open", "list", "trial.sqlite", "--key", "again.key", "--as", "bea")


def test_a_list_is_not_opened_to_another_analysis(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.sealed()
    shell.locked()
    monkeypatch.setattr(plan, "code_digest", lambda: "0" * 64)
    words = ("open", "list", "trial.sqlite", "--key", "board.key", "--as", "bea")
    shell.refuses("the analysis code is not the one that was signed", *words)
