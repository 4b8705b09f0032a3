"""Public XML of before 2017: the same things under older names, brought under the newer ones.

The history in the registry's schema ``public.xsd`` (2019.02.14) tells which name became which.
"""

from __future__ import annotations

import re
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement

RENAMED = {
    "firstreceived_date": "study_first_submitted",
    "firstreceived_results_date": "results_first_submitted",
    "firstreceived_results_disposition_date": "disposition_first_submitted",
    "lastchanged_date": "last_update_submitted",
}
DESIGN = {
    "Allocation": "allocation",
    "Intervention Model": "intervention_model",
    "Primary Purpose": "primary_purpose",
    "Observational Model": "observational_model",
    "Time Perspective": "time_perspective",
    "Masking": "masking",
}
_ITEM = re.compile(r"([A-Z][A-Za-z ]{1,30}): +((?:\([^)]*\)|[^(,]|,(?! *[A-Z][A-Za-z ]{1,30}:))*)")
PARTICIPANTS = "Number of Participants"


def modern(root: Element) -> Element:
    """Return a copy of a ``clinical_study`` in the newer form."""
    study = deepcopy(root)
    for element in study:
        newer = RENAMED.get(element.tag)
        if newer and study.find(newer) is None:
            element.tag = newer
    _design(study)
    for outcome in study.findall("clinical_results/outcome_list/outcome"):
        measures = outcome.find("measure_list")
        if measures is not None:
            _counted(outcome, measures)
            outcome.extend(list(measures)[:1])
    baseline = study.find("clinical_results/baseline")
    measures = None if baseline is None else baseline.find("measure_list")
    if baseline is not None and measures is not None and baseline.find("analyzed_list") is None:
        _counted(baseline, measures)
    for measure in study.iter("measure"):
        _classes(measure)
    return study


def _design(study: Element) -> None:
    """Take the design out of one line: ``Allocation: Randomized, Masking: Double Blind, …``."""
    line = study.findtext("study_design")
    if not line or study.find("study_design_info") is not None:
        return
    info = SubElement(study, "study_design_info")
    for name, value in _ITEM.findall(line):
        if name in DESIGN:
            SubElement(info, DESIGN[name]).text = value.strip()


def _counted(whole: Element, measures: Element) -> None:
    """Take how many were analysed out of the first measure, where it was once kept."""
    first = measures.find("measure")
    if first is None or first.findtext("title") != PARTICIPANTS:
        return
    measures.remove(first)
    target = whole if whole.tag == "baseline" else measures.find("measure")
    if target is None:
        return
    analyzed = SubElement(SubElement(target, "analyzed_list"), "analyzed")
    SubElement(analyzed, "units").text = "Participants"
    counts = SubElement(analyzed, "count_list")
    for each in first.iter("measurement"):
        SubElement(counts, "count", dict(each.attrib))


def _classes(measure: Element) -> None:
    """Put categories into a class: they once stood in the measure itself."""
    categories = measure.find("category_list")
    if categories is None:
        return
    measure.remove(categories)
    SubElement(SubElement(measure, "class_list"), "class").append(categories)
    for title in categories.iter("sub_title"):
        title.tag = "title"
