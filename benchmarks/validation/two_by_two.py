"""Two proportions against R, on every 2 by 2 table of the reference values."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.validation.case import Case, gold
from equipoise.analysis.estimators.binary import pearson_p, risk_ratio


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    x1, n1, x0, n0 = gold()["seed_parent.chisq"]["counts"]
    pearson = gold()["seed_parent.chisq"]["result"]["p"]
    trial = "NCT04791059"
    yield Case(trial, "Pearson P", float(pearson_p(x1, n1, x0, n0)), pearson, "R chisq.test")
    ratio = risk_ratio(x1, n1, x0, n0)
    paper = "doi:10.1016/j.bja.2023.05.001"
    for what, ours, printed in (
        ("RR", ratio.value, "0.76"),
        ("RR, Katz, lower", ratio.low, "0.65"),
        ("RR, Katz, upper", ratio.high, "0.90"),
    ):
        yield Case(trial, what, float(ours), None, "", published=printed, cited=paper)
