from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equipoise.analysis.dealing import design_of
from equipoise.analysis.endpoints import estimate_trial
from equipoise.analysis.estimators.reference_set import PermutedBlocks, reference_set
from equipoise.analysis.facts import of_dataset
from equipoise.errors import InputError
from equipoise.protocol.estimand import Analysis
from equipoise.views.trial import TrialState
from tests.small import analysis


def test_an_opened_ledger_knows_the_blocks_that_were_dealt() -> None:
    """Drawn in the order of the list, the arms seen are possible; in another order they are not."""
    found = analysis()
    facts = of_dataset(found.protocol, found.data)
    design = design_of(found.state, facts.strata)
    assert isinstance(design, PermutedBlocks)
    assert design.realised is not None
    assert design.realised.keys() == set(range(len(facts.strata)))
    assert facts.stratum is not None
    assert facts.slot is not None
    listed = np.lexsort((facts.slot, facts.stratum))
    arms, strata = (each[listed].astype(np.int64) for each in (facts.arm, facts.stratum))
    reference_set(design, arms, (0, 1), strata)
    with pytest.raises(InputError, match="cannot come from this design"):
        reference_set(design, np.sort(arms), (0, 1), strata)


def test_nothing_is_known_before_the_opening() -> None:
    assert design_of(TrialState(), ("all",)) is None


def test_a_plan_can_test_by_the_design() -> None:
    found = analysis()
    protocol = found.protocol
    facts = of_dataset(protocol, found.data)
    name, endpoint = next(
        (name, each)
        for name, each in protocol.root.endpoints.items()
        if each.estimand.summary == "risk ratio"
    )
    by_design = endpoint.model_copy(
        update={
            "analysis": Analysis(method="randomization test of events", options={"draws": 10_000}),
            "estimand": endpoint.estimand.model_copy(update={"summary": "risk difference"}),
        }
    )
    changed = protocol.model_copy(update={"endpoints": protocol.endpoints | {name: by_design}})
    design = design_of(found.state, facts.strata)
    known, unknown = (
        estimate_trial(changed, replace(facts, design=each), name)[0].estimate
        for each in (design, None)
    )
    assert known.value == unknown.value
    assert "permuted blocks" in known.method
    assert "fixed totals" in unknown.method
