from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.sample import Change, load, load_follow_up, said

WEIGHT = "{id: weight_kg, type: decimal, precision: 1, range: [20, 200], label: Weight}"
SORE = "{id: sore, type: boolean, label: Sore}"
SORENESS = "{id: soreness, type: integer, range: [0, 10], show_if: sore, label: Soreness}"
DIARY = "forms.diary.items"
BASE = "forms.baseline.items"
USE = "forms.baseline.instruments.child_pugh"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            (SORE, f"{SORE}\n      - {{id: hand, type: boolean, required: false, label: Hand}}"),
            [f"{DIARY}.hand: there is an item `hand` in form `baseline` already"],
        ),
        (
            (SORE, SORE.replace("label", "codes: {a: A}, range: [0, 1], precision: 1, label")),
            [
                f"{DIARY}.sore.codes: codes are for a choice, and `sore` is boolean",
                f"{DIARY}.sore.range: a range is for numbers, and `sore` is boolean",
                f"{DIARY}.sore.precision: decimals are for a decimal, and `sore` is boolean",
            ],
        ),
        (
            (SORENESS, SORENESS.replace("range: [0, 10], ", "")),
            [
                (
                    f"warning {DIARY}.soreness: `soreness` has no range, so every slip of the "
                    "finger is taken"
                )
            ],
        ),
        (
            ("show_if: sore,", "show_if: soar,"),
            [f"{DIARY}.soreness.show_if: there is no item `soar`"],
        ),
        (
            ("show_if: sore,", "show_if: hand,"),
            [f"{DIARY}.soreness.show_if: there is no item `hand`"],
        ),
        (
            ("show_if: sore,", "show_if: sore >,"),
            [f"{DIARY}.soreness.show_if: column 7: cannot be read\n     sore >\n           ^"],
        ),
        (
            ("formula: weight_kg > 100", "formula: weight_kg + 100"),
            [f"{BASE}.heavy.formula: the result is a number, where yes or no is wanted"],
        ),
        (
            ("formula: weight_kg > 100", "formula: hand > 100"),
            [
                (
                    f"{BASE}.heavy.formula: column 8: text is compared with a number\n"
                    "     hand > 100\n            ^"
                )
            ],
        ),
        (
            (
                "formula: weight_kg > 100",
                (
                    "formula: not fit, label: Heavy}\n"
                    "      - {id: fit, type: boolean, formula: not heavy"
                ),
            ),
            [f"{BASE}.heavy: the formulas run in a circle: heavy needs fit needs heavy"],
        ),
        (
            ("name: child_pugh,", "name: child_pug,"),
            [
                "forms.baseline.instruments.child_pug.name: There is no instrument of this name.",
            ],
        ),
        (
            ("name: child_pugh,", "name: child_pugh, settings: {neck: new},"),
            [
                f"{USE}.settings: It has no setting 'neck'.",
            ],
        ),
        (
            ("{encephalopathy_points:", "{encephalopathy_point:"),
            [f"{USE}.parts.encephalopathy_point: Child-Pugh has no part `encephalopathy_point`"],
        ),
        (
            ('"1 + 0 * age_y"', "age"),
            [f"{USE}.parts.encephalopathy_points: there is no item `age`"],
        ),
        (
            ('"1 + 0 * age_y"', "hand"),
            [
                (
                    f"{USE}.parts.encephalopathy_points: part `encephalopathy_points` of "
                    "Child-Pugh is integer, and `hand` is not"
                )
            ],
        ),
        (
            ('"1 + 0 * age_y"', "age_y"),
            [
                (
                    f"{USE}.parts.encephalopathy_points: `age_y` may be outside what part "
                    "`encephalopathy_points` of Child-Pugh takes"
                )
            ],
        ),
        (
            (
                "{id: ascites, type: integer, range: [0, 2],",
                "{id: ascites, type: integer, range: [0, 3],",
            ),
            [f"{USE}: `ascites` may be outside what part `ascites` of Child-Pugh takes"],
        ),
        (
            ("visit: night", "visit: noon"),
            [
                "schedule.noon: visit `noon` is planned twice",
                "endpoints.soreness.variable.visits.#1: there is no visit `night`",
                "endpoints.ever_sore.variable.visits.#2: there is no visit `night`",
            ],
        ),
        (
            ("by: investigator, forms: [baseline]", "by: investigator, forms: [baseline, dairy]"),
            ["schedule.entry.forms.#2: there is no form `dairy`"],
        ),
        (
            (
                "by: investigator, forms: [baseline]",
                "by: investigator, forms: [baseline, baseline]",
            ),
            ["schedule.entry.forms.#2: form `baseline` is due twice at this visit"],
        ),
        (
            ("phase: screening, by", "phase: screening, month: 3, by"),
            ["warning schedule.entry.month: `month` has no meaning for a screening visit"],
        ),
        (
            ('at: "20:00"', 'at: "15:59"'),
            ["schedule.night: its window overlaps that of `noon`, with form `diary` in both"],
        ),
        (('at: "20:00"', 'at: "16:00"'), []),
        (
            ('at: "20:00"', 'at: "07:59"'),
            [
                "warning schedule.night: `night` is due before `noon`, which stands above it",
                "schedule.night: its window overlaps that of `noon`, with form `diary` in both",
            ],
        ),
        (
            ("schedule:\n", "  spare:\n    title: Spare\n    items: []\nschedule:\n"),
            ["warning forms.spare: form `spare` is due at no visit, so it is never filled in"],
        ),
        (
            ("- {id: E2,", "- {id: E1,"),
            ["eligibility.E1: criterion E1 is there twice"],
        ),
        (
            ("rule: age_y >= 18", "rule: age_y > = 18"),
            ["eligibility.I1.rule: column 9: cannot be read\n     age_y > = 18\n             ^"],
        ),
        (
            ("rule: age_y >= 18", "rule: age_y"),
            ["eligibility.I1.rule: the result is a number, where yes or no is wanted"],
        ),
        (
            ("rule: age_y >= 18", "rule: aeg_y >= 18"),
            ["eligibility.I1.rule: there is no item `aeg_y`"],
        ),
        (
            ("rule: age_y >= 18", "rule: age_y >= 18 and not sore"),
            ["eligibility.I1.rule: `sore` is not known before randomization"],
        ),
        (
            ("rule: weight_kg < 40 or child_pugh_class", "rule: weight_kg < 40 or child_pugh"),
            [
                (
                    "eligibility.E1.rule: column 33: text is compared with a number\n"
                    '     weight_kg < 40 or child_pugh == "C"\n'
                    "                                     ^"
                )
            ],
        ),
    ],
)
def test_data(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


def test_what_is_meant_is_suggested(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, ("rule: age_y >= 18", "rule: aeg_y >= 18")).problems
    assert problem.todo == "Did you mean `age_y`?"


def test_an_instrument_that_nothing_answers(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        ("{id: ascites,", "{id: belly,"),
        ("{id: bilirubin_umol_l,", "{id: bile,"),
        (', parts: {encephalopathy_points: "1 + 0 * age_y"}', ""),
        (
            '    ascites: {choice: {"0": 0.9, "1": 0.1}}',
            '    belly: {choice: {"0": 0.9, "1": 0.1}}',
        ),
        ("    bilirubin_umol_l: {uniform", "    bile: {uniform"),
        ("tender: {logistic: 0.1 + ascites}", "tender: {logistic: 0.1 + belly}"),
    )
    assert said(loaded) == [f"{USE}: no item answers a part of Child-Pugh"]


def test_without_a_screening_visit_nothing_is_judged(tmp_path: Path) -> None:
    entry = (
        "  - {visit: entry, title: Entry, phase: screening, by: investigator, forms: [baseline]}\n"
    )
    assert (
        "eligibility: there is no screening visit with a form, so no criterion can be judged"
        in (said(load(tmp_path, (entry, ""))))
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("visit: year", "visit: night"),
            [
                "schedule.night: visit `night` is planned twice",
                "endpoints.well.variable.visits.#1: there is no visit `year`",
            ],
        ),
        (
            ("  call:\n    title: Telephone call", "  diary:\n    title: Telephone call"),
            ["forms.diary: XX0001 has a form `diary` already"],
        ),
        (
            ("{id: well, type: boolean,", "{id: sore, type: boolean,"),
            ["forms.call.items.sore: there is an item `sore` in form `diary` of XX0001 already"],
        ),
        (
            ("rule: age_y >= 18", "rule: age_y >= 18 and not sore"),
            ["eligibility.I1.rule: `sore` is not known before randomization"],
        ),
    ],
)
def test_a_follow_up_and_its_parent(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert set(expected) <= set(said(load_follow_up(tmp_path, change)))


@pytest.mark.parametrize(
    ("noon", "night", "overlap"),
    [
        ("12:30", "16:29", True),
        ("12:30", "16:30", False),
        ("12:00", "16:00", False),
        ("12:20", "16:00", True),
    ],
)
def test_windows_are_compared_to_the_minute(
    tmp_path: Path, noon: str, night: str, overlap: bool
) -> None:
    loaded = load(tmp_path, ('at: "12:00"', f'at: "{noon}"'), ('at: "20:00"', f'at: "{night}"'))
    assert bool(loaded.problems) is overlap


@pytest.mark.parametrize(
    ("month", "window_d", "overlap"),
    [(13, 10, False), (13, 11, True), (14, 40, False), (14, 41, True)],
)
def test_windows_of_months(tmp_path: Path, month: int, window_d: int, overlap: bool) -> None:
    again = (
        f"  - {{visit: again, title: Again, phase: follow-up, month: {month}, "
        f"window_d: {window_d}, by: outcomes assessor, forms: [call]}}\npopulations:"
    )
    loaded = load_follow_up(tmp_path, ("populations:", again))
    assert said(loaded) == (
        ["schedule.again: its window overlaps that of `year`, with form `call` in both"]
        if overlap
        else []
    )
