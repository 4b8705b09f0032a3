"""JAX: lax.scan over minutes, float32, everybody side by side, compiled by XLA."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.simulators.case import (
    DRUGS,
    LOOKS_H,
    PROGRAM,
    STOP_MIN,
    WISH,
    Case,
    Floats,
    Lived,
)
from benchmarks.simulators.modal import modal

TITLE = "JAX lax.scan over minutes"
HOW = "float32, jitted; its default random numbers (threefry); compilation not counted"
PACKAGE = "jax"
SIZES = (2000, 2000)
BACKGROUND = PROGRAM.background_ml_h / 60


@partial(jax.jit, static_argnums=4)
def _follow(gain: Any, plasma: Any, effect: Any, bolus: Any, every: int) -> Any:
    def minute(x: Any, now: Any) -> tuple[Any, None]:
        begins = (bolus == now).any(axis=1)
        flow = BACKGROUND + PROGRAM.bolus_ml * begins
        return x + gain * (flow - x), None

    def point(x: Any, at: Any) -> tuple[Any, Any]:
        x, _ = jax.lax.scan(minute, x, at * every + jnp.arange(every))
        return x, jnp.stack([(plasma * x).sum(1), (effect * x).sum(1)], axis=1)

    return jax.lax.scan(point, jnp.zeros_like(gain), jnp.arange(STOP_MIN // every))[1]


def open_loop(of: Case, every_min: int) -> Floats:
    """Step every minute."""
    m = modal(of)
    arrays = (jnp.asarray(a, jnp.float32) for a in (m.gain, m.plasma, m.effect))
    found = _follow(*arrays, jnp.asarray(of.bolus_min, jnp.int32), every_min)
    return np.transpose(np.asarray(found), (3, 1, 2, 0))


@jax.jit
def _live(gain: Any, effect: Any, start: Any, by_bag: Any, per_min: Any, started: Any,
          key: Any) -> Any:  # fmt: skip
    n = start.size
    kept = float(np.exp(-1 / WISH["noise_min"]))
    fresh = float(WISH["noise_sd"] * np.sqrt(1 - kept * kept))

    def felt(site: Any, noise: Any, now: Any) -> Any:
        pain = start * jnp.exp(-now / WISH["fading_min"]) + noise + by_bag
        pain -= WISH["relief"] * site[0] / (site[0] + WISH["ce50_ng_ml"])
        return jnp.clip(pain, 0, 10)

    def minute(carry: Any, now: Any) -> tuple[Any, None]:
        x, site, peak, noise, last, later, demands, delivered, bag_ml, bags = carry
        toss, step = jax.random.split(jax.random.fold_in(key, now))
        u = jax.random.uniform(toss, (n,))
        hazard = per_min * jnp.exp(WISH["pain_slope"] * (felt(site, noise, now) - 5))
        hazard *= jnp.exp(-now / WISH["demand_fading_min"])
        clock = (started + now) % 1440
        hazard *= jnp.where((clock >= 1320) | (clock < 360), WISH["night"], 1.0)
        kindled, due = u < hazard, later == now
        presses = kindled | due
        # Given that u is below the hazard, u / hazard is uniform; above it, what is left is.
        share = jnp.where(kindled, u / hazard, (u - hazard) / (1 - hazard))
        more = presses & (share < WISH["again"])
        gap = -WISH["gap_min"] * jnp.log(jnp.maximum(share, 1e-30) / WISH["again"])
        later = jnp.where(more, now + jnp.maximum(gap.astype(jnp.int32), 1), later)
        given = presses & (now - last >= PROGRAM.lockout_min) & (bag_ml > 0)
        flow = BACKGROUND + PROGRAM.bolus_ml * given
        last = jnp.where(given, now, last)
        bag_ml = bag_ml - flow
        low = (bag_ml <= PROGRAM.reserve_ml) & (bags < PROGRAM.bags - 1)
        bag_ml = jnp.where(low, PROGRAM.bag_ml, bag_ml)
        x = x + gain * (flow - x)
        site = (effect * x).sum(axis=1)
        noise = kept * noise + fresh * jax.random.normal(step, (n,))
        return (x, site, jnp.maximum(peak, site), noise, last, later, demands + presses,
                delivered + given, bag_ml, bags + low), None  # fmt: skip

    zeros, site = jnp.zeros(n, jnp.int32), jnp.zeros((len(DRUGS), n))
    noise = WISH["noise_sd"] * jax.random.normal(jax.random.fold_in(key, STOP_MIN), (n,))
    never = jnp.full(n, -1_000_000)
    carry: Any = (jnp.zeros_like(gain), site, site, noise, never, never, zeros, zeros,
                  jnp.full(n, PROGRAM.reservoir_ml), zeros)  # fmt: skip
    pains = []
    for since, until in zip((0, *LOOKS_H), (*LOOKS_H, STOP_MIN // 60), strict=True):
        carry, _ = jax.lax.scan(minute, carry, jnp.arange(60 * since, 60 * until))
        pains.append(felt(carry[1], carry[3], 60.0 * until))
    return carry[6], carry[7], jnp.stack(pains[:-1], axis=1), carry[2]


def feedback(of: Case) -> Lived:
    """Step every minute: feel, press, flow."""
    m = modal(of)
    columns = [of.column(name) for name in ("start", "effect", "per_min")]
    arrays = [jnp.asarray(a, jnp.float32) for a in (m.gain, m.effect, *columns)]
    started = jnp.asarray(of.column("started_s") // 60, jnp.int32)
    return Lived(*map(np.asarray, _live(*arrays, started, jax.random.key(of.first))))
