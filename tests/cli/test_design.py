from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.shell import Shell

KNEE = str(Path(__file__).parents[1] / "rehearsals" / "studies" / "KNEE-PCA")


def test_a_design_is_compared_with_another(run: Run) -> None:
    done = run(
        "design", "compare", KNEE, "--design", "complete", "--trials", "10",
        "--participants", "12", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["size", KNEE, "--trials", "0"], "trials"),
        (["assurance", KNEE, "--prior", "effects.nothing.pain=normal(0,1)"], "nothing"),
        (["assurance", KNEE, "--prior", "attrition=beta(1,2)"], "no prior"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, options: list[str], said: str) -> None:
    done = run("design", *options)
    assert done.returncode == 2, done.stdout
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


USES = [
    (
        ["assurance", "--prior", "demand.per_h=uniform(0.3,0.8)", "--draws", "3"],
        ("Success is to be expected with probability", "Power if it were known"),
        ("预期成功概率为", "若该值已知时的检验效能"),
    ),
    (
        ["size", "--power", "0.3", "--largest", "24"],
        ("participants for a power of 30 %", "Sizes tried"),
        ("检验效能达30 %需", "试过的样本量"),
    ),
    (
        ["compare"],
        ("The greatest power has", "next arm guessed"),
        ("检验效能最高的是", "猜中下一组"),
    ),
    (
        ["tornado", "--vary", "demand.per_h"],
        ("of 1 assumptions move it", "higher: change"),
        ("1项假设中有", "取高值：变化"),
    ),
    (
        ["safety", "--persons", "5", "--above", "esketamine=100"],
        ("Who presses at every end of the lockout", "half of the EEG effect", "as given"),
        ("每次锁定时间一结束即按压者", "脑电半数效应", "用户指定", "艾司氯胺酮"),
    ),
    (
        ["interim"],
        ("useless: type I error", "stop for the worse"),
        ("useless：Ⅰ类错误", "因不利而停止"),
    ),
]
UNTOLD = ("Pain on the first morning", "big stick 3")  # as the protocol and the asker write it


@pytest.mark.parametrize(("words", "english", "chinese"), USES, ids=[each[0][0] for each in USES])
def test_a_use_is_told_in_both_languages(
    shell: Shell, words: list[str], english: tuple[str, ...], chinese: tuple[str, ...]
) -> None:
    shell.monkeypatch.setenv("COLUMNS", "300")
    few = [] if words[0] == "size" else ["--participants", "12"]
    asked = ["design", words[0], KNEE, *words[1:], "--trials", "10", *few]
    told = shell.does(*asked)
    assert all(each in told for each in english), told
    spoken = shell.does(*asked, "--language", "zh", "--out", "page")
    assert all(each in spoken for each in chinese), spoken
    assert re.findall(r"\d+\.\d+", spoken) == re.findall(r"\d+\.\d+", told)
    for text in UNTOLD:
        spoken = spoken.replace(text, "")
    assert re.findall(r"[A-Za-z]+,? [A-Za-z]+", spoken) == []
    page = (shell.folder / "page" / "design.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page
    assert "预演：虚拟受试者。没有任何患者参加" in page
    assert all(each in page for each in chinese)


def test_a_language_that_is_not_there_is_refused_before_the_work(shell: Shell) -> None:
    shell.refuses("there is no report in 'fr'", "design", "size", KNEE, "--language", "fr")
