"""Sufentanil: Gepts 1995, arterial, 23 patients of 14 to 68 years; not scaled to weight."""

from __future__ import annotations

from equipoise.infusion.drug import Covariates, Drug, Landmark, Source, Variability
from equipoise.infusion.pharmacokinetics import ThreeCompartment

GEPTS = Source(
    "Gepts E, Shafer SL, Camu F, et al. Linearity of pharmacokinetics and model estimation of "
    "sufentanil. Anesthesiology 1995;83:1194-1204.",
    "https://doi.org/10.1097/00000542-199512000-00010",
)
SCOTT = Source(
    "Scott JC, Cooke JE, Stanski DR. Electroencephalographic quantitation of opioid effect: "
    "comparative pharmacodynamics of fentanyl and sufentanil. Anesthesiology 1991;74:34-42.",
    "https://pubmed.ncbi.nlm.nih.gov/1824743",
)
KHAOWROONGRUENG = Source(
    "Khaowroongrueng V, Son KH, Lee S-M, et al. Population pharmacokinetic modeling of sufentanil "
    "in adult Korean patients undergoing cardiopulmonary bypass surgery. CPT Pharmacometrics Syst "
    "Pharmacol 2024;13:1682-1692.",
    "https://doi.org/10.1002/psp4.13205",
)
LEHMANN = Source(
    "Lehmann KA, Gerhard A, Horrichs-Haermeyer G, et al. Postoperative patient-controlled "
    "analgesia with sufentanil: analgesic efficacy and minimum effective concentrations. Acta "
    "Anaesthesiol Scand 1991;35:221-226.",
    "https://pubmed.ncbi.nlm.nih.gov/1674829",
)

_VOLUME = Variability(
    0.30, None, "Gepts' abstract gives no spread; 30 % is usual for volumes of lipophilic opioids."
)


def _typical(_: Covariates) -> ThreeCompartment:
    return ThreeCompartment(
        v1_l=14.3,
        v2_l=63.1,
        v3_l=261.6,
        clearance_l_min=0.92,
        q2_l_min=1.55,
        q3_l_min=0.33,
        # Peak effect 5.6 min after a bolus.
        ke0_min=0.17559,
    )


DRUG = Drug(
    name="sufentanil",
    names={"en": "sufentanil", "zh": "舒芬太尼"},
    unit="ug",
    typical=_typical,
    variability={
        "v1_l": _VOLUME,
        "v2_l": _VOLUME,
        "v3_l": _VOLUME,
        "clearance_l_min": Variability(
            0.242, KHAOWROONGRUENG, "Table 2, 24.2 % in 20 Korean patients, another model."
        ),
    },
    sources=(GEPTS, SCOTT, KHAOWROONGRUENG),
    landmarks=(
        Landmark(0.024, {"en": "median needed in PCA", "zh": "自控镇痛所需中位浓度"}, LEHMANN),
    ),
)
