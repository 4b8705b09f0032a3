"""Published figures are read, measured on trials' summaries, and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks import calibrate
from benchmarks.calibrate import (
    DoseRate,
    Figure,
    Measure,
    RiskRatio,
    Share,
    Visits,
    main,
    published,
    simulated,
    table,
)
from equipoise.analysis.summary import FORMAT
from equipoise.protocol.load import load_study, shipped

STUDIES = {n: f for n, f in shipped().items() if (f / "published.yaml").is_file()}


def _row(endpoint: str, visit: str | None, estimate: float, p: float, *sums: int) -> dict[str, Any]:
    groups = [
        {"arm": arm, "analysed": 50, "sum": total}
        for arm, total in zip(("new", "old"), sums, strict=True)
    ]
    return {
        "endpoint": endpoint, "visit": visit, "estimate": estimate, "p_value": p, "groups": groups,
    }  # fmt: skip


def _trial(new: int, old: int, rate: float, *shifts: tuple[float, float]) -> dict[str, Any]:
    rows = [_row("cured", None, new / old, 0.5, new, old)]
    rows += [_row("pain", f"day{i}", e, p, 0, 0) for i, (e, p) in enumerate(shifts)]
    rates = [{"arm": "new", "drug": "x", "mean": rate}, {"arm": "old", "drug": "x", "mean": 99}]
    return {"endpoints": rows, "exposure": {"dose_rates_ug_kg_h": rates}}


TRIALS = [
    _trial(20, 40, 5.0, (-1, 0.001), (-1, 0.002), (0, 0.9)),
    _trial(30, 40, 6.0, (-1, 0.001), (-1, 0.200), (-1, 0.001)),
    _trial(25, 40, 5.5, (-2, 0.001), (0, 0.400), (0, 0.8)),
]


@pytest.mark.parametrize(
    ("measure", "value", "spread"),
    [
        (Share(kind="share", endpoint="cured", arm="new"), 50, "± 5.8"),
        (Share(kind="share", endpoint="cured", arm="old"), 80, "± 0"),
        (RiskRatio(kind="risk ratio", endpoint="cured", arms=("new", "old")), 0.625, "± 0.072"),
        (RiskRatio(kind="risk ratio", endpoint="cured", arms=("old", "new")), 1.6, "± 0.18"),
        (DoseRate(kind="dose rate", arm="new", drug="x"), 5.5, "± 0.29"),
        # means of the three visits: -1.33, -0.67, -0.33
        (
            Visits(kind="visits on average", endpoint="pain", low=-1.5, high=-0.5),
            2, "(-1.33 to -0.33)",
        ),
        (
            Visits(kind="visits in a trial", endpoint="pain", low=-1, high=-1, p_max=0.002),
            4 / 3, "± 0.67, median 2",
        ),
        (
            Visits(kind="visits in a trial", endpoint="pain", low=-2, high=0),
            3, "± 0, median 3",
        ),
    ],
)  # fmt: skip
def test_a_measure_over_trials(measure: Measure, value: float, spread: str) -> None:
    found = simulated(measure, TRIALS)
    assert found.value == pytest.approx(value)
    assert found.spread == spread


def _figure(low: float, high: float) -> Figure:
    return Figure(
        figure="Cured, %", source="s", published=50, accepted=(low, high), because="because",
        scenario="plain", measure=Share(kind="share", endpoint="cured", arm="new"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "missed"), [(49, 51, 0), (50, 50, 0), (50.1, 60, 1), (40, 49.9, 1)]
)
def test_a_figure_is_met_within_its_bounds(low: float, high: float, missed: int) -> None:
    lines, count = table([("STUDY", _figure(low, high))], {("STUDY", "plain"): TRIALS})
    assert count == missed
    assert lines[-1].endswith("✗" if missed else "✓")
    assert "Cured, %" in lines[-1]
    assert "STUDY" in lines


@pytest.mark.parametrize(("low", "ends_with"), [(40, 0), (55, 1)])
def test_the_exit_code_says_whether_all_are_met(
    low: float, ends_with: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = next(iter(STUDIES))
    asked: list[calibrate.Job] = []

    def rehearse_all(jobs: list[calibrate.Job], workers: int) -> dict[tuple[str, str], Any]:
        asked.extend(jobs)
        return {(study, "plain"): TRIALS}

    sources = {"s": calibrate.Source(citation="A paper")}
    known = calibrate.Published(sources=sources, figures=(_figure(low, 60), _figure(40, 60)))
    monkeypatch.setattr(calibrate, "published", lambda folder: known)
    monkeypatch.setattr(calibrate, "rehearse_all", rehearse_all)
    said: list[str] = []
    assert main([study, "--trials", "3", "--seed", "7"], said.append) == ends_with
    assert [(job.study, job.scenario, job.seed, job.trial) for job in asked] == [
        (study, "plain", 7, k) for k in range(3)
    ]
    assert said[-1] == ("1 of 2 figures missed." if ends_with else "All figures are met.")


@pytest.mark.parametrize(
    ("arguments", "said"), [(["NCT00000000"], "NCT05718544"), (["--trials", "1"], "2 trials")]
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


# --- the files that ship --------------------------------------------------------------------------


@pytest.mark.parametrize("folder", STUDIES.values(), ids=STUDIES)
def test_published_figures_are_about_things_in_the_protocol(folder: Path) -> None:
    protocol = load_study(folder).protocol
    assert protocol is not None
    arms, endpoints = protocol.root.arms, protocol.all_endpoints()
    for figure in published(folder).figures:
        assert figure.scenario in protocol.scenarios
        match figure.measure:
            case Share(endpoint=endpoint, arm=arm):
                assert arm in arms
                assert endpoints[endpoint].estimand.summary == "risk ratio"
            case RiskRatio(endpoint=endpoint, arms=pair):
                assert set(pair) <= arms.keys()
                assert endpoints[endpoint].estimand.compare == pair
            case DoseRate(arm=arm, drug=drug):
                mixture = protocol.root.mixtures[arms[arm].mixture]
                assert drug in {part.drug for part in mixture.components}
            case Visits(endpoint=endpoint, low=low, high=high):
                assert low <= high
                assert figure.accepted[1] <= len(endpoints[endpoint].variable.visits)


@pytest.mark.parametrize("folder", STUDIES.values(), ids=STUDIES)
def test_published_figures_have_a_source_and_are_themselves_near_enough(folder: Path) -> None:
    known = published(folder)
    for figure in known.figures:
        source = known.sources[figure.source]
        assert source.doi or source.link or figure.source == "protocol"
        assert figure.accepted[0] <= figure.accepted[1]
        rounded = 10.0 ** -len(str(figure.published).partition(".")[2])
        assert figure.accepted[0] - rounded <= figure.published <= figure.accepted[1] + rounded
    assert len({figure.figure for figure in known.figures}) == len(known.figures)


def test_the_published_shares_are_those_of_the_paper() -> None:
    figures = {f.figure: f for f in published(STUDIES["NCT04791059"]).figures}
    combined = figures["Moderate-to-severe pain within 72 h, combined, %"]
    placebo = figures["Moderate-to-severe pain within 72 h, placebo, %"]
    assert combined.published == round(100 * 65 / 99, 1)
    assert placebo.published == round(100 * 86 / 100, 1)
    ratio = figures["Moderate-to-severe pain within 72 h, risk ratio"].published
    assert ratio == round(65 / 99 / (86 / 100), 2)


def test_a_figure_with_a_word_too_many_is_refused(tmp_path: Path) -> None:
    (tmp_path / "published.yaml").write_text("sources: {}\nfigures: []\nmore: 1\n", "utf-8")
    with pytest.raises(ValidationError, match="more"):
        published(tmp_path)


@pytest.mark.slow
def test_one_trial_is_rehearsed_and_analysed() -> None:
    found = calibrate.one_trial(calibrate.Job("NCT04791059", "published", 2023, 0))
    assert found["format"] == FORMAT
    assert found["rehearsal"] == {"seed": 2023, "trial": 0, "scenario": "published"}
    for figure in published(STUDIES["NCT04791059"]).figures:
        assert simulated(figure.measure, [found, found]).value is not None
