"""Every rule over a record: what its registry's reviewers would send back."""

from __future__ import annotations

from functools import cache

from equipoise.registry.record import Study
from equipoise.registry.rules import fields, protocol_section, results_section
from equipoise.registry.rules.rule import MISSHAPEN, Finding, Rule, findings, worst_first

_BETWEEN_FIELDS = (*protocol_section.RULES, *results_section.RULES)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule: those between fields first, then those of single fields."""
    return (*_BETWEEN_FIELDS, *fields.rules(), MISSHAPEN)


def check(study: Study) -> list[Finding]:
    """Return what is wrong with a record, the worst first."""
    return worst_first([*findings(study, _BETWEEN_FIELDS), *fields.findings(study)])
