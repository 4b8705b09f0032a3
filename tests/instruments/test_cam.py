from __future__ import annotations

from itertools import product

import pytest

from equipoise.instruments import Answer, instrument

CAM = instrument("cam")
FEATURES = [f"cam_{number}" for number in range(1, 5)]


@pytest.mark.parametrize("features", list(product([False, True], repeat=4)))
def test_delirium_is_1_and_2_and_either_3_or_4(features: tuple[bool, ...]) -> None:
    one, two, three, four = features
    found = CAM.score(dict(zip(FEATURES, features, strict=True)))["delirium"]
    assert found is (one and two and (three or four))


@pytest.mark.parametrize("features", list(product([False, True, None], repeat=4)))
def test_it_is_settled_exactly_when_every_way_of_answering_the_rest_agrees(
    features: tuple[bool | None, ...],
) -> None:
    choices = [[True, False] if each is None else [each] for each in features]
    outcomes = {one and two and (three or four) for one, two, three, four in product(*choices)}
    found = CAM.score(dict(zip(FEATURES, features, strict=True)))["delirium"]
    assert found is (outcomes.pop() if len(outcomes) == 1 else None)


@pytest.mark.parametrize("feature", [True, False])
@pytest.mark.parametrize(
    ("rass", "assessable"), [(4, True), (0, True), (-3, True), (-4, False), (-5, False)]
)
def test_nobody_is_assessed_in_deep_sedation(rass: int, assessable: bool, feature: bool) -> None:
    answers: dict[str, Answer] = {**dict.fromkeys(FEATURES, feature), "rass": rass}
    assert CAM.score(answers) == {
        "delirium": feature if assessable else None,
        "cam_assessable": assessable,
    }


def test_without_a_rass_the_features_speak_and_assessability_is_unknown() -> None:
    answers: dict[str, Answer] = dict.fromkeys(FEATURES, True)
    assert CAM.score(answers) == {"delirium": True, "cam_assessable": None}
