from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.protocol.check import CHECKS, check
from equipoise.protocol.load import load_study, shipped
from equipoise.protocol.study import Study
from tests.protocol.sample import load, load_follow_up


def test_every_check_is_said_to_do_something_of_its_own() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
    sentences = [each.__doc__ for each in CHECKS]
    assert all(sentences)
    assert len(set(sentences)) == len(sentences)


def test_a_sound_trial_and_its_follow_up_have_no_findings(tmp_path: Path) -> None:
    for loaded in (load(tmp_path), load_follow_up(tmp_path)):
        assert loaded.problems == ()
        assert loaded.protocol is not None
        assert check(Study(loaded.protocol)) == []


@pytest.mark.parametrize("study", shipped())
def test_shipped_studies_have_no_problems(study: str) -> None:
    loaded = load_study(study)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.protocol is not None
