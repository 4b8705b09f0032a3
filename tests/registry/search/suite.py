"""What every index must do; a test class per index fills in how to make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.registry.record import nct_id
from equipoise.registry.search import holds, plan
from equipoise.registry.search.fields import by_piece, place, values
from equipoise.registry.search.index import FACETS, Index, Query, Sort, sort_by
from equipoise.registry.search.meaning import meaning
from equipoise.registry.search.order import number
from equipoise.registry.search.synonyms import Synonyms
from tests.refusal import refusal
from tests.registry.search.library import invented, real
from tests.registry.search.queries import queries
from tests.registry.search.reference import answers

Make = Callable[[str, dict[str, Any]], Index]

FOUND = {
    "heart attack": {1, 2, 4},  # 2 by the synonym, 4 has the words apart
    '"heart attack"': {1, 2},
    "EXPANSION[Term]heart attack": {1},
    "EXPANSION[None]heart attack": {1},  # the title; the condition is written otherwise
    "EXPANSION[None]Heart attack": set(),
    "AREA[Condition]EXPANSION[None]Heart Attack": {1},
    "AREA[Keyword]EXPANSION[None]HFpEF": {5},
    "EXPANSION[None]AREA[BriefTitle]Heart": {3},
    "food": set(),  # chance words of an indexer are no synonym
    "heart NOT lung": {1, 4},
    "AREA[BriefTitle]heart": {1, 3, 4},
    "AREA[BriefTitle]hear": set(),
    "AREA[BriefTitle]tumor": {5},
    "covid 19": {5},
    "AREA[BriefTitle]alzheimer": {5},
    "AREA[BriefTitle]anesthesia cafe": {6},
    "AREA[BriefTitle]心脏": {6},
    "COVERAGE[FullMatch]AREA[Condition]heart attack": {1, 2},
    "COVERAGE[StartsWith]AREA[BriefTitle]heart": {3},
    "COVERAGE[EndsWith]AREA[BriefTitle]disease": {3},
    "COVERAGE[FullMatch]AREA[BriefTitle]heart": set(),
    "EXPANSION[Lossy]AREA[BriefTitle]lung panic": {3, 4},
    "AREA[OverallStatus]Recruiting": {2},
    'AREA[OverallStatus]"not yet recruiting"': {4},
    "AREA[Phase]Phase 2": {3},
    "AREA[Phase]phase1": set(),  # early phase 1 is another value
    "COVERAGE[Contains]AREA[Phase]phase1": {5},
    "AREA[StartDate]2022": {1, 2},
    "AREA[StartDate]RANGE[2022-03-02, MAX]": {2, 4},
    "AREA[StartDate]RANGE[2022-03-01, 2022-12]": {1, 2},
    "AREA[StartDate]RANGE[12/31/2022, 01/01/2023]": {2, 4},
    "AREA[MinimumAge]RANGE[MIN, 6 months]": {3},
    "AREA[MinimumAge]RANGE[7 months, 1 year]": {4, 6},
    "AREA[MinimumAge]12 months": {4, 6},
    "AREA[StartDate]RANGE[MAX, MAX]": set(),
    "AREA[Condition]MISSING": {4},
    "AREA[Location]MISSING": {4, 6},
    "NOT AREA[Keyword]MISSING": {5},
    "AREA[LocationCity]Bonn AND AREA[LocationStatus]Completed": {1},
    "SEARCH[Location](AREA[LocationCity]Bonn AND AREA[LocationStatus]Completed)": set(),
    "SEARCH[Location](AREA[LocationCity]Cologne AND AREA[LocationStatus]Completed)": {1, 2},
    "SEARCH[Location](germany NOT AREA[LocationStatus]Recruiting)": {1, 2},
    "NOT SEARCH[Location](germany)": {3, 4, 6},
    "SEARCH[Location]AREA[LocationStatus]MISSING": {3},
    "AREA[NCTId]NCT00000003 OR AREA[NCTIdAlias]NCT00009901": {1, 3},
    "ALL NOT AREA[HasResults]true": {1, 3, 5},
    "TILT[StartDate]balm AND AREA[BriefTitle]balm": {1},
}  # fmt: skip


class Real:
    """An index of real records; not a dataclass, which Hypothesis would print whole."""

    def __init__(self, index: Index, records: Mapping[str, Any]) -> None:
        self.index = index
        self.records = records


def _by_id(records: Any) -> dict[str, Any]:
    return {str(nct_id(study)): study for study in records}


class Suite:
    @pytest.fixture(scope="class")
    @classmethod
    def small(cls, make: Make) -> Index:
        index = make("small", _by_id(invented()))
        assert index.build(invented(), generation=3) == len(invented())
        return index

    @pytest.fixture(scope="class")
    @classmethod
    def large(cls, make: Make) -> Real:
        if not real(40):
            pytest.skip("the real records are not at hand")
        records = real(40)
        index = make("large", _by_id(records))
        index.build(records)
        return Real(index, _by_id(records))

    @pytest.fixture(scope="class")
    @classmethod
    def many(cls, make: Make) -> Real:
        if not real():
            pytest.skip("the real records are not at hand")
        index = make("many", _by_id(real()))
        index.build(real())
        return Real(index, _by_id(real()))

    @pytest.mark.parametrize("text", FOUND)
    def test_the_language_finds_what_it_says(self, small: Index, text: str) -> None:
        asked = meaning(text, "BasicSearch", small.synonyms).plan
        answer = small.search(Query(asked, size=100))
        assert {int(each[-4:]) for each in answer.ids} == FOUND[text]
        assert answer.total == len(FOUND[text])
        assert {int(str(nct_id(s))[-4:]) for s in invented() if answers(s, asked)} == FOUND[text]

    @given(st.data())
    @settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
    def test_invented_records_as_the_reference(self, small: Index, data: st.DataObject) -> None:
        text = data.draw(queries(invented()))
        _same(small, _by_id(invented()), text)

    @given(st.data())
    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    def test_real_records_as_the_reference(self, large: Real, data: st.DataObject) -> None:
        _same(large.index, large.records, data.draw(queries(real())))

    @pytest.mark.slow
    @given(st.data())
    @settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
    def test_many_real_records_as_the_reference(self, many: Real, data: st.DataObject) -> None:
        _same(many.index, many.records, data.draw(queries(real())))

    @given(
        st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([1.0, 30.0, 500.0, 4000, 19_000])
    )
    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    def test_distance(self, small: Index, latitude: float, longitude: float, km: float) -> None:
        near = plan.Near(latitude, longitude, km)
        found = small.search(Query(near, size=100)).ids
        assert set(found) == {nct_id(each) for each in invented() if answers(each, near)}

    def test_distance_across_the_date_line(self, small: Index) -> None:
        close, far = plan.Near(-18.0, -179.0, 300.0), plan.Near(-18.0, -179.0, 200.0)
        assert small.search(Query(close)).ids == ("NCT00000003",)
        assert small.search(Query(far)).ids == ()

    def test_ids_and_aliases(self, small: Index) -> None:
        asked = plan.Ids(frozenset({"NCT00009901", "NCT00000002", "NCT99999999"}))
        assert set(small.search(Query(asked)).ids) == {"NCT00000001", "NCT00000002"}

    def test_facets_count_records_once(self, small: Index) -> None:
        facets = small.search(Query(size=1, facets=FACETS)).facets
        assert facets["LocationCountry"] == {"Germany": 3, "Fiji": 1}
        assert facets["Phase"] == {"PHASE4": 4, "PHASE2": 1, "PHASE3": 1, "EARLY_PHASE1": 1}
        assert facets["HasResults"] == {"true": 3, "false": 3}
        narrowed = small.search(Query(plan.Ids(frozenset({"NCT00000003"})), facets=("Phase",)))
        assert narrowed.facets == {"Phase": {"PHASE2": 1, "PHASE3": 1}}

    def test_sorting_puts_the_missing_last_and_ties_by_number(self, small: Index) -> None:
        def order(*sorts: str) -> list[int]:
            asked = Query(sort=tuple(sort_by(each) for each in sorts), size=10)
            return [int(each[-4:]) for each in small.search(asked).ids]

        assert order("StartDate") == [4, 2, 1, 3, 5, 6]
        assert order("StartDate:asc") == [3, 5, 6, 1, 2, 4]
        assert order("MinimumAge:asc")[:3] == [3, 4, 6]
        assert order("MinimumAge:desc")[-1] == 3
        assert order("EnrollmentCount", "StartDate") == [4, 2, 1, 3, 5, 6]
        assert order("ResultsFirstPostDate", "StartDate:asc") == [3, 5, 6, 1, 2, 4]

    @given(st.data())
    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    def test_sorted_pages_as_the_reference(self, large: Real, data: st.DataObject) -> None:
        index, records = large.index, large.records
        fields = ("EnrollmentCount", "StartDate", "MinimumAge", "ResultsFirstPostDate")
        chosen = data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2, unique=True))
        sorts = tuple(Sort(piece, data.draw(st.booleans())) for piece in chosen)
        offset, size = data.draw(st.integers(0, 90)), data.draw(st.integers(1, 40))
        found = index.search(Query(sort=sorts, offset=offset, size=size)).ids
        assert list(found) == _sorted(records, sorts)[offset : offset + size]

    def test_pages_follow_each_other(self, large: Real) -> None:
        index = large.index
        asked = meaning("heart failure OR pain", "BasicSearch", index.synonyms).plan
        whole = index.search(Query(asked, size=1000))
        paged = [i for at in range(0, whole.total, 7) for i in
                 index.search(Query(asked, offset=at, size=7)).ids]  # fmt: skip
        assert whole.total > 7
        assert paged == list(whole.ids)
        assert len(set(paged)) == whole.total

    def test_the_letters_of_few_records_are_compared(
        self, small: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(holds, "MOST_READ", 2)
        heart = plan.Exact(place("BriefTitle"), "Heart")
        assert "in 3 records" in refusal(small.search, Query(heart)).what
        lung = meaning("lung", "BasicSearch", small.synonyms).plan
        for narrowed in (
            plan.Every((heart, lung)),
            plan.Every((lung, plan.Prefer(plan.Every((plan.Everything(), heart)), 0))),
        ):
            assert small.search(Query(narrowed)).ids == ("NCT00000003",)

    def test_a_title_outranks_an_aside(self, small: Index) -> None:
        asked = meaning("heart attack", "BasicSearch", small.synonyms).plan
        assert small.search(Query(asked)).ids[0] == "NCT00000001"

    def test_an_update_replaces_and_adds(self, make: Make) -> None:
        first, second, third = (dict(each) for each in invented()[:3])
        index = make("updated", _by_id(invented()))
        index.build([first, second], generation=1)
        assert index.generation == 1
        changed = {**second, "protocolSection": third["protocolSection"] | {
            "identificationModule": {"nctId": "NCT00000002", "briefTitle": "Only this"}
        }}  # fmt: skip
        assert index.update([changed, third], generation=2) == 2
        assert index.generation == 2

        def found(text: str) -> set[str]:
            asked = meaning(text, "BasicSearch", index.synonyms).plan
            return set(index.search(Query(asked)).ids)

        assert found("ALL") == {"NCT00000001", "NCT00000002", "NCT00000003"}
        assert found("AREA[BriefTitle]salve") == set()
        assert found("AREA[BriefTitle]only this") == {"NCT00000002"}
        assert found("SEARCH[Location](leipzig)") == set()
        assert found("SEARCH[Location](suva)") == {"NCT00000002", "NCT00000003"}
        assert index.build([third]) == 1
        assert found("ALL") == {"NCT00000003"}

    def test_synonyms_come_from_the_records(self, small: Index) -> None:
        again = Synonyms()
        again.add(invented())
        assert small.synonyms.names == again.names
        assert again.of(("heart", "attack")) == (("myocardial", "infarction"),)

    def test_a_location_cannot_be_compared_letter_by_letter(self, small: Index) -> None:
        asked = meaning("SEARCH[Location](EXPANSION[None]Bonn)", "BasicSearch", small.synonyms)
        assert "EXPANSION[Term]" in refusal(small.search, Query(asked.plan)).todo


def _same(index: Index, records: Mapping[str, Any], text: str) -> None:
    asked = meaning(text, "BasicSearch", index.synonyms).plan
    answer = index.search(Query(asked, size=1000))
    assert set(answer.ids) == {key for key, study in records.items() if answers(study, asked)}, text
    assert answer.total == len(answer.ids) == len(set(answer.ids))


def _sorted(records: Mapping[str, Any], sorts: tuple[Sort, ...]) -> list[str]:
    def key(study: Any) -> list[tuple[bool, float]]:
        found, keys = values(study), []
        for sort in sorts:
            held = found.get(sort.piece, [])
            place = number(by_piece()[sort.piece].kind, held[0]) if held else None
            sign = -1 if sort.descending else 1
            keys.append((place is None, sign * (place or 0)))
        return keys

    return sorted(records, key=lambda each: (key(records[each]), each))
