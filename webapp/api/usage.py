"""What a studio has used."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from webapp.accounts.tables import Studio
from webapp.api import outputs
from webapp.api.blueprint import bp, operation
from webapp.desk.tables import Draft, Feedback
from webapp.lessons.edge import now
from webapp.platform.access import studio
from webapp.platform.db import db


class Month(NamedTuple):
    """A calendar month where the studio is. ``ends`` is the first moment of the next."""

    name: str
    begins: datetime
    ends: datetime


@bp.get("/usage")
@operation(outputs.Usage)
def show_usage() -> outputs.Usage:
    """What the studio has used this month"""
    month = month_of(now(), studio().time_zone)
    accepted, drafted = used(db.session, studio(), month)
    return outputs.Usage(
        month=month.name, time_zone=studio().time_zone, comments_accepted=accepted, drawings_drafted=drafted
    )


def month_of(moment: datetime, time_zone: str) -> Month:
    """The month that this moment belongs to where the studio is."""
    zone = ZoneInfo(time_zone)
    first = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    over = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    following = first.replace(year=over[0], month=over[1])
    return Month(f"{first:%Y-%m}", first.astimezone(UTC), following.astimezone(UTC))


def used(session: Session, of: Studio, month: Month) -> tuple[int, int]:
    """How many drawings had a comment accepted, and how many were drafted."""
    accepted = select(func.count(func.distinct(Feedback.drawing_id))).where(
        Feedback.studio_id == of.id,
        col(Feedback.accepted_at) >= month.begins,
        col(Feedback.accepted_at) < month.ends,
    )
    drafted = select(func.count(func.distinct(Draft.drawing_id))).where(
        Draft.studio_id == of.id, col(Draft.created_at) >= month.begins, col(Draft.created_at) < month.ends
    )
    return session.exec(accepted).one(), session.exec(drafted).one()
