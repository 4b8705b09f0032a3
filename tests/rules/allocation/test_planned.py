from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.protocol.parts import Protocol
from equipoise.rules.allocation.planned import WHOLE, allocation_of, specification
from tests.protocol.sample import load


def _protocol(folder: Path, *changes: tuple[str, str]) -> Protocol:
    loaded = load(folder, *changes)
    assert loaded.protocol, loaded.problems
    return loaded.protocol


def test_the_sequence_is_specified_as_the_protocol_plans_it(tmp_path: Path) -> None:
    protocol = _protocol(tmp_path, ("ratio: {balm: 1, salve: 1}", "ratio: {balm: 4, salve: 2}"))
    spec = specification(protocol)
    assert spec.trial == "XX0001"
    assert spec.arms == ("balm", "salve")
    assert spec.ratio == (2, 1)  # in lowest terms
    assert spec.design == "permuted blocks"
    assert spec.length == 40
    codes = next(i.codes for f in protocol.forms.values() for i in f.items if i.id == "hand")
    assert codes is not None
    assert spec.strata == tuple(f"hand={code}" for code in codes)


def test_without_strata_there_is_one_list(tmp_path: Path) -> None:
    protocol = _protocol(tmp_path, ("  strata: [{item: hand}]\n", ""))
    assert specification(protocol).strata == (WHOLE,)


def test_who_is_not_allocated_has_no_sequence(tmp_path: Path) -> None:
    protocol = _protocol(tmp_path).model_copy(update={"allocation": None})
    with pytest.raises(InputError, match="has no allocation"):
        allocation_of(protocol)
