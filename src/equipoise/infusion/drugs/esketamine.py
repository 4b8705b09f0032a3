"""Esketamine: the arterial model of Kamp 2020, all parameters in proportion to weight."""

from __future__ import annotations

import math

from equipoise.infusion.drug import Covariates, Drug, Landmark, Source, Variability
from equipoise.infusion.pharmacokinetics import ThreeCompartment

KAMP = Source(
    "Kamp J, Olofsen E, Henthorn TK, et al. Ketamine pharmacokinetics: a systematic review of the "
    "literature, meta-analysis, and population analysis. Anesthesiology 2020;133:1192-1213.",
    "https://doi.org/10.1097/ALN.0000000000003577",
)
OLOFSEN = Source(
    "Olofsen E, Noppers I, Niesters M, et al. Estimation of the contribution of norketamine to "
    "ketamine-induced acute pain relief and neurocognitive impairment in healthy volunteers. "
    "Anesthesiology 2012;117:353-364.",
    "https://pubs.asahq.org/anesthesiology/article/117/2/353/13169",
)
SIMONS = Source(
    "Simons P, Olofsen E, van Velzen M, et al. S-ketamine oral thin film, part 1: population "
    "pharmacokinetics of S-ketamine, S-norketamine and S-hydroxynorketamine. Front Pain Res "
    "2022;3:946486.",
    "https://doi.org/10.3389/fpain.2022.946486",
)
SIGTERMANS = Source(
    "Sigtermans M, Dahan A, Mooren R, et al. S(+)-ketamine effect on experimental pain and "
    "cardiac output. Anesthesiology 2009;111:892-903.",
    "https://pubs.asahq.org/anesthesiology/article/111/4/892/9591/",
)


def _typical(person: Covariates) -> ThreeCompartment:
    size = person.weight_kg / 70.0
    return ThreeCompartment(
        v1_l=25.0 * size,
        v2_l=56.0 * size,
        v3_l=157.0 * size,
        clearance_l_min=84.0 / 60.0 * size,
        q2_l_min=161.0 / 60.0 * size,
        q3_l_min=79.0 / 60.0 * size,
        # Half-life 6.3 min: Olofsen 2012 found 6.1 min on average over pain and cognition (0 to
        # 11.8 min). The 2.79 per min of published code follows from an assumed peak at 1 min and
        # is no rate of analgesia.
        ke0_min=0.11,
    )


def _simons(variance_log: float) -> Variability:
    return Variability(
        math.sqrt(math.expm1(variance_log)),
        SIMONS,
        f"Table 4, variance {variance_log} of the logarithm in 20 volunteers, another model.",
    )


DRUG = Drug(
    name="esketamine",
    names={"en": "esketamine", "zh": "艾司氯胺酮"},
    unit="mg",
    typical=_typical,
    variability={
        "v1_l": _simons(0.057),
        "clearance_l_min": _simons(0.029),
        "q3_l_min": _simons(0.026),
    },
    sources=(KAMP, OLOFSEN, SIMONS),
    landmarks=(
        Landmark(
            40, {"en": "lowest analgesic target tested", "zh": "试验过的最低镇痛浓度"}, SIGTERMANS
        ),
    ),
)
