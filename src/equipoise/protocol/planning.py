"""What the size of a trial was chosen for, and when a monitoring board looks at it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import Name, Part

Share = Annotated[float, Field(ge=0, lt=1)]
Spending = Literal["O'Brien-Fleming type", "Pocock type", "Hwang-Shih-DeCani", "Kim-DeMets"]


class Planning(Part):
    """The assumption behind a sample size: an endpoint's outcome in each arm.

    ``reference`` and ``arm`` are shares of an endpoint that counts people, means of one that
    measures them, with ``sd`` within an arm. ``alpha`` has two sides; ``attrition`` is the share
    of the randomized who will have no outcome.
    """

    endpoint: Name
    reference: float
    arm: float
    sd: Annotated[float | None, Field(gt=0)] = None
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    attrition: Share = 0.0
    because: str
    status: Literal["found", "inferred", "assumed", "unknown"]


class Monitoring(Part):
    """When a board looks at an endpoint, and how much error each look may spend.

    ``looks`` are the shares of the information at each look, the last one 1; ``alpha`` has one
    side. ``parameter`` is that of the spending function: gamma of Hwang, Shih and DeCani, the
    power of Kim and DeMets. ``futility`` spends 1 - ``power`` likewise.
    """

    endpoint: Name
    looks: tuple[Annotated[float, Field(gt=0, le=1)], ...]
    spending: Spending
    parameter: float | None = None
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.025
    futility: Spending | None = None
    futility_parameter: float | None = None
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    binding: bool = False
