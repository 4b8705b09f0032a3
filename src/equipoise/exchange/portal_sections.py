"""The parts of a portal's page that hold lists: groups, sites, sponsors, publications, numbers.

Each element is a few paragraphs that end with a fixed label (``Sponsor Role lead``); a label
without a value is a value that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from equipoise.errors import InputError

Arms = Mapping[str, Any]
"""The module of arms and interventions of a record."""

_AGES = {
    "Minimum Eligible Age": "minimumAge",
    "Maximum Eligible Age": "maximumAge",
    "Eligible Sex": "sex",
    "Accepts Healthy Volunteers": "healthyVolunteers",
}
_TAIL = re.compile(
    rf"(?s)(?P<criteria>.*?)(?:^|\n)(?P<tail>(?:(?:{'|'.join(_AGES)})\n\n[^\n]+(?:\n\n|$))+)$"
)
_HEADINGS = ("Inclusion Criteria", "Exclusion Criteria")
_NAMELESS = "-"  # as the page marks an identifier without a type
_SOURCES = ("org_study_id", "secondary_id")


def _blocks(body: str, label: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs before each line with ``label``, and the value after it."""
    start = 0
    for end in re.finditer(rf"(?:^|\n\n){label}(?: (?P<value>[^\n]+))?(?=\n\n|$)", body):
        yield body[start : end.start()].removeprefix("\n\n"), end["value"] or ""
        start = end.end()


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _joined(parts: Iterable[Any]) -> str:
    return "\n\n".join(str(part) for part in parts if part)


def _labelled(label: str, value: Any) -> str:
    return f"{label} {value}" if value else label


# --- interventions and groups ---------------------------------------------------------------------


def read_interventions(body: str) -> list[dict[str, Any]]:
    """Return the interventions, not yet tied to the groups that get them."""
    found = []
    for block, kind in _blocks(body, "Intervention Type"):
        name, _, description = block.partition("\n\n")
        name = "" if name == _NAMELESS else name
        found.append(_given(type=kind, name=name, description=description))
    return found


def interventions_text(module: Arms) -> str:
    """Return the section on interventions."""
    return _joined(
        _joined([
            each.get("name") or _NAMELESS, each.get("description"),
            _labelled("Intervention Type", each.get("type")),
        ])
        for each in module.get("interventions") or ()
    )  # fmt: skip


def _nested(intervention: Mapping[str, Any]) -> str:
    kind = _labelled("Intervention Type", intervention.get("type"))
    return _joined([intervention.get("name") or _NAMELESS, kind, intervention.get("description")])


def _named(intervention: Mapping[str, Any]) -> str:
    """Return how the record of a group names an intervention: ``Dietary Supplement: Zinc``."""
    kind = str(intervention.get("type") or "").replace("_", " ").title()
    return f"{kind}: {intervention.get('name', '')}"


def _of(arm: Mapping[str, Any], module: Arms) -> list[Mapping[str, Any]]:
    """Return the interventions of a group, in the order in which the group names them."""
    names = list(arm.get("interventionNames") or ())
    label = arm.get("label")
    gets = [
        each
        for each in module.get("interventions") or ()
        if label in (each.get("armGroupLabels") or ()) or _named(each) in names
    ]
    places = {name: place for place, name in enumerate(names)}
    return sorted(gets, key=lambda each: places.get(_named(each), len(names)))


def arms_text(module: Arms) -> str:
    """Return the section on groups, each with its interventions nested."""
    return _joined(
        _joined([
            arm.get("label"), arm.get("description"), _labelled("Group Type", arm.get("type")),
            *(_nested(each) for each in _of(arm, module)),
        ])
        for arm in module.get("armGroups") or ()
    )  # fmt: skip


def read_arms(body: str, interventions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the module of groups and interventions; which group gets what is in the nesting.

    Where a nested description ends is told by the section on interventions, which repeats it.
    Raises :class:`InputError` when a nested intervention is not in that section.
    """
    ends = list(re.finditer(r"(?:^|\n\n)Group Type(?: (?P<kind>[^\n]+))?(?=\n\n|$)", body))
    arms: list[dict[str, Any]] = []
    heads = [body[: ends[0].start()]] if ends else []
    for n, end in enumerate(ends):
        label, _, description = heads[n].partition("\n\n")
        arm = _given(label=label, type=end["kind"], description=description)
        rest = body[end.end() : ends[n + 1].start() if n + 1 < len(ends) else len(body)]
        names = []
        while block := _first_of(interventions, rest := rest.removeprefix("\n\n")):
            names.append(_named(block))
            labels = block.setdefault("armGroupLabels", [])
            if label not in labels:
                labels.append(label)
            rest = rest[len(_nested(_without_labels(block))) :]
        arms.append(arm | _given(interventionNames=names))
        heads.append(rest)
        if re.match(r"[^\n]+\n\nIntervention Type( |\n|$)", rest) or (n + 1 == len(ends) and rest):
            raise InputError(
                "page, Study Groups",
                f"has a part that its Interventions do not explain: {rest.splitlines()[0][:60]!r}",
                "Copy the whole page; both sections are needed.",
            )
    return _given(armGroups=arms, interventions=interventions)


def _without_labels(intervention: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in intervention.items() if key != "armGroupLabels"}


def _first_of(interventions: list[dict[str, Any]], text: str) -> dict[str, Any] | None:
    fitting = [
        each
        for each in interventions
        if text == (block := _nested(each)) or text.startswith(f"{block}\n\n")
    ]
    return max(fitting, key=lambda each: len(_nested(each)), default=None)


# --- eligibility ----------------------------------------------------------------------------------


def eligibility_text(module: Mapping[str, Any]) -> str:
    """Return the section on eligibility: the criteria, and directly below them who may take part.

    The page shows the headings of the criteria without their colons.
    """
    criteria = str(module.get("eligibilityCriteria") or "")
    for heading in _HEADINGS:
        criteria = re.sub(rf"(?m)^{heading}:$", heading, criteria)
    parts: list[str] = []
    for label, name in _AGES.items():
        value = module.get(name)
        if value is not None:
            said = {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)
            parts += [label, said]
    return "\n".join(filter(None, [criteria, "\n\n".join(parts)]))


def read_eligibility(body: str) -> dict[str, Any]:
    """Return the module of eligibility; the headings of the criteria get the record's colons."""
    found = _TAIL.match(body)
    criteria, tail = (found["criteria"], found["tail"]) if found else (body, "")
    for heading in _HEADINGS:
        criteria = re.sub(rf"(?m)^{heading}$", f"{heading}:", criteria)
    module: dict[str, Any] = _given(eligibilityCriteria=criteria)
    parts = tail.split("\n\n")
    given = dict(zip(parts[::2], parts[1::2], strict=False))
    volunteers = {"Yes": True, "No": False}.get(given.pop("Accepts Healthy Volunteers", ""))
    if volunteers is not None:
        module["healthyVolunteers"] = volunteers
    for label in ("Eligible Sex", "Minimum Eligible Age", "Maximum Eligible Age"):
        if label in given:
            module[_AGES[label]] = given[label]
    return module


# --- sponsors and people --------------------------------------------------------------------------


def write_sponsors(module: Mapping[str, Any]) -> str:
    """Return the section on sponsors, the lead one first."""
    lead, others = module.get("leadSponsor") or {}, module.get("collaborators") or ()
    roles = [(lead, "lead"), *((each, "collaborator") for each in others)]
    return _joined(
        _joined([each.get("name"), each.get("class"), f"Sponsor Role {role}"])
        for each, role in roles
        if each
    )


def read_sponsors(body: str) -> dict[str, Any]:
    """Return the lead sponsor and the collaborators."""
    found: dict[str, list[dict[str, Any]]] = {"lead": [], "collaborator": []}
    for block, role in _blocks(body, "Sponsor Role"):
        name, _, kind = block.partition("\n\n")
        found.setdefault(role, []).append(_given(name=name) | _given(**{"class": kind}))
    return _given(
        leadSponsor=found["lead"][0] if found["lead"] else None,
        collaborators=found["collaborator"],
    )


def write_responsible(module: Mapping[str, Any]) -> str:
    """Return the section on the responsible party."""
    party = module.get("responsibleParty") or {}
    if not party.get("type"):
        return ""
    person = [party.get("investigatorFullName"), party.get("investigatorTitle")]
    return _joined([*person, _labelled("Responsibility Role", party["type"])])


def read_responsible(body: str) -> dict[str, Any]:
    """Return the responsible party."""
    for block, role in _blocks(body, "Responsibility Role"):
        name, _, title = block.partition("\n\n")
        party = _given(type=role, investigatorFullName=name, investigatorTitle=title)
        return {"responsibleParty": party}
    return {}


def write_officials(module: Mapping[str, Any]) -> str:
    """Return the section on the investigators."""
    return _joined(
        _joined([each.get("name"), f"Role: {each.get('role') or '-'}", each.get("affiliation")])
        for each in module.get("overallOfficials") or ()
    )


def read_officials(body: str) -> dict[str, Any]:
    """Return the investigators. The role stands between the name and the affiliation."""
    parts = body.split("\n\n")
    roles = [n for n, part in enumerate(parts) if n and part.startswith("Role: ")]
    found = []
    for n, place in enumerate(roles):
        following = roles[n + 1] - 1 if n + 1 < len(roles) else len(parts)
        role = parts[place].removeprefix("Role: ")
        found.append(
            _given(
                name=parts[place - 1],
                affiliation=_joined(parts[place + 1 : following]),
                role=None if role == "-" else role,
            )
        )
    return _given(overallOfficials=found)


# --- sites ----------------------------------------------------------------------------------------


def write_sites(module: Mapping[str, Any]) -> str:
    """Return the section on sites."""
    return _joined(
        _joined([
            site.get("facility"),
            ", ".join(str(site[key]) for key in ("city", "state", "country") if site.get(key)),
            _labelled("Site Status", site.get("status")),
        ])
        for site in module.get("locations") or ()
    )  # fmt: skip


def read_sites(body: str, countries: list[str]) -> dict[str, Any]:
    """Return the sites; ``countries`` of the page tell where in an address the country begins."""
    found = []
    for block, status in _blocks(body, "Site Status"):
        facility, _, address = block.rpartition("\n\n")
        country = next(
            (
                each
                for each in sorted(countries, key=len, reverse=True)
                if address == each or address.endswith(f", {each}")
            ),
            "",
        )
        place = address.removesuffix(country).removesuffix(", ")
        city, _, state = place.rpartition(", ")
        if not city:
            city, state = state, ""
        site = _given(facility=facility, status=status, city=city, state=state, country=country)
        found.append(site)
    return _given(locations=found)


# --- publications and numbers ---------------------------------------------------------------------


def write_references(module: Mapping[str, Any]) -> str:
    """Return the section on publications."""
    parts = []
    for each in module.get("references") or ():
        kind = _labelled("Reference Type", each.get("type"))
        pmid = f"\nPMID: {each['pmid']} (View on PubMed)" if each.get("pmid") else ""
        parts.append(_joined([each.get("citation"), kind + pmid]))
    return _joined(parts)


def read_references(body: str) -> dict[str, Any]:
    """Return the publications."""
    end = re.compile(
        r"(?:^|\n\n)Reference Type(?: (?P<kind>[^\n]+))?"
        r"(?:\nPMID: (?P<pmid>\d+) \(View on PubMed\))?(?=\n\n|$)"
    )
    found, start = [], 0
    for each in end.finditer(body):
        citation = body[start : each.start()].removeprefix("\n\n")
        found.append(_given(pmid=each["pmid"], type=each["kind"], citation=citation))
        start = each.end()
    return _given(references=found)


def write_identifiers(module: Mapping[str, Any]) -> str:
    """Return the section on the sponsor's and other registers' numbers of the study."""
    own = module.get("orgStudyIdInfo") or {}
    numbers = [
        (own, _SOURCES[0]),
        *((e, _SOURCES[1]) for e in module.get("secondaryIdInfos") or ()),
    ]
    return _joined(
        _joined([
            each["id"], f"Identifier Type: {each.get('type') or '-'}",
            f"Identifier Source: {source}",
        ])
        for each, source in numbers
        if each.get("id")
    )  # fmt: skip


def read_identifiers(body: str) -> dict[str, Any]:
    """Return the sponsor's and other registers' numbers of the study."""
    own: dict[str, Any] = {}
    others: list[dict[str, Any]] = []
    for block, source in _blocks(body, "Identifier Source:"):
        number, _, kind = block.partition("\n\nIdentifier Type: ")
        found = _given(id=number, type=None if kind == "-" else kind)
        if source == _SOURCES[0]:
            own = found
        elif source == _SOURCES[1]:
            others.append(found)
    return _given(orgStudyIdInfo=own, secondaryIdInfos=others)
