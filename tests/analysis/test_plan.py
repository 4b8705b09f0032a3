from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import equipoise
from equipoise.analysis.plan import code_digest, plan_digest, steps
from equipoise.protocol.load import load_study
from tests.conduct.ward import study


def test_the_plan_is_endpoints_and_populations_and_nothing_else(tmp_path: Path) -> None:
    def digest(*changes: tuple[str, str]) -> str:
        protocol = study(tmp_path, *changes).protocol
        assert protocol
        return plan_digest(protocol)

    plain = digest()
    assert plain == digest(("title: {en: Balm after", "title: {en: Cream after"))
    assert plain != digest(("rule: randomized", "rule: treated"))
    assert plain != digest(("expression: soreness,", "expression: soreness + 0,"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("compare: [balm, salve]}", "compare: [salve, balm]}"),
        ("{method: Welch difference in means}", "{method: Student difference in means}"),
        (
            "{method: Welch difference in means}",
            "{method: Welch difference in means, sensitivity: [{title: x, population: all}]}",
        ),
        (
            "assumptions:",
            "multiplicity: [{title: x, procedure: Holm, endpoints: [soreness]}]\nassumptions:",
        ),
    ],
)
def test_the_plan_covers_estimand_method_sensitivity_and_family(
    tmp_path: Path, old: str, new: str
) -> None:
    before, after = study(tmp_path).protocol, study(tmp_path, (old, new)).protocol
    assert before
    assert after
    assert plan_digest(before) != plan_digest(after)


def test_every_planned_analysis_is_a_step_with_its_function() -> None:
    protocol = load_study("NCT05718544").protocol
    assert protocol
    found = steps(protocol)
    assert all(step.function for step in found)
    for name, endpoint in protocol.all_endpoints().items():
        mine = [step for step in found if step.endpoint == name]
        planned = len(endpoint.analysis.sensitivity)
        assert [step.sensitivity for step in mine] == [None, *range(planned)]
        assert mine[0].procedure == endpoint.analysis
    other = {step.title.en: step for step in found if step.endpoint == "chronic_pain_24m"}
    assert other["tipping point"].procedure.handling.method == "tipping point"
    assert other["per protocol"].population == "per_protocol"


def test_a_follow_ups_plan_includes_its_parents() -> None:
    follow_up = load_study("NCT05718544").protocol
    assert follow_up
    alone = follow_up.model_copy(update={"parent": None})
    assert plan_digest(follow_up) != plan_digest(alone)


def test_the_code_digest_covers_sources_and_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "equipoise"
    shutil.copytree(Path(equipoise.__file__).parent, copy)
    assert code_digest() == code_digest()
    before = code_digest()
    monkeypatch.setattr("equipoise.analysis.plan.resources.files", lambda _: copy)
    assert code_digest() == before
    for name in (
        "analysis/estimators/binary.py",
        "analysis/templates/report.html",
        "analysis/templates/style.css",
        "rules/allocation/designs.py",
        "events/codec.py",
        "chance.py",
        "infusion/drugs/new.py",
    ):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        changed = code_digest()
        assert changed != before
        before = changed
    (copy / "cli" / "app.py").write_text("")  # not between ledger and result
    (copy / "analysis" / "notes.txt").write_text("no code")
    assert code_digest() == before
