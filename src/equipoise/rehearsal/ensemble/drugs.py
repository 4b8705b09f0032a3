"""Bags and models of many people, from tables of what one person's are.

Recorded weights have few decimals, so there are few different bags, and few different typical
models of a drug whose model asks for the weight alone. Each is worked out once, by the code that
prepares a real bag, and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug as drug_of
from equipoise.infusion.mixture import worksheet
from equipoise.kernels.compiled import njit
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.people import screening_items

Floats = NDArray[np.float64]


@dataclass
class Table:
    """A function of a number with few decimals, worked out where it is first asked for."""

    low: float
    scale: float
    size: int
    width: int
    work_out: Callable[[float], Any]
    rows: Floats = field(init=False)
    done: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing worked out."""
        self.rows = np.empty((self.size, self.width))
        self.done = np.zeros(self.size, bool)

    def places(self, values: Floats) -> NDArray[np.int64]:
        """Return the rows of ``values``, worked out."""
        place = np.rint((values - self.low) * self.scale).astype(np.int64)
        for each in np.unique(place[~self.done[place]]):
            self.rows[each] = self.work_out(
                float(np.round(self.low * self.scale + each) / self.scale)
            )
            self.done[each] = True
        return place


def _weights(protocol: Protocol, width: int, work_out: Callable[[float], Any]) -> Table:
    name = protocol.root.body.weight_kg
    item = screening_items(protocol).get(name, (None, None, None))[2]
    if item is None or item.type != "decimal" or item.range is None:
        raise InputError(
            f"item '{name}'",
            "is no decimal with a range on a screening form, so no bag can be prepared by it",
            "Record the body weight at screening.",
        )
    scale = 10.0 ** (item.precision or 0)
    low, high = (float(end) for end in item.range)
    return Table(low, scale, round((high - low) * scale) + 1, width, work_out)


class Bags:
    """What is in the bag of each arm, by body weight."""

    def __init__(self, protocol: Protocol, drugs: tuple[str, ...]) -> None:
        """Look up by the weight item of ``protocol``."""
        root = protocol.root
        item = screening_items(protocol).get(root.body.weight_kg, (None, None, None))[2]
        decimals = item.precision if item is not None and item.precision is not None else 0
        mixtures = list(root.mixtures.values())
        arms = [root.mixtures[arm.mixture] for arm in root.arms.values()]

        def work_out(weight_kg: float) -> Floats:
            weight = Decimal(f"{weight_kg:.{decimals}f}")
            found = np.zeros((len(arms), len(drugs)))
            for i, mixture in enumerate(arms):
                for line in worksheet(mixture, mixtures, weight).lines:
                    found[i, drugs.index(line.drug)] = float(line.ug_per_ml)
            return found.ravel()

        self._shape = (len(arms), len(drugs))
        self._table = _weights(protocol, len(arms) * len(drugs), work_out)

    def ug_per_ml(self, arm: NDArray[np.int8], weight_kg: Floats) -> Floats:
        """Return the concentration of each drug: [drugs, people]."""
        places = self._table.places(weight_kg)
        found = np.empty((self._shape[1], arm.size))
        _pick_bags(self._table.rows, places, arm, found)
        return found


class _Watched:
    """Covariates that remember what was asked of them."""

    def __init__(self, person: Covariates) -> None:
        self._person = person
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._person, name)


class Models:
    """The typical models of the drugs in people of given covariates."""

    def __init__(self, protocol: Protocol, drugs: tuple[str, ...]) -> None:
        """Find out what each drug's model asks for."""
        self._drugs = drugs
        self._alone: dict[str, Floats | Table] = {}
        for name in drugs:
            asked: set[str] = set()
            for sex in ("female", "male"):
                for size in (0.6, 1.0, 1.6):
                    watched = _Watched(Covariates(70.0 * size, 40.0 * size, 170.0 * size, sex))
                    model = drug_of(name).typical(watched)  # type: ignore[arg-type]
                    asked |= watched.asked
            if not asked:
                self._alone[name] = np.array([getattr(model, p) for p in PARAMETERS])
            elif asked == {"weight_kg"}:
                self._alone[name] = _weights(protocol, len(PARAMETERS), _of_weight(name))

    def typical(
        self, weight_kg: Floats, age_y: Floats, height_cm: Floats, male: NDArray[np.bool_]
    ) -> Floats:
        """Return the parameters: [drugs, people, parameters]."""
        found = np.empty((len(self._drugs), weight_kg.size, len(PARAMETERS)))
        for i, name in enumerate(self._drugs):
            alone = self._alone.get(name)
            if isinstance(alone, Table):
                _pick_models(alone.rows, alone.places(weight_kg), found[i])
            elif alone is not None:
                found[i] = alone
            else:
                found[i] = _one_by_one(name, weight_kg, age_y, height_cm, male)
        return found


@njit(cache=True, nogil=True)
def _pick_bags(
    rows: Floats, places: NDArray[np.int64], arm: NDArray[np.int8], found: Floats
) -> None:
    drugs = found.shape[0]
    for i in range(places.size):
        for drug in range(drugs):
            found[drug, i] = rows[places[i], arm[i] * drugs + drug]


@njit(cache=True, nogil=True)
def _pick_models(rows: Floats, places: NDArray[np.int64], found: Floats) -> None:
    for i in range(places.size):
        for j in range(found.shape[1]):
            found[i, j] = rows[places[i], j]


def _of_weight(name: str) -> Callable[[float], Any]:
    def work_out(weight_kg: float) -> list[float]:
        watched = _Watched(Covariates(weight_kg, 40.0, 170.0, "male"))
        model = drug_of(name).typical(watched)  # type: ignore[arg-type]
        assert watched.asked <= {"weight_kg"}, name
        return [getattr(model, parameter) for parameter in PARAMETERS]

    return work_out


def _one_by_one(name: str, *columns: NDArray[Any]) -> Floats:
    """Return the models of a drug that asks for several covariates, each different person once."""
    people, place = np.unique(np.stack(columns, axis=1).astype(float), axis=0, return_inverse=True)
    models = [
        drug_of(name).typical(Covariates(w, a, h, "male" if male else "female"))
        for w, a, h, male in people
    ]
    table = np.array([[getattr(m, p) for p in PARAMETERS] for m in models])
    return np.asarray(table[place.reshape(-1)])
