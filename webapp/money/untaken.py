"""Letters that the mail server did not take: from when on each is tried again, and from when on any is.

It is remembered by this process alone, and by the machine's time: after a restart all are tried at once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import current_app

from webapp.platform.clock import machine_now
from webapp.platform.mail import Fate

AWAY = timedelta(minutes=5)
"""So long no letter is tried after one that was not taken, unless its reader alone was refused. That letter
waits twice as long, and twice as long again each time: it must not be the one for which the others wait.
"""
LONGEST = timedelta(hours=2)


class _Wait(NamedTuple):
    by: timedelta
    until: datetime


@dataclass
class Untaken:
    """What one process remembers."""

    _letters: dict[tuple[str, str], _Wait] = field(default_factory=dict)
    _all_until: datetime | None = None

    def all_wait(self) -> bool:
        """Whether no letter is to be tried now."""
        return self._all_until is not None and machine_now() < self._all_until

    def waits(self, studio_id: str, key: str) -> bool:
        """Whether this letter is not to be tried now."""
        there = self._letters.get((studio_id, key))
        return there is not None and machine_now() < there.until

    def note(self, studio_id: str, key: str, fate: Fate) -> None:
        """Remember what became of a letter that was tried."""
        now = machine_now()
        before = self._letters.pop((studio_id, key), None)
        if fate in (Fate.WAITS, Fate.UNKNOWN):
            self._all_until = now + AWAY
        if fate in (Fate.LEFT, Fate.UNKNOWN):
            return
        # What is due no more is never tried again, and forgotten here.
        self._letters = {which: wait for which, wait in self._letters.items() if now < wait.until + LONGEST}
        by = min(2 * (before.by if before else AWAY), LONGEST)
        self._letters[studio_id, key] = _Wait(by, now + by)


def untaken() -> Untaken:
    """What this process remembers."""
    found: Untaken = current_app.extensions.setdefault("untaken_letters", Untaken())
    return found
