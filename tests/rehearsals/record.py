"""Rehearsals whose ledgers are known beforehand: ``python -m tests.rehearsals.record`` renews them.

``people`` is the digest of what happened to participants, and when. It changes when somebody's
life does. ``head`` is the ledger's head before the analysis plan is signed (the signature holds a
digest of the analysis code). It also changes with the protocol's text, the codec and the version.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from equipoise.conduct.trial import Trial
from tests.rehearsals.knee import rehearsed

FILE = Path(__file__).parent / "recorded.json"
REHEARSALS: dict[str, tuple[str, int, str, int]] = {
    "plain": ("KNEE-PCA", 1, "plain", 6),
    "a large seed": ("KNEE-PCA", 2**63 + 12345, "plain", 4),
    "several bags": ("KNEE-PCA", 2, "painful", 4),
    "two studies": ("KNEE-LATER", 3, "plain", 8),
}
"""Study, seed, scenario and participants of each."""


def facts(name: str) -> dict[str, str]:
    """Rehearse, and return what is recorded of the rehearsal."""
    study, seed, scenario, participants = REHEARSALS[name]
    trial = rehearsed(seed, scenario, participants, name=study)
    return {"people": _people(trial), "head": _head(trial)}


def recorded() -> dict[str, dict[str, str]]:
    """Return what the file holds."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def _people(trial: Trial) -> str:
    told = hashlib.sha256()
    for event in trial.events():
        if event.participant is not None:
            what = json.dumps(event.fact.model_dump(mode="json"), sort_keys=True)
            line = f"{event.occurred_at} {event.participant} {event.by} {event.kind} {what}\n"
            told.update(line.encode())
    return told.hexdigest()


def _head(trial: Trial) -> str:
    signed = next(event.seq for event in trial.events() if event.kind == "AnalysisPlanSigned")
    before = next(entry for entry in trial.store.read(after=signed - 2))
    return f"{before.seq}:{before.digest.hex()}"


if __name__ == "__main__":
    text = json.dumps({name: facts(name) for name in REHEARSALS}, indent=2)
    FILE.write_text(text + "\n", encoding="utf-8")
