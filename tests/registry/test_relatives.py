from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.language import Language
from equipoise.registry.record import Study, nct_id
from equipoise.registry.related.index import Index, Related
from equipoise.registry.related.links import Reason
from equipoise.registry.relatives import Relatives, as_written, related_in, said
from equipoise.registry.store import Store
from tests.registry.sample import put, record

EN, ZH = Language("en"), Language("zh")


def _study(number: int, condition: str) -> dict[str, object]:
    study = record()
    put(study, "protocolSection.identificationModule.nctId", f"NCT{number:08}")
    put(study, "protocolSection.conditionsModule.conditions", [condition])
    return study


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Store(tmp_path) as store:
        for number, condition in ((1, "Sore hand"), (2, "Sore hand"), (3, "Sleeplessness")):
            store.put(_study(number, condition), source="here", at="2024-01-01")
    return tmp_path


def test_nothing_is_told_before_they_are_worked_out(home: Path) -> None:
    with Store(home) as store:
        assert Relatives(store, home)("NCT00000001", EN) is None


def test_relatives_come_with_title_status_and_reasons(home: Path) -> None:
    with Store(home) as store:
        relatives = Relatives(store, home)
        relatives.prepare(store)
        found = relatives("NCT00000001", EN)
        assert found is not None
        assert found[0].nct_id == "NCT00000002"
        assert "NCT00000001" not in {each.nct_id for each in found}
        assert (found[0].title, found[0].status) == ("Balm after hand surgery", "COMPLETED")
        assert any("Sore hand" in reason for reason in found[0].reasons)


def test_a_record_is_looked_up_once_until_the_store_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    look_up = Index.related

    def counted(self: Index, study: Study, k: int = 10) -> list[Related]:
        asked.append(str(nct_id(study)))
        return look_up(self, study, k)

    monkeypatch.setattr(Index, "related", counted)
    with Store(home) as store:
        relatives = Relatives(store, home)
        relatives.prepare(store)
        english, chinese = relatives("NCT00000001", EN), relatives("NCT00000001", ZH)
        assert english is not None
        assert chinese is not None
        assert english[0].reasons != chinese[0].reasons
        relatives("NCT00000002", EN)
        assert asked == ["NCT00000001", "NCT00000002"]
        renamed = _study(2, "Sore hand")
        put(renamed, "protocolSection.identificationModule.briefTitle", "Balm again")
        store.put(renamed, source="here", at="2024-02-01")
        again = relatives("NCT00000001", EN)
        assert again is not None
        assert again[0].title == "Balm again"
        store.put(_study(4, "Sore hand"), source="here", at="2024-02-01")
        relatives.prepare(store)
        anew = relatives("NCT00000001", EN)
        assert anew is not None
        assert "NCT00000004" in {each.nct_id for each in anew}


def test_relatives_of_a_study_that_is_not_kept(home: Path, tmp_path: Path) -> None:
    found = related_in(home, _study(9, "Sore hand"), EN)
    assert found is not None
    assert {each.nct_id for each in found[:2]} == {"NCT00000001", "NCT00000002"}
    assert related_in(tmp_path / "nowhere", _study(9, "Sore hand"), EN) is None
    assert not (tmp_path / "nowhere").exists()
    with Store(tmp_path / "empty"):
        pass
    assert related_in(tmp_path / "empty", _study(9, "Sore hand"), EN) is None


def test_a_home_that_cannot_keep_relations_is_said(home: Path) -> None:
    (home / "related").write_text("in the way", encoding="utf-8")
    with pytest.raises(InputError, match="cannot keep relations"):
        related_in(home, _study(9, "Sore hand"), EN)


def test_drugs_are_told_as_they_are_written() -> None:
    study = _study(1, "Pain")
    put(
        study,
        "protocolSection.armsInterventionsModule.interventions",
        [
            {"type": "DRUG", "name": "Autologous Stem Cells 5 mg"},
            {"type": "DRUG", "name": "S-Ketamine"},
        ],
    )
    drugs_ = Reason("condition and drugs", ("Pain", "stem", "cell", "ketamine", "unknown"))
    assert as_written(drugs_, study).parts == ("Pain", "Stem Cells", "S-Ketamine", "unknown")
    site = Reason("sites", ("General Hospital",))
    assert as_written(site, study) == site


def test_a_reason_in_two_languages() -> None:
    reason = Reason("sponsor", ("A", "B"))
    assert said(reason, EN) == "same sponsor: A, B"
    assert said(reason, ZH).endswith("A、B")
