"""Mixed models in small samples: degrees of freedom and standard errors of four kinds, and none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from benchmarks.characteristics.rate import CHANCE, Rate, simulated
from equipoise.analysis.estimators.mixed.inference import METHODS, contrasts
from equipoise.analysis.estimators.mmrm import mmrm
from equipoise.analysis.estimators.noise import normals, uniforms

VISITS = 4
CORRELATION = 0.7 ** np.abs(np.subtract.outer(np.arange(VISITS), np.arange(VISITS)))
LOST = 0.08  # at each visit after the first, for good


def mixed(*, quick: bool) -> Iterator[Rate]:
    """Yield how often a true null hypothesis at the last visit is rejected."""
    trials, root = 60 if quick else 1200, np.linalg.cholesky(CORRELATION)
    for n in (8, 15, 30):
        z = normals(CHANCE, (trials,), range(2 * n), f"visits {n}", VISITS) @ root.T
        u = uniforms(CHANCE, (trials,), range(2 * n), f"leaving {n}", VISITS)
        gone = np.logical_or.accumulate((u < LOST) & (np.arange(VISITS) > 0), axis=-1)
        y, treated = np.where(gone, np.nan, z), np.arange(2 * n) < n
        rejected: dict[str, list[bool]] = {}
        for trial in y:
            found = mmrm(trial, treated, covariance="unstructured")
            if found.fit is None:
                continue
            row = (found.cells[1] - found.cells[0])[-1:]
            for method in METHODS:
                c = contrasts(found.fit, row, method)
                t = abs(float(c.value[0] / c.se[0]))
                p = 2 * float(special.stdtr(c.df[0], -t))
                rejected.setdefault(method, []).append(p <= 0.05)
                if method == "Satterthwaite":
                    p = 2 * float(special.ndtr(-t))
                    rejected.setdefault("none (normal)", []).append(p <= 0.05)
        for method, seen in rejected.items():
            yield simulated("type I error at the last of 4 visits", method, f"{n} per arm", seen, 5)
