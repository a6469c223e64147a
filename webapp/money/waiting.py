"""Which lessons wait for comments: a teacher asked for drafts, or was about to, when too few were left."""

from typing import NamedTuple

from sqlmodel import Session, col, func, select

from webapp.lessons.film import UNDRAFTED
from webapp.lessons.tables import Drawing, DrawingState, Lesson
from webapp.lessons.work import NO_QUOTA

SHOWN = 3
"""So many lessons at most are named on the plan's page."""


class Waiting(NamedTuple):
    """A lesson, and how many of its drawings wait. ``asked``: these were asked for in vain; else they are all
    that have no drafts yet.
    """

    lesson: Lesson
    drawings: int
    asked: bool = True


def waiting(session: Session, studio_id: str, about: str = "") -> list[Waiting]:
    """The lessons whose drawings wait for comments, the newest first. ``about`` is the id of the one for
    which somebody has looked at what there is to buy: it waits, too, if drafts of it were not asked for yet.
    """
    found = session.exec(
        select(Lesson, func.count())
        .join(Drawing, col(Drawing.lesson_id) == Lesson.id)
        .where(Lesson.studio_id == studio_id)
        .where(Drawing.refusal == NO_QUOTA, col(Drawing.state).in_(UNDRAFTED))
        .group_by(col(Lesson.id))
        .order_by(col(Lesson.taught_on).desc(), col(Lesson.created_at).desc())
        .limit(SHOWN)
    )
    every = [Waiting(lesson, drawings) for lesson, drawings in found]
    meant = session.exec(select(Lesson).where(Lesson.id == about, Lesson.studio_id == studio_id)).first()
    if meant is None or meant in [each.lesson for each in every]:
        return every
    drawings = undrafted(session, meant)
    return [Waiting(meant, drawings, asked=False), *every] if drawings else every


def being_drafted(session: Session, lesson: Lesson) -> int:
    """How many drawings of the lesson have their comment already and are being drafted."""
    drafting = Drawing.state == DrawingState.DRAFTING
    return session.exec(select(func.count()).where(Drawing.lesson_id == lesson.id, drafting)).one()


def undrafted(session: Session, lesson: Lesson) -> int:
    """How many drawings of the lesson need a comment of the plan to be drafted."""
    states = col(Drawing.state).in_(UNDRAFTED)
    return session.exec(select(func.count()).where(Drawing.lesson_id == lesson.id, states)).one()
