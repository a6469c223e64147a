"""Which lessons wait for comments: a teacher asked for drafts when nothing was left of the quota."""

from typing import NamedTuple

from sqlmodel import Session, col, func, select

from webapp.lessons.film import UNDRAFTED
from webapp.lessons.tables import Drawing, Lesson
from webapp.lessons.work import NO_QUOTA

SHOWN = 3
"""So many lessons at most are named on the plan's page."""


class Waiting(NamedTuple):
    """A lesson, and how many of its drawings were asked for in vain."""

    lesson: Lesson
    drawings: int


def waiting(session: Session, studio_id: str) -> list[Waiting]:
    """The lessons whose drawings wait for comments, the newest first."""
    found = session.exec(
        select(Lesson, func.count())
        .join(Drawing, col(Drawing.lesson_id) == Lesson.id)
        .where(Lesson.studio_id == studio_id)
        .where(Drawing.refusal == NO_QUOTA, col(Drawing.state).in_(UNDRAFTED))
        .group_by(col(Lesson.id))
        .order_by(col(Lesson.taught_on).desc(), col(Lesson.created_at).desc())
        .limit(SHOWN)
    )
    return [Waiting(lesson, drawings) for lesson, drawings in found]


def undrafted(session: Session, lesson: Lesson) -> int:
    """How many drawings of the lesson need a comment of the plan to be drafted."""
    states = col(Drawing.state).in_(UNDRAFTED)
    return session.exec(select(func.count()).where(Drawing.lesson_id == lesson.id, states)).one()
