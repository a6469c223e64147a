"""What time it is. Only the edges ask, and they ask here: routes, workers, commands.

It is the machine's time, but for two cases. A simulation puts the clock of its own process where it likes.
And a demo that is paid at its own sandbox can be moved on in time, all its processes at once: it is built
with the file that says how far (``Settings.has_movable_clock``), and the page ``/clock`` moves it.

What happens on the machine itself goes by the machine's time everywhere (``machine_now``): who holds a job
and for how long, how long it takes, when it is tried again, how long a session lasts, whether a webhook is
fresh.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import get_ident

from flask import Flask, current_app, has_app_context

from webapp.platform.settings import Settings

_ahead = timedelta()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC) + _ahead + ahead()


def machine_now() -> datetime:
    """The machine's time in UTC, which does not jump when ``now`` is moved."""
    return datetime.now(UTC)


def put_clock(to: datetime | None) -> None:
    """From now on it is ``to`` in this process, and time goes on from there; None: it is what it is.

    For simulations, on a database that no other process works on.
    """
    global _ahead
    _ahead = timedelta() if to is None else to - datetime.now(UTC)


def set_up_clock(app: Flask, settings: Settings) -> None:
    """Have the application follow the movable clock, if it has one."""
    if settings.has_movable_clock:
        app.extensions["clock"] = _file(settings)


def ahead() -> timedelta:
    """How far this application's clock is ahead of the machine's; nothing wherever it cannot be moved."""
    file: Path | None = current_app.extensions.get("clock") if has_app_context() else None
    try:
        return timedelta(seconds=int(file.read_text())) if file else timedelta()
    except FileNotFoundError:
        return timedelta()


def set_ahead(settings: Settings, seconds: int) -> None:
    """Have all processes that follow the movable clock be ahead by so much from now on."""
    new = _file(settings).with_suffix(f".{get_ident()}")
    new.write_text(str(seconds))
    os.replace(new, _file(settings))  # nobody ever reads half of it


def _file(settings: Settings) -> Path:
    return settings.home.resolve() / "clock"
