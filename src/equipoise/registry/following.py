"""Work that follows a store while it is loaded: done beside, and again when its records changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from equipoise.errors import EquipoiseError
from equipoise.registry.store import Store

LOOK_EVERY_S = 2.0
_SHARE = 4
"""A pause is this many times as long as the work took: a long load costs a fifth of the time."""


def follow(
    home: Path,
    work: Callable[[Store], object],
    stop: threading.Event,
    *,
    look_every_s: float = LOOK_EVERY_S,
) -> threading.Thread:
    """Do ``work`` now and whenever the store in ``home`` has another generation; return the thread.

    It has its own connection to the store, ends soon after ``stop`` is set, and does not keep the
    program from ending. Work that fails, a disk being full, say, is tried again later.
    """

    def loop() -> None:
        done: int | None = None
        pause_s = 0.0
        while not stop.wait(pause_s):
            began = time.monotonic()
            # What is wrong with a store is said to who asks it something, not here.
            with suppress(EquipoiseError, OSError), Store(home) as store:
                now = store.generation
                if now != done:
                    work(store)
                    done = now
            pause_s = max(look_every_s, _SHARE * (time.monotonic() - began))

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return thread
