"""What only the edge does: read the clock, ring the workers."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

from webapp.accounts.tables import Studio
from webapp.platform import jobs
from webapp.platform.queue import wake


def now() -> datetime:
    return datetime.now(UTC)


def today(studio: Studio) -> date:
    """The day it is where the studio is."""
    return now().astimezone(ZoneInfo(studio.time_zone)).date()


def wake_drafting() -> None:
    """After the commit: there is something to do."""
    wake(current_app.config["SETTINGS"], jobs.DRAFTING)
