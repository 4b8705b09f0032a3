from __future__ import annotations

from equipoise.registry.search import plan
from equipoise.registry.search.fields import place


def test_plans_of_the_same_meaning_are_the_same() -> None:
    def made() -> plan.Plan:
        word = plan.Phrase(place("Keyword"), ("heart",))
        return plan.OneLocation(plan.Every((word, plan.Neither(plan.Present(("Phase",))))))

    assert made() == made()
    assert hash(made()) == hash(made())  # an index remembers what it found for a plan
    assert len({made(), plan.Everything(), plan.Near(0, 0, 1)}) == 3
