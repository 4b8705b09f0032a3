"""Checks of what is given: arms, mixtures, pump, and the body that doses depend on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from equipoise.protocol.parts import Component, Mixture
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.study import Study
from equipoise.protocol.wording import nearest

LIGHT_KG, TYPICAL_KG = Decimal(30), Decimal(70)
AMPOULES_MAX = 20
BOLUS_MAX_ML, BACKGROUND_MAX_ML_H = Decimal(10), Decimal(20)
INHERITED = ("arms", "mixtures", "pump", "allocation", "masking", "site")


def inheritance(study: Study) -> Iterator[Finding]:
    """A study that extends another has that one's treatment and allocation, and none of its own."""
    protocol = study.protocol
    if study.first:
        return
    for name in INHERITED:
        if getattr(protocol, name):
            what = f"`{name}` is that of {protocol.extends}, which this study extends"
            yield Finding((name,), what, "Leave it out.")
    root = protocol.root
    if root is not protocol and root.allocation is None:
        what = f"{root.study} randomizes nobody, so there is nothing to follow up"
        yield Finding(("extends",), what, "Extend a study with an allocation.")


def essentials(study: Study) -> Iterator[Finding]:
    """A randomized trial has arms, an allocation, masking, a site and a screening visit."""
    if not study.first:
        return
    needed = {
        "arms": "who gets what",
        "allocation": "how arms are allocated",
        "masking": "who may not know the arm",
        "site": "where the trial runs, and in which time zone",
    }
    for name, why in needed.items():
        if not getattr(study.protocol, name) and name not in study.broken:
            yield Finding((), f"`{name}` is missing", f"Add it: it says {why}.")
    if len(study.protocol.arms) == 1 and not study.broken:
        yield Finding(("arms",), "there is one arm only", "A randomized trial compares two.")
    site = study.protocol.site
    if site is not None:
        try:
            ZoneInfo(site.zone)
        except (KeyError, OSError, ValueError):
            what = f'"{site.zone}" is no time zone'
            yield Finding(("site", "zone"), what, 'Use a name such as "Asia/Shanghai".')


def arms_and_mixtures(study: Study) -> Iterator[Finding]:
    """Every arm has its mixture, and every mixture its arm."""
    protocol = study.protocol
    if not study.first:
        return
    for name, arm in protocol.arms.items():
        path: Path = ("arms", name, "mixture")
        yield from study.unknown(path, arm.mixture, protocol.mixtures, "mixture")
    used = {arm.mixture for arm in protocol.arms.values()}
    if used <= protocol.mixtures.keys() and "arms" not in study.broken:
        for name in protocol.mixtures.keys() - used:
            todo = "Give it to an arm, or take it out."
            yield Finding(("mixtures", name), "no arm gets this mixture", todo, "warning")


def alike(study: Study) -> Iterator[Finding]:
    """Bags that people can tell apart by volume are not masked."""
    mixtures = study.protocol.mixtures
    if study.protocol.masking is None or not mixtures:
        return
    first, *others = mixtures
    for name in others:
        if mixtures[name].volume_ml != mixtures[first].volume_ml:
            yield Finding(
                ("mixtures", name, "volume_ml"),
                f"the bag has {mixtures[name].volume_ml} ml and that of `{first}` "
                f"{mixtures[first].volume_ml} ml: whoever sees them can tell the arms apart",
                "Give all mixtures the same volume.",
            )


def components(study: Study) -> Iterator[Finding]:
    """Amounts make sense with their unit, their ampoules and the volume of the bag."""
    units: dict[str, str] = {}
    for name, mixture in study.protocol.mixtures.items():
        seen: set[str] = set()
        for place, part in enumerate(mixture.components):
            path: Path = ("mixtures", name, "components", place)
            if part.drug in seen:
                yield Finding(path, f"{part.drug} is in the mixture twice", "Add the amounts up.")
            seen.add(part.drug)
            if units.setdefault(part.drug, part.unit) != part.unit:
                what = f"{part.drug} is in {part.unit} here and in {units[part.drug]} elsewhere"
                yield Finding((*path, "unit"), what, "Use one unit for a drug.", "warning")
            yield from _component(part, path)
        yield from _additions(mixture, ("mixtures", name))


def _component(part: Component, path: Path) -> Iterator[Finding]:
    if part.per_kg and part.maximum and part.maximum <= part.per_kg * LIGHT_KG:
        what = f"{part.maximum} {part.unit} is reached at {part.maximum / part.per_kg:.3g} kg"
        todo = "Everybody would get the maximum: check both numbers and the unit."
        yield Finding((*path, "maximum"), what, todo, "warning")
    if part.ampoule is not None:
        count = _largest(part) / part.ampoule.amount
        if count > AMPOULES_MAX:
            what = f"a bag takes {count:.3g} ampoules of {part.drug}"
            yield Finding(path, what, "Check the unit of the amount and of the ampoule.", "warning")


def _largest(part: Component) -> Decimal:
    """Return the amount that a bag may need, that of a typical body where it has no maximum."""
    if part.amount is not None:
        return part.amount
    assert part.per_kg is not None  # the model wants one of the two
    return part.maximum or part.per_kg * TYPICAL_KG


def _additions(mixture: Mixture, path: Path) -> Iterator[Finding]:
    volume_ml = sum(
        (_largest(part) / part.ampoule.amount * part.ampoule.volume_ml)
        for part in mixture.components
        if part.ampoule is not None
    )
    if volume_ml > mixture.volume_ml:
        what = f"the drugs alone are {volume_ml:.4g} ml, more than the bag's {mixture.volume_ml} ml"
        yield Finding((*path, "volume_ml"), what, "Check the ampoules and the volume.")


def pump(study: Study) -> Iterator[Finding]:
    """The pump can deliver what its program says."""
    program = study.protocol.pump
    if program is None:
        return
    bolus_min = program.bolus_ml / program.bolus_rate_ml_h * 60
    limits_ml = {1: program.limit_1h_ml, 4: program.limit_4h_ml}
    if program.bolus_ml > program.reservoir_ml:
        what = f"a bolus of {program.bolus_ml} ml is more than the reservoir holds"
        yield Finding(("pump", "bolus_ml"), what, "Check both volumes.")
    elif program.bolus_ml > BOLUS_MAX_ML:
        what = f"a bolus of {program.bolus_ml} ml is unusually large"
        yield Finding(("pump", "bolus_ml"), what, "Check the unit: it is ml.", "warning")
    if program.background_ml_h > BACKGROUND_MAX_ML_H:
        what = f"a background of {program.background_ml_h} ml/h is unusually fast"
        yield Finding(("pump", "background_ml_h"), what, "Check the unit: it is ml/h.", "warning")
    if bolus_min > program.lockout_min:
        what = f"a bolus takes {bolus_min:.3g} min and the next may start after the lockout"
        yield Finding(("pump", "lockout_min"), what, f"Give at least {bolus_min:.3g} min.")
    for hours, limit_ml in limits_ml.items():
        if limit_ml is not None and limit_ml < program.bolus_ml + program.background_ml_h * hours:
            what = f"{limit_ml} ml in {hours} h leaves no room for a bolus beside the background"
            yield Finding(("pump", f"limit_{hours}h_ml"), what, "Raise the limit.")
    hour_ml, four_ml = limits_ml.values()
    if hour_ml is not None and four_ml is not None and not hour_ml <= four_ml < 4 * hour_ml:
        what = f"{four_ml} ml in 4 h and {hour_ml} ml in 1 h do not limit each other"
        yield Finding(("pump", "limit_4h_ml"), what, "Give 1 to 4 times the 1-hour limit.", "note")
    for name, mixture in study.protocol.mixtures.items():
        if mixture.volume_ml > program.reservoir_ml:
            what = f"{mixture.volume_ml} ml do not fit into {program.reservoir_ml} ml"
            yield Finding(("mixtures", name, "volume_ml"), what, "See pump.reservoir_ml.")


def body(study: Study) -> Iterator[Finding]:
    """Doses per kg need a body weight that screening asks for."""
    doses = [part for m in study.protocol.mixtures.values() for part in m.components]
    names = study.protocol.body.model_dump() if study.first else {}
    for field in ("weight_kg", "height_cm", "age_y", "sex"):
        name = names.get(field)
        needed = field == "weight_kg" and any(part.per_kg is not None for part in doses)
        given = field in study.protocol.body.model_fields_set
        if name is None or name in study.broken or not (needed or given):
            continue
        if name not in study.screening_items:
            what = f"there is no item `{name}` in the forms of screening visits"
            why = "Doses per kg are computed from it. " if needed else ""
            path: Path = ("body", field) if given else ("mixtures",)
            yield Finding(path, what, f"{why}{nearest(name, study.screening_items)}")


CHECKS = (inheritance, essentials, arms_and_mixtures, alike, components, pump, body)
