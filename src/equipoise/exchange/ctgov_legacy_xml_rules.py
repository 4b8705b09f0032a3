"""Where ClinicalTrials.gov's public XML and its API tell the same thing in different shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_dates import IN_WORDS
from equipoise.exchange.ctgov_paths import DESIGN, ID, PLACES, REFERENCES, UNPOSTED
from equipoise.exchange.xml_map import (
    TEXT,
    YES_NO,
    Codec,
    Json,
    Leaf,
    Rule,
    an_object,
    at,
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
from equipoise.exchange.xml_tree import own_text

AGENCY = words({"NIH": "NIH", "U.S. Fed": "FED", "Industry": "INDUSTRY", "Other": "OTHER"})
_OTHER_AGENCIES = ("OTHER_GOV", "INDIV", "NETWORK", "AMBIG", "UNKNOWN")
AGENCY_CLASS = Codec(
    AGENCY.read, lambda value: AGENCY.write("OTHER" if value in _OTHER_AGENCIES else value)
)
HEALTHY = flag({"Accepts Healthy Volunteers": True, "No": False}, {"Yes": True})
INFO_TYPE = words(
    {
        "Study Protocol": "STUDY_PROTOCOL",
        "Statistical Analysis Plan (SAP)": "SAP",
        "Informed Consent Form (ICF)": "ICF",
        "Clinical Study Report (CSR)": "CSR",
        "Analytic Code": "ANALYTIC_CODE",
    }
)
MASKING_ONCE = (
    (" Blind", ""),
    ("-Blind", ""),
    ("Subject", "Participant"),
    ("Caregiver", "Care Provider"),
)


def _read_masking(text: str) -> Json:
    """Return level and roles; older files say blind, subject and caregiver."""
    level, _, roles = text.partition(" (")
    for older, newer in MASKING_ONCE:
        level, roles = level.replace(older, newer), roles.replace(older, newer)
    if level in say.MASKED or ", " in level:
        level, roles = "", level
    if level in ("None", "Open Label", "No masking"):
        return {"masking": "NONE"}
    who = [say.MASKED.get(each, each) for each in roles.rstrip(")").split(", ") if each]
    found = {"masking": say.MASKING.get(level, level), "whoMasked": who}
    return {name: value for name, value in found.items() if value}


def _write_masking(value: Mapping[str, Any]) -> str | None:
    """Return level and roles as one text."""
    levels = {name: word for word, name in say.MASKING.items()}
    roles = {name: word for word, name in say.MASKED.items()}
    level = value.get("masking")
    if level is None:
        return None
    who = ", ".join(roles.get(each, str(each)) for each in value.get("whoMasked") or ())
    word = str(levels.get(level, level))
    return f"{word} ({who})" if who else word


@dataclass(frozen=True, slots=True)
class Masking:
    """``Double (Participant, Investigator)``, of which the API makes a level and a list."""

    def read(self, element: Element, into: Json) -> None:
        """Read level and roles."""
        text = text_at(element, "masking")
        if text:
            put(into, "maskingInfo", _read_masking(text))

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write level and roles."""
        info = an_object(part.get("maskingInfo"), "maskingInfo")
        text = said(Codec(str, _write_masking), info or None, "maskingInfo")
        if text:
            put_text(element, "masking", text)


@dataclass(frozen=True, slots=True)
class StudyType:
    """The type of study; the XML marks a registry of patients in the type itself."""

    registry: str = "Observational [Patient Registry]"

    def read(self, element: Element, into: Json) -> None:
        """Read the type."""
        text = text_at(element, "study_type")
        if text == self.registry:
            put(into, f"{DESIGN}.studyType", "OBSERVATIONAL")
            put(into, f"{DESIGN}.patientRegistry", value=True)
        elif text and text != "N/A":  # of a withheld record
            put(into, f"{DESIGN}.studyType", say.STUDY_TYPE.read(text))

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the type."""
        kind = get(part, f"{DESIGN}.studyType")
        if kind == "OBSERVATIONAL" and get(part, f"{DESIGN}.patientRegistry") is True:
            text: str | None = self.registry
        else:
            text = "N/A" if kind is None else said(say.STUDY_TYPE, kind, "studyType")
        put_text(element, "study_type", text or "")


@dataclass(frozen=True, slots=True)
class References:
    """Publications; the XML tells only those of results from all others."""

    element: str
    results: bool

    def read(self, element: Element, into: Json) -> None:
        """Read the publications; of which kind those without results are, is not said."""
        for found in element.findall(self.element):
            one = read_all(REFERENCE, found)
            if self.results:
                one["type"] = "RESULT"
            module = into.setdefault("protocolSection", {}).setdefault("referencesModule", {})
            module.setdefault("references", []).append(one)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the publications of this kind."""
        field = f"{REFERENCES}.references"
        for each in objects(get(part, field), field):
            one = an_object(each, field)
            if (one.get("type") == "RESULT") == self.results:
                element.append(written(self.element, REFERENCE, one))


REFERENCE: tuple[Rule, ...] = (Leaf("citation", "citation"), Leaf("PMID", "pmid"))


@dataclass(frozen=True, slots=True)
class Countries:
    """The countries of the sites, each once, which the API leaves to be gathered."""

    def read(self, _element: Element, _into: Json, /) -> None:
        """Read nothing."""

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Gather the countries."""
        field = f"{PLACES}.locations"
        places = [an_object(each, field) for each in objects(get(part, field), field)]
        named = (said(TEXT, each.get("country"), "country") for each in places)
        found = {each for each in named if each}
        for country in sorted(found):
            SubElement(at(element, "location_countries"), "country").text = country


@dataclass(frozen=True, slots=True)
class Source:
    """Where to find the record on the registry's site."""

    def read(self, _element: Element, _into: Json, /) -> None:
        """Read nothing: the address is made of the number."""

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the address."""
        number = said(TEXT, get(part, f"{ID}.nctId"), "nctId") or ""
        put_text(element, "required_header/url", f"https://clinicaltrials.gov/show/{number}")


@dataclass(frozen=True, slots=True)
class Documents:
    """Protocols, plans and forms that the registry keeps; the XML gives their address."""

    field: str = "documentSection.largeDocumentModule.largeDocs"
    element: str = "provided_document_section/provided_document"

    def read(self, element: Element, into: Json) -> None:
        """Read the documents."""
        found = [read_all(DOCUMENT, each) for each in element.findall(self.element)]
        for each in found:
            each["filename"] = str(each.get("filename", "")).rpartition("/")[2]
        if found:
            put(into, self.field, found)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the documents."""
        number = said(TEXT, get(part, f"{ID}.nctId"), "nctId") or ""
        folder = f"https://ClinicalTrials.gov/ProvidedDocs/{number[-2:]}/{number}/"
        for each in objects(get(part, self.field), self.field):
            one = an_object(each, self.field)
            made = written("provided_document", DOCUMENT, one)
            name = said(TEXT, one.get("filename"), "filename")
            if name:
                put_text(made, "document_url", folder + name)
            at(element, "provided_document_section").append(made)


DOCUMENT: tuple[Rule, ...] = (
    Leaf("document_type", "label"),
    Leaf("document_has_protocol", "hasProtocol", YES_NO),
    Leaf("document_has_icf", "hasIcf", YES_NO),
    Leaf("document_has_sap", "hasSap", YES_NO),
    Leaf("document_date", "date", IN_WORDS),
    Leaf("document_url", "filename"),
)

PENDING = {"submitted": "RELEASE", "returned": "RESET", "submission_canceled": "UNRELEASE"}


@dataclass(frozen=True, slots=True)
class Pending:
    """Results on their way to be posted: what happened, in its order."""

    field: str = f"{UNPOSTED}.unpostedEvents"

    def read(self, element: Element, into: Json) -> None:
        """Read what happened."""
        events = []
        for each in element.findall("pending_results/*"):
            date = own_text(each)
            when = {"dateUnknown": True} if date == "Unknown" else {"date": IN_WORDS.read(date)}
            events.append({"type": PENDING.get(each.tag, each.tag), **when})
        if events:
            put(into, self.field, events)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write what happened."""
        names = {kind: name for name, kind in PENDING.items()}
        for each in objects(get(part, self.field), self.field):
            event = an_object(each, self.field)
            name = names.get(said(TEXT, event.get("type"), self.field) or "")
            if name:
                date = said(IN_WORDS, event.get("date"), self.field)
                SubElement(at(element, "pending_results"), name).text = date or "Unknown"
