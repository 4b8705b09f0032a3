"""The studies related to one, as a page shows them: found in the background, said in words."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from equipoise.errors import EquipoiseError
from equipoise.language import Language
from equipoise.registry.page import Neighbour
from equipoise.registry.record import Study, get, title
from equipoise.registry.related.fresh import fresh_related
from equipoise.registry.related.index import Index
from equipoise.registry.related.links import KINDS, Reason
from equipoise.registry.store import Store

_SHOWN = 8
_STATUS = "protocolSection.statusModule.overallStatus"


class Relatives:
    """The relations of a store's records, kept in ``home``.

    Until they are worked out a study has none, so that pages need not wait.
    """

    def __init__(self, store: Store, home: Path) -> None:
        """Take the store; nothing is read before :meth:`prepare`."""
        self.store = store
        self.home = home
        self._index: Index | None = None

    def __call__(self, study: Study, say: Language) -> list[Neighbour]:
        """Return the studies most related, with the reasons in words."""
        index = self._index
        if index is None:
            return []
        found = []
        for each in index.related(study, _SHOWN):
            other = self.store.get(each.nct_id)
            reasons = tuple(said(reason, say) for reason in each.reasons)
            status = str(get(other, _STATUS, ""))
            found.append(Neighbour(each.nct_id, title(other), status, reasons))
        return found

    def prepare(self) -> None:
        """Read the index, or make it where there is none for these records."""
        # Its own connection: the program may end, and close the other, while this goes on.
        with Store(self.home) as store:
            self._index = fresh_related(store, self.home)

    def prepare_beside(self) -> threading.Thread:
        """Prepare in a thread that does not keep the program from ending; return it.

        Where that fails, a disk being full, say, studies stay without relations.
        """

        def work() -> None:
            with suppress(EquipoiseError, OSError):
                self.prepare()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread


def said(reason: Reason, say: Language) -> str:
    """Return a reason in words."""
    between = "、" if say.code == "zh" else ", "
    return say(KINDS[reason.kind], parts=between.join(reason.parts))
