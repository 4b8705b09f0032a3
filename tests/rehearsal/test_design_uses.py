"""What an ensemble is used for: each answer against one worked out another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equipoise.chance import SeededEntropy
from equipoise.errors import InputError
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble.uses.compare import PLANNED, design, designed, imbalance
from equipoise.rehearsal.ensemble.uses.exposure import _peaks, worst_flows
from equipoise.rehearsal.ensemble.uses.interim import first_of
from equipoise.rehearsal.ensemble.uses.predictability import (
    blocks_chain,
    complete_chain,
    guess_chances,
    stick_chain,
)
from equipoise.rehearsal.ensemble.uses.prior import prior
from equipoise.rehearsal.ensemble.uses.size import size
from equipoise.rehearsal.ensemble.uses.tornado import numbers, tornado
from equipoise.rehearsal.ensemble.uses.trials import Question, Share, question, with_slots
from equipoise.rules.allocation import big_stick, permuted_blocks
from equipoise.rules.allocation.generator import below, entropy_words

CHRONIC = "effects.esketamine.chronic"


@pytest.fixture(scope="module")
def asked() -> Question:
    return question(load_study("NCT05718544"), scenario="hoped", participants=150)


def test_a_prior_is_read_and_has_its_quantiles() -> None:
    assert prior("a.b=normal(-0.5, 0.2)").quantile(0.975) == pytest.approx(-0.108007, abs=1e-6)
    assert prior("a=uniform(2,6)").quantile(0.25) == 3
    lots = prior("a=discrete(5:1,-1:3)")
    assert [lots.quantile(q) for q in (0.1, 0.74, 0.76)] == [-1, -1, 5]
    assert np.mean(lots.draws(7, 2000)) == pytest.approx(0.5, abs=0.2)
    assert lots.draws(7, 5) == lots.draws(7, 9)[:5]


@pytest.mark.parametrize("text", ["a", "a=normal(1)", "a=normal(1,0)", "a=uniform(2,1)",
                                  "a=discrete(1,2)", "a=discrete(1:0)", "a=beta(1,2)"])  # fmt: skip
def test_what_is_no_prior_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no prior"):
        prior(text)


def test_blocks_of_four_are_guessed_as_by_hand() -> None:
    # 1/2, then 2/3; 1/3 of blocks are even after two slots, and each last arm is certain.
    by_hand = [1 / 2, 2 / 3, (2 / 3) * (1 / 2) + (1 / 3) * 1, 1]
    words = entropy_words(SeededEntropy(1, "test"))

    def draw(n: int) -> int:
        return below(words, n)

    lists = np.array([permuted_blocks(draw, (1, 1), (4,), 4) for _ in range(4000)], np.int8)
    found = guess_chances(blocks_chain((1, 1), (4,)), lists).mean(axis=0)
    assert found == pytest.approx(by_hand, abs=0.02)


def test_a_guess_is_right_as_often_as_it_is_said_to_be() -> None:
    words = entropy_words(SeededEntropy(2, "test"))
    lists = np.array([big_stick(lambda n: below(words, n), (2, 1), 2, 30)
                      for _ in range(2000)], np.int8)  # fmt: skip
    chain = stick_chain((2, 1), 2)
    assert chain.moves.sum(axis=(0, 2)) == pytest.approx(1)
    belief, right = np.tile(chain.start, (2000, 1)), []
    for at in range(30):
        then = np.stack([belief @ move for move in chain.moves])
        right.append(then.sum(axis=2).argmax(axis=0) == lists[:, at])
        belief = then[lists[:, at], np.arange(2000)]
        belief /= belief.sum(axis=1, keepdims=True)
    assert guess_chances(chain, lists).mean() == pytest.approx(np.mean(right), abs=0.006)
    assert guess_chances(complete_chain((2, 1)), lists).mean() == pytest.approx(2 / 3)


def test_imbalance_is_of_counts_over_weights() -> None:
    arms = np.array([[0, 0, 0, 1, 1, 0]], np.int8)
    assert imbalance(arms, (1, 1)).tolist() == [3]
    assert imbalance(arms, (2, 1)).tolist() == [1.5]


def test_a_changed_design_is_simulated(asked: Question) -> None:
    two_to_one = designed(asked, design("blocks 3, 2:1"))
    block = next(two_to_one.blocks(0, 5))
    assert (np.cumsum(block.arm[:, :39] == 0, axis=1)[:, 2::3] == 2 * np.arange(1, 14)).all()
    limited = next(designed(asked, design("big stick 2")).blocks(0, 20))
    assert imbalance(limited.arm, (1, 1)).max() == 2
    planned = next(designed(asked, design(PLANNED)).blocks(0, 5))
    assert (planned.arm == next(asked.blocks(0, 5)).arm).all()


@pytest.mark.parametrize("text", ["blocks 4, 2:1", "blocks 5", "big stick 0", "blocks 4, 1:1:1"])
def test_a_design_that_does_not_fit_is_refused(asked: Question, text: str) -> None:
    with pytest.raises(InputError):
        designed(asked, design(text))


def test_a_longer_list_leaves_the_trials_as_they_are(asked: Question) -> None:
    assert with_slots(asked).rows(0, 6).equals(asked.rows(0, 6))


def test_a_success_is_a_rejection_for_the_better(asked: Question) -> None:
    rows = asked.rows(0, 60)
    p, ratio = rows["chronic_pain_24m.p_value"], rows["chronic_pain_24m.estimate"]
    expected = ((p < 0.05) & (ratio < 1)).sum()
    assert expected > 5
    assert asked.power(0, 60) == Share(int(expected), 60)


def test_no_size_helps_arms_that_are_alike(asked: Question) -> None:
    found = size(replace(asked, scenario="null"), target=0.8, trials=10, largest=100)
    assert (found.verdict, found.participants, found.tried) == ("hopeless", None, ())


def test_a_size_too_small_is_hopeless_and_says_its_power(asked: Question) -> None:
    found = size(asked, target=0.95, trials=60, largest=40)
    assert found.verdict == "hopeless"
    assert found.tried[-1].participants == 40
    assert found.tried[-1].power.interval[1] < 0.95


def test_a_tornado_compares_the_same_trials(asked: Question) -> None:
    ranges = {CHRONIC: (-3.0, 0.0), "covariates.srs": None}
    with pytest.raises(InputError, match="plain number"):
        tornado(asked, ranges, trials=4)
    found = tornado(asked, {CHRONIC: (-3.0, -0.6931)}, trials=60)
    bar = found.bars[0]
    assert bar.high is not None
    assert bar.low is not None
    assert (bar.high.change, bar.high.error) == (0, 0)  # the value it has: not one trial differs
    assert bar.low.power > 0.9  # one in twenty of the risk is left
    assert bar.low.change > 3 * bar.low.error > 0


def test_the_numbers_of_a_scenario_are_those_it_sets(asked: Question) -> None:
    found = numbers(asked)
    assert found[CHRONIC] == -0.6931
    assert found["pain.noise_sd"] == 0.76
    assert "pain.start" not in found


def test_the_first_randomized_are_those_of_the_whole_trial(asked: Question) -> None:
    block = next(asked.blocks(0, 4))
    first = first_of(block, 25)
    assert first.arm.shape == (4, 25)
    assert (first.person == block.person[:, :25]).all()
    assert all((first.answers[key][:, :25].shape == (4, 25)) for key in block.answers)


def test_the_worst_patient_has_a_bolus_at_every_lockout(asked: Question) -> None:
    flows = worst_flows(asked.program())
    boluses = flows[flows[:, 2] > 1]
    assert len(boluses) >= 72 * 60 / 8
    starts = np.unique(np.rint(boluses[:, 0] * 60))
    assert np.isin(np.arange(0, 72 * 3600, 8 * 60), starts).mean() > 0.98  # a new bag may cut in
    ml = (flows[:, 2] * (flows[:, 1] - flows[:, 0])).sum() / 60
    assert ml == pytest.approx(540 * 2 + 72, abs=8)


def test_a_peak_is_that_of_the_course_minute_by_minute() -> None:
    model = np.array([4.0, 10.0, 30.0, 1.2, 0.8, 0.3, 0.11])
    flows = np.array([[0.0, 5.0, 120.0], [5.0, 30.0, 1.0], [30.0, 31.0, 120.0]])
    course, best = Course(ThreeCompartment(*model.tolist())), 0.0
    for t in np.arange(0.01, 90, 0.01):
        rate = next((r for a, b, r in flows if a < t <= b + 1e-9), 0.0)
        course.advance(t, rate / 60 * 2.5)
        best = max(best, course.effect())
    assert _peaks(model[None, :], flows, 2.5)[0] == pytest.approx(best, rel=1e-4)
