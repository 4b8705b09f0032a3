from __future__ import annotations

import copy

from equipoise.registry.related.facts import facts
from equipoise.registry.related.links import KINDS, explicit, reasons, ties
from tests.registry.related.cohort import ALL, FOLLOW_UP, NAMING, PARENT, REPORTED, SISTER, STRANGER


def _kinds(one: dict, other: dict) -> list[str]:  # type: ignore[type-arg]
    return [r.kind for r in reasons(facts(one), facts(other), ("sore",))]


def test_follow_up_of_the_same_participants() -> None:
    assert "cohort" in _kinds(PARENT, FOLLOW_UP)
    assert "cohort" in _kinds(FOLLOW_UP, PARENT)


def test_as_many_again_are_not_the_same_participants() -> None:
    larger = copy.deepcopy(FOLLOW_UP)
    larger["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 400
    assert "cohort" not in _kinds(PARENT, larger)


def test_another_sponsor_has_other_participants() -> None:
    elsewhere = copy.deepcopy(FOLLOW_UP)
    elsewhere["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = "Other"
    elsewhere["protocolSection"]["contactsLocationsModule"]["overallOfficials"] = []
    assert "cohort" not in _kinds(PARENT, elsewhere)


def test_sisters() -> None:
    assert "sister" in _kinds(PARENT, SISTER)
    assert "sister" not in _kinds(PARENT, STRANGER)


def test_naming_the_parent() -> None:
    assert explicit(facts(NAMING), facts(PARENT))
    assert explicit(facts(PARENT), facts(NAMING))
    found = reasons(facts(PARENT), facts(NAMING))[0]
    assert found.kind == "parent"
    assert "NCT00000100" in found.parts[0]


def test_naming_without_more_is_only_naming() -> None:
    plain = copy.deepcopy(NAMING)
    plain["protocolSection"]["descriptionModule"]["briefSummary"] = "Not like NCT00000100."
    assert _kinds(PARENT, plain)[0] == "named"


def test_shared_publication_and_number() -> None:
    assert _kinds(PARENT, REPORTED)[0] == "publication"
    same = copy.deepcopy(STRANGER)
    same["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [{"id": "balm 2019/7"}]
    assert _kinds(PARENT, same)[0] == "number"
    same["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [{"id": "BALM"}]
    assert not explicit(facts(PARENT), facts(same))


def test_background_publications_do_not_link() -> None:
    cited = copy.deepcopy(REPORTED)
    cited["protocolSection"]["referencesModule"]["references"][0]["type"] = "BACKGROUND"
    assert not explicit(facts(PARENT), facts(cited))


def test_words_are_told_where_nothing_better_is() -> None:
    assert _kinds(PARENT, STRANGER) == ["words"]
    assert "words" not in _kinds(PARENT, FOLLOW_UP)


def test_reasons_come_surest_first() -> None:
    found = _kinds(PARENT, FOLLOW_UP)
    assert found == sorted(found, key=list(KINDS).index)


def test_what_is_linked_shares_a_tie() -> None:
    known = [facts(study) for study in ALL]
    linked = [(a, b) for a in known for b in known if a is not b and explicit(a, b)]
    assert len(linked) == 4
    assert all(set(ties(a)) & set(ties(b)) for a, b in linked)
