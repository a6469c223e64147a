"""The class as a filmstrip: every drawing of the lesson, how far it is, and how long the rest will take."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from webapp.desk.tables import Comment, Draft
from webapp.lessons.tables import Drawing, DrawingState, Lesson, Student
from webapp.platform import jobs

WORKING = (DrawingState.RECEIVED, DrawingState.DRAFTING)
STOPPED = (DrawingState.REFUSED, DrawingState.FAILED)


class Frame(NamedTuple):
    """One drawing in the filmstrip. ``rounds``: how often it was drafted; ``begun``: its comment is begun."""

    drawing: Drawing
    student: Student | None
    rounds: int
    begun: bool

    @property
    def version(self) -> str:
        """Changes whenever its small picture does."""
        return f"{self.drawing.turned}{'d' if self.drawing.facts else 'p'}"

    @property
    def busy(self) -> bool:
        """Whether a worker has, or will have, something to do for it."""
        return self.drawing.state in WORKING or (
            self.drawing.state is DrawingState.MEASURED and self.drawing.wanted
        )

    @property
    def workable(self) -> bool:
        """Whether the teacher can write about it now."""
        return self.drawing.state not in (*STOPPED, DrawingState.ACCEPTED, DrawingState.RECEIVED)


class Count(NamedTuple):
    """How far the class is, in drawings. ``seconds`` is an estimate of the work left, None while it cannot be
    told.
    """

    total: int
    measured: int
    drafted: int
    accepted: int
    stopped: int
    busy: int
    seconds: float | None


def frames(session: Session, lesson: Lesson) -> list[Frame]:
    """The lesson's drawings in their order, with what the filmstrip shows of each. Two queries."""
    rounds = (
        select(col(Draft.drawing_id).label("drawing_id"), sa.func.max(Draft.round).label("last"))
        .join(Drawing, col(Drawing.id) == Draft.drawing_id)
        .where(Drawing.lesson_id == lesson.id)
        .group_by(col(Draft.drawing_id))
        .subquery()
    )
    rows = session.exec(
        select(Drawing, Student, rounds.c.last, Comment.id)
        .where(Drawing.lesson_id == lesson.id)
        .outerjoin(Student, col(Student.id) == Drawing.student_id)
        .outerjoin(Comment, col(Comment.drawing_id) == Drawing.id)
        .outerjoin(rounds, rounds.c.drawing_id == Drawing.id)
        .order_by(col(Drawing.position), col(Drawing.created_at))
    ).all()
    return [
        Frame(drawing, student, 0 if last is None else last + 1, bool(comment))
        for drawing, student, last, comment in rows
    ]


def count(session: Session, lesson: Lesson, film: Sequence[Frame]) -> Count:
    """How far the class is."""
    states = [frame.drawing.state for frame in film]
    busy = sum(frame.busy for frame in film)
    pace = jobs.progress(session, "draft", lesson.id).seconds if busy else None
    return Count(
        total=len(film),
        measured=sum(frame.drawing.facts is not None for frame in film),
        drafted=sum(frame.rounds > 0 for frame in film),
        accepted=states.count(DrawingState.ACCEPTED),
        stopped=sum(state in STOPPED for state in states),
        busy=busy,
        seconds=None if pace is None else busy * pace,
    )


def next_after(film: Sequence[Frame], drawing_id: str) -> Frame | None:
    """The next drawing to write about: first those after this one, then those before it; ready ones come
    first.
    """
    here = next((i for i, frame in enumerate(film) if frame.drawing.id == drawing_id), -1)
    ahead = [frame for frame in (*film[here + 1 :], *film[: max(here, 0)]) if frame.workable]
    ready = [frame for frame in ahead if frame.drawing.state is DrawingState.DRAFTED]
    return next(iter(ready or ahead), None)


def first(film: Sequence[Frame]) -> Frame | None:
    """Where to begin: the first drawing that is ready, else the first that is not refused, else any."""
    readable = (frame for frame in film if frame.drawing.state not in STOPPED)
    return next_after(film, "") or next(readable, None) or next(iter(film), None)
