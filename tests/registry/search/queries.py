"""Random queries out of the words of the records that are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from equipoise.registry.record import conditions, interventions, locations, title

_WORDS = ("heart", "failure", "pain", "placebo", "disease", "covid19", "of", "the", "HFpEF", "balm")
_AREAS = (
    "BriefTitle", "Condition", "ConditionSearch", "InterventionSearch", "OutcomeSearch",
    "TitleSearch", "LocationSearch", "EligibilitySearch", "OverallStatus", "Phase", "Keyword",
    "LeadSponsorName", "OutcomeMeasureTitle", "IdentificationModule", "PatientSearch", "NCTId",
)  # fmt: skip
_RANGES = (
    ("StartDate", ("2010", "2015-06", "2019-12-31", "03/01/2020", "MIN", "MAX")),
    ("LastUpdatePostDate", ("2018", "2021-05", "2024-02-01", "MIN", "MAX")),
    ("MinimumAge", ("6 Months", "1 year", "18 years", "MIN", "MAX")),
    ("EnrollmentCount", ("0", "20", "100", "1000", "MIN", "MAX")),
)
_MISSING = ("ResultsFirstPostDate", "Keyword", "MaximumAge", "Location", "OutcomeSearch", "Phase")


def queries(records: Sequence[Any]) -> st.SearchStrategy[str]:
    """Return queries that find some of ``records`` and not others."""
    texts = sorted({t for r in records for t in (title(r), *conditions(r),
                    *(str(i.get("name", "")) for i in interventions(r)))})  # fmt: skip
    sites = [site for r in records for site in locations(r)]
    cities = sorted({str(s["city"]) for s in sites if "city" in s})
    countries = sorted({str(s["country"]) for s in sites if "country" in s})
    pieces = _one_of(texts).flatmap(_stretch)
    words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).map(" ".join)
    plain = pieces | words
    term = plain.map(_safe) | plain.map(lambda text: f'"{_safe(text)}"')
    area = st.tuples(st.sampled_from(_AREAS), term).map(lambda t: f"AREA[{t[0]}]{t[1]}")
    ranges = st.sampled_from(_RANGES).flatmap(
        lambda r: st.tuples(st.sampled_from(r[1]), st.sampled_from(r[1])).map(
            lambda ends: f"AREA[{r[0]}]RANGE[{ends[0]}, {ends[1]}]"
        )
    )
    missing = st.sampled_from(_MISSING).map(lambda name: f"AREA[{name}]MISSING")
    status = st.sampled_from(("Recruiting", "COMPLETED", "NOT_YET_RECRUITING"))
    place = st.one_of(
        _one_of(cities).map(lambda city: f"AREA[LocationCity]{_safe(city)}"),
        _one_of(countries).map(lambda country: f"AREA[LocationCountry]{_safe(country)}"),
        status.map(lambda name: f"AREA[LocationStatus]{name}"),
        st.just("AREA[LocationStatus]MISSING"),
        _one_of(cities).map(_safe),
    )
    inside = st.recursive(place, _joined, max_leaves=3)
    location = inside.map(lambda query: f"SEARCH[Location]({query})")
    covered = st.tuples(
        st.sampled_from(("Contains", "FullMatch", "StartsWith", "EndsWith")),
        st.sampled_from(("None", "Term", "Concept")), area,
    ).map(lambda t: f"COVERAGE[{t[0]}]EXPANSION[{t[1]}]{t[2]}")  # fmt: skip
    lossy = area.map(lambda query: f"EXPANSION[Lossy]{query}")
    leaf = st.one_of(term, area, area, ranges, missing, location, covered, lossy, st.just("ALL"))
    return st.recursive(leaf, _joined, max_leaves=4)


def _one_of(texts: list[str]) -> st.SearchStrategy[str]:
    """Return one of many texts, without the texts in what Hypothesis prints."""
    return st.integers(0, len(texts) - 1).map(lambda at: texts[at])


def _joined(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(of, st.sampled_from((" AND ", " OR ", " AND NOT ", " NOT ")), of)
    return pair.map(lambda t: f"({t[0]}{t[1]}{t[2]})") | of.map(lambda query: f"NOT ({query})")


def _stretch(text: str) -> st.SearchStrategy[str]:
    words = text.split()
    starts = st.integers(0, max(0, len(words) - 1))
    return st.tuples(starts, st.integers(1, 4)).map(
        lambda t: " ".join(words[t[0] : t[0] + t[1]]) or "pain"
    )


def _safe(text: str) -> str:
    """Return the text with what the language would read as its own taken out."""
    kept = "".join(" " if each in '()"[]\\' else each for each in text)
    kept = " ".join(f"\\{w}" if w.isupper() and w.isascii() else w for w in kept.split())
    return kept if any(each.isalnum() for each in kept) else "pain"
