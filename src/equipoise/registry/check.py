"""Every rule over a record: what its registry's reviewers would send back."""

from __future__ import annotations

from functools import cache

from equipoise.registry.record import Study
from equipoise.registry.rules import fields, protocol_section, results_section
from equipoise.registry.rules.rule import MISSHAPEN, Finding, Rule, findings


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule: those between fields first, then those of single fields."""
    return (*protocol_section.RULES, *results_section.RULES, *fields.rules(), MISSHAPEN)


def check(study: Study) -> list[Finding]:
    """Return what is wrong with a record, the worst first."""
    return findings(study, all_rules())
