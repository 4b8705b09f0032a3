"""One opened slot: the arm, and the nonce that proves it against the public commitment.

On paper it is the card for an emergency without network: whoever opens it learns one arm, and
afterwards anybody can check that the card told the truth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.errors import InputError
from equipoise.rules.allocation.encoding import domain_hash
from equipoise.rules.allocation.secrecy import Secret

NONCE_BYTES = 32
CONTENT_BYTES = 1 + NONCE_BYTES

_CARD = re.compile(
    r"""equipoise allocation card 1
trial: (?P<trial>.+)
stratum: (?P<stratum>.+)
slot: (?P<slot>\d{1,6})
arm: (?P<arm>\d{1,3}) (?P<code>.+)
nonce: (?P<nonce>[0-9a-f]{8}(?: [0-9a-f]{8}){7})""",
    re.ASCII,
)


class Arm(Secret[int]):
    """The number of an arm in the specification's order, from 0. Shows as ``sealed``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What a slot holds. ``slot`` counts from 0 in its stratum; ``nonce`` is 32 bytes."""

    trial: str
    stratum: str
    slot: int
    arm: Arm
    nonce: Secret[bytes]

    def commitment(self) -> bytes:
        """Return the hash that was published for this slot if the card is true, 32 bytes."""
        return domain_hash(
            "equipoise/slot/1",
            self.trial,
            self.stratum,
            self.slot.to_bytes(4, "big"),
            bytes([self.arm.reveal()]),
            self.nonce.reveal(),
        )

    def content(self) -> Secret[bytes]:
        """Return what is sealed to the readers: the arm as one byte, then the nonce."""
        return Secret(bytes([self.arm.reveal()]) + self.nonce.reveal())

    @classmethod
    def from_content(cls, trial: str, stratum: str, slot: int, content: Secret[bytes]) -> Card:
        """Return the card for the unsealed ``content`` of 33 bytes."""
        arm, nonce = Arm(content.reveal()[0]), Secret(content.reveal()[1:])
        return cls(trial, stratum, slot, arm, nonce)


def card_text(card: Card, arms: Sequence[str]) -> str:
    """Return the card for print. This tells the arm, by its number and its code from ``arms``."""
    digits = card.nonce.reveal().hex()
    nonce = " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))
    arm = card.arm.reveal()
    return f"""equipoise allocation card 1
trial: {card.trial}
stratum: {card.stratum}
slot: {card.slot}
arm: {arm} {arms[arm]}
nonce: {nonce}
"""


def read_card(text: str, arms: Sequence[str]) -> Card:
    """Return the card that was printed by :func:`card_text`.

    Raises InputError for any other text, and when number and code of the arm disagree.
    """
    match = _CARD.fullmatch("\n".join(line.strip() for line in text.strip().splitlines()))
    if match is None:
        raise InputError(
            "card",
            "the text is not a card as it was printed",
            "Copy all six lines exactly as they stand on the card.",
        )
    arm = Arm(int(match["arm"]))
    if list(arms[arm.reveal() : arm.reveal() + 1]) != [match["code"]]:
        raise InputError(
            "card",
            "number and code of the arm do not belong together",
            "Copy the line 'arm' exactly as it stands on the card.",
        )
    nonce = Secret(bytes.fromhex(match["nonce"]))
    return Card(match["trial"], match["stratum"], int(match["slot"]), arm, nonce)
