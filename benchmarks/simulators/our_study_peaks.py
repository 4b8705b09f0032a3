"""The whole shipped study by equipoise, with the highest concentrations of everybody."""

from __future__ import annotations

from functools import partial

from benchmarks.simulators import our_study

TITLE = "equipoise, everybody's peaks"
PARTICIPANTS = our_study.PARTICIPANTS
run = partial(our_study.run, peaks=True)
