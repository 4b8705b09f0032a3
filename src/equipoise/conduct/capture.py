"""Facts from the bedside and the telephone: forms, adverse events, absences, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Problem, Refused
from equipoise.events import types as t
from equipoise.events.types import Value
from equipoise.protocol.parts import Form, Visit
from equipoise.rules.values import canonical_values, refusals


def record_form(
    trial: Trial, staff: Staff, study: str, number: str, visit: str, form: str,
    values: Mapping[str, Value], *, at: datetime | None = None,
) -> None:  # fmt: skip
    """Record a form of a planned visit, once.

    Raises :class:`InputError` naming the first value that its item does not allow, and
    :class:`Refused` when the form is recorded already: correct it instead.
    """

    def decide() -> list[t.Fact]:
        planned, definition = _planned(trial, visit, form)
        if planned.by != staff.role:
            raise Refused(
                f"{staff.person} as {staff.role}",
                f"does not record visit '{visit}': the protocol gives it to the {planned.by}",
                f"Ask the {planned.by}.",
            )
        if (visit, form) in trial.participant(number).forms:
            raise Refused(
                f"participant {number}",
                f"form '{form}' of visit '{visit}' is recorded already",
                "Correct the value that is wrong, with the reason.",
            )
        _raise_first(refusals(definition, values))
        recorded = canonical_values(definition, values)
        return [t.FormRecorded(visit=visit, form=form, values=recorded)]

    trial.act(staff, study, number, decide, occurred_at=at)


def correct(
    trial: Trial, staff: Staff, study: str, number: str, seq: int, values: Mapping[str, Value],
    reason: str,
) -> None:  # fmt: skip
    """Answer wrong values of the form recorded by event ``seq``; what it said stays.

    ``values`` are the items to correct, together, as a branching item and what hangs on it must
    be. Raises :class:`InputError` when the event is no form of this participant and study, a
    value is not allowed, or no reason is given.
    """

    def decide() -> list[t.Fact]:
        person = trial.participant(number)
        place = trial.participants.form_of(seq)
        form = person.forms.get(place) if place else None
        if place is None or form is None or (form.seq, form.study) != (seq, study):
            raise InputError(
                f"event {seq}",
                f"is not a form recorded for participant {number} in {study}",
                "Look the event up in the participant's history.",
            )
        if not reason.strip():
            raise InputError("correction", "gives no reason", "Say why the value was wrong.")
        definition = trial.state.protocol.form(place[1])
        _raise_first(refusals(definition, _without_hidden(definition, form.values | dict(values))))
        return [
            t.ValueCorrected(corrects=seq, item=item, value=value, reason=reason)
            for item, value in canonical_values(definition, values).items()
        ]

    trial.act(staff, study, number, decide)


def _without_hidden(form: Form, values: dict[str, Value]) -> dict[str, Value]:
    """Return the values without empty answers to questions that are no longer asked."""
    return {
        name: value
        for name, value in values.items()
        if value is not None or any(item.id == name and not item.show_if for item in form.items)
    }


def miss_visit(
    trial: Trial, staff: Staff, study: str, number: str, visit: str, reason: str
) -> None:
    """Record that a planned visit did not take place."""

    def decide() -> list[t.Fact]:
        _visit(trial, visit)
        return [t.VisitMissed(visit=visit, reason=reason)]

    trial.act(staff, study, number, decide)


def report_adverse_event(
    trial: Trial, staff: Staff, study: str, number: str, report: t.AdverseEventReported,
    onset: datetime,
) -> None:  # fmt: skip
    """Report an adverse event with its onset."""
    trial.act(staff, study, number, lambda: [report], occurred_at=onset)


def withdraw(trial: Trial, staff: Staff, study: str, number: str, scope: str, reason: str) -> None:
    """Record that the participant withdraws from ``treatment`` or from ``follow-up``."""
    fact = t.ConsentWithdrawn.model_validate({"scope": scope, "reason": reason})
    trial.act(staff, study, number, lambda: [fact])


def lose(trial: Trial, staff: Staff, study: str, number: str, attempts: int, reason: str) -> None:
    """Record loss to follow-up: missing data from here on, never an exclusion."""
    trial.act(staff, study, number, lambda: [t.FollowUpLost(attempts=attempts, reason=reason)])


def deviate(
    trial: Trial, staff: Staff, study: str, number: str | None, category: str, description: str
) -> None:
    """Document a departure from the protocol; nothing is undone by it."""
    fact = t.DeviationRecorded(category=category, description=description)
    trial.act(staff, study, number, lambda: [fact])


def _visit(trial: Trial, name: str) -> Visit:
    try:
        return trial.state.protocol.visit(name)
    except KeyError:
        raise InputError(
            f"visit '{name}'", "is not in the schedule", "Use a visit of the protocol."
        ) from None


def _planned(trial: Trial, visit: str, form: str) -> tuple[Visit, Form]:
    planned = _visit(trial, visit)
    if form not in planned.forms:
        raise InputError(
            f"form '{form}'",
            f"is not due at visit '{visit}'",
            f"That visit has: {', '.join(planned.forms)}.",
        )
    return planned, trial.state.protocol.form(form)


def _raise_first(problems: Sequence[Problem]) -> None:
    for problem in problems:
        raise InputError(problem.where, problem.what, problem.todo)
