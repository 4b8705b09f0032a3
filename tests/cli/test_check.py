from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.protocol.sample import TRIAL

ROLES = "masked: [participant, investigator, outcomes assessor]"
COMPARED = "compare: [balm, salve]}\n    analysis: {method: Welch"
NIGHT = 'day: 1\n    at: "20:00"'
MISTAKES = {
    "lockout_min: 10": "lockout_min: 0",
    "rule: age_y >= 18": "rule: aged_y >= 18",
    "mixture: salve}": "mixture: salvia}",
    "ratio: {balm: 1, salve: 1}": "ratio: {balm: 1}",
    "forms: [baseline]": "forms: [base_line]",
    ROLES: "masked: [participant, pharmacist]",
    "over: any": "over: all",
    COMPARED: COMPARED.replace("salve", "slave"),
    NIGHT: 'at: "20:00"',
    "{id: E2, kind: exclusion": "{id: I1, kind: exclusion",
}


def test_ten_mistakes_are_all_told_with_their_lines(run: Run, tmp_path: Path) -> None:
    text = TRIAL
    for right, wrong in MISTAKES.items():
        assert text.count(right) >= 1, right
        text = text.replace(right, wrong, 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "protocol.yaml").write_text(text, encoding="utf-8")
    failed = run("check", "mine")
    assert failed.returncode == 1
    lines = text.splitlines()
    for wrong in MISTAKES.values():
        first = wrong.splitlines()[0].strip()
        numbers = [n for n, line in enumerate(lines, start=1) if first in line]
        near = [n + k for n in numbers for k in range(-3, 2)]
        assert any(f"mine/protocol.yaml:{n}:" in failed.stdout for n in near), first
    assert failed.stdout.count("error:") >= 10


def test_mistakes_are_told_in_chinese(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    text = TRIAL.replace("lockout_min: 10", "lockout_min: 0").replace("over: any", "over: all")
    (tmp_path / "mine" / "protocol.yaml").write_text(text, encoding="utf-8")
    told = run("check", "mine", env={"EQUIPOISE_LANGUAGE": "zh"}).stdout
    line = text.splitlines().index("  lockout_min: 0") + 1
    assert f"mine/protocol.yaml:{line}: pump.lockout_min: 错误: 不允许 0 min\n" in told
    assert "\n   没有锁定时间，泵每按必给。请给" in told
    assert '错误: "all" 不在可选项之中' in told
    assert told.count("错误: ") == 3
    assert told.endswith("\n3个错误\n")
    read = json.loads(run("check", "mine", "--json", env={"EQUIPOISE_LANGUAGE": "zh"}).stdout)
    assert "0 min is not allowed" in {problem["what"] for problem in read["problems"]}


@pytest.mark.parametrize("study", ["NCT05718544", "NCT04791059"])
def test_a_good_protocol_is_summarised_on_one_screen(run: Run, study: str) -> None:
    done = run("check", study)
    assert done.returncode == 0
    assert study in done.stdout
    assert len(done.stdout.splitlines()) <= 50


def test_a_program_reads_json(run: Run) -> None:
    done = run("check", "NCT04791059", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)
