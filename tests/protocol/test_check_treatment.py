from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.sample import Change, load, load_follow_up, said

COMPONENTS = "mixtures.balm.components"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("mixture: salve}", "mixture: slave}"),
            ["arms.salve.mixture: there is no mixture `slave`"],
        ),
        (
            ("mixture: salve}", "mixture: balm}"),
            ["warning mixtures.salve: no arm gets this mixture"],
        ),
        (
            (
                "  salve:\n    diluent: water\n    volume_ml: 100",
                "  salve:\n    diluent: water\n    volume_ml: 50",
            ),
            [
                (
                    "mixtures.salve.volume_ml: the bag has 50 ml and that of `balm` 100 ml: "
                    "whoever sees them can tell the arms apart"
                )
            ],
        ),
        (
            ("drug: balmol, unit: mg, per_kg", "drug: calmol, unit: ug, per_kg"),
            [
                f"{COMPONENTS}.calmol: calmol is in the mixture twice",
                "rehearsal.pain.drug: there is no drug in a mixture `balmol`",
                "rehearsal.effects.balmol: there is no drug in a mixture `balmol`",
            ],
        ),
        (
            ("components: [{drug: calmol, unit: ug", "components: [{drug: calmol, unit: mg"),
            [
                (
                    "warning mixtures.salve.components.calmol.unit: calmol is in mg here and "
                    "in ug elsewhere"
                )
            ],
        ),
        (
            ("maximum: 150", "maximum: 60"),
            [f"warning {COMPONENTS}.balmol.maximum: 60 mg is reached at 30 kg"],
        ),
        (("maximum: 150", "maximum: 62"), []),
        (
            ("ampoule: {amount: 50, volume_ml: 5}", "ampoule: {amount: 7, volume_ml: 1}"),
            [f"warning {COMPONENTS}.balmol: a bag takes 21.4 ampoules of balmol"],
        ),
        (
            ("ampoule: {amount: 50, volume_ml: 5}", "ampoule: {amount: 50, volume_ml: 34}"),
            ["mixtures.balm.volume_ml: the drugs alone are 102 ml, more than the bag's 100 ml"],
        ),
        (
            ("  bolus_ml: 2\n", "  bolus_ml: 101\n"),
            [
                "pump.bolus_ml: a bolus of 101 ml is more than the reservoir holds",
                "pump.lockout_min: a bolus takes 101 min and the next may start after the lockout",
                "pump.limit_1h_ml: 10 ml in 1 h leaves no room for a bolus beside the background",
            ],
        ),
        (
            (
                "      - {drug: calmol, unit: ug, amount: 40}",
                "      - {drug: calmol, unit: ug, amount: 42, ampoule: {amount: 2, volume_ml: 1}}",
            ),
            [f"warning {COMPONENTS}.calmol: a bag takes 21 ampoules of calmol"],
        ),
        (
            (
                "      - {drug: calmol, unit: ug, amount: 40}",
                "      - {drug: calmol, unit: ug, amount: 40, ampoule: {amount: 2, volume_ml: 1}}",
            ),
            [],
        ),
        (
            ("bolus_rate_ml_h: 60", "bolus_rate_ml_h: 11"),
            ["pump.lockout_min: a bolus takes 10.9 min and the next may start after the lockout"],
        ),
        (("bolus_rate_ml_h: 60", "bolus_rate_ml_h: 12"), []),
        (
            ("limit_1h_ml: 10", "limit_1h_ml: 2.9"),
            ["pump.limit_1h_ml: 2.9 ml in 1 h leaves no room for a bolus beside the background"],
        ),
        (("limit_1h_ml: 10", "limit_1h_ml: 3"), []),
        (
            ("limit_1h_ml: 10", "limit_4h_ml: 5"),
            ["pump.limit_4h_ml: 5 ml in 4 h leaves no room for a bolus beside the background"],
        ),
        (
            ("limit_1h_ml: 10", "limit_1h_ml: 10\n  limit_4h_ml: 40"),
            ["note pump.limit_4h_ml: 40 ml in 4 h and 10 ml in 1 h do not limit each other"],
        ),
        (("limit_1h_ml: 10", "limit_1h_ml: 10\n  limit_4h_ml: 39"), []),
        (
            ("limit_1h_ml: 10", "limit_1h_ml: 10\n  limit_4h_ml: 9"),
            ["note pump.limit_4h_ml: 9 ml in 4 h and 10 ml in 1 h do not limit each other"],
        ),
        (
            ("reservoir_ml: 100", "reservoir_ml: 99"),
            [
                "mixtures.balm.volume_ml: 100 ml do not fit into 99 ml",
                "mixtures.salve.volume_ml: 100 ml do not fit into 99 ml",
            ],
        ),
        (
            ("zone: Europe/Berlin", "zone: Berlin"),
            ['site.zone: "Berlin" is no time zone'],
        ),
        (
            ("site: {name: City hospital, zone: Europe/Berlin}\n", ""),
            [": `site` is missing"],
        ),
        (
            ('consent_version: "1.0"', 'consent_version: "1.0"\nbody: {weight_kg: mass_kg}'),
            ["body.weight_kg: there is no item `mass_kg` in the forms of screening visits"],
        ),
        (
            ('consent_version: "1.0"', 'consent_version: "1.0"\nbody: {sex: gender}'),
            ["body.sex: there is no item `gender` in the forms of screening visits"],
        ),
    ],
)
def test_treatment(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


def test_a_bolus_may_be_the_whole_reservoir(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        ("  bolus_ml: 2\n", "  bolus_ml: 100\n"),
        ("bolus_rate_ml_h: 60", "bolus_rate_ml_h: 600"),
        ("  limit_1h_ml: 10\n", ""),
    )
    assert said(loaded) == ["warning pump.bolus_ml: a bolus of 100 ml is unusually large"]


def test_a_large_bolus_and_a_fast_background_are_questioned(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        ("  bolus_ml: 2\n", "  bolus_ml: 10.5\n"),
        ("background_ml_h: 1\n", "background_ml_h: 20.5\n"),
        ("bolus_rate_ml_h: 60", "bolus_rate_ml_h: 120"),
        ("  limit_1h_ml: 10\n", ""),
    )
    assert said(loaded) == [
        "warning pump.bolus_ml: a bolus of 10.5 ml is unusually large",
        "warning pump.background_ml_h: a background of 20.5 ml/h is unusually fast",
    ]
    assert loaded.errors == ()


def test_doses_per_kg_need_a_body_weight(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        ("{id: weight_kg,", "{id: mass_kg,"),
        ("formula: weight_kg > 100", "formula: mass_kg > 100"),
        ("rule: weight_kg < 40", "rule: mass_kg < 40"),
        ("    weight_kg: {lognormal", "    mass_kg: {lognormal"),
    )
    (problem,) = loaded.problems
    assert problem.where.endswith(": mixtures")
    assert problem.what == "there is no item `weight_kg` in the forms of screening visits"


@pytest.mark.parametrize("part", ["allocation", "masking", "arms"])
def test_a_randomized_trial_needs_its_parts(tmp_path: Path, part: str) -> None:
    head = {
        "arms": "arms:\n  balm: {title: Balm, type: EXPERIMENTAL, mixture: balm}\n"
        "  salve: {title: Salve, type: PLACEBO_COMPARATOR, mixture: salve}\n",
        "allocation": "allocation:\n  design: permuted blocks\n  ratio: {balm: 1, salve: 1}\n"
        "  strata: [{item: hand}]\n  length: 40\n  parties: [statistician, pharmacy]\n"
        "  readers: {pharmacy: prepares, board: opens, duty desk: emergency, notary: recovers}\n",
        "masking": "masking:\n  masked: [participant, investigator, outcomes assessor]\n"
        "  unmasked: [pharmacist]\n  opening_signed_by: [investigator]\n",
    }[part]
    assert f": `{part}` is missing" in said(load(tmp_path, (head, "")))


def test_one_arm_is_no_trial(tmp_path: Path) -> None:
    arm = "  salve: {title: Salve, type: PLACEBO_COMPARATOR, mixture: salve}\n"
    assert "arms: there is one arm only" in said(load(tmp_path, (arm, "")))


def test_a_follow_up_has_no_treatment_of_its_own(tmp_path: Path) -> None:
    arms = "arms: {more: {title: More, type: OTHER, mixture: balm}}\nsite: {name: X, zone: UTC}\n"
    loaded = load_follow_up(tmp_path, ("extends: XX0001\n", "extends: XX0001\n" + arms))
    assert said(loaded)[:2] == [
        "arms: `arms` is that of XX0001, which this study extends",
        "site: `site` is that of XX0001, which this study extends",
    ]
