"""From the events of a ledger to every number of the report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from equipoise.analysis import baseline, exposure
from equipoise.analysis.endpoints import Result, estimate
from equipoise.analysis.plan import code_digest, plan_digest
from equipoise.errors import Refused
from equipoise.events.types import Event
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset, build
from equipoise.views.participants import Participants
from equipoise.views.trial import TrialState


@dataclass(frozen=True)
class Analysis:
    """A trial analysed: the facts it came from, the dataset, and what was planned of it.

    ``failed`` are the endpoints that could not be estimated, with the reason.
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
    results: list[Result] = []
    failed: dict[str, str] = {}
    for name in protocol.all_endpoints():
        try:
            results += estimate(protocol, data, name)
        except Refused as error:
            failed[name] = error.problem.what
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
        failed=failed,
    )


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
