"""The command line within the test's own process, and a trial to use it on: quicker than a run."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from equipoise.chance import SeededEntropy
from equipoise.cli import main
from equipoise.conduct._key_file import save_reader_key
from equipoise.conduct._keys import new_reader_key
from equipoise.events.types import Event
from equipoise.ledger import GENESIS, SqliteStore, seal
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct import ward

PASSPHRASE = "correct horse battery"
READERS = ("pharmacy", "board", "duty desk", "notary")


@dataclass
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass
class Shell:
    """A folder in which commands are given."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *words: str) -> Done:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setattr(sys, "argv", ["equipoise", *words])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = self.capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Done(left.value.code, printed.out, printed.err)

    def does(self, *words: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self(*words)
        assert done.code == 0, done.said
        return done.out

    def refuses(self, says: str, *words: str, code: int = 2) -> Done:
        """Run a command that must fail with a sentence, a next step, and no new or changed file."""
        before = self.files()
        done = self(*words)
        assert done.code == code, done.said
        assert says in done.said
        assert "Traceback" not in done.said
        assert PASSPHRASE not in done.said
        if code == 2:
            assert done.out == ""
            assert len(done.err.splitlines()) == 2
            assert done.err.splitlines()[1].startswith("   ")
        assert self.files() == before
        return done

    def files(self) -> dict[str, bytes]:
        """Return what every file holds; of a ledger its head, for opening changes its bytes."""
        return {
            str(path.relative_to(self.folder)): self._content(path)
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def _content(self, path: Path) -> bytes:
        if path.suffix != ".sqlite":
            return path.read_bytes()
        store = SqliteStore.open(path, read_only=True)
        head = store.head()
        store.close()
        return str(head).encode()

    def printed(self, word: str, text: str) -> str:
        """Return what stands after ``word`` at the beginning of a line."""
        (found,) = {
            line.split(" ")[-1] for line in text.splitlines() if line.strip().startswith(word)
        }
        return found

    # --- a trial -------------------------------------------------------------------------------

    def trial(self) -> None:
        """Write the small study, and begin its ledger ``trial.sqlite``."""
        ward.study(self.folder)
        people = [
            f"- {{person: {s.person}, name: {s.person}, roles: [{s.role}]}}" for s in ward.STAFF
        ]
        (self.folder / "staff.yaml").write_text("\n".join(people))
        self.does(
            "begin", "./XX0001", "--staff", "staff.yaml", "--ledger", "trial.sqlite", "--as", "ina"
        )

    def keys(self) -> None:
        """Write a key file for each reader, with costs that suit a test."""
        for role in READERS:
            key = new_reader_key(role, SeededEntropy(1, role))
            cheap = save_reader_key(
                key, Secret(PASSPHRASE), SeededEntropy(2, role), memory_mib=1, passes=1
            )
            (self.folder / f"{role}.key").write_bytes(cheap)
            (self.folder / f"{role}.key.pub").write_text(key.reader.model_dump_json() + "\n")

    def parts(self) -> None:
        """Make the annex and the parts, and record the commitments."""
        out = self.does(
            "seal", "annex", "./XX0001", "--block-sizes", "2,4", "--out", "annex.secret"
        )
        annex = self.printed("commitment", out)
        self.commit(annex)

    def commit(self, annex: str, ending: str = "part") -> None:
        """Draw a part for each party, bound to ``annex``, and record its commitment."""
        for party in ward.PARTIES:
            out = self.does(
                "seal", "part", "./XX0001", "--party", party, "--annex", annex,
                "--out", f"{party}.{ending}",
            )  # fmt: skip
            self.does(
                "seal", "commit", "trial.sqlite", "--party", party, "--annex", annex,
                "--commitment", self.printed("commitment", out), "--as", "bea",
            )  # fmt: skip

    def list_words(
        self, parts: Iterable[str] = ward.PARTIES, readers: Iterable[str] = READERS
    ) -> list[str]:
        """Return the words of ``equipoise seal list``, without --out."""
        words = ["seal", "list", "trial.sqlite", "--annex", "annex.secret"]
        words += [word for party in parts for word in ("--part", f"{party}.part")]
        return words + [word for role in readers for word in ("--reader", f"{role}.key.pub")]

    def sealed(self) -> str:
        """Do everything up to the published list; return the publication's digest."""
        self.trial()
        self.keys()
        self.parts()
        out = self.does(*self.list_words(), "--out", "sealed.list")
        self.does("seal", "publish", "trial.sqlite", "sealed.list", "--as", "bea")
        return self.printed("publication", out)

    def randomized(self, *numbers: str) -> None:
        """Bring participants into the trial, as the ward's screens do."""
        store = SqliteStore.open(self.folder / "trial.sqlite")
        trial = ward.Ward(ward.study(self.folder), store)
        trial.clock.move_to(list(trial.trial.events())[-1].recorded_at)
        for number in numbers:
            trial.randomized(number)
        store.close()

    def locked(self) -> None:
        """Sign the plan, lock, and sign the opening."""
        study = ("--study", "XX0001")
        self.does("sign", "plan", "trial.sqlite", *study, "--as", "stan")
        self.does("lock", "trial.sqlite", *study, "--as", "dora")
        self.does("sign", "opening", "trial.sqlite", *study, "--as", "ina")

    def events(self, ledger: str = "trial.sqlite") -> list[Event]:
        store = SqliteStore.open(self.folder / ledger, read_only=True)
        events = [entry.event() for entry in store.read()]
        store.close()
        return events

    def kinds(self, ledger: str = "trial.sqlite") -> list[str]:
        return [event.kind for event in self.events(ledger)]

    def forge(self, name: str, events: list[Event]) -> None:
        """Write ``events`` as a ledger whose chain holds, as its owner could."""
        forged = SqliteStore.create(self.folder / name)
        forged.append(seal(events, GENESIS, SeededEntropy(9, "forger")), expected=GENESIS)
        forged.close()
