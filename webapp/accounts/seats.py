"""Seats: how many people a studio's plan is for, and who drafts when it has more people than that.

A studio takes nobody in beyond its seats. When the plan becomes smaller nobody is put out: who has no seat
reads, corrects and accepts as ever, and drafts nothing. Who has one follows from the people, the owner's
choice and the plan of this moment; so a larger plan gives everyone theirs back by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from webapp.accounts.tables import Invitation, MemberRole, Membership, Studio
from webapp.money import quota
from webapp.platform import audit


@dataclass(frozen=True)
class Seats:
    """``total`` of the plan, None where nothing is limited; ``people`` work in the studio, and so many are
    ``invited``. ``open``: False while payment has failed for so long that nobody drafts.
    """

    total: int | None
    people: int
    invited: int
    open: bool = True

    @property
    def left(self) -> int:
        """How many more may be invited; 1 where nothing is limited."""
        return 1 if self.total is None else max(0, self.total - self.people - self.invited)

    @property
    def surplus(self) -> int:
        """So many people have no seat."""
        return 0 if self.total is None or not self.open else max(0, self.people - self.total)


class NoSeatError(Exception):
    """The plan has no seat for another person. ``here`` is how its seats stand."""

    def __init__(self, here: Seats) -> None:
        super().__init__(here.total)
        self.here = here


class TooManyError(ValueError):
    """More people were chosen than the plan has seats."""


def seats(session: Session, now: datetime, studio_id: str) -> Seats:
    """How the studio's seats stand."""
    people = session.exec(select(func.count()).where(Membership.studio_id == studio_id)).one()
    invited = session.exec(
        select(func.count()).where(
            Invitation.studio_id == studio_id,
            col(Invitation.accepted_at).is_(None),
            Invitation.expires_at > now,
        )
    ).one()
    entitled = quota.limits(session, now, studio_id)
    if entitled is None:
        return Seats(None, people, invited)
    return Seats(entitled.seats, people, invited, entitled.drafts)


def seated(places: Sequence[Membership], total: int) -> list[Membership]:
    """Those who have a seat: first whom an owner chose, then owners, then who came first."""
    ordered = sorted(
        places, key=lambda p: (not p.keeps_seat, p.role is not MemberRole.OWNER, p.created_at, p.id)
    )
    return ordered[:total]


def has_seat(session: Session, now: datetime, place: Membership) -> bool:
    """Whether this person may ask for drafts, as far as seats go."""
    entitled = quota.limits(session, now, place.studio_id)
    if entitled is None or not entitled.drafts:  # then it is the quota that refuses
        return True
    places = session.exec(select(Membership).where(Membership.studio_id == place.studio_id)).all()
    return len(places) <= entitled.seats or place.id in {p.id for p in seated(places, entitled.seats)}


def keep_one_free(session: Session, now: datetime, studio_id: str, *, for_invited: bool) -> None:
    """Raise NoSeatError unless one more person may join; ``for_invited``: unless one more may be invited.

    The studio is locked until the transaction ends, so of two who ask at once the second sees the first.
    """
    session.exec(select(Studio.id).where(Studio.id == studio_id).with_for_update()).one()
    here = seats(session, now, studio_id)
    taken = here.people + (here.invited if for_invited else 0)
    if here.total is not None and taken >= here.total:
        raise NoSeatError(here)


def choose(
    session: Session, now: datetime, by: Membership, places: Sequence[Membership], chosen: Collection[str]
) -> None:
    """Give the seats to these people, by their places' ids. Raises TooManyError."""
    here = seats(session, now, by.studio_id)
    if here.total is not None and len(chosen) > here.total:
        raise TooManyError
    for place in places:
        if place.keeps_seat != (place.id in chosen):
            place.keeps_seat = place.id in chosen
            action = "seat.given" if place.keeps_seat else "seat.left_open"
            audit.note(
                session, now, action, target=place.user_id, user_id=by.user_id, studio_id=place.studio_id
            )
