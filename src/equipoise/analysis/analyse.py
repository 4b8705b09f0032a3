"""From the events of a ledger to every number of the report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from equipoise.analysis import baseline, exposure
from equipoise.analysis.dealing import design_of
from equipoise.analysis.endpoints import Result, estimate_trial
from equipoise.analysis.facts import Facts, of_dataset
from equipoise.analysis.families import Adjusted, adjust
from equipoise.analysis.plan import code_digest, plan_digest
from equipoise.analysis.populations import Set, sets
from equipoise.analysis.safety import Safety, safety
from equipoise.errors import InputError, Refused
from equipoise.events.types import Event
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset, build
from equipoise.views.participants import Participants
from equipoise.views.trial import TrialState


@dataclass(frozen=True)
class Analysis:
    """A trial analysed: the facts it came from, the dataset, and what was planned of it.

    ``failed`` are the endpoints that could not be estimated, with the reason; ``sensitivity`` the
    results of the sensitivity analyses, ``failed_sensitivity`` by endpoint and place those that
    could not be had. ``adjusted`` are the comparisons of each planned family.
    """

    state: TrialState
    people: Participants
    data: Dataset
    head: str
    events: int
    dummy: bool
    table1: list[baseline.Row]
    dose_rates: list[exposure.DoseRate]
    bands: list[exposure.Band]
    results: list[Result]
    failed: dict[str, str]
    sets: list[Set]
    sensitivity: list[Result]
    failed_sensitivity: dict[tuple[str, int], str]
    adjusted: list[list[Adjusted]]

    @cached_property
    def safety(self) -> Safety:
        """Adverse events of those treated, by what they got."""
        return safety(self.protocol, self.data)

    @property
    def protocol(self) -> Protocol:
        """The protocol adopted last."""
        return self.state.protocol

    def as_planned(self) -> bool:
        """Return whether plan and code are those that were signed before the opening."""
        signed = self.state.plans.get(self.protocol.study)
        return (
            signed is not None
            and signed.plan_digest == plan_digest(self.protocol)
            and signed.code_digest == code_digest()
        )

    def planned(self, endpoint: str) -> bool:
        """Return whether the analyses of an endpoint stand in a signed plan as they do here.

        That is the plan of its study, or of one that extends it.
        """
        lineage = self.protocol.lineage()
        first = next(n for n, part in enumerate(lineage) if endpoint in part.endpoints)
        return any(
            (signed := self.state.plans.get(part.study)) is not None
            and signed.plan_digest == plan_digest(part)
            for part in lineage[first:]
        )


def analyse(events: Iterable[Event], head: str, *, dummy: bool = False) -> Analysis:
    """Analyse a ledger; with ``dummy``, on made-up arms, before or after the opening.

    Raises :class:`Refused` when the allocation is not opened and ``dummy`` is not set.
    """
    state, people = TrialState(), Participants()
    count = 0
    for event in events:
        state.apply(event)
        people.apply(event)
        count = event.seq
    if state.opened is None and not dummy:
        raise Refused(
            "allocation",
            "is not opened, so the arms are not known to anybody who analyses",
            "Lock the data and open the allocation, or use --dummy for made-up arms.",
        )
    protocol = state.protocol
    data = build(protocol, people.by_number, _dummies(state) if dummy else _opened(state))
    facts = of_dataset(protocol, data)
    if not dummy:
        facts = replace(facts, design=design_of(state, facts.strata))
    results, failed = _estimated(protocol, facts, [(n, None) for n in protocol.all_endpoints()])
    others, failed_others = _estimated(protocol, facts, _sensitivity(protocol))
    return Analysis(
        state=state,
        people=people,
        data=data,
        head=head,
        events=count,
        dummy=dummy,
        table1=baseline.table(protocol, data),
        dose_rates=exposure.dose_rates(protocol, data),
        bands=exposure.bands(protocol, data, people.by_number),
        results=results,
        failed={name: why for (name, _), why in failed.items()},
        sets=sets(protocol, facts),
        sensitivity=others,
        failed_sensitivity={(n, p): why for (n, p), why in failed_others.items() if p is not None},
        adjusted=[
            adjust(family, results) for part in protocol.lineage() for family in part.multiplicity
        ],
    )


def _sensitivity(protocol: Protocol) -> list[tuple[str, int | None]]:
    return [
        (name, place)
        for name, endpoint in protocol.all_endpoints().items()
        for place in range(len(endpoint.analysis.sensitivity))
    ]


def _estimated(
    protocol: Protocol, facts: Facts, wanted: list[tuple[str, int | None]]
) -> tuple[list[Result], dict[tuple[str, int | None], str]]:
    """Return the results, and by endpoint and place why an analysis gives none."""
    results: list[Result] = []
    failed: dict[tuple[str, int | None], str] = {}
    for name, place in wanted:
        try:
            results += estimate_trial(protocol, facts, name, place)
        except (Refused, InputError) as error:
            failed[name, place] = f"{error.problem.where}: {error.problem.what}"
    return results, failed


def _opened(state: TrialState) -> dict[tuple[str, int], str]:
    slots = state.opened.slots if state.opened else ()
    return {(slot.stratum, slot.slot): slot.arm for slot in slots}


def _dummies(state: TrialState) -> dict[tuple[str, int], str]:
    """Return made-up arms in about the planned ratio, the same for everybody who asks."""
    root = state.protocol.root
    allocation = root.allocation
    ratio = allocation.ratio if allocation else {}
    places = [arm for arm in root.arms for _ in range(ratio.get(arm, 1))]
    found: dict[tuple[str, int], str] = {}
    stock = allocation.length if allocation and allocation.allocator else 0  # taken in any order
    for stratum, taken in state.taken.items():
        for slot in range(max(taken, stock)):
            block = hashlib.sha256(f"dummy {stratum} {slot // len(places)}".encode()).digest()
            found[stratum, slot] = places[(slot + block[0]) % len(places)]
    return found
