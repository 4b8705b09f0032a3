from __future__ import annotations

import pytest

from equipoise.registry.search import plan
from equipoise.registry.search.fields import place
from equipoise.registry.search.local_sites import together

GERMANY = plan.Phrase(place("LocationCountry"), ("germany",))
BONN = plan.Phrase(place("LocationSearch"), ("bonn",))
RECRUITING = plan.Phrase(place("LocationStatus"), ("recruiting",), first=True, last=True)
NEW_YORK = plan.Phrase(place("LocationCity"), ("new", "york"))


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        (GERMANY, [{"LocationCountry:germany"}]),
        (BONN, [{"LocationSearch:bonn"}]),
        (RECRUITING, [{"LocationStatus=recruiting"}]),
        (plan.Prefer(GERMANY, 0), [{"LocationCountry:germany"}]),
        (plan.Rather(GERMANY, NEW_YORK), [{"LocationCountry:germany"}]),
        (
            plan.Any((GERMANY, BONN, GERMANY)),
            [{"LocationCountry:germany"}, {"LocationSearch:bonn"}],
        ),
        (
            plan.Every((plan.Any((GERMANY, BONN)), RECRUITING)),
            [
                {"LocationCountry:germany", "LocationStatus=recruiting"},
                {"LocationSearch:bonn", "LocationStatus=recruiting"},
            ],
        ),
    ],
)
def test_what_terms_of_one_site_can_say(asked: plan.Plan, terms: list[set[str]]) -> None:
    assert together(asked) == [frozenset(each) for each in terms]


@pytest.mark.parametrize(
    "asked",
    [
        NEW_YORK,
        plan.Neither(GERMANY),
        plan.Everything(),
        plan.Present(("LocationCity",)),
        plan.Every(()),
        plan.Every((GERMANY, NEW_YORK)),
        plan.Any((GERMANY, NEW_YORK)),
        plan.Phrase(place("LocationCity"), ("bonn",), first=True),
        plan.Phrase(place("LocationContactName"), ("bonn",)),
        plan.Every((plan.Any((GERMANY, BONN)),) * 6),
    ],
)
def test_what_they_cannot_say(asked: plan.Plan) -> None:
    assert together(asked) is None
