from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.instruments import Answer, Part, Score, instrument, instrument_names
from tests.instruments.strategies import answers, inside, place

SETTINGS: list[tuple[str, dict[str, str | int]]] = [
    *((name, {}) for name in instrument_names()),
    ("stop_bang", {"neck": "original"}),
    ("srs22", {"satisfaction_minimum": 2}),
    ("cpsp", {"cut_off": 4}),
    ("nrs", {"cut_off": 3}),
    ("id_pain", {"cut_off": 3}),
    ("qor15", {"items_11_to_15": "best_is_0"}),
]


RASS_LEVELS = (
    "unrousable deep_sedation moderate_sedation light_sedation drowsy"
    " alert_and_calm restless agitated very_agitated combative"
)

# What a form and a dataset are told: parts (`?` yes or no, `*` may stay empty), then scores with
# the better end.
SHAPES: dict[str, tuple[list[str], list[str]]] = {
    "bpi": (
        [f"bpi_{each} 0..10" for each in ("worst", "least", "average", "now")]
        + [f"bpi_interference_{item} 0..10" for item in range(1, 8)],
        ["bpi_severity decimal 0..10 lower", "bpi_interference decimal 0..10 lower"],
    ),
    "cam": (
        ["cam_1?", "cam_2?", "cam_3?", "cam_4?", "rass -5..4*"],
        ["delirium boolean lower", "cam_assessable boolean -"],
    ),
    "child_pugh": (
        [
            "bilirubin_umol_l 0..2000 umol/l .1*",
            "albumin_g_l 0..100 g/l .1*",
            "inr 0..50 .2*",
            "ascites 0..2*",
            "encephalopathy 0..4*",
            "bilirubin_points 1..3*",
            "albumin_points 1..3*",
            "inr_points 1..3*",
            "ascites_points 1..3*",
            "encephalopathy_points 1..3*",
        ],
        ["child_pugh integer 5..15 lower", "child_pugh_class choice A B C lower"],
    ),
    "cpsp": (
        [
            "nrs 0..10",
            "new_pain?",
            "increased_pain?",
            "since_surgery_months 0..1200 months .1",
            "in_surgical_field?",
            "in_nerve_territory?",
            "in_dermatome?",
            "other_cause?",
            "continued_pain?",
        ],
        ["cpsp boolean lower"],
    ),
    "dn4": (
        [f"dn4_{item}?" for item in range(1, 11)],
        [
            "dn4 integer 0..10 lower",
            "dn4_neuropathic boolean lower",
            "dn4_interview integer 0..7 lower",
            "dn4_interview_neuropathic boolean lower",
        ],
    ),
    "hads": (
        [f"hads_{item} 0..3" for item in range(1, 15)],
        [
            "hads_anxiety integer 0..21 lower",
            "hads_depression integer 0..21 lower",
            "hads_anxiety_band choice normal borderline abnormal lower",
            "hads_depression_band choice normal borderline abnormal lower",
        ],
    ),
    "id_pain": (
        [f"id_pain_{item}?" for item in range(1, 7)],
        ["id_pain integer -1..5 lower", "id_pain_neuropathic boolean lower"],
    ),
    "nrs": (
        ["nrs 0..10"],
        ["moderate_to_severe boolean lower", "nrs_band choice none mild moderate severe lower"],
    ),
    "psqi": (
        [
            "psqi_1_min 0..1439 min",
            "psqi_2_min 0..1440 min",
            "psqi_3_min 0..1439 min",
            "psqi_4_h 0..24 h .2",
            *(f"psqi_5{letter} 0..3" for letter in "abcdefghi"),
            "psqi_5j 0..3*",
            *(f"psqi_{item} 0..3" for item in range(6, 10)),
        ],
        [
            "psqi integer 0..21 lower",
            "psqi_poor boolean lower",
            *(f"psqi_c{each} integer 0..3 lower" for each in range(1, 8)),
        ],
    ),
    "qor15": (
        [f"qor15_{item} 0..10" for item in range(1, 16)],
        ["qor15 integer 0..150 higher", "qor15_band choice poor moderate good excellent higher"],
    ),
    "rass": (
        ["rass -5..4"],
        [f"rass_level choice {RASS_LEVELS} -"],
    ),
    "srs22": (
        [f"srs22_{item} 1..5" for item in range(1, 23)],
        [
            f"srs22_{name} decimal 1..5 higher"
            for name in (
                "total",
                "subtotal",
                "function",
                "pain",
                "self_image",
                "mental_health",
                "satisfaction",
            )
        ],
    ),
    "stop_bang": (
        [
            "snoring?",
            "tired?",
            "observed_apnoea?",
            "hypertension?",
            "bmi_over_35?*",
            "age_over_50?*",
            "neck_large?*",
            "male?",
            "bmi_kg_m2 5..150 kg/m2 .1*",
            "age_y 0..130 y*",
            "neck_cm 10..100 cm .1*",
        ],
        ["stop_bang integer 0..8 lower", "stop_bang_risk choice low intermediate high lower"],
    ),
}


def _part(part: Part) -> str:
    optional = "" if part.required else "*"
    if part.type == "boolean":
        return f"{part.name}?{optional}"
    words = [part.name, f"{part.low}..{part.high}", part.unit or ""]
    words.append(f".{part.precision}" if part.type == "decimal" else "")
    return " ".join(filter(None, words)) + optional


def _score(score: Score) -> str:
    scale = {"choice": " ".join(score.codes), "boolean": ""}
    shown = scale.get(score.type, f"{score.low}..{score.high}")
    return " ".join(filter(None, [score.name, score.type, shown, score.better or "-"]))


@pytest.mark.parametrize("name", instrument_names())
def test_what_a_form_is_told_of_parts_and_scores(name: str) -> None:
    made = instrument(name)
    parts, scores = SHAPES[name]
    assert [_part(part) for part in made.parts] == parts
    assert [_score(score) for score in made.scores] == scores


def test_the_instruments_that_ship_are_found_by_their_files() -> None:
    assert instrument_names() == (
        "bpi",
        "cam",
        "child_pugh",
        "cpsp",
        "dn4",
        "hads",
        "id_pain",
        "nrs",
        "psqi",
        "qor15",
        "rass",
        "srs22",
        "stop_bang",
    )


def test_an_unknown_instrument_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="stop_bang") as refused:
        instrument("stopbang")
    assert refused.value.problem.where == "instrument stopbang"


@pytest.mark.parametrize("name", ["_model", "_arithmetic", "", "os", "instruments.nrs"])
def test_nothing_else_of_the_folder_is_an_instrument(name: str) -> None:
    with pytest.raises(InputError, match="no instrument"):
        instrument(name)


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="Its settings are: neck"):
        instrument("stop_bang", nek="original")
    with pytest.raises(InputError, match="Its settings are: none"):
        instrument("rass", neck="original")


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("stop_bang", "neck", "old"),
        ("srs22", "satisfaction_minimum", 0),
        ("srs22", "satisfaction_minimum", 3),
        ("cpsp", "cut_off", 0),
        ("cpsp", "cut_off", 11),
        ("nrs", "cut_off", 0),
        ("nrs", "cut_off", 11),
        ("nrs", "cut_off", "4"),
        ("nrs", "cut_off", True),
        ("id_pain", "cut_off", 1),
        ("qor15", "items_11_to_15", "reversed"),
    ],
)
def test_a_setting_without_such_a_value_is_refused(
    name: str, setting: str, value: str | int
) -> None:
    with pytest.raises(InputError, match=setting) as refused:
        instrument(name, **{setting: value})
    assert refused.value.problem.where == f"instrument {name}"


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
def test_an_instrument_says_what_it_is(name: str, chosen: dict[str, str | int]) -> None:
    made = instrument(name, **chosen)
    assert made.name == name
    assert made.title
    assert made.licence
    assert made.sources
    assert chosen.items() <= dict(made.settings).items()


@pytest.mark.parametrize("name", instrument_names())
def test_its_names_can_stand_side_by_side_as_items_of_a_form(name: str) -> None:
    made = instrument(name)
    names = [part.name for part in made.parts] + [score.name for score in made.scores]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in names)


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
@settings(max_examples=30)
@given(st.data())
def test_scores_and_bounds_stay_on_their_scales(
    name: str, chosen: dict[str, str | int], data: st.DataObject
) -> None:
    made = instrument(name, **chosen)
    given_answers = data.draw(answers(made))
    scores = made.score(given_answers)
    assert list(scores) == [score.name for score in made.scores]
    for score in made.scores:
        low, high = inside(made, given_answers, score.name)
        top = len(score.codes) - 1 if score.codes else score.high
        assert score.low <= low <= high <= top
        value = scores[score.name]
        if value is not None:
            assert low <= place(score, value) <= high
            kinds = {"integer": int, "decimal": Decimal, "boolean": bool, "choice": str}
            assert type(value) is kinds[score.type]


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
@settings(max_examples=30)
@given(st.data())
def test_whatever_is_answered_later_stays_within_the_bounds(
    name: str, chosen: dict[str, str | int], data: st.DataObject
) -> None:
    made = instrument(name, **chosen)
    later = data.draw(answers(made, full=True))
    required = [part.name for part in made.parts if part.required]
    withheld = data.draw(st.sets(st.sampled_from(required)) if required else st.just(set()))
    earlier = {part: None if part in withheld else given for part, given in later.items()}
    for score in made.scores:
        low, high = inside(made, earlier, score.name)
        later_low, later_high = inside(made, later, score.name)
        assert low <= later_low <= later_high <= high
        value = made.score(later)[score.name]
        if value is not None:
            assert low <= place(score, value) <= high


@pytest.mark.parametrize("name", instrument_names())
@settings(max_examples=30)
@given(st.data())
def test_an_answer_of_none_is_no_answer(name: str, data: st.DataObject) -> None:
    made = instrument(name)
    drawn = data.draw(answers(made))
    some = {part: given for part, given in drawn.items() if given is not None}
    assert made.score(drawn) == made.score(some)


@pytest.mark.parametrize("name", instrument_names())
def test_without_answers_nothing_is_known_and_everything_is_possible(name: str) -> None:
    made = instrument(name)
    nothing: dict[str, Answer] = {}
    assert set(made.score(nothing).values()) == {None}
    for score in made.scores:
        top = len(score.codes) - 1 if score.codes else score.high
        assert inside(made, nothing, score.name) == [score.low, top]
