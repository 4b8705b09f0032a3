"""Every known drug: found, named, cited, and different from person to person as it says."""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS, Covariates, Drug, Variability
from equipoise.infusion.drugs import drug, drugs

PERSON = Covariates(weight_kg=70, age_y=40, height_cm=170, sex="male")
EVERY_DRUG = pytest.mark.parametrize("each", drugs().values(), ids=drugs())


@EVERY_DRUG
def test_is_named_in_both_languages_and_cited(each: Drug) -> None:
    assert set(each.names) == {"en", "zh"}
    assert each.sources
    assert all(source.link.startswith("https://") for source in each.sources)
    for name, variability in each.variability.items():
        assert name in PARAMETERS
        assert 0 < variability.cv < 1
        assert variability.note
        assert variability.assumed or variability.source in each.sources


@EVERY_DRUG
def test_the_median_person_is_typical(each: Drug) -> None:
    assert each.individual(PERSON, [0.0] * 7) == each.typical(PERSON)


@EVERY_DRUG
@given(normals=st.lists(st.floats(-3, 3), min_size=7, max_size=7))
def test_persons_differ_in_the_parameters_said_to_vary_and_by_that_much(
    each: Drug, normals: list[float]
) -> None:
    ratios = dict(
        zip(
            PARAMETERS,
            map(
                float.__truediv__,
                astuple(each.individual(PERSON, normals)),
                astuple(each.typical(PERSON)),
            ),
            strict=True,
        )
    )
    for name, z in zip(PARAMETERS, normals, strict=True):
        cv = each.variability[name].cv if name in each.variability else 0.0
        assert ratios[name] == pytest.approx(math.exp(z * math.sqrt(math.log(1 + cv**2))))


def test_published_variances_are_kept() -> None:
    esketamine = drug("esketamine").variability  # Simons 2022, table 4
    assert esketamine["v1_l"].sd_log ** 2 == pytest.approx(0.057)
    assert esketamine["clearance_l_min"].sd_log ** 2 == pytest.approx(0.029)
    assert esketamine["q3_l_min"].sd_log ** 2 == pytest.approx(0.026)
    assert drug("sufentanil").variability["clearance_l_min"].cv == 0.242
    assert drug("dexmedetomidine").variability["clearance_l_min"].cv == 0.224


def test_an_assumed_figure_says_so() -> None:
    assert drug("sufentanil").variability["v1_l"].assumed
    assert not drug("sufentanil").variability["clearance_l_min"].assumed
    assert Variability(0.3, None, "").sd_log == pytest.approx(math.sqrt(math.log(1.09)))


def test_dexmedetomidine_scales_with_weight_as_its_paper_says() -> None:
    half = drug("dexmedetomidine").typical(Covariates(35, 40, 170, "female"))
    whole = drug("dexmedetomidine").typical(PERSON)
    assert astuple(whole) == (1.78, 30.3, 52.0, 0.686, 2.98, 0.602, 0.0428)
    volumes, flows = 0.5, 0.5**0.75
    assert astuple(half) == pytest.approx(
        (1.78 * volumes, 30.3 * volumes, 52 * volumes, 0.686 * flows, 2.98 * flows, 0.602 * flows,
         0.0428)
    )  # fmt: skip


def test_too_few_normals_are_refused() -> None:
    with pytest.raises(InputError, match="3 normal numbers for 7 parameters"):
        drug("sufentanil").individual(PERSON, [0.0, 0.0, 0.0])


@pytest.mark.parametrize("weight", [0.0, -70.0, 700.0, float("nan")])
def test_covariates_make_sense(weight: float) -> None:
    with pytest.raises(InputError, match="weight_kg"):
        Covariates(weight, 40, 170, "male")
