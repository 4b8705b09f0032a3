from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.language import Language
from equipoise.registry.related.links import Reason
from equipoise.registry.relatives import Relatives, said
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


def test_a_study_has_none_before_they_are_worked_out(home: Path) -> None:
    with Store(home) as store:
        assert Relatives(store, home)(store.get("NCT00000001"), EN) == []


def test_relatives_come_with_title_status_and_reasons(home: Path) -> None:
    with Store(home) as store:
        relatives = Relatives(store, home)
        relatives.prepare_beside().join(timeout=60)
        found = relatives(store.get("NCT00000001"), EN)
        assert found[0].nct_id == "NCT00000002"
        assert "NCT00000001" not in {each.nct_id for each in found}
        assert (found[0].title, found[0].status) == ("Balm after hand surgery", "COMPLETED")
        assert any("Sore hand" in reason for reason in found[0].reasons)


def test_a_reason_in_two_languages() -> None:
    reason = Reason("sponsor", ("A", "B"))
    assert said(reason, EN) == "same sponsor: A, B"
    assert said(reason, ZH).endswith("A、B")
