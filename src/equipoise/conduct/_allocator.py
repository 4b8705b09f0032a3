"""The sealed allocator: minimization with its own key, where only a kit code comes out.

It runs as a process of its own, under another account than the server. What it decides follows
from its private key, the published list and the participants so far, so it can be decided again:
after a restart, and after the lock by :func:`verify_assignments`.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import count

from pydantic import BaseModel, ConfigDict, ValidationError

from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._seal import open_all
from equipoise.conduct._sealed_list import Publication, SealedList, SealedSlot
from equipoise.errors import EquipoiseError, InputError, Problem, Refused
from equipoise.rules.allocation import Minimization, choose_place
from equipoise.rules.allocation.encoding import canonical_json, framed
from equipoise.rules.allocation.generator import below, words
from equipoise.rules.allocation.secrecy import Secret

_UNUSED_MAX = 100  # simultaneous randomizations lose some; who asks more is not randomizing


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Taken(_Message):
    """A participant who has a slot: which, and the factors at randomization."""

    slot: int
    factors: dict[str, str]


class Request(_Message):
    """The participants so far, in the order of randomization, and the factors of the next."""

    taken: tuple[Taken, ...]
    factors: dict[str, str]


class Stock:
    """The opened list, as far as the allocator needs it: the place of each slot, sealed."""

    def __init__(self, sealed: SealedList, key: ReaderKey) -> None:
        """Open every slot with ``key``.

        Raises InputError when the list is not for an allocator or the key is not the allocator's,
        and Broken when a slot is damaged.
        """
        self.slots = sealed.slots
        self.rule, self._digest, self._key = _rule(sealed, key), sealed.publication.digest, key
        self._trial = sealed.publication.trial
        self._places = Secret(_places(self.rule.ratio, sealed, key))

    def check(self, request: Request) -> None:
        """Raise InputError when ``request`` names unknown factors or slots, or one slot twice."""
        for factors in (request.factors, *(each.factors for each in request.taken)):
            self.rule.check(factors)
        slots = {each.slot for each in request.taken}
        if len(slots) < len(request.taken) or not slots <= set(range(len(self.slots))):
            raise InputError(
                "slots",
                "one is named twice or is not in the list",
                "Give each participant's slot as it was recorded.",
            )

    def assign(self, request: Request) -> SealedSlot:
        """Return the slot for the next participant.

        The coin, and the choice among the unused kits of its place, are drawn from HMAC-SHA256
        under the private key, over the publication and the whole request: two questions that
        differ in anything have unrelated answers, so comparing them tells nothing for certain.

        Raises InputError as :meth:`check` does and Refused when the kits do not suffice.
        """
        self.check(request)
        places = self._places.reveal()
        question = framed("equipoise/assign/1", self._digest, canonical_json(request.model_dump()))
        seed = hmac.digest(self._key.private_key.reveal(), question, "sha256")
        draw = partial(below, words(seed, self._trial, "assignment"))
        before = [(places[each.slot], each.factors) for each in request.taken]
        place = choose_place(self.rule, before, request.factors, draw)
        used = {each.slot for each in request.taken}
        unused = [n for n, theirs in enumerate(places) if theirs == place and n not in used]
        if not unused:
            raise Refused(
                "allocation",
                "the kits that are left do not suffice for this participant",
                "Seal a further list; nobody is randomized until then.",
            )
        return self.slots[unused[draw(len(unused))]]


class Allocator:
    """What the process is: it answers for the one course that the trial takes, and no other.

    Whoever may ask anything could learn from many answers about participants who do not exist
    which slots belong together. So the participants of a request must be those of the requests
    before, in slots that this allocator named, and only few answers may come to nothing.
    """

    def __init__(self, stock: Stock) -> None:
        """Begin without participants; the first request brings those there are."""
        self._stock = stock
        self._course: tuple[Taken, ...] = ()
        self._unused: set[tuple[int, bytes]] = set()

    def answer(self, line: bytes) -> bytes:
        """Return the JSON answer to one JSON request, without a line break.

        ``{"kit": code}``, all of one length, or ``{"error": {where, what, todo}}``, in which
        nothing depends on the arms but that the kits do not suffice.
        """
        try:
            content: object = {"kit": self._kit(_read(line))}
        except EquipoiseError as error:
            said = error.problem
            content = {"error": {"where": said.where, "what": said.what, "todo": said.todo}}
        return canonical_json(content)

    def _kit(self, request: Request) -> str:
        self._stock.check(request)
        self._follow(request.taken)
        asked = (len(request.taken), canonical_json(request.factors))
        if asked not in self._unused and len(self._unused) >= _UNUSED_MAX:
            raise Refused(
                "allocator",
                f"{_UNUSED_MAX} answers were not used",
                "Find out who asks; then its holder starts the allocator again.",
            )
        slot = self._stock.assign(request)
        self._unused.add(asked)
        return slot.kit

    def _follow(self, taken: tuple[Taken, ...]) -> None:
        """Take in participants that are new; fewer than known are a question that came late."""
        known = len(self._course)
        course = taken[:known] == self._course or taken == self._course[: len(taken)]
        for place in range(known, len(taken)):
            course = course and _as_named(self._stock, taken[: place + 1])
        if not course:
            raise InputError(
                "slots",
                "those before are not as this allocator named them",
                "Verify the ledger, and that list, key and ledger are of one trial.",
            )
        for place in range(known, len(taken)):
            self._unused.discard((place, canonical_json(taken[place].factors)))
        self._course = max(self._course, taken, key=len)


def verify_assignments(sealed: SealedList, key: ReaderKey, used: Sequence[Taken]) -> list[Problem]:
    """Return where a participant did not get the slot that the allocator had to name.

    ``used`` is in the order of the ledger. Raises as :class:`Stock` does.
    """
    stock = Stock(sealed, key)
    return [
        Problem(
            f"randomization {number}",
            f"slot {used[number - 1].slot} is not the one that the allocator names",
            "Ask who ran the allocator and the server.",
        )
        for number in range(1, len(used) + 1)
        if not _as_named(stock, tuple(used[:number]))
    ]


def _as_named(stock: Stock, taken: tuple[Taken, ...]) -> bool:
    """Return whether the last of ``taken`` has the slot that follows from those before."""
    *before, last = taken
    try:
        named = stock.assign(Request(taken=tuple(before), factors=last.factors))
    except (InputError, Refused):
        return False
    return named.slot == last.slot


def _rule(sealed: SealedList, key: ReaderKey) -> Minimization:
    known: Publication = sealed.publication
    if known.minimization is None:
        raise InputError(
            "sealed list",
            "participants take its slots in order, without an allocator",
            "Give the list of a trial with the design minimization.",
        )
    if key.role != known.minimization.reader:
        raise InputError(
            f"key of {key.role!r}",
            "is not the allocator's",
            f"Use the key of {known.minimization.reader!r}.",
        )
    return known.minimization


def _places(ratio: Sequence[int], sealed: SealedList, key: ReaderKey) -> list[int]:
    """Return the place of each slot: an arm of weight w has w of them, dealt in turn."""
    first = [sum(ratio[:arm]) for arm in range(len(ratio))]
    dealt: defaultdict[int, count[int]] = defaultdict(count)
    arms = [card.arm.reveal() for card in open_all(sealed, key)]
    return [first[arm] + next(dealt[arm]) % ratio[arm] for arm in arms]


def _read(line: bytes) -> Request:
    try:
        return Request.model_validate_json(line)
    except ValidationError:
        raise InputError(
            "request",
            "it is not one line of JSON with the factors of the participants",
            'Send {"taken": [{"slot": 0, "factors": {}}], "factors": {}} with the trial\'s own.',
        ) from None
