"""The order of events, told as small trials.

Each line is ``participant kind``, with ``later`` after it in the study that follows up the first;
where ``->`` and a reason follow, the step is refused.
"""

from __future__ import annotations

import pytest

from equipoise.events.states import ORDER, Order, check_order
from equipoise.events.types import fact_types
from tests.diary import FOLLOW_UP, STUDY, small_trial

OPEN = """
trial TrialOpened
trial ProtocolAdopted
trial AllocationSealed
"""
RANDOMIZED = (
    OPEN
    + """
P1 Screened
P1 ConsentGiven
P1 EligibilityConfirmed
P1 Randomized
"""
)
RUNNING = (
    RANDOMIZED
    + """
P1 BagPrepared
P1 PumpStarted
"""
)


def tell(story: str) -> Order:
    """Follow a story; fail where it says that a step is refused and it is not, or the reverse."""
    order = Order()
    for line in filter(None, map(str.strip, story.splitlines())):
        step, _, reason = (part.strip() for part in line.partition("->"))
        who, kind, *rest = step.split()
        study = FOLLOW_UP if rest else STUDY
        participant = None if who == "trial" else who
        assert order.refusal(kind, study, participant) == (reason or None), line
        if not reason:
            happens(order, kind, study, participant)
    return order


def happens(order: Order, kind: str, study: str, participant: str | None) -> None:
    fact = fact_types()[kind].model_construct()
    change = {"fact": fact, "study": study, "participant": participant}
    order.apply(small_trial(0)[0].model_copy(update=change))


def test_every_kind_has_its_row() -> None:
    assert list(ORDER) == list(fact_types())


def test_every_flag_that_is_asked_for_can_be_raised() -> None:
    raised = frozenset[str]().union(*(step.raises for step in ORDER.values()))
    asked = frozenset[str]().union(
        *(step.needs | step.bars | step.lowers for step in ORDER.values())
    )
    assert asked <= raised


@pytest.mark.parametrize("kind", [kind for kind in fact_types() if kind != "TrialOpened"])
def test_nothing_precedes_the_opening(kind: str) -> None:
    about = fact_types()[kind].about
    why = Order().refusal(kind, STUDY, None if about == "trial" else "P1")
    assert why is not None
    assert "first" in why


STORIES = {
    "a trial begins once": f"""
        {OPEN}
        trial TrialOpened -> TrialOpened cannot follow 'opened'
    """,
    "a ledger, then its protocol, then everything else": f"""
        trial ProtocolAdopted -> ProtocolAdopted needs 'opened' first
        trial StaffDelegated -> StaffDelegated needs 'opened' first
        trial StaffReleased -> StaffReleased needs 'opened' first
        P1 DeviationRecorded -> DeviationRecorded needs 'opened' first
        trial TrialOpened
        trial StaffDelegated
        P1 DeviationRecorded
        trial AllocationSealed -> AllocationSealed needs 'protocol {STUDY}' first
        trial DataLocked -> DataLocked needs 'protocol {STUDY}' first
        P1 Screened -> Screened needs 'protocol {STUDY}' first
    """,
    "of somebody who was not screened, nothing is recorded": f"""
        {OPEN}
        P1 ConsentDeclined -> ConsentDeclined needs 'screened' first
        P1 EligibilityConfirmed -> EligibilityConfirmed needs 'screened' first
        P1 ScreenFailed -> ScreenFailed needs 'screened' first
        P1 FormRecorded -> FormRecorded needs 'screened' first
        P1 VisitMissed -> VisitMissed needs 'screened' first
        P1 ValueCorrected -> ValueCorrected needs 'screened' first
    """,
    "an amendment, and a second study": f"""
        {OPEN}
        trial ProtocolAdopted
        trial ProtocolAdopted later
    """,
    "the allocation is sealed once, after its parties committed": f"""
        trial TrialOpened
        trial SeedCommitted -> SeedCommitted needs 'protocol {STUDY}' first
        trial ProtocolAdopted
        trial SeedCommitted
        trial SeedCommitted
        trial AllocationSealed
        trial SeedCommitted -> SeedCommitted cannot follow 'sealed'
        trial AllocationSealed -> AllocationSealed cannot follow 'sealed'
    """,
    "nobody is randomized before the list is sealed": """
        trial TrialOpened
        trial ProtocolAdopted
        P1 Screened
        P1 ConsentGiven
        P1 EligibilityConfirmed
        P1 Randomized -> Randomized needs 'sealed' first
    """,
    "screened, asked, found eligible, randomized once": f"""
        {OPEN}
        P1 ConsentGiven -> ConsentGiven needs 'screened' first
        P1 Screened
        P1 Screened -> Screened cannot follow 'screened'
        P1 Randomized -> Randomized needs 'consented {STUDY}' first
        P1 ConsentGiven
        P1 ConsentGiven -> ConsentGiven cannot follow 'consented {STUDY}'
        P1 Randomized -> Randomized needs 'eligible {STUDY}' first
        P1 EligibilityConfirmed
        P1 Randomized
        P1 Randomized -> Randomized cannot follow 'randomized'
        P2 Screened
    """,
    "a verdict can change until randomization": f"""
        {OPEN}
        P1 Screened
        P1 ConsentGiven
        P1 EligibilityConfirmed
        P1 ScreenFailed
        P1 Randomized -> Randomized needs 'eligible {STUDY}' first
        P1 EligibilityConfirmed
        P1 Randomized
        P1 EligibilityConfirmed -> EligibilityConfirmed cannot follow 'randomized {STUDY}'
        P1 ScreenFailed -> ScreenFailed cannot follow 'randomized {STUDY}'
    """,
    "who declined is not asked again": f"""
        {OPEN}
        P1 Screened
        P1 ConsentDeclined
        P1 ConsentGiven -> ConsentGiven cannot follow 'declined {STUDY}'
        P1 ConsentGiven later
    """,
    "who withdrew is not randomized, and what was recorded stays": f"""
        {OPEN}
        P1 ConsentWithdrawn -> ConsentWithdrawn needs 'consented {STUDY}' first
        P1 Screened
        P1 ConsentGiven
        P1 ConsentDeclined -> ConsentDeclined cannot follow 'consented {STUDY}'
        P1 EligibilityConfirmed
        P1 ConsentWithdrawn
        P1 Randomized -> Randomized cannot follow 'withdrawn {STUDY}'
        P1 FormRecorded
        P1 AdverseEventReported
    """,
    "a bag, then a pump, then presses": f"""
        {OPEN}
        P1 BagPrepared -> BagPrepared needs 'randomized' first
        {RANDOMIZED.removeprefix(OPEN)}
        P1 PumpStarted -> PumpStarted needs 'prepared' first
        P1 BagPrepared
        P1 DemandDelivered -> DemandDelivered needs 'pump running' first
        P1 DemandDenied -> DemandDenied needs 'pump running' first
        P1 BagReplaced -> BagReplaced needs 'pump running' first
        P1 PumpStopped -> PumpStopped needs 'pump running' first
        P1 PumpStarted
        P1 PumpStarted -> PumpStarted cannot follow 'pump running'
        P1 DemandDelivered
        P1 DemandDenied
        P1 BagReplaced
        P1 PumpStopped
        P1 DemandDelivered -> DemandDelivered needs 'pump running' first
    """,
    "another participant's pump is not mine": f"""
        {RUNNING}
        P2 Screened
        P2 DemandDelivered -> DemandDelivered needs 'pump running' first
    """,
    "who withdrew is not started, but is stopped": f"""
        {RUNNING}
        P1 ConsentWithdrawn
        P1 PumpStopped
        P1 PumpStarted -> PumpStarted cannot follow 'withdrawn {STUDY}'
    """,
    "follow-up of the randomized, under a consent of its own": f"""
        {RANDOMIZED}
        trial ProtocolAdopted later
        P1 Enrolled later -> Enrolled needs 'consented {FOLLOW_UP}' first
        P1 ConsentGiven later
        P1 EligibilityConfirmed later
        P1 Enrolled later
        P1 Enrolled later -> Enrolled cannot follow 'enrolled {FOLLOW_UP}'
        P1 ScreenFailed later -> ScreenFailed cannot follow 'enrolled {FOLLOW_UP}'
        P1 EligibilityConfirmed later -> EligibilityConfirmed cannot follow 'enrolled {FOLLOW_UP}'
        P2 Screened
        P2 ConsentGiven later
        P2 Enrolled later -> Enrolled needs 'randomized' first
    """,
    "who withdrew from the follow-up is not enrolled": f"""
        {RANDOMIZED}
        trial ProtocolAdopted later
        P1 ConsentGiven later
        P1 ConsentWithdrawn later
        P1 Enrolled later -> Enrolled cannot follow 'withdrawn {FOLLOW_UP}'
    """,
    "nobody enters a locked study": f"""
        {RANDOMIZED}
        P2 Screened
        P3 Screened
        P3 ConsentGiven
        P3 EligibilityConfirmed
        trial DataLocked
        P2 ConsentGiven -> ConsentGiven cannot follow 'locked {STUDY}'
        P2 ConsentDeclined -> ConsentDeclined cannot follow 'locked {STUDY}'
        P2 EligibilityConfirmed -> EligibilityConfirmed cannot follow 'locked {STUDY}'
        P2 ScreenFailed -> ScreenFailed cannot follow 'locked {STUDY}'
        P3 Randomized -> Randomized cannot follow 'locked {STUDY}'
        P1 BagPrepared -> BagPrepared cannot follow 'locked {STUDY}'
        P1 Enrolled -> Enrolled cannot follow 'locked {STUDY}'
    """,
    "lost to follow-up once, and only who was randomized": f"""
        {OPEN}
        P1 FollowUpLost -> FollowUpLost needs 'randomized' first
        {RANDOMIZED.removeprefix(OPEN)}
        P1 FollowUpLost
        P1 FollowUpLost -> FollowUpLost cannot follow 'lost {STUDY}'
    """,
    "an adverse event is of somebody who consented": f"""
        {OPEN}
        P1 Screened
        P1 AdverseEventReported -> AdverseEventReported needs 'consented {STUDY}' first
    """,
    "after the lock nothing is entered in this study, and all in the other": f"""
        {RANDOMIZED}
        trial ProtocolAdopted later
        P1 BagPrepared
        trial DataLocked
        trial DataLocked -> DataLocked cannot follow 'locked {STUDY}'
        trial ProtocolAdopted -> ProtocolAdopted cannot follow 'locked {STUDY}'
        P2 Screened -> Screened cannot follow 'locked {STUDY}'
        P1 ConsentWithdrawn -> ConsentWithdrawn cannot follow 'locked {STUDY}'
        P1 PumpStarted -> PumpStarted cannot follow 'locked {STUDY}'
        P1 FormRecorded -> FormRecorded cannot follow 'locked {STUDY}'
        P1 ValueCorrected -> ValueCorrected cannot follow 'locked {STUDY}'
        P1 VisitMissed -> VisitMissed cannot follow 'locked {STUDY}'
        P1 AdverseEventReported -> AdverseEventReported cannot follow 'locked {STUDY}'
        P1 FollowUpLost -> FollowUpLost cannot follow 'locked {STUDY}'
        P1 DeviationRecorded
        trial StaffReleased
        P1 FormRecorded later
        P1 ValueCorrected later
        P1 ConsentGiven later
    """,
    "the sequence is opened after the lock and the signed plan": f"""
        trial TrialOpened
        trial AnalysisPlanSigned -> AnalysisPlanSigned needs 'protocol {STUDY}' first
        trial ProtocolAdopted
        trial DataLocked
        trial AnalysisPlanSigned
        trial AllocationOpened -> AllocationOpened needs 'sealed' first
        {OPEN.replace("trial TrialOpened", "").replace("trial ProtocolAdopted", "")}
        trial AllocationOpened
        trial AllocationOpened -> AllocationOpened cannot follow 'allocation opened'
        trial AnalysisPlanSigned -> AnalysisPlanSigned cannot follow 'allocation opened'
    """,
    "who signs the opening does so between the lock and the opening": f"""
        {OPEN}
        trial AnalysisPlanSigned
        trial OpeningSigned -> OpeningSigned needs 'locked {STUDY}' first
        trial DataLocked
        trial OpeningSigned
        trial OpeningSigned
        trial AllocationOpened
        trial OpeningSigned -> OpeningSigned cannot follow 'allocation opened'
    """,
    "masking is lifted for some after the lock of their study": f"""
        trial TrialOpened
        trial ProtocolAdopted
        trial DataLocked
        trial MaskingLifted -> MaskingLifted needs 'sealed' first
        trial AllocationSealed
        trial MaskingLifted
        trial ProtocolAdopted later
        trial MaskingLifted later -> MaskingLifted needs 'locked {FOLLOW_UP}' first
    """,
    "only who has a slot can be unmasked, at any time": f"""
        {OPEN}
        P1 Screened
        P1 EmergencyUnmasked -> EmergencyUnmasked needs 'randomized' first
        P1 AccidentallyUnmasked -> AccidentallyUnmasked needs 'randomized' first
        P1 ConsentGiven
        P1 EligibilityConfirmed
        P1 Randomized
        trial DataLocked
        P1 AccidentallyUnmasked
        P1 EmergencyUnmasked
        P1 EmergencyUnmasked
    """,
    "the lock alone does not open the sequence": f"""
        {OPEN}
        trial DataLocked
        trial AllocationOpened -> AllocationOpened needs 'plan signed {STUDY}' first
    """,
    "the plan alone does not open the sequence": f"""
        {OPEN}
        trial AnalysisPlanSigned
        trial AllocationOpened -> AllocationOpened needs 'locked {STUDY}' first
    """,
}


@pytest.mark.parametrize("story", STORIES)
def test_story(story: str) -> None:
    tell(STORIES[story])


def test_a_legal_trial_is_in_order() -> None:
    assert check_order(small_trial()) is None


def test_the_first_event_out_of_order_is_named() -> None:
    events = small_trial()
    problem = check_order([*events[:6], *events[7:]])  # not randomized
    assert problem is not None
    assert problem.where == "event 8"
    assert problem.what == "BagPrepared needs 'randomized' first, P1"


def test_trying_on_a_scratch_copy_leaves_the_order_as_it_was() -> None:
    order = tell(RUNNING)
    before = repr(order)
    scratch = order.scratch("P1")
    assert scratch.refusal("DemandDelivered", STUDY, "P1") is None
    happens(scratch, "PumpStopped", STUDY, "P1")
    happens(scratch, "DataLocked", STUDY, None)
    assert scratch.refusal("DemandDelivered", STUDY, "P1") is not None
    assert repr(order) == before
    assert order.scratch(None).refusal("DataLocked", STUDY, None) is None
    assert order.scratch("P2").refusal("Screened", STUDY, "P2") is None
