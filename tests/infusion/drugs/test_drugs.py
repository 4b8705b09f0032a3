"""Drugs are found by their files."""

from __future__ import annotations

import pkgutil

import pytest

import equipoise.infusion.drugs
from equipoise.errors import InputError
from equipoise.infusion.drugs import drug, drugs


def test_every_file_of_the_folder_is_a_drug_of_that_name() -> None:
    files = {module.name for module in pkgutil.iter_modules(equipoise.infusion.drugs.__path__)}
    assert set(drugs()) == files
    assert list(drugs()) == sorted(files)
    assert {"dexmedetomidine", "esketamine", "sufentanil"} <= files


def test_an_unknown_drug_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError) as refusal:
        drug("sufentanyl")
    assert "'sufentanyl' is not known" in str(refusal.value)
    assert all(name in str(refusal.value) for name in drugs())


def test_the_list_of_drugs_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        drugs()["placebo"] = drug("sufentanil")  # type: ignore[index]
