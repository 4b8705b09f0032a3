"""Re-randomization: sums over the treated, drawn again or with their exact distribution.

Three ways to draw. *Tables*: everything that one or several whole blocks can contribute, all
equally likely, of which one entry is drawn. *Urns*: participants draw arms without replacement.
*Chains*: the arm depends on a state that the earlier arms leave (big stick, blocks of random size).

Each draw has an address: key = the seed, counter = (place, purpose, number of the draw, trial) of
Philox4x32-10, every output word used once. So the numbers do not depend on how the draws are
split over threads. A word w picks entry ``floor(w * size / 2**32)``: no entry is off its share by
more than one part in 2**32 / size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.philox import philox4x32

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

_TABLES = 0x72657461  # purposes: tables and urns of one draw have unrelated numbers
_URNS = 0x72657572
_LANES = 128  # draws side by side, for vector instructions
_HALF = np.uint64(32)


@njit(cache=True)
def _fill(
    words: Words, place: int, purpose: int, first: int, trial: int, seed_low: int, seed_high: int
) -> None:
    for lane in range(_LANES):
        a, b, c, d = philox4x32(place, purpose, first + lane, trial, seed_low, seed_high)
        words[0, lane] = a
        words[1, lane] = b
        words[2, lane] = c
        words[3, lane] = d


@njit(cache=True, nogil=True)
def table_sums(
    tables: Floats,
    offsets: Integers,
    sizes: Integers,
    first: int,
    trial: int,
    seed_low: int,
    seed_high: int,
    out: Floats,
) -> None:
    """Add to ``out`` ``(statistics, draws)`` one entry of each table, draws from ``first``.

    ``tables`` ``(statistics, entries)`` holds them one after the other, each at its offset.
    """
    words = np.empty((4, _LANES), dtype=np.uint64)
    at = np.empty(_LANES, dtype=np.int64)
    draws = out.shape[1]
    for base in range(0, draws, _LANES):
        width = min(_LANES, draws - base)
        for table in range(sizes.size):
            if table % 4 == 0:
                _fill(words, table // 4, _TABLES, first + base, trial, seed_low, seed_high)
            row = words[table % 4]
            size = np.uint64(sizes[table])
            offset = offsets[table]
            for lane in range(_LANES):
                at[lane] = offset + np.int64((row[lane] * size) >> _HALF)
            for statistic in range(out.shape[0]):
                entries = tables[statistic]
                sums = out[statistic, base : base + width]
                for lane in range(width):
                    sums[lane] += entries[at[lane]]


@njit(cache=True, nogil=True)
def urn_sums(
    scores: Floats,
    treated: Integers,
    places: Integers,
    starts: Integers,
    first: int,
    trial: int,
    seed_low: int,
    seed_high: int,
    out: Floats,
) -> None:
    """Add to ``out`` ``(statistics, draws)`` the scores of those who draw the arm from their urn.

    ``scores`` ``(statistics, participants)``, urn by urn, urn u from ``starts[u]``; it holds
    ``places[u]`` places of which ``treated[u]`` are the arm's.
    """
    words = np.empty((4, _LANES), dtype=np.uint64)
    left = np.empty(_LANES, dtype=np.uint64)
    takes = np.empty(_LANES, dtype=np.float64)
    draws = out.shape[1]
    for base in range(0, draws, _LANES):
        width = min(_LANES, draws - base)
        for urn in range(places.size):
            left[:] = np.uint64(treated[urn])
            for place in range(starts[urn], starts[urn + 1]):
                if place % 4 == 0:
                    _fill(words, place // 4, _URNS, first + base, trial, seed_low, seed_high)
                row = words[place % 4]
                closed = np.uint64(places[urn] - (place - starts[urn]))
                for lane in range(_LANES):
                    taken = np.uint64(((row[lane] * closed) >> _HALF) < left[lane])
                    left[lane] -= taken
                    takes[lane] = np.float64(taken)
                for statistic in range(out.shape[0]):
                    score = scores[statistic, place]
                    sums = out[statistic, base : base + width]
                    for lane in range(width):
                        sums[lane] += takes[lane] * score


@njit(cache=True, nogil=True)
def chain_sums(
    scores: Floats,
    restarts: NDArray[np.bool_],
    cuts: Words,
    moves: Integers,
    takes: Floats,
    first: int,
    trial: int,
    seed_low: int,
    seed_high: int,
    out: Floats,
) -> None:
    """Add to ``out`` ``(statistics, draws)`` the scores of those whom the chain treats.

    ``scores`` ``(statistics, participants)``; ``restarts`` says where a stratum begins, in state 0.
    From a state, the word is compared with ``cuts`` ``(1 or participants, states, choices)``, in
    units of 2**-32: the first choice whose cut exceeds it is made. It leads to ``moves`` ``(states,
    choices)`` and treats where ``takes`` is 1.
    """
    words = np.empty((4, _LANES), dtype=np.uint64)
    state = np.zeros(_LANES, dtype=np.int64)
    taken = np.empty(_LANES, dtype=np.float64)
    choices = moves.shape[1]
    flat_moves, flat_takes = moves.ravel(), takes.ravel()
    draws = out.shape[1]
    for base in range(0, draws, _LANES):
        width = min(_LANES, draws - base)
        for place in range(scores.shape[1]):
            if place % 4 == 0:
                _fill(words, place // 4, _URNS, first + base, trial, seed_low, seed_high)
            if restarts[place]:
                state[:] = 0
            row = words[place % 4]
            cut = cuts[place % cuts.shape[0]].ravel()
            for lane in range(_LANES):
                at = state[lane] * choices
                made = at
                for choice in range(choices - 1):
                    made += np.int64(row[lane] >= cut[at + choice])
                state[lane] = flat_moves[made]
                taken[lane] = flat_takes[made]
            for statistic in range(out.shape[0]):
                score = scores[statistic, place]
                sums = out[statistic, base : base + width]
                for lane in range(width):
                    sums[lane] += taken[lane] * score


@njit(cache=True, nogil=True)
def block_tails(
    events: Integers,
    kinds: Integers,
    shares: Floats,
    sorts: Integers,
    lowest: Integers,
    spreads: Integers,
    powers: Floats,
    offsets: Integers,
    seen: Integers,
    out: Floats,
) -> None:
    """Write into ``out`` ``(trials,)`` P(events of the treated as far from what is expected).

    ``events`` ``(trials, blocks)`` of whole blocks whose kind is ``kinds`` ``(blocks,)`` and whose
    arm has the part ``shares`` of the places; ``seen`` ``(trials,)`` events of the treated. A block
    of kind k with e events is of sort ``sorts[k, e]``: the treated have ``lowest[k, e]`` and
    up to ``spreads`` of the sort more of them. c blocks of sort s together have the chances that
    stand in ``powers`` from ``offsets[s, c]``; the sorts of a trial are convolved with each other.
    """
    trials, blocks = events.shape
    widest = 1 + blocks * spreads.max()
    sums, more = np.zeros(widest), np.zeros(widest)
    counts = np.zeros(spreads.size, dtype=np.int64)
    for trial in range(trials):
        counts[:] = 0
        least, expected = 0, 0.0
        for block in range(blocks):
            e = events[trial, block]
            sort = sorts[kinds[block], e]
            counts[sort] += 1
            least += lowest[kinds[block], e]
            expected += shares[block] * e
        size = 1
        sums[0] = 1.0
        for sort in range(counts.size):
            extra = counts[sort] * spreads[sort]
            if extra:
                more[: size + extra] = 0.0
                offset = offsets[sort, counts[sort]]
                for at in range(size):
                    chance = sums[at]
                    for j in range(extra + 1):
                        more[at + j] += chance * powers[offset + j]
                size += extra
                sums, more = more, sums
        far = abs(seen[trial] - expected) - 1e-9
        tail = 0.0
        for at in range(size):
            if abs(least + at - expected) >= far:
                tail += sums[at]
        out[trial] = min(tail, 1.0)


@njit(cache=True, nogil=True)
def urn_distribution(
    scores: Integers, starts: Integers, weights: Floats, treated_max: int, sum_max: int
) -> Floats:
    """Return P(treated = k, their scores sum to s), ``(treated_max + 1, sum_max + 1)``.

    ``treated_max`` is at least the most that the urns can treat, ``sum_max`` the sum of all scores.
    ``scores`` are whole numbers from 0, urn by urn; of urn u, ``weights[u, k]`` is the chance that
    some given k of its members, and they alone, are treated.
    """
    joint = np.zeros((treated_max + 1, sum_max + 1))
    joint[0, 0] = 1.0
    fewest, count, total = 0, 0, 0
    for urn in range(starts.size - 1):
        members = scores[starts[urn] : starts[urn + 1]]
        own = members.sum()
        least, most = members.size, 0
        for k in range(members.size + 1):
            if weights[urn, k] > 0.0:
                least, most = min(least, k), max(most, k)
        ways = np.zeros((most + 1, own + 1))  # in how many ways k of them have the sum s
        ways[0, 0] = 1.0
        reached = 0
        for member in range(members.size):
            score = members[member]
            reached += score
            for k in range(min(member + 1, most), 0, -1):
                for s in range(reached, score - 1, -1):
                    ways[k, s] += ways[k - 1, s - score]
        new = np.zeros_like(joint)
        for k in range(least, most + 1):
            for s in range(own + 1):
                chance = ways[k, s] * weights[urn, k]
                if chance > 0.0:
                    for a in range(fewest, count + 1):
                        for b in range(total + 1):
                            new[a + k, b + s] += joint[a, b] * chance
        joint = new
        fewest, count, total = fewest + least, count + most, total + own
    return joint


@njit(cache=True, nogil=True)
def chain_distribution(
    scores: Integers,
    counted: NDArray[np.bool_],
    restarts: NDArray[np.bool_],
    chances: Floats,
    moves: Integers,
    takes: Floats,
    treated_max: int,
    sum_max: int,
) -> Floats:
    """Return P(treated = k, their scores sum to s), as :func:`urn_distribution`, of a chain.

    ``chances`` ``(1 or participants, states, choices)`` are those of the choices; only participants
    who are ``counted`` add to k and s. ``treated_max`` is at least their number.
    """
    states, choices = moves.shape
    joint = np.zeros((states, treated_max + 1, sum_max + 1))
    new = np.zeros_like(joint)
    joint[0, 0, 0] = 1.0
    total = 0
    fewest, most = np.full(states, treated_max + 1), np.full(states, -1)  # k that occur in a state
    fewest[0], most[0] = 0, 0
    for place in range(scores.size):
        if restarts[place]:
            for state in range(1, states):
                joint[0] += joint[state]
                joint[state] = 0.0
                fewest[0], most[0] = min(fewest[0], fewest[state]), max(most[0], most[state])
                fewest[state], most[state] = treated_max + 1, -1
        chance = chances[place % chances.shape[0]]
        k_step = 1 if counted[place] else 0
        s_step = scores[place] if counted[place] else 0
        then_fewest, then_most = np.full(states, treated_max + 1), np.full(states, -1)
        for state in range(states):
            for choice in range(choices):
                p = chance[state, choice]
                if p > 0.0 and most[state] >= 0:
                    then = moves[state, choice]
                    k_more = k_step if takes[state, choice] > 0.0 else 0
                    s_more = s_step if takes[state, choice] > 0.0 else 0
                    for a in range(fewest[state], most[state] + 1):
                        for b in range(total + 1):
                            new[then, a + k_more, b + s_more] += joint[state, a, b] * p
                    then_fewest[then] = min(then_fewest[then], fewest[state] + k_more)
                    then_most[then] = max(then_most[then], most[state] + k_more)
            for a in range(fewest[state], most[state] + 1):
                joint[state, a, : total + 1] = 0.0
        joint, new = new, joint
        fewest, most = then_fewest, then_most
        total += s_step
    return np.asarray(joint.sum(axis=0))
