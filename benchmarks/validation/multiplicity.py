"""Several hypotheses against R: p.adjust, graphicalMCP, and mvtnorm for Dunnett."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.validation.case import Case, gold
from equipoise.analysis.estimators import multiplicity as several

P_FIVE = (0.001, 0.0125, 0.03, 0.041, 0.2)
BY_NAME = {
    "bonferroni": several.bonferroni,
    "holm": several.holm,
    "hochberg": several.hochberg,
    "hommel": several.hommel,
    "BH": several.benjamini_hochberg,
    "BY": several.benjamini_yekutieli,
}


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    for name, adjust in BY_NAME.items():
        reference = gold()["mult.padjust"]["result"][name]
        for place, ours in enumerate(adjust(P_FIVE)):
            yield Case(
                "made up", f"{name} {place + 1}", ours, reference[place], "R p.adjust", 1e-12
            )
    there = gold()["mult.graph_bretz"]["result"]
    graph = several.Graph(np.array(there["w"]), np.array(there["transitions"]))
    adjusted = several.graphical(there["p"], graph)
    for place, ours in enumerate(adjusted):
        reference = there["adj_p"][place]
        yield Case("made up", f"graph {place + 1}", ours, reference, "R graphicalMCP", 1e-12)
        rejected = float(ours <= there["alpha"])
        seen = float(there["rejected"][place])
        yield Case("made up", f"graph {place + 1} rejected", rejected, seen, "R graphicalMCP", 0)
    sequence = several.graphical((0.01, 0.06, 0.02), several.fixed_sequence_graph(3))
    reference = gold()["mult.graph_fixedseq"]["result"]["adj_p"]
    for place, ours in enumerate(sequence):
        what = f"fixed sequence {place + 1}"
        yield Case("made up", what, ours, reference[place], "R graphicalMCP", 1e-12)
    for size in (2, 3):  # qmvt finds its root to about 1e-4
        critical = float(several.dunnett_critical([1] * size, 1, 60))
        reference = gold()["mult.dunnett_crit"]["result"][f"k{size}"]
        yield Case("made up", f"Dunnett, {size} arms", critical, reference, "R qmvt", 1e-4)
