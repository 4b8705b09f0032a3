"""From the screening list to eligibility, consent and enrolment in a follow-up."""

from __future__ import annotations

from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events import types as t
from equipoise.rules.eligibility import Verdict, judge


def screen(trial: Trial, staff: Staff, study: str, number: str, fingerprint: str) -> None:
    """Put a person on the screening list under ``number``.

    Raises :class:`Refused` when the same person (the same ``fingerprint``) is on it already.
    """

    def decide() -> list[t.Fact]:
        known = trial.participants.number_of.get(fingerprint)
        if known is not None:
            raise Refused(
                f"participant {number}",
                f"is the same person as {known}",
                f"Go on with {known}.",
            )
        return [t.Screened(fingerprint=fingerprint)]

    trial.act(staff, study, number, decide)


def consent(trial: Trial, staff: Staff, study: str, number: str, language: str) -> None:
    """Record consent to ``study``, in the version of the document that its protocol names."""

    def decide() -> list[t.Fact]:
        version = trial.state.protocols[study].consent_version
        return [t.ConsentGiven(document_version=version, language=language)]

    trial.act(staff, study, number, decide)


def decline(trial: Trial, staff: Staff, study: str, number: str, reason: str) -> None:
    """Record that the person was asked and declined."""
    trial.act(staff, study, number, lambda: [t.ConsentDeclined(reason=reason)])


def assess(trial: Trial, staff: Staff, study: str, number: str) -> Verdict:
    """Judge the study's criteria on the recorded values and record the verdict.

    Unknown is not eligible: the verdict's criteria say what is missing.
    """
    verdict: Verdict | None = None

    def decide() -> list[t.Fact]:
        nonlocal verdict
        protocol = trial.state.protocols[study]
        values = trial.participant(number).values()
        verdict = judge(protocol.eligibility, protocol.all_forms().values(), values)
        found = t.EligibilityConfirmed if verdict.eligible else t.ScreenFailed
        return [found(criteria=verdict.criteria)]

    trial.act(staff, study, number, decide)
    assert verdict is not None
    return verdict


def enrol(trial: Trial, staff: Staff, study: str, number: str) -> None:
    """Take a randomized participant into a study that extends the randomized one.

    The allocation stays as it is, masked. Raises :class:`Refused` when the study extends none.
    """

    def decide() -> list[t.Fact]:
        if trial.state.protocols[study].extends is None:
            raise Refused(
                f"study {study}",
                "extends no other study, so participants enter it by randomization",
                "Randomize the participant.",
            )
        return [t.Enrolled()]

    trial.act(staff, study, number, decide)
