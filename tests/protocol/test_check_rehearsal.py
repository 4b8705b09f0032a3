from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.sample import Change, load, load_follow_up, said

COV, FORM = "rehearsal.covariates", "rehearsal.forms.diary"
AGE = "age_y: {normal: [50, 15], clip: [0, 110]}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            (AGE, "age_y: {normal: 50}"),
            [f"{COV}.age_y.normal: the numbers are not as many as it takes"],
        ),
        (
            (AGE, "age_y: {normal: [50, 15, 3]}"),
            [f"{COV}.age_y.normal: the numbers are not as many as it takes"],
        ),
        (
            (AGE, "age_y: {nromal: [50, 15]}"),
            [f"{COV}.age_y.nromal: there is no distribution `nromal`"],
        ),
        (
            (AGE, "age_y: {clip: [1, 2]}"),
            [f"{COV}.age_y: a value is drawn in one way, and here are 0"],
        ),
        (
            (AGE, "age_y: {constant: 1, uniform: [1, 2]}"),
            [f"{COV}.age_y: a value is drawn in one way, and here are 2"],
        ),
        (
            (AGE, "age_y: {normal: [50, [1]]}"),
            [f"{COV}.age_y.normal.#2: this is no number"],
        ),
        (
            (AGE, "age_y: {normal: [50, true]}"),
            [f"{COV}.age_y.normal.#2: this is no number"],
        ),
        (
            (AGE, "age_y: {normal: [50, 15], clip: 3}"),
            [f"{COV}.age_y.clip: the numbers are not as many as it takes"],
        ),
        (
            (AGE, "age_y: {normal: [50, 15], missing: 1.5}"),
            [f"{COV}.age_y.missing: 1.5 is no probability"],
        ),
        (
            (AGE, "age_y: {chance: -0.1}"),
            [f"{COV}.age_y.chance: -0.1 is no probability"],
        ),
        (
            (AGE, "age_y: {normal: [weight_kg, 15]}"),
            [f"{COV}.age_y.normal.#1: there is no value drawn before, `weight_kg`"],
        ),
        (
            ("0.1 * age_y", "0.1 * agey"),
            [f"{COV}.weight_kg.lognormal.#1: there is no value drawn before, `agey`"],
        ),
        (
            ("60 + 0.1 * age_y", "60 + 0.1 * age_y)"),
            [
                (
                    f"{COV}.weight_kg.lognormal.#1: column 17: cannot be read\n"
                    "     60 + 0.1 * age_y)\n                     ^"
                )
            ],
        ),
        (
            ("{left: 0.4, right: 0.6}", "{left: 0.4, right: 0.5}"),
            [f"{COV}.hand.choice: the probabilities add up to 0.9"],
        ),
        (
            ("{left: 0.4, right: 0.6}", "{left: 0.4, rigth: 0.6}"),
            [f"{COV}.hand.choice.rigth: `rigth` is not a code of the item"],
        ),
        (("{left: 0.4, right: 0.6}", "{left: 0.4, right: 1 - 0.4}"), []),
        (
            ("{choice: {left: 0.4, right: 0.6}}", "{choice: left}"),
            [f"{COV}.hand.choice: a choice lists its codes"],
        ),
        (
            ('{"0": 0.9, "1": 0.1}', '{"0": 0.9, none: 0.1}'),
            [f"{COV}.ascites.choice.none: `none` is no number"],
        ),
        (
            ("tender: {logistic: 0.1 + ascites}", "tender: {logistic: 0.1 + hand}"),
            [
                (
                    f"{COV}.tender.logistic: column 7: this is text, where a number is wanted\n"
                    "     0.1 + hand\n           ^"
                )
            ],
        ),
        (
            (
                "    tender: {logistic: 0.1 + ascites}",
                "    tender: {logistic: 0.1 + ascites}\n    heavy: {chance: 0.1}",
            ),
            [f"{COV}.heavy: `heavy` is computed from other items, not drawn"],
        ),
        (
            ('    ascites: {choice: {"0": 0.9, "1": 0.1}}\n', ""),
            [
                "schedule.entry: a rehearsal cannot answer `ascites` of form `baseline`",
                f"{COV}.tender.logistic: there is no value drawn before, `ascites`",
            ],
        ),
        (
            ("      sore: {chance: 0.5 + 0.2 * tender}\n", ""),
            [
                "schedule.noon: a rehearsal cannot answer `sore` of form `diary`",
                "schedule.night: a rehearsal cannot answer `sore` of form `diary`",
            ],
        ),
        (
            ("      sore: {chance", "      soar: {chance"),
            [
                "schedule.noon: a rehearsal cannot answer `sore` of form `diary`",
                "schedule.night: a rehearsal cannot answer `sore` of form `diary`",
                f"{FORM}.soar: there is no item of form `diary` `soar`",
            ],
        ),
        (
            ("sore: {chance: 0.5 + 0.2 * tender}", "sore: {chance: 0.5 + 0.02 * soreness}"),
            [f"{FORM}.sore.chance: there is no value drawn before, `soreness`"],
        ),
        (
            ("[pain + 0.1 * (hand == 'left'), 1]", "[pain + hours + effect_pain + sore, 1]"),
            [],
        ),
        (
            ("[pain + 0.1 * (hand == 'left'), 1]", "[pain + effect_sleep, 1]"),
            [f"{FORM}.soreness.rounded.normal.#1: there is no value drawn before, `effect_sleep`"],
        ),
        (
            ("  forms:\n    diary:\n      sore:", "  forms:\n    dairy:\n      sore:"),
            [
                "schedule.noon: a rehearsal cannot answer `sore`, `soreness` of form `diary`",
                "schedule.night: a rehearsal cannot answer `sore`, `soreness` of form `diary`",
                "rehearsal.forms.dairy: there is no form `dairy`",
            ],
        ),
        (("tender: {logistic: 0.1 + ascites}", "tender: {constant: true}"), []),
        (("0.5 + 0.2 * tender}", "0.5 * (not tender)}"), []),
        (
            ("0.5 + 0.2 * tender}", "0.5 * (not age_y)}"),
            [
                (
                    f"{FORM}.sore.chance: column 12: this is a number, where a yes or no is "
                    "wanted\n     0.5 * (not age_y)\n                ^"
                )
            ],
        ),
        (
            ("start: 5 + tender", "start: 5 + sore"),
            ["rehearsal.pain.start: there is no value drawn before, `sore`"],
        ),
        (
            ("    drug: balmol", "    drug: balmo"),
            ["rehearsal.pain.drug: there is no drug in a mixture `balmo`"],
        ),
        (
            ("0.05 + 0.01 * tender", "1.05"),
            ["rehearsal.adverse_events.#1.chance: 1.05 is no probability"],
        ),
        (
            ("- {term: Itch, chance: 0.05", "- {term: Rash, chance: 0.05"),
            ["rehearsal.adverse_events.#1.term: there is no adverse event `Rash`"],
        ),
        (
            ("    balmol: {pain: -1.0}", "    balmol: {pain: -1.0, mood: 1.0}"),
            [
                (
                    "warning rehearsal.effects.balmol.mood: nothing reads `effect_mood`, so "
                    "the effect changes nothing"
                )
            ],
        ),
        (
            ("  recruitment:", "  not_treated: 40\n  recruitment:"),
            ["rehearsal.not_treated: 40 of 40 randomized are never treated"],
        ),
        (("  recruitment:", "  not_treated: 39\n  recruitment:"), []),
        (
            ("effects.balmol.pain: 0.0", "effects.balmol.pian: 0.0"),
            ["scenarios.null.set.effects.balmol.pian: the rehearsal has no `effects.balmol.pian`"],
        ),
        (
            ("effects.balmol.pain: 0.0", "effects.balmol: 0.0"),
            ["scenarios.null.set.effects.balmol: what it changes is a distribution"],
        ),
        (
            ("effects.balmol.pain: 0.0", "effects.balmol.pain: -1.0"),
            ["note scenarios.null.set.effects.balmol.pain: this is what the rehearsal has already"],
        ),
        (
            (
                (
                    'scenarios:\n  hoped: {title: It helps}\n  "null":\n'
                    "    title: It does nothing\n    set: {effects.balmol.pain: 0.0}\n"
                ),
                "",
            ),
            ["warning rehearsal: there is no scenario to rehearse"],
        ),
    ],
)
def test_rehearsal(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5 * (mood == 'low')", 0),
        ("0.5 * mood", 1),
    ],
)
def test_a_hidden_choice_is_text(tmp_path: Path, text: str, expected: int) -> None:
    loaded = load(
        tmp_path,
        ("    tender: {", "    mood: {choice: {low: 0.5, high: 0.5}}\n    tender: {"),
        ("sore: {chance: 0.5 + 0.2 * tender}", f"sore: {{chance: {text}}}"),
    )
    assert len(loaded.problems) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("0.2 * grit", "0.2 * tender"),
            [],
        ),
        (
            ("0.2 * grit", "0.2 * gritt"),
            ["rehearsal.forms.call.well.chance: there is no value drawn before, `gritt`"],
        ),
        (
            ("0.1 * sore)", "0.1 * well)"),
            ["rehearsal.forms.call.well.chance: there is no value drawn before, `well`"],
        ),
        (
            (" + effect_mood", ""),
            [
                (
                    "warning rehearsal.effects.balmol.mood: nothing reads `effect_mood`, so "
                    "the effect changes nothing"
                )
            ],
        ),
    ],
)
def test_a_follow_up_knows_what_was_drawn_before(
    tmp_path: Path, change: Change, expected: list[str]
) -> None:
    assert said(load_follow_up(tmp_path, change)) == expected
