"""A scenario's world: the lineage's rehearsal parts joined, and only what it names changed."""

from __future__ import annotations

from typing import Any

import pytest

from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.model import World, changed, named, scenarios, world
from tests.refusal import refusal
from tests.rehearsals.knee import protocol


def _with(name: str = "KNEE-PCA", **parts: Any) -> Protocol:
    """Return a study's protocol with other parts, checked by the model alone."""
    original = protocol(name)
    data = original.model_dump() | parts
    return Protocol.model_validate(data).model_copy(update={"parent": original.parent})


def _plain() -> World:
    return world(protocol(), "plain")


def test_the_first_scenario_is_the_default() -> None:
    assert scenarios(protocol())[0] == "plain"
    assert scenarios(protocol("KNEE-LATER")) == ["plain"]


def test_a_scenario_changes_what_it_names_and_nothing_else() -> None:
    plain, painful = _plain(), world(protocol(), "painful")
    assert (painful.demand.per_h, painful.demand.night, painful.pain.start) == (6, 1.0, 9)
    assert painful.demand == plain.demand.model_copy(update={"per_h": 6, "night": 1.0})
    assert painful.pain == plain.pain.model_copy(update={"start": 9})
    unchanged = ("covariates", "forms", "effects", "adverse_events", "attrition", "recruitment")
    assert all(getattr(plain, part) == getattr(painful, part) for part in unchanged)


def test_a_scenario_reaches_into_distributions_of_any_depth() -> None:
    change = {"title": "x", "set": {"forms.call.stiff": {"rounded": 3}}}
    data = protocol().model_dump()["scenarios"] | {"stiff": change}
    assert world(_with(scenarios=data), "stiff").forms["call"]["stiff"] == {"rounded": 3}


def test_each_study_of_a_lineage_has_its_own_changes_under_the_same_name() -> None:
    later = protocol("KNEE-LATER").model_dump()["scenarios"]
    useless = {"title": "x", "set": {"attrition.lost": 0.5}}
    both = world(_with("KNEE-LATER", scenarios=later | {"useless": useless}), "useless")
    assert both.felt({"dexmedetomidine"}) == {"effect_pain": 0, "effect_stiffness": 0}
    assert both.attrition["KNEE-LATER"].lost == 0.5
    assert both.attrition["KNEE-PCA"].lost == 0.1


def test_a_study_that_extends_another_adds_to_its_world() -> None:
    joined, first = world(protocol("KNEE-LATER"), "plain"), _plain()
    assert joined.forms.keys() == first.forms.keys() | {"later"}
    assert joined.covariates == first.covariates
    assert (joined.pain, joined.demand, joined.participants) == (
        first.pain, first.demand, first.participants,
    )  # fmt: skip
    assert joined.attrition.keys() == {"KNEE-PCA", "KNEE-LATER"}


def test_a_later_study_adds_channels_to_a_drugs_effects() -> None:
    rehearsal = protocol("KNEE-LATER").model_dump()["rehearsal"]
    rehearsal["effects"] = {"dexmedetomidine": {"sleep": 3.0}, "esketamine": {"sleep": 0.5}}
    felt = world(_with("KNEE-LATER", rehearsal=rehearsal), "plain").felt
    assert felt({"dexmedetomidine", "esketamine"}) == {
        "effect_pain": -2, "effect_sleep": 3.5, "effect_stiffness": -1,
    }  # fmt: skip


def test_a_bag_does_what_its_drugs_do_and_every_channel_has_a_number() -> None:
    felt = _plain().felt
    assert felt({"dexmedetomidine"}) == {"effect_pain": -2, "effect_stiffness": -1}
    assert felt({"esketamine"}) == {"effect_pain": 0, "effect_stiffness": 0}
    assert felt(set()) == felt({"esketamine"})


@pytest.mark.parametrize(
    ("asked", "todo"),
    [("painfull", "'painful'"), ("plane", "'plain'"), ("xyz", "plain, painful, useless")],
)
def test_an_unknown_scenario_is_answered_with_those_there_are(asked: str, todo: str) -> None:
    problem = refusal(world, protocol(), asked)
    assert asked in problem.where
    assert todo in problem.todo


@pytest.mark.parametrize("path", ["demand.speed", "pain.start.x", "nothing.at_all", "forms.gone.x"])
def test_a_path_that_is_not_there_is_named(path: str) -> None:
    data = protocol().model_dump()["scenarios"] | {"odd": {"title": "x", "set": {path: 1}}}
    problem = refusal(world, _with(scenarios=data), "odd")
    assert path in problem.what
    assert "odd" in problem.where


@pytest.mark.parametrize("part", ["participants", "recruitment", "pain", "demand"])
def test_a_study_without_what_a_rehearsal_needs_cannot_be_rehearsed(part: str) -> None:
    rehearsal = protocol().model_dump()["rehearsal"] | {part: None}
    problem = refusal(world, _with(rehearsal=rehearsal), "plain")
    assert "cannot be rehearsed" in problem.what
    assert part in problem.what


def test_participants_are_those_asked_for() -> None:
    assert _plain().participants == 12
    assert world(protocol(), "plain", 30).participants == 30


def test_changes_come_on_top_of_what_the_scenario_sets() -> None:
    more = world(changed(protocol(), "painful", {"demand.night": 0.5, "slips": 0.2}), "painful")
    assert (more.demand.per_h, more.demand.night, more.slips) == (6, 0.5, 0.2)
    assert changed(protocol(), "painful", {}) == protocol()


def test_a_change_reaches_into_lists_and_into_the_study_that_has_the_path() -> None:
    path = "covariates.years.normal.1"
    assert world(changed(protocol(), "plain", {path: 2.0}), "plain").covariates["years"] == {
        "normal": [66, 2.0]
    }
    both = world(changed(protocol("KNEE-LATER"), "plain", {"demand.per_h": 2.0}), "plain")
    assert both.demand.per_h == 2.0


def test_a_change_that_cannot_be_is_one_sentence() -> None:
    said = refusal(changed, protocol(), "plain", {"demand.perh": 2.0})
    assert said.todo == "Did you mean 'demand.per_h'?"
    assert "is not in the protocol" in refusal(changed, protocol(), "plane", {"slips": 0.1}).what
    other = changed(protocol(), "plain", {"recruitment.consent": 2.0})
    assert "cannot be 2.0" in refusal(world, other, "plain").what


def test_a_changed_scenario_has_a_name_that_says_so() -> None:
    assert named("hoped", {"attrition.lost": 0.12}) == "hoped, attrition.lost = 0.12"
