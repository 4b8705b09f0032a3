"""HIP-PCA, an invented study that minimizes, and its drug, known only inside ``known()``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from equipoise.infusion import drugs
from equipoise.protocol.load import Loaded, load_study

HERE = Path(__file__).parent


@contextmanager
def known() -> Iterator[Loaded]:
    """Let the folder of drugs have one more, and yield the study as loaded."""
    folder = str(HERE / "drugs")
    drugs.__path__.append(folder)
    drugs.drugs.cache_clear()
    try:
        yield load_study(HERE / "studies" / "HIP-PCA")
    finally:
        drugs.__path__.remove(folder)
        drugs.drugs.cache_clear()
