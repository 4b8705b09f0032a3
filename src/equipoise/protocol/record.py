"""The registry record of a study: a ClinicalTrials.gov API v2 study, read from ``record.json``.

Typed here is what Equipoise uses; every other field of the file is kept as it stands, so a record
that is read and written again is the same record. A field that the record does not have is None:
it is unknown, and nothing stands in for it.

The model is that of the API's OpenAPI description, version 2.0.5 (component ``Study``).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.errors import Problem

OverallStatus = Literal[
    "ACTIVE_NOT_RECRUITING",
    "COMPLETED",
    "ENROLLING_BY_INVITATION",
    "NOT_YET_RECRUITING",
    "RECRUITING",
    "SUSPENDED",
    "TERMINATED",
    "WITHDRAWN",
    "AVAILABLE",
    "NO_LONGER_AVAILABLE",
    "TEMPORARILY_NOT_AVAILABLE",
    "APPROVED_FOR_MARKETING",
    "WITHHELD",
    "UNKNOWN",
]
ArmType = Literal[
    "EXPERIMENTAL",
    "ACTIVE_COMPARATOR",
    "PLACEBO_COMPARATOR",
    "SHAM_COMPARATOR",
    "NO_INTERVENTION",
    "OTHER",
]
MaskingLevel = Literal["NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"]
MaskedRole = Literal["PARTICIPANT", "CARE_PROVIDER", "INVESTIGATOR", "OUTCOMES_ASSESSOR"]


class Module(BaseModel):
    """Anything in a record: immutable, of the stated types, and keeping fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class Identification(Module):
    """``identificationModule``."""

    nct_id: Annotated[str, Field(alias="nctId", pattern=r"^NCT[0-9]{8}$")]
    brief_title: Annotated[str, Field(alias="briefTitle", min_length=1)]
    official_title: Annotated[str | None, Field(alias="officialTitle")] = None


class Status(Module):
    """``statusModule``."""

    overall_status: Annotated[OverallStatus | None, Field(alias="overallStatus")] = None


class Sponsor(Module):
    """A sponsor or collaborator."""

    name: str


class Sponsors(Module):
    """``sponsorCollaboratorsModule``."""

    lead_sponsor: Annotated[Sponsor | None, Field(alias="leadSponsor")] = None


class Masking(Module):
    """``maskingInfo``."""

    masking: MaskingLevel | None = None
    who_masked: Annotated[tuple[MaskedRole, ...] | None, Field(alias="whoMasked")] = None


class DesignInfo(Module):
    """``designInfo``."""

    masking_info: Annotated[Masking | None, Field(alias="maskingInfo")] = None


class Enrollment(Module):
    """``enrollmentInfo``."""

    count: Annotated[int | None, Field(ge=0)] = None


class Design(Module):
    """``designModule``."""

    design_info: Annotated[DesignInfo | None, Field(alias="designInfo")] = None
    enrollment_info: Annotated[Enrollment | None, Field(alias="enrollmentInfo")] = None


class Arm(Module):
    """One of ``armGroups``; ``intervention_names`` are as registered (``Drug: …``)."""

    label: str
    type: ArmType | None = None
    description: str | None = None
    intervention_names: Annotated[tuple[str, ...], Field(alias="interventionNames")] = ()


class ArmsInterventions(Module):
    """``armsInterventionsModule``."""

    arm_groups: Annotated[tuple[Arm, ...], Field(alias="armGroups")] = ()


class Eligibility(Module):
    """``eligibilityModule``."""

    eligibility_criteria: Annotated[str | None, Field(alias="eligibilityCriteria")] = None


class ProtocolSection(Module):
    """``protocolSection``: the modules of which Equipoise uses something."""

    identification: Annotated[Identification, Field(alias="identificationModule")]
    status_module: Annotated[Status | None, Field(alias="statusModule")] = None
    sponsors: Annotated[Sponsors | None, Field(alias="sponsorCollaboratorsModule")] = None
    design: Annotated[Design | None, Field(alias="designModule")] = None
    arms_interventions: Annotated[
        ArmsInterventions | None, Field(alias="armsInterventionsModule")
    ] = None
    eligibility: Annotated[Eligibility | None, Field(alias="eligibilityModule")] = None


class Record(Module):
    """A registered study."""

    protocol_section: Annotated[ProtocolSection, Field(alias="protocolSection")]
    has_results: Annotated[bool | None, Field(alias="hasResults")] = None

    @property
    def nct_id(self) -> str:
        """The registration number."""
        return self.protocol_section.identification.nct_id

    @property
    def brief_title(self) -> str:
        """The title for the public."""
        return self.protocol_section.identification.brief_title

    @property
    def official_title(self) -> str | None:
        """The scientific title."""
        return self.protocol_section.identification.official_title

    @property
    def status(self) -> OverallStatus | None:
        """The overall recruitment status."""
        module = self.protocol_section.status_module
        return module.overall_status if module else None

    @property
    def sponsor(self) -> str | None:
        """The name of the lead sponsor."""
        module = self.protocol_section.sponsors
        return module.lead_sponsor.name if module and module.lead_sponsor else None

    @property
    def enrollment(self) -> int | None:
        """How many participants are planned or, once enrollment has ended, were enrolled."""
        module = self.protocol_section.design
        return module.enrollment_info.count if module and module.enrollment_info else None

    @property
    def masking(self) -> MaskingLevel | None:
        """How many roles are masked, as a level."""
        return self._masking.masking if self._masking else None

    @property
    def who_masked(self) -> tuple[MaskedRole, ...] | None:
        """The roles that are masked; empty in an open trial, None where the record is silent."""
        if self.masking == "NONE":
            return ()
        return self._masking.who_masked if self._masking else None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms in the order in which they are registered."""
        module = self.protocol_section.arms_interventions
        return module.arm_groups if module else ()

    @property
    def criteria(self) -> str | None:
        """The eligibility criteria, as the text that is registered."""
        module = self.protocol_section.eligibility
        return module.eligibility_criteria if module else None

    @property
    def _masking(self) -> Masking | None:
        module = self.protocol_section.design
        return module.design_info.masking_info if module and module.design_info else None

    def plain(self) -> dict[str, Any]:
        """Return the record as it was read: plain JSON data with every field of the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of the record as canonical JSON.

        Canonical: keys sorted by code point, no white space, UTF-8 without escapes that it does
        not need, and a fraction as the shortest decimal that reads back to it. The layout of the
        file and the order of its keys do not count; every value does.
        """
        canonical = json.dumps(
            self.plain(),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        return hashlib.sha256(canonical.encode()).hexdigest()


def read_record(path: Path) -> tuple[Record | None, list[Problem]]:
    """Read the record at ``path``; None, and all that is wrong, when it cannot be used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None, [
            Problem(
                where=str(path),
                what="There is no such file.",
                todo="Save the study's record there, as ClinicalTrials.gov API v2 JSON.",
            )
        ]
    except OSError as error:
        return None, [Problem(str(path), f"It cannot be read: {error.strerror}.", "Check it.")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [Problem(f"{path.name}:{line}", "It is not UTF-8 text.", "Save it as UTF-8.")]
    unfit = _not_json(text, path.name)
    if unfit is not None:
        return None, [unfit]
    try:
        return Record.model_validate_json(text), []
    except ValidationError as error:
        return None, [_problem(path.name, each) for each in error.errors(include_url=False)]


class _GivenTwice(Exception):
    """A key that an object has twice."""


def _not_json(text: str, name: str) -> Problem | None:
    """Return why ``text`` is not JSON that can be read in one way only, or None."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _GivenTwice(key)
            found[key] = value
        return found

    def finite(constant: str) -> None:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        json.loads(text, object_pairs_hook=once, parse_constant=finite)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}"
        return Problem(where, f"It is not JSON: {error.msg}.", "Correct the line or the one above.")
    except _GivenTwice as error:
        key = error.args[0]
        return Problem(f"{name}: {key}", "An object has this key twice.", "Keep one of them.")
    except ValueError as error:
        return Problem(name, f"It is not JSON: {error}.", "Correct the number.")
    except RecursionError:
        return Problem(
            name, "It is nested too deeply.", "Save the record as the registry gives it."
        )
    return None


def _problem(name: str, error: Any) -> Problem:
    """Return what pydantic found, with the place as a path into the record."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    where = f"{name}: {place.removeprefix('.')}" if place else name
    if error["type"] == "json_invalid":
        return Problem(
            where, f"It is not JSON: {error['ctx']['error']}.", "Correct the place named."
        )
    if error["type"] == "missing":
        return Problem(where, "This field is needed.", "Add it.")
    given = json.dumps(error["input"], ensure_ascii=False, default=str)
    shown = given if len(given) <= 60 else f"{given[:57]}..."
    return Problem(where, f"{error['msg']}, not {shown}.", "Write it as the registry's API does.")
