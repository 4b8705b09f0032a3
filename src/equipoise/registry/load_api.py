"""Records from a registry's API into the store, page by page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from equipoise.clock import Clock
from equipoise.registry.api_client import Client, StaleToken
from equipoise.registry.incoming import checked
from equipoise.registry.load import Tally, Tell, keep
from equipoise.registry.store import Store


def load_api(
    store: Store, client: Client, *, since: date | None, clock: Clock, tell: Tell
) -> Tally:
    """Load the pages of an API and return the tally; ``tell`` hears of it after each page.

    Each page is kept together with the token of the next, so that a load that was stopped goes on
    there; where the server does not know that token any more it begins anew. Raises
    :class:`InputError` as :class:`Client` does.
    """
    name = f"api {client.url} since {since}"
    place = _place(store, name)
    if place is None:
        place = _Place(None, clock.now().date().isoformat(), 0, None)
        store.forget_damaged(client.url)
    try:
        return _pages(store, client, name, place, since=since, clock=clock, tell=tell)
    except StaleToken:
        if place.token is None:
            raise
        store.set_bookmark(name, None)
        return load_api(store, client, since=since, clock=clock, tell=tell)


def last_load(store: Store, client: Client) -> date | None:
    """Return from which day on to ask an API again: the one before its last load began.

    The day before, because the registry's days are not those of UTC; None where there was no load.
    """
    begun = store.bookmark(f"loaded {client.url}")
    return date.fromisoformat(begun) - timedelta(days=1) if begun else None


@dataclass(frozen=True, slots=True)
class _Place:
    token: str | None
    begun: str
    done: int
    total: int | None


def _place(store: Store, name: str) -> _Place | None:
    kept = store.bookmark(name)
    return _Place(**json.loads(kept)) if kept else None


def _pages(
    store: Store,
    client: Client,
    name: str,
    place: _Place,
    *,
    since: date | None,
    clock: Clock,
    tell: Tell,
) -> Tally:
    tally = Tally(done=place.done, total=place.total)
    for page in client.pages(since=since, token=place.token):
        batch = [
            (client.url, checked(f"study {tally.done + k}", study))
            for k, study in enumerate(page.studies, 1)
        ]
        tally.total = page.total if tally.total is None else tally.total
        tally.done += len(batch)
        with store.transaction():
            keep(store, batch, tally, clock)
            if page.next_token is None:
                store.set_bookmark(name, None)
                store.set_bookmark(f"loaded {client.url}", place.begun)
            else:
                after = _Place(page.next_token, place.begun, tally.done, tally.total)
                store.set_bookmark(name, json.dumps(asdict(after)))
        tell(tally)
    return tally
