"""Where the registry's upload files and its API tell the same thing in different shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_markup import TYPED
from equipoise.exchange.ctgov_paths import DESIGN, REFERENCES, STATUS
from equipoise.exchange.xml_map import (
    TEXT,
    Json,
    Leaf,
    Rule,
    an_object,
    flag,
    get,
    objects,
    put,
    put_text,
    read_all,
    said,
    text_at,
    words,
    written,
)

YES_NO = flag({"Yes": True, "No": False}, {"yes": True, "no": False, "true": True, "false": False})


def block(element: str, field: str, *, required: bool = False) -> Leaf:
    """Return the rule of a text block."""
    return Leaf(f"{element}/textblock", field, TYPED, required=required)


@dataclass(frozen=True, slots=True)
class Listed:
    """A word of a list, or the list's word for others and a word of one's own in a second element.

    The second element comes before the first one in some types of the schema: each has its rule,
    and ``part`` says which of both this is.
    """

    element: str
    own: str
    field: str
    known: frozenset[str]
    other: str
    part: str = "both"

    def read(self, element: Element, into: Json) -> None:
        """Read the word, its own if there is one."""
        text = text_at(element, self.own) or text_at(element, self.element)
        if text and self.part != "own":
            put(into, self.field, text)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the word."""
        text = said(TEXT, get(part, self.field), self.field)
        stranger = text is not None and text not in self.known
        if self.part != "own":
            put_text(element, self.element, self.other if stranger else text or "")
        if stranger and self.part != "listed":
            put_text(element, self.own, text or "")


@dataclass(frozen=True, slots=True)
class Status:
    """The status of the whole study; "unknown" is the registry's own, the upload has the last."""

    def read(self, element: Element, into: Json) -> None:
        """Read the status."""
        text = text_at(element, "overall_status") or text_at(element, "expanded_access_status")
        if text:
            put(into, f"{STATUS}.overallStatus", say.STATUS.read(text))
        why = text_at(element, "why_stopped")
        if why:
            put(into, f"{STATUS}.whyStopped", TYPED.read(why))

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the status."""
        status = get(part, f"{STATUS}.overallStatus")
        if status == "UNKNOWN":
            status = get(part, f"{STATUS}.lastKnownStatus")
        text = said(say.STATUS, status, "overallStatus")
        expanded = get(part, f"{DESIGN}.studyType") == "EXPANDED_ACCESS"
        why = said(TYPED, get(part, f"{STATUS}.whyStopped"), "whyStopped")
        if text and not expanded:
            put_text(element, "overall_status", text)
        if why:
            put_text(element, "why_stopped", why)
        if text and expanded:
            put_text(element, "expanded_access_status", text)


@dataclass(frozen=True, slots=True)
class Masking:
    """Who is masked: an element for each role, and one for nobody."""

    roles: tuple[tuple[str, str], ...] = (
        ("masked_subject", "PARTICIPANT"),
        ("masked_caregiver", "CARE_PROVIDER"),
        ("masked_investigator", "INVESTIGATOR"),
        ("masked_assessor", "OUTCOMES_ASSESSOR"),
    )
    levels: tuple[str, ...] = ("NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE")

    def read(self, element: Element, into: Json) -> None:
        """Read the roles and count them."""
        said_here = {name: text_at(element, name) for name, _ in self.roles}
        nobody = YES_NO.read(text_at(element, "no_masking") or "")
        who = [role for name, role in self.roles if YES_NO.read(said_here[name] or "") is True]
        older = say.MASKING.get(text_at(element, "masking") or "")
        if nobody is True or who:
            put(into, "maskingInfo.masking", self.levels[len(who)])
        elif older:
            put(into, "maskingInfo.masking", older)
        if who:
            put(into, "maskingInfo.whoMasked", who)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write every role, if it is said who is masked."""
        masking = get(part, "maskingInfo.masking")
        who = objects(get(part, "maskingInfo.whoMasked"), "whoMasked")
        if masking is None:
            return
        if masking != "NONE" and not who:  # how many are masked does not say who
            put_text(element, "masking", said(words(say.MASKING), masking, "masking") or "")
            return
        put_text(element, "no_masking", "Yes" if masking == "NONE" else "No")
        for name, role in self.roles:
            put_text(element, name, "Yes" if role in who else "No")


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a registry follows each participant: a number and its unit."""

    def read(self, element: Element, into: Json) -> None:
        """Read the duration."""
        quantity = text_at(element, "target_duration_quantity")
        unit = text_at(element, "target_duration_units")
        if quantity and unit:
            put(into, "targetDuration", f"{quantity} {unit}")

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the duration."""
        text = said(TEXT, part.get("targetDuration"), "targetDuration")
        quantity, _, unit = (text or "").partition(" ")
        if unit:
            put_text(element, "target_duration_quantity", quantity)
            put_text(element, "target_duration_units", unit)


@dataclass(frozen=True, slots=True)
class InfoTypes:
    """What goes with the participants' data: an element for each kind."""

    kinds: tuple[tuple[str, str], ...] = (
        ("protocol", "STUDY_PROTOCOL"),
        ("sap", "SAP"),
        ("icf", "ICF"),
        ("csr", "CSR"),
        ("analytic_code", "ANALYTIC_CODE"),
    )

    def read(self, element: Element, into: Json) -> None:
        """Read the kinds that are there."""
        found = [
            kind
            for name, kind in self.kinds
            if YES_NO.read(text_at(element, f"ipd_info_type_{name}") or "") is True
        ]
        if found:
            into["infoTypes"] = found

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write every kind, if it is said which there are."""
        found = objects(part.get("infoTypes"), "infoTypes")
        for name, kind in self.kinds if found else ():
            put_text(element, f"ipd_info_type_{name}", "Yes" if kind in found else "No")


@dataclass(frozen=True, slots=True)
class References:
    """Publications named by the sponsor; those that the registry found itself are not uploaded."""

    field: str = f"{REFERENCES}.references"

    def read(self, element: Element, into: Json) -> None:
        """Read the publications."""
        found = [read_all(REFERENCE, each) for each in element.findall("reference")]
        if found:
            put(into, self.field, found)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the publications."""
        for each in objects(get(part, self.field), self.field):
            one = an_object(each, self.field)
            if one.get("type") != "DERIVED":
                element.append(written("reference", REFERENCE, one))


REFERENCE: tuple[Rule, ...] = (
    Leaf("citation", "citation"),
    Leaf("pubmed_id", "pmid"),
    Leaf("is_results_ref", "type", words({"Yes": "RESULT", "No": "BACKGROUND"})),
)
