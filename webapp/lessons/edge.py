"""What only the edge does: read the clock, ring the workers."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from webapp.accounts.tables import Studio
from webapp.platform import jobs
from webapp.platform.clock import machine_now, now
from webapp.platform.queue import wake

__all__ = ["machine_now", "now", "today", "wake_drafting"]


def today(studio: Studio) -> date:
    """The day it is where the studio is."""
    return now().astimezone(ZoneInfo(studio.time_zone)).date()


def wake_drafting() -> None:
    """After the commit: there is something to do."""
    wake(current_app.config["SETTINGS"], jobs.DRAFTING)
