"""Time passes in the demo: for its sandbox and for us by the same steps, with all that it brings."""

import math
import time
from datetime import datetime, timedelta

from sqlmodel import col, select

from billing.tables import Event, EventState
from webapp.money import letters
from webapp.money.edge import settings
from webapp.money.sandbox import Sandbox
from webapp.platform import clock, queue
from webapp.platform.db import db, reading

STEP = timedelta(days=1)
"""Letters are written a day at a time: what is due three days before an end is not skipped."""
PATIENCE_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.05


def move_on(until: datetime) -> int:
    """Let time pass until then; how many letters were written meanwhile. Raises httpx.HTTPError.

    After each day it waits until the workers have dealt with what the sandbox told of it. Once that takes too
    long, because they are busy with something else, it goes on without them; they come to it later.
    """
    db.session.commit()  # or this request would hold up those who deal with what happens meanwhile
    written, patient = 0, True
    with Sandbox.of(settings()) as sandbox:
        while (left := until - clock.now()) > timedelta():
            _step(sandbox, math.ceil(min(left, STEP).total_seconds()))
            patient = patient and _has_settled(sandbox)
            written += letters.write(clock.now())
    queue.tick(settings())
    return written


def _step(sandbox: Sandbox, seconds: int) -> None:
    """The sandbox first: nothing of ours is then ahead of what it could tell."""
    clock.set_ahead(settings(), sandbox.advance(seconds))


def _has_settled(sandbox: Sandbox) -> bool:
    """Wait until all has been heard and understood that the sandbox had to tell; False when that takes too
    long.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while sandbox.has_news() or _waits():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True


def _waits() -> bool:
    """Whether an event is here that no worker has dealt with."""
    before = reading.set(True)  # or it would hold up the very workers
    try:
        with db.new_session() as session:
            waiting = select(Event.id).where(col(Event.state) == EventState.WAITING)
            return session.exec(waiting.limit(1)).first() is not None
    finally:
        reading.reset(before)
