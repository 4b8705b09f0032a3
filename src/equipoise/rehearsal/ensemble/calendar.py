"""The site's clock in whole seconds: when people come, and how far its changes shift a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]

YEARS = 60  # of recruitment and follow-up for which changes of the clock are looked up
_EPOCH = date(1970, 1, 1)
DAY_S = 86400


@dataclass(frozen=True)
class Zone:
    """A time zone from the first day of recruitment on. Seconds count from 1970-01-01."""

    zone: ZoneInfo
    starts_on: date

    @cached_property
    def changes(self) -> tuple[Seconds, Seconds]:
        """When the clock changes (s of UTC), and the offsets before the first and after each."""
        start = datetime.combine(self.starts_on, datetime.min.time(), UTC) - timedelta(days=2)
        moments, offsets = [], [self._offset(start)]
        for day in range(366 * YEARS):
            low, high = start + timedelta(days=day), start + timedelta(days=day + 1)
            if self._offset(high) == offsets[-1]:
                continue
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if self._offset(middle) == offsets[-1] else (low, middle)
            moments.append(int(high.timestamp()))
            offsets.append(self._offset(high))
        return np.array(moments, np.int64), np.array(offsets, np.int64)

    def _offset(self, moment: datetime) -> int:
        offset = moment.astimezone(self.zone).utcoffset()
        assert offset is not None  # the zone has one at any time
        return int(offset.total_seconds())

    @property
    def steady(self) -> bool:
        """Whether the clock never changes, so that no date matters."""
        return self.changes[0].size == 0

    @property
    def first_day(self) -> int:
        """The first day of recruitment, in days from 1970-01-01."""
        return (self.starts_on - _EPOCH).days

    def to_utc(self, local: Seconds) -> Seconds:
        """Return the seconds of UTC at ``local`` ones, the earlier where there are two."""
        moments, offsets = self.changes
        thresholds = moments + np.maximum(offsets[:-1], offsets[1:])
        return local - offsets[np.searchsorted(thresholds, local, "right")]

    def to_local(self, utc: Seconds) -> Seconds:
        """Return the seconds of the local clock at ``utc`` ones."""
        moments, offsets = self.changes
        return utc + offsets[np.searchsorted(moments, utc, "right")]

    def next_change(self, utc: Seconds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how long after ``utc`` the clock changes next (s, or never), and by how much."""
        moments, offsets = self.changes
        place = np.searchsorted(moments, utc, "right")
        later = np.append(moments.astype(float), np.inf)[place]
        steps = np.append(np.diff(offsets).astype(float), 0.0)[place]
        return later - utc, steps
