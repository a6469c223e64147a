"""What a studio has used, and what it has left."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from webapp.accounts.seats import has_seat
from webapp.accounts.tables import Membership, Studio
from webapp.api import outputs
from webapp.api.blueprint import bp, operation
from webapp.desk.tables import Draft, Feedback
from webapp.lessons.edge import now
from webapp.money import quota
from webapp.money.edge import offers
from webapp.platform.access import member, studio
from webapp.platform.db import db


class Month(NamedTuple):
    """A calendar month where the studio is. ``ends`` is the first moment of the next."""

    name: str
    begins: datetime
    ends: datetime


@bp.get("/usage")
@operation(outputs.Usage)
def show_usage() -> outputs.Usage:
    """What the studio has used this month, and what is left

    The counts go by the calendar of the studio's place; `quota` by the plan's months.
    """
    month = month_of(now(), studio().time_zone)
    accepted, drafted = used(db.session, studio(), month)
    return outputs.Usage(
        month=month.name,
        time_zone=studio().time_zone,
        comments_accepted=accepted,
        drawings_drafted=drafted,
        quota=quota_of(db.session, now(), member()),
    )


def quota_of(session: Session, now: datetime, place: Membership) -> outputs.Quota | None:
    """What is left of the studio's plan; None where nothing is limited."""
    here = quota.standing(session, now, place.studio_id)
    if here is None:
        return None
    entitled, balance = here.entitlement, here.balance
    return outputs.Quota(
        plan=entitled.plan,
        teachers=entitled.seats,
        granted=balance.granted,
        used=balance.used,
        reserved=balance.reserved,
        packs=balance.packs,
        left=balance.left,
        begins=balance.month.begins,
        ends=here.more_at,
        drafting=entitled.drafts,
        may_draft=has_seat(session, now, place),
        offers=offers(),
    )


def month_of(moment: datetime, time_zone: str) -> Month:
    """The month that this moment belongs to where the studio is."""
    zone = ZoneInfo(time_zone)
    first = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    over = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    following = first.replace(year=over[0], month=over[1])
    return Month(f"{first:%Y-%m}", first.astimezone(UTC), following.astimezone(UTC))


def used(session: Session, of: Studio, month: Month) -> tuple[int, int]:
    """How many drawings had their comment accepted, and how many were drafted, for the first time: a drawing
    counts once, however often it is reopened or drafted again later.
    """
    accepted = _first_in(month, Feedback.drawing_id, col(Feedback.accepted_at), Feedback.studio_id == of.id)
    drafted = _first_in(month, Draft.drawing_id, col(Draft.created_at), Draft.studio_id == of.id)
    return session.exec(accepted).one(), session.exec(drafted).one()


def _first_in(month: Month, drawing_id: Any, at: Any, which: Any) -> Any:
    """Counts the drawings whose first row is of this month."""
    first = func.min(at)
    begun = select(drawing_id).where(which).group_by(drawing_id)
    return select(func.count()).select_from(
        begun.having(first >= month.begins, first < month.ends).subquery()
    )
