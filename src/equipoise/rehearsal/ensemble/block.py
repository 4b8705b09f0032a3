"""What became of everybody in some trials, in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.ward import REASONS
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.visits import Key

Booleans = NDArray[np.bool_]
Answers = NDArray[np.float32]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """What became of everybody in some trials: arrays over [trials, participants].

    Participants are in the order of randomization. ``answers`` (by visit, form, item) are
    not-a-number where there is none, truth values 1 or 0, choices the place of the code; those of
    the screening are in ``baseline``, by item. ``denied`` counts by reason. ``infused_ml`` and
    ``dose_ug`` (by drug) follow the pump's counter, ``peak_ng_ml`` is the highest effect-site
    concentration; both are 0 for who never started. ``adverse_events`` has the listed events as
    last axis. ``screened``, ``refused`` and ``ineligible`` are per trial.
    """

    program: Program
    seed: int
    first: int
    person: NDArray[np.uint32]
    arm: NDArray[np.int8]
    stratum: NDArray[np.int16]
    treated: Booleans
    enrolled: Mapping[str, Booleans]
    lost: Mapping[str, Booleans]
    declined: Mapping[str, Booleans]
    withdrawn: Mapping[str, Booleans]
    answers: Mapping[Key, Answers]
    baseline: Mapping[str, Answers]
    demands: NDArray[np.int32]
    delivered: NDArray[np.int32]
    denied: Mapping[str, NDArray[np.int32]]
    infused_ml: NDArray[np.float32]
    bags: NDArray[np.int8]
    peak_ng_ml: Mapping[str, NDArray[np.float32]]
    dose_ug: Mapping[str, NDArray[np.float32]]
    adverse_events: Booleans
    screened: Counts
    refused: Counts
    ineligible: Counts

    @property
    def trials(self) -> int:
        """How many trials the block holds, numbers ``first`` and following."""
        return int(self.arm.shape[0])


def empty(program: Program, seed: int, first: int, trials: int) -> Block:
    """Return a block in which nothing has happened yet."""
    shape = (trials, program.participants)

    def booleans() -> Booleans:
        return np.zeros(shape, bool)

    def answers() -> Answers:
        return np.full(shape, np.nan, np.float32)

    studies = program.studies
    return Block(
        program=program, seed=seed, first=first,
        person=np.zeros(shape, np.uint32), arm=np.zeros(shape, np.int8),
        stratum=np.zeros(shape, np.int16), treated=booleans(),
        enrolled={study: booleans() for study in studies[1:]},
        lost={study: booleans() for study in studies},
        declined={study: booleans() for study in studies},
        withdrawn={study: booleans() for study in studies},
        answers={key: answers() for key in program.lives.after.answers},
        baseline={name: answers() for name in program.baseline},
        demands=np.zeros(shape, np.int32), delivered=np.zeros(shape, np.int32),
        denied={reason: np.zeros(shape, np.int32) for reason in REASONS},
        infused_ml=np.zeros(shape, np.float32), bags=np.zeros(shape, np.int8),
        peak_ng_ml={drug: np.zeros(shape, np.float32) for drug in program.drugs},
        dose_ug={drug: np.zeros(shape, np.float32) for drug in program.drugs},
        adverse_events=np.zeros((*shape, len(program.adverse_events)), bool),
        screened=np.zeros(trials, np.int64), refused=np.zeros(trials, np.int64),
        ineligible=np.zeros(trials, np.int64),
    )  # fmt: skip
