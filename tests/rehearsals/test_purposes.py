"""Every purpose for which chance is asked stands on the page, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from equipoise.chance import Chance
from equipoise.rehearsal.stage import NOBODY
from tests.rehearsals.knee import rehearsed

PAGE = Path(__file__).parents[2] / "docs/virtual-patients.md"
NAMES = {
    "NAME": r"[a-z]\w*", "DRUG": r"[a-z]\w*", "VISIT": r"[a-z]\w*", "STUDY": "[A-Z][A-Z0-9-]*",
    "FORM": r"[a-z]\w*", "ITEM": r"[a-z]\w*",
}  # fmt: skip


def _documented() -> dict[str, re.Pattern[str]]:
    """Return by purpose a pattern of ``participant purpose``."""
    rows = re.findall(r"^\| (0|n) \| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    found = {}
    for participant, purpose in rows:
        words = [NAMES.get(word, re.escape(word)) for word in purpose.split()]
        who = str(NOBODY) if participant == "0" else r"[1-9]\d*"
        found[purpose] = re.compile(f"{who} {' '.join(words)}")
    return found


def test_the_page_lists_every_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    addresses: list[tuple[int, str, int]] = []
    draw = Chance.uniform

    def uniform(self: Chance, participant: int, purpose: str, index: int) -> float:
        asked.add(f"{participant} {purpose}")
        addresses.append((participant, purpose, index))
        return draw(self, participant, purpose, index)

    monkeypatch.setattr(Chance, "uniform", uniform)
    rehearsed(1, participants=20, name="KNEE-LATER")
    documented = _documented()
    unknown = [a for a in asked if not any(p.fullmatch(a) for p in documented.values())]
    assert not unknown
    unused = {
        purpose
        for purpose, pattern in documented.items()
        if not any(pattern.fullmatch(a) for a in asked)
    }
    assert unused == {"covariate NAME missing"}  # no covariate of the invented study is left out
    assert len(documented) == 24
    twice = len(addresses) - len(set(addresses))
    assert twice == 0
