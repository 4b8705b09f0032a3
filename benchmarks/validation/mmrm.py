"""The mixed model for repeated measures against R's mmrm and SAS PROC MIXED.

R's maximum is looser than ours (its likelihood is smaller), so each fit is compared twice: at our
maximum, and with R's own Sigma put into our formulas, where the digits must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from benchmarks.validation.case import DATA, ITERATIVE, Case, gold
from equipoise.analysis.estimators.mixed.fit import MixedFit, fit, fit_at
from equipoise.analysis.estimators.mixed.inference import contrasts, joint_test
from equipoise.analysis.estimators.mmrm import mmrm

STRUCTURES = {
    "us": "unstructured",
    "toeph": "heterogeneous toeplitz",
    "ar1": "autoregressive",
    "ar1h": "heterogeneous autoregressive",
    "cs": "compound symmetry",
    "csh": "heterogeneous compound symmetry",
    "adh": "heterogeneous ante-dependence",
}
METHODS = {
    "Sat": ("Satterthwaite", "Satterthwaite"),
    "Kenward": ("Kenward-Roger", "Kenward-Roger"),
    "KRlinear": ("Kenward-Roger linear", "Kenward-Roger-Linear"),
}
FEV = "fev_data (simulated)"
EXACT = 1e-10
SAS = "SAS PROC MIXED"
SAS_DIGITS = 2e-4  # SAS stops early (its likelihood is smaller than ours) and prints five digits


class Model(NamedTuple):
    """What is fitted: values, design, participants, visits."""

    y: np.ndarray
    x: np.ndarray
    subject: np.ndarray
    visit: np.ndarray


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    data = pl.read_csv(DATA / "trials/gold_sets/fev_data.csv", null_values=["", "NA"])
    yield from _against_r(data)
    yield from _against_sas(data)
    yield from _alzheimer()
    yield from _antidepressant()


def _flag(data: pl.DataFrame, column: str, value: str) -> np.ndarray:
    return (data[column] == value).cast(pl.Float64).to_numpy()


def _model(data: pl.DataFrame, *columns: np.ndarray) -> Model:
    x = np.column_stack([np.ones(len(data)), *columns])
    subject, visit = data["USUBJID"].to_numpy(), data["AVISIT"].to_numpy()
    return Model(data["FEV1"].cast(pl.Float64).to_numpy(), x, subject, visit)


def _full(data: pl.DataFrame) -> Model:
    """FEV1 ~ RACE + SEX + ARMCD * AVISIT, columns as in R."""
    arm = _flag(data, "ARMCD", "TRT")
    visits = [_flag(data, "AVISIT", f"VIS{k}") for k in (2, 3, 4)]
    races = [_flag(data, "RACE", name) for name in ("Black or African American", "White")]
    sex = _flag(data, "SEX", "Female")
    return _model(data, *races, sex, arm, *visits, *(arm * visit for visit in visits))


def _against_r(data: pl.DataFrame) -> Iterator[Case]:
    model = _full(data)
    for short, name in STRUCTURES.items():
        found = fit(*model, name)
        result = gold()[f"fev.mmrm_{short}_Sat"]["result"]
        theirs = np.array(result["cov"]).reshape(4, 4)
        at_theirs = fit_at(found, theirs)
        source = f"R mmrm, {short}"
        ours, reference = found.minus_two_log_likelihood, result["neg2loglik"]
        yield Case(FEV, f"-2 log REML, {name}", ours, reference, source, 1e-6)
        again = at_theirs.minus_two_log_likelihood
        yield Case(FEV, f"-2 log REML, {name}, at R's Sigma", again, reference, source, EXACT)
        for key, (method, r_name) in METHODS.items():
            item = gold().get(f"fev.mmrm_{short}_{key}")
            if item is None:
                continue
            table = item["result"].get("coef", item["result"])
            for where, which, tolerance in (
                ("", found, ITERATIVE),
                (", at R's Sigma", at_theirs, EXACT),
            ):
                what = f"{name}, {method}{where}"
                yield from _farthest(which, table, method, what, f"{source} {r_name}", tolerance)


def _farthest(
    found: MixedFit,
    table: dict[str, dict[str, float]],
    method: str,
    what: str,
    source: str,
    tolerance: float,
) -> Iterator[Case]:
    """Yield the coefficient farthest from R's: estimate, standard error, degrees of freedom."""
    ours = contrasts(found, np.eye(len(found.beta)), method)
    for label, numbers, key in (
        ("estimate", ours.value, "Estimate"),
        ("SE", ours.se, "Std. Error"),
        ("df", ours.df, "df"),
    ):
        rows = [
            Case(FEV, f"{name}: {label}, {what}", float(number), row[key], source, tolerance)
            for number, (name, row) in zip(numbers, table.items(), strict=True)
        ]
        yield max(rows, key=lambda case: abs(case.difference or 0.0))


def _against_sas(data: pl.DataFrame) -> Iterator[Case]:
    found = fit(*_full(data), "unstructured")
    yield Case(FEV, "-2 log REML, full", found.minus_two_log_likelihood, 3386.44987722, SAS, 1e-8)
    # Least squares means: races and sexes weigh the same.
    mean = np.array([1, 1 / 3, 1 / 3, 1 / 2])
    for visit, arm, estimate, se, df in (
        (1, 1, 37.1063, 0.7626, 143),
        (1, 0, 33.3318, 0.7554, 148),
        (2, 1, 41.9037, 0.6023, 144),
        (2, 0, 38.1715, 0.6117, 147),
        (3, 1, 46.7546, 0.5086, 130),
        (3, 0, 43.6740, 0.4617, 130),
        (4, 1, 52.7841, 1.1877, 133),
        (4, 0, 48.3855, 1.1886, 134),
    ):
        at = (np.arange(2, 5) == visit).astype(float)
        row = np.concatenate([mean, [arm], at, arm * at])
        yield from _sas_contrast(
            found, row, f"LS mean, visit {visit}, arm {arm}", (estimate, se, df)
        )
    for visit, numbers in ((3, (3.0806, 0.6896, 131)), (4, (4.3985, 1.6805, 133))):
        at = (np.arange(2, 5) == visit).astype(float)
        row = np.concatenate([np.zeros(4), [1], np.zeros(3), at])
        yield from _sas_contrast(found, row, f"difference at visit {visit}", numbers)
    e = np.eye(11)
    for what, rows, f, df in (
        ("visit", e[5:8] + e[8:] / 2, 142.11, 148),
        ("arm by visit", e[8:], 0.26, 148),
        ("race", e[1:3], 36.92, 166),
    ):
        test = joint_test(found, rows, "Satterthwaite")
        yield Case(FEV, f"type 3 F, {what}", test.f, f, SAS, 5e-3)
        yield Case(FEV, f"type 3 df, {what}", test.df_denominator, df, SAS, 0.6 / df)
    yield from _sas_covariances(data)


def _sas_contrast(
    found: MixedFit, row: np.ndarray, what: str, numbers: tuple[float, float, float]
) -> Iterator[Case]:
    ours = contrasts(found, row, "Satterthwaite")
    estimate, se, df = numbers
    yield Case(FEV, what, float(ours.value[0]), estimate, SAS, SAS_DIGITS)
    yield Case(FEV, f"{what}: SE", float(ours.se[0]), se, SAS, SAS_DIGITS)
    yield Case(FEV, f"{what}: df", float(ours.df[0]), df, SAS, 0.6 / df)


def _sas_covariances(data: pl.DataFrame) -> Iterator[Case]:
    arm, sex = _flag(data, "ARMCD", "TRT"), _flag(data, "SEX", "Female")
    plain, two = _model(data), _model(data, arm, sex)
    for what, model, name, likelihood, elements, betas in (
        (
            "mean only",
            plain,
            "compound symmetry",
            3917.98183508,
            {(0, 1): 5.8943, (0, 0): 86.8968},
            (42.2896,),
        ),
        (
            "mean only",
            plain,
            "autoregressive",
            3875.49945459,
            {(0, 0): 88.9866, (0, 3): 6.9363},
            (42.3255,),
        ),
        (
            "mean only",
            plain,
            "heterogeneous toeplitz",
            3722.38018329,
            {(0, 0): 90.4041, (3, 3): 175.78, (0, 3): -39.2746},
            (41.6726,),
        ),
        (
            "arm and sex",
            two,
            "unstructured",
            3666.96698281,
            {(0, 0): 108.64, (1, 3): -13.0626, (3, 3): 152.49},
            (41.0762, 3.8265, -0.1404),
        ),
        (
            "arm and sex",
            two,
            "autoregressive",
            3853.30169736,
            {(0, 0): 84.6947},
            (40.1643, 4.2211, 0.2364),
        ),
    ):
        found = fit(*model, name)
        ours = found.minus_two_log_likelihood
        yield Case(FEV, f"-2 log REML, {what}, {name}", ours, likelihood, SAS, 1e-8)
        for (i, j), element in elements.items():
            here = f"Sigma {i + 1},{j + 1}, {what}, {name}"
            yield Case(FEV, here, float(found.sigma[i, j]), element, SAS, 2e-3)
        for k, beta in enumerate(betas):
            here = f"coefficient {k + 1}, {what}, {name}"
            yield Case(FEV, here, float(found.beta[k]), beta, SAS, SAS_DIGITS)


def _alzheimer() -> Iterator[Case]:
    """CDISC pilot 01, table 14-3.11: week 24 of ADAS-Cog(11)."""
    wanted = (
        (pl.col("EFFFL") == "Y")
        & (pl.col("ITTFL") == "Y")
        & (pl.col("PARAMCD") == "ACTOT")
        & (pl.col("AVISITN") > 0)
        & (pl.col("ANL01FL") == "Y")
        & (pl.col("DTYPE").is_null() | (pl.col("DTYPE") == ""))
    )
    rows = pl.read_parquet(DATA / "trials/cdisc_pilot01/adam/adadas.parquet").filter(wanted)
    index = ["USUBJID", "TRTPN", "SITEGR1", "BASE"]
    table = rows.pivot("AVISITN", index=index, values="CHG")
    arms = table["TRTPN"].replace_strict({0.0: 0, 54.0: 1, 81.0: 2}).cast(pl.Int64).to_numpy()
    found = mmrm(
        table.select("8.0", "16.0", "24.0").to_numpy(),
        arms,
        baseline=table["BASE"].to_numpy(),
        strata=table["SITEGR1"].cast(pl.Int64).to_numpy(),
    )
    assert found.fit is not None
    result = gold()["cdisc.14_3_11"]["result"]
    trial, source = "CDISC pilot 01", "R mmrm, us, Kenward-Roger-Linear"
    paper = "clinical study report, table 14-3.11"
    sas = "SAS, table 14-3.11"
    for arm, (mean, se, by_sas) in enumerate(
        zip(("2.3", "1.7", "1.5"), ("0.69", "0.77", "0.84"), (2.3291, 1.7352, 1.5009), strict=True)
    ):
        ours = float(found.mean.value[arm, 2])  # type: ignore[index]
        what = f"LS mean, week 24, arm {arm}"
        yield Case(trial, what, ours, result["lsm"][arm], source, 1e-4, mean, paper)
        yield Case(trial, what, ours, by_sas, sas, 1e-4)
        spread, reference = float(found.mean_se[arm, 2]), result["lsm_se"][arm]
        yield Case(trial, f"{what}: SE", spread, reference, source, 1e-4, se, paper)
    low_high = found.cells[2, 2] - found.cells[1, 2]
    pairs = [found.cells[1, 2] - found.cells[0, 2], found.cells[2, 2] - found.cells[0, 2], low_high]
    compared = contrasts(found.fit, pairs)
    names = ("low - placebo", "high - placebo", "high - low")
    printed = (("-0.6", "1.02"), ("-0.8", "1.07"), ("-0.2", "1.12"))
    for k, (name, row) in enumerate(zip(names, result["contrasts"], strict=True)):
        value, se = printed[k]
        yield Case(trial, name, float(compared.value[k]), row["est"], source, 1e-4, value, paper)
        yield Case(trial, f"{name}: SE", float(compared.se[k]), row["se"], source, 1e-4, se, paper)
        yield Case(trial, f"{name}: df", float(compared.df[k]), row["df"], source, 1e-4)
    for k, p in enumerate(("0.560", "0.440")):
        number, reference = float(found.difference.p_value[k, 2]), result["contrasts"][k]["p"]  # type: ignore[index]
        yield Case(trial, f"{names[k]}: P", number, reference, source, 1e-4, p, paper)
    p_high_low = 2 * float(stats.t.sf(abs(compared.value[2] / compared.se[2]), compared.df[2]))
    reference = result["contrasts"][2]["p"]
    yield Case(trial, f"{names[2]}: P", p_high_low, reference, source, 1e-4, "0.835", paper)


def _antidepressant() -> Iterator[Case]:
    path = DATA / "trials/antidepressant/rbmi_antidepressant_data.csv"
    rows = pl.read_csv(path, schema_overrides={"PATIENT": pl.String, "VISIT": pl.String})
    table = rows.pivot("VISIT", index=["PATIENT", "THERAPY", "BASVAL"], values="CHANGE")
    values = table.select("4", "5", "6", "7").cast(pl.Float64).to_numpy()
    treated = (table["THERAPY"] == "DRUG").to_numpy()
    baseline = table["BASVAL"].cast(pl.Float64).to_numpy()
    trial, item = "antidepressant (DIA)", gold()["antidep.mmrm"]["result"]
    for method in ("Satterthwaite", "Kenward-Roger"):
        found = mmrm(values, treated, baseline=baseline, method=method)
        source = f"R mmrm, us, {method}"
        for k, visit in enumerate(("v4", "v5", "v6", "v7")):
            row, what = item[method][visit], f"drug - placebo, {visit}, {method}"
            difference = found.difference
            value, p = (float(np.asarray(a)[k]) for a in (difference.value, difference.p_value))
            yield Case(trial, what, value, row["est"], source, 1e-4)
            yield Case(trial, f"{what}: SE", float(found.difference_se[k]), row["se"], source, 1e-4)
            yield Case(trial, f"{what}: df", float(found.difference_df[k]), row["df"], source, 1e-3)
            yield Case(trial, f"{what}: P", p, row["p"], source, 1e-4)
    assert found.fit is not None
    ours = found.fit.minus_two_log_likelihood
    yield Case(trial, "-2 log REML", ours, item["n2ll"], "R mmrm, us", 1e-8)
