"""Dexmedetomidine: Hannivoort 2015, arterial, 18 volunteers of 20 to 70 years and 51 to 110 kg."""

from __future__ import annotations

from equipoise.infusion.drug import Covariates, Drug, Landmark, Source, Variability
from equipoise.infusion.pharmacokinetics import ThreeCompartment

HANNIVOORT = Source(
    "Hannivoort LN, Eleveld DJ, Proost JH, et al. Development of an optimized pharmacokinetic "
    "model of dexmedetomidine using target-controlled infusion in healthy volunteers. "
    "Anesthesiology 2015;123:357-367.",
    "https://doi.org/10.1097/ALN.0000000000000740",
)
COLIN = Source(
    "Colin PJ, Hannivoort LN, Eleveld DJ, et al. Dexmedetomidine pharmacokinetic-pharmacodynamic "
    "modelling in healthy volunteers: 1. Influence of arousal on bispectral index and sedation. "
    "Br J Anaesth 2017;119:200-210.",
    "https://doi.org/10.1093/bja/aex085",
)
HUANG = Source(
    "Huang Y, Xu S, Djebli N, Jiang H, Yang G. Population pharmacokinetic modeling of "
    "dexmedetomidine nasal spray in Chinese adults. Front Pharmacol 2025;16:1662364.",
    "https://doi.org/10.3389/fphar.2025.1662364",
)
WEERINK = Source(
    "Weerink MAS, Barends CRM, Muskiet ERR, et al. Pharmacodynamic interaction of "
    "remifentanil and dexmedetomidine on depth of sedation and tolerance of laryngoscopy. "
    "Anesthesiology 2019;131:1004-1017.",
    "https://doi.org/10.1097/ALN.0000000000002882",
)


def _typical(person: Covariates) -> ThreeCompartment:
    size = person.weight_kg / 70.0
    return ThreeCompartment(
        v1_l=1.78 * size,
        v2_l=30.3 * size,
        v3_l=52.0 * size,
        clearance_l_min=0.686 * size**0.75,
        q2_l_min=2.98 * size**0.75,
        q3_l_min=0.602 * size**0.75,
        # For sedation (MOAA/S), half-life 16.2 min.
        ke0_min=0.0428,
    )


DRUG = Drug(
    name="dexmedetomidine",
    names={"en": "dexmedetomidine", "zh": "右美托咪定"},
    unit="ug",
    typical=_typical,
    variability={
        "clearance_l_min": Variability(
            0.224, HUANG, "22.4 % in 196 Chinese adults, another model; no other spread known."
        ),
    },
    sources=(HANNIVOORT, COLIN, HUANG),
    landmarks=(Landmark(0.49, {"en": "half of the EEG effect", "zh": "脑电半数效应"}, WEERINK),),
)
