from __future__ import annotations

import sys

import pytest

from equipoise.cli.app import main
from equipoise.cli.reader import reader
from tests.cli.shell import Shell


@pytest.mark.parametrize(
    ("words", "variable", "code"),
    [
        ([], "", "en"),
        ([], "zh", "zh"),
        (["--language", "zh"], "", "zh"),
        (["--language=zh", "trial.sqlite"], "en", "zh"),
        (["--language", "zh", "--language", "en"], "zh", "en"),
        (["--language", "fr"], "zh", "zh"),
        (["--language"], "fr", "en"),
    ],
)
def test_the_option_decides_and_else_the_variable(
    monkeypatch: pytest.MonkeyPatch, words: list[str], variable: str, code: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["equipoise", "analyze", *words])
    monkeypatch.setenv("EQUIPOISE_LANGUAGE", variable)
    assert reader().code == code


def test_the_language_of_the_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["equipoise", "check"])
    monkeypatch.delenv("EQUIPOISE_LANGUAGE", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert reader().code == "en"


def test_errors_are_said_in_chinese(shell: Shell) -> None:
    shell.monkeypatch.setenv("EQUIPOISE_LANGUAGE", "zh")
    shell.refuses("x.sqlite: 不存在\n   请核对名称，或先创建账本。", "verify", "x.sqlite")
    shell.refuses(
        "“3x”不是一列整数\n   请写 4,6。",
        "seal", "annex", "NCT04791059", "--block-sizes", "3x", "--out", "annex.secret",
    )  # fmt: skip


def test_the_option_of_a_command_is_enough(shell: Shell) -> None:
    shell.refuses("x.sqlite: 不存在", "analyze", "x.sqlite", "--out", "out", "--language", "zh")
    shell.monkeypatch.setenv("EQUIPOISE_LANGUAGE", "zh")
    shell.refuses("x.sqlite: is not", "analyze", "x.sqlite", "--out", "out", "--language", "en")


def test_a_language_that_there_is_not_is_refused(shell: Shell) -> None:
    shell.monkeypatch.setenv("EQUIPOISE_LANGUAGE", "fr")
    said = shell.refuses("EQUIPOISE_LANGUAGE: 'fr' is not available", "check", "NCT04791059").err
    assert said.endswith("   Use en or zh.\n")


def test_a_report_is_in_the_language_of_the_variable(shell: Shell) -> None:
    shell.monkeypatch.setenv("EQUIPOISE_LANGUAGE", "zh")
    assert "请补充" in shell("registry", "check", "NCT05718544").out
    assert "请补充" not in shell("registry", "check", "NCT05718544", "--language", "en").out


def test_an_interruption_is_said_in_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("equipoise.cli.app.app", interrupted)
    monkeypatch.setenv("EQUIPOISE_LANGUAGE", "zh")
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err.startswith("已停止。")
