"""What every loop over a grid of minutes needs: exponentials of each person's three models.

Plain NumPy, no code of ours: roots by cosines (Upton RN. J Pharmacol Toxicol Methods 2004;49:65-68,
doi:10.1016/j.vascn.2003.09.001). Each exponential follows x' = k (q - x) for the pump's flow q in
ml/min; concentrations are weighted sums of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.simulators.case import Case, Floats


@dataclass(frozen=True)
class Modal:
    """Arrays (drugs, 4, people): three exponentials of the plasma, and that of the effect site.

    ``gain`` is what a minute moves x towards the flow; ``plasma`` and ``effect`` are weights.
    """

    gain: Floats
    plasma: Floats
    effect: Floats


def modal(of: Case) -> Modal:
    """Return the exponentials of everybody."""
    v1, v2, v3, clearance, q2, q3, ke0 = np.moveaxis(of.models, 2, 0)
    k10, k12, k21, k13, k31 = clearance / v1, q2 / v1, q2 / v2, q3 / v1, q3 / v3
    a2 = k10 + k12 + k13 + k21 + k31
    a1 = k10 * k21 + k10 * k31 + k21 * k31 + k12 * k31 + k13 * k21
    a0 = k10 * k21 * k31
    p = a2 * a2 / 9 - a1 / 3
    q = a2**3 / 27 - a1 * a2 / 6 + a0 / 2
    angle = np.arccos(np.clip(q / p**1.5, -1, 1)) / 3
    turns = angle[:, None] + np.array([0.0, -2 * np.pi / 3, 2 * np.pi / 3])[None, :, None]
    rate = a2[:, None] / 3 + 2 * np.sqrt(p)[:, None] * np.cos(turns)
    one, two, three = rate[:, 0], rate[:, 1], rate[:, 2]
    share = np.stack([
        (k21 - a) * (k31 - a) / ((b - a) * (c - a))
        for a, b, c in ((one, two, three), (two, three, one), (three, one, two))
    ], axis=1) * (of.ug_per_ml / v1)[:, None] / rate  # fmt: skip
    apart = ke0[:, None] - rate
    effect = share * ke0[:, None] / apart
    site = -(share * rate / apart).sum(axis=1, keepdims=True)
    return Modal(
        gain=-np.expm1(-np.concatenate([rate, ke0[:, None]], axis=1)),
        plasma=np.concatenate([share, np.zeros_like(site)], axis=1),
        effect=np.concatenate([effect, site], axis=1),
    )
