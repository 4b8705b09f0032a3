"""Parts of a record: the fields asked for as JSON, or the columns asked for as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from equipoise.errors import InputError
from equipoise.registry.record import Study, get
from equipoise.registry.search.fields import (
    Field,
    areas,
    by_piece,
    known_name,
    place,
    roots,
    similar_names,
    values,
)

Chosen = dict[str, Any]
"""Names of fields, each with those chosen below it; None is all of them."""


def chosen(names: Sequence[str]) -> Chosen:
    """Return the fields that areas, pieces or paths name, for :func:`only`.

    Raises :class:`InputError` for an unknown name, with the ones most like it.
    """
    found: Chosen = {}
    for name in names:
        known = known_name(name)
        if known is None:
            near = similar_names(name)
            raise InputError(
                "fields", f"'{name}' is no field, piece or search area",
                f"Did you mean {', '.join(near)}?" if near else "See /studies/metadata.",
            )  # fmt: skip
        for piece in place(known).pieces if known in areas() else (known,):
            _choose(found, by_piece()[piece].path.split("."))
    return found


def _choose(found: Chosen, path: list[str]) -> None:
    name, below = path[0], path[1:]
    if not below:
        found[name] = None
    elif found.setdefault(name, {}) is not None:
        _choose(found[name], below)


def only(study: Any, fields: Chosen | None) -> Any:
    """Return a record with nothing but the chosen fields; parts left empty are left out."""
    if fields is None:
        return study
    if isinstance(study, list):
        parts = [only(each, fields) for each in study]
        return [each for each in parts if each not in ({}, [])]
    if not isinstance(study, Mapping):
        return study
    kept = {key: only(value, fields[key]) for key, value in study.items() if key in fields}
    return {key: value for key, value in kept.items() if value not in ({}, [])}


# --- the table ------------------------------------------------------------------------------------


def _of(*pieces: str) -> Callable[[Study], str]:
    """Return what makes a cell of the values of pieces, each of them between bars."""

    def cell(study: Study) -> str:
        found = values(study)
        return "|".join(_shown(each) for piece in pieces for each in found.get(piece, []))

    return cell


def _each(path: str, names: Sequence[str], between: str) -> Callable[[Study], str]:
    """Return what makes a cell of a list of things, each with its parts side by side."""

    def cell(study: Study) -> str:
        things = get(study, f"protocolSection.{path}", [])
        return "|".join(
            between.join(str(thing[name]) for name in names if thing.get(name)) for thing in things
        )

    return cell


def _design(study: Study) -> str:
    told = (
        ("Allocation", "DesignAllocation"), ("Intervention Model", "DesignInterventionModel"),
        ("Masking", "DesignMasking"), ("Primary Purpose", "DesignPrimaryPurpose"),
    )  # fmt: skip
    found = values(study)
    return "|".join(f"{label}: {''.join(found.get(piece, []))}" for label, piece in told)


def _ages(study: Study) -> str:
    ages = get(study, "protocolSection.eligibilityModule", {})
    ends = [ages.get("minimumAge", ""), ages.get("maximumAge", "")]
    return f"{' to '.join(ends)} ({', '.join(ages.get('stdAges', []))})"


def _shown(value: Any) -> str:
    return ("YES" if value else "NO") if isinstance(value, bool) else str(value)


_OUTCOME = ("measure", "description", "timeFrame")
_SITE = ("facility", "city", "state", "zip", "country")
COLUMNS: dict[str, Callable[[Study], str]] = {
    "NCT Number": _of("NCTId"),
    "Study Title": _of("BriefTitle"),
    "Study URL": _of("NCTId"),  # a link from where the record is served: see `table`
    "Acronym": _of("Acronym"),
    "Study Status": _of("OverallStatus"),
    "Brief Summary": _of("BriefSummary"),
    "Study Results": _of("HasResults"),
    "Conditions": _of("Condition"),
    "Interventions": _each("armsInterventionsModule.interventions", ("type", "name"), ": "),
    "Primary Outcome Measures": _each("outcomesModule.primaryOutcomes", _OUTCOME, ", "),
    "Secondary Outcome Measures": _each("outcomesModule.secondaryOutcomes", _OUTCOME, ", "),
    "Other Outcome Measures": _each("outcomesModule.otherOutcomes", _OUTCOME, ", "),
    "Sponsor": _of("LeadSponsorName"),
    "Collaborators": _of("CollaboratorName"),
    "Sex": _of("Sex"),
    "Age": _ages,
    "Phases": _of("Phase"),
    "Enrollment": _of("EnrollmentCount"),
    "Funder Type": _of("LeadSponsorClass"),
    "Study Type": _of("StudyType"),
    "Study Design": _design,
    "Other IDs": _of("OrgStudyId", "SecondaryId"),
    "Start Date": _of("StartDate"),
    "Primary Completion Date": _of("PrimaryCompletionDate"),
    "Completion Date": _of("CompletionDate"),
    "First Posted": _of("StudyFirstPostDate"),
    "Results First Posted": _of("ResultsFirstPostDate"),
    "Last Update Posted": _of("LastUpdatePostDate"),
    "Locations": _each("contactsLocationsModule.locations", _SITE, ", "),
    "Study Documents": _of("LargeDocFilename"),
}
"""The columns of a table, as the registry's download names them."""


def columns(names: Sequence[str]) -> list[str]:
    """Return the columns named, all where none is; raise :class:`InputError` for others."""
    known = {each.lower(): each for each in COLUMNS}
    for name in names:
        if name.lower() not in known:
            raise InputError(
                "fields", f"'{name}' is no column of the table", f"Use {', '.join(COLUMNS)}."
            )
    return [known[name.lower()] for name in names] or list(COLUMNS)


def table(studies: Iterable[Study], names: Sequence[str], *, header: bool, base: str = "") -> str:
    """Return records as comma-separated lines; ``base`` precedes the number in a record's link."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    if header:
        lines.writerow(names)
    for study in studies:
        cells = [COLUMNS[name](study) for name in names]
        lines.writerow(
            base + cell if name == "Study URL" else cell
            for name, cell in zip(names, cells, strict=True)
        )
    return written.getvalue()


# --- what there is --------------------------------------------------------------------------------


def metadata() -> list[dict[str, Any]]:
    """Return the tree of fields, as ``/studies/metadata`` gives it."""
    return [_node(each) for each in roots().values()]


def _node(field: Field) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": field.name, "piece": field.piece, "sourceType": field.source, "type": field.type,
    }  # fmt: skip
    if field.is_enum:
        made["isEnum"] = True
    if field.children:
        made["children"] = [_node(each) for each in field.children.values()]
    return made
