"""Checks of the planning assumption and of the looks of a monitoring board."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from equipoise.protocol.source import Finding
from equipoise.protocol.study import Study

NEEDS_PARAMETER = frozenset({"Hwang-Shih-DeCani", "Kim-DeMets"})


def planning(study: Study) -> Iterator[Finding]:
    """A planning assumption is about an endpoint of the study, in that endpoint's units."""
    for place, plan in enumerate(study.protocol.planning):
        path = ("planning", place)
        endpoints = study.protocol.all_endpoints()
        yield from study.unknown((*path, "endpoint"), plan.endpoint, endpoints, "endpoint")
        if plan.endpoint not in endpoints:
            continue
        if endpoints[plan.endpoint].of_events:
            for name in ("reference", "arm"):
                if not 0 <= getattr(plan, name) <= 1:
                    what = f"{getattr(plan, name)} is not a share of people"
                    yield Finding((*path, name), what, "Give 0.3 for 30 %.")
        elif plan.sd is None:
            what = "the endpoint is a measurement, and its spread is not given"
            yield Finding(path, what, "Give `sd`, the standard deviation within an arm.")
        if plan.reference == plan.arm:
            what = "both arms are assumed to be alike, so there is nothing to find"
            yield Finding((*path, "arm"), what, "Assume the smallest difference that matters.")


def monitoring(study: Study) -> Iterator[Finding]:
    """The looks rise to the whole information, and spend by a function that is complete."""
    plan = study.protocol.monitoring
    if plan is None:
        return
    endpoints = study.protocol.all_endpoints()
    yield from study.unknown(("monitoring", "endpoint"), plan.endpoint, endpoints, "endpoint")
    if not plan.looks or plan.looks[-1] != 1 or any(b <= a for a, b in pairwise(plan.looks)):
        what = "the looks do not rise to 1"
        todo = "Give the share of the information at each look, such as [0.5, 1]."
        yield Finding(("monitoring", "looks"), what, todo)
    for name, parameter in (("spending", "parameter"), ("futility", "futility_parameter")):
        if getattr(plan, name) in NEEDS_PARAMETER and getattr(plan, parameter) is None:
            what = f"{getattr(plan, name)} spending has a parameter, which is not given"
            todo = f"Give `{parameter}`, such as -4 or 3."
            yield Finding(("monitoring", name), what, todo)


CHECKS = (planning, monitoring)
