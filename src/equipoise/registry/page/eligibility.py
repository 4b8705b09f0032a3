"""Who can take part, as a checklist: the criteria one by one, and the bounds of age and sex."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from equipoise.registry.page.markup import Block, blocks, html, inline, plain, under
from equipoise.registry.record import Study, module

Kind = Literal["inclusion", "exclusion", ""]

_EXCLUSION = re.compile(r"exclu|not (?:be )?eligible|ineligible|排除", re.IGNORECASE)
_INCLUSION = re.compile(r"inclu|eligib|纳入|入选", re.IGNORECASE)
_LONGEST_HEADING = 80
_IN_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25,
             "hour": 1 / 8766, "minute": 1 / 525960}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to be answered; ``detail`` is what stands under it."""

    text: Markup
    detail: Markup


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria under a heading; ``kind`` empty where the text does not say which they are."""

    kind: Kind
    heading: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Criteria, and bounds in years (None where there is none); ``raw`` is the whole text."""

    groups: tuple[Group, ...]
    minimum_y: float | None
    maximum_y: float | None
    sex: str
    raw: Markup

    @property
    def can_be_tried(self) -> bool:
        """Whether both what includes and what excludes can be asked, or at least one of them."""
        return any(group.kind and group.criteria for group in self.groups)


def eligibility(study: Study) -> Eligibility:
    """Return who can take part."""
    found = module(study, "eligibility")
    text = str(found.get("eligibilityCriteria") or "")
    return Eligibility(
        groups=tuple(_groups(blocks(text))),
        minimum_y=age_years(found.get("minimumAge")),
        maximum_y=age_years(found.get("maximumAge")),
        sex=str(found.get("sex") or ""),
        raw=html(text),
    )


def age_years(text: object) -> float | None:
    """Return an age of the registry (``6 Months``) in years; None where there is none."""
    number, _, unit = str(text or "").partition(" ")
    factor = _IN_YEARS.get(unit.lower().rstrip("s"))
    return float(number) * factor if factor and number.isdigit() else None


def _groups(found: list[Block]) -> list[Group]:
    groups: list[tuple[Kind, str, list[Criterion]]] = []
    for block in found:
        kind = _heading(block)
        if kind is not None and (block.under or block.ordered is None):
            groups.append((kind, _title(block), []))
            groups[-1][2].extend(_criterion(each) for each in block.under)
            continue
        if not groups:
            groups.append(("", "", []))
        groups[-1][2].append(_criterion(block))
    return [Group(kind, heading, tuple(criteria)) for kind, heading, criteria in groups if criteria]


def _heading(block: Block) -> Kind | None:
    """Return the kind that a block announces; None when it is a criterion."""
    text = _title(block)
    if len(text) > _LONGEST_HEADING:
        return None
    if not (block.text.rstrip().endswith((":", "：")) or len(text.split()) <= 5):
        return None
    if _EXCLUSION.search(text):
        return "exclusion"
    return "inclusion" if _INCLUSION.search(text) else None


def _title(block: Block) -> str:
    return plain(block.text).strip().strip("*_#").rstrip(":： ").strip()


def _criterion(block: Block) -> Criterion:
    return Criterion(inline(block.text), under(block))
