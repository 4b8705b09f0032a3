"""An invented drug."""

from __future__ import annotations

from equipoise.infusion.drug import Covariates, Drug, Source, Variability
from equipoise.infusion.pharmacokinetics import ThreeCompartment

INVENTED = Source("Author A. A drug that does not exist. 2020.", "https://example.org/invented")


def _typical(person: Covariates) -> ThreeCompartment:
    size = person.weight_kg / 70.0
    return ThreeCompartment(
        v1_l=20.0 * size,
        v2_l=80.0 * size,
        v3_l=0.0,
        clearance_l_min=0.9 * size**0.75,
        q2_l_min=1.2 * size**0.75,
        q3_l_min=0.0,
        ke0_min=0.1,
    )


DRUG = Drug(
    name="examplamine",
    names={"en": "examplamine", "zh": "示例胺"},
    unit="mg",
    typical=_typical,
    variability={"clearance_l_min": Variability(0.25, None, "Invented.")},
    sources=(INVENTED,),
)
