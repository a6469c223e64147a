"""The drawings of a lesson: whose each is, how far it is, what stands in its way, and how long the rest will
take. The lesson's pages and the desk show the same.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app
from sqlmodel import Session, col, select

from webapp.desk.tables import Comment, Draft
from webapp.lessons.consents import may_process
from webapp.lessons.naming import with_name
from webapp.lessons.students import roster
from webapp.lessons.tables import Consent, Drawing, DrawingState, Lesson, Student
from webapp.platform import jobs
from webapp.platform.progress import ahead, progress
from webapp.school.serving import is_being_prepared

STOPPED = (DrawingState.REFUSED, DrawingState.FAILED)
UNDRAFTED = (DrawingState.RECEIVED, DrawingState.MEASURED, DrawingState.FAILED)
"""Of these, drafts may be asked for and were not written yet."""


class Frame(NamedTuple):
    """One drawing of the lesson. ``number``: what it is called by until a name is known, from 1 and without
    gaps; ``rounds``: how often it was drafted; ``begun``: its comment is begun.
    """

    drawing: Drawing
    student: Student | None
    number: int
    rounds: int
    begun: bool

    @property
    def version(self) -> str:
        """Changes whenever its small picture does, so that browsers may keep it."""
        return f"{self.drawing.turned}{'d' if self.drawing.facts else 'p'}"

    @property
    def subjects(self) -> list[str]:
        """What is in it, with the child's name where the teacher wrote it."""
        return [with_name(subject, self.student) for subject in self.drawing.subjects]

    @property
    def lacks_consent(self) -> bool:
        return not may_process(self.student)

    @property
    def waits(self) -> bool:
        """Whether its photo is not even measured before a guardian agrees."""
        return self.drawing.state is DrawingState.RECEIVED and self.lacks_consent

    @property
    def state(self) -> str:
        """How far it is: a ``DrawingState``, or ``waiting``."""
        return "waiting" if self.waits else self.drawing.state.value

    @property
    def busy(self) -> bool:
        return is_busy(self.drawing, self.student)

    @property
    def workable(self) -> bool:
        """Whether the teacher can write about it now."""
        return self.drawing.state not in (*STOPPED, DrawingState.ACCEPTED, DrawingState.RECEIVED)


class Waits(NamedTuple):
    """Why no draft of the class is being written: its model is being prepared, or others come first, for
    about ``seconds``; None while that cannot be told. Of the studio's own lessons these are ``own`` drawings,
    of the lesson with this ``title`` if it is a single one. Of ``others``, which are other studios', nobody
    is told more than that they are there.
    """

    model: bool
    own: int = 0
    title: str = ""
    others: bool = False
    seconds: float | None = None


class Count(NamedTuple):
    """How far the class is, in drawings. ``ready``: drafted, and waiting for the teacher. ``undrafted``:
    drafts may be asked for. ``seconds`` is an estimate of the drafting left, None while it cannot be told;
    ``waits`` says what the drafting waits for.
    """

    total: int
    measured: int
    drafted: int
    ready: int
    accepted: int
    undrafted: int
    stopped: int
    busy: int
    seconds: float | None
    waits: Waits | None = None


def is_busy(drawing: Drawing, student: Student | None) -> bool:
    """Whether a worker has, or will have, something to do for the drawing."""
    if drawing.state is DrawingState.DRAFTING:
        return True
    coming = drawing.state is DrawingState.RECEIVED or (
        drawing.state is DrawingState.MEASURED and drawing.wanted
    )
    return coming and may_process(student)


def frames(session: Session, lesson: Lesson) -> list[Frame]:
    """The lesson's drawings in their order, with what is shown of each. One query."""
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
        .order_by(col(Drawing.position), col(Drawing.created_at), col(Drawing.id))
    ).all()
    return [
        Frame(drawing, student, number, 0 if last is None else last + 1, bool(comment))
        for number, (drawing, student, last, comment) in enumerate(rows, 1)
    ]


def count(session: Session, now: datetime, lesson: Lesson, film: Sequence[Frame]) -> Count:
    """How far the class is. ``now`` is the machine's time, as that of the jobs."""
    states = [frame.drawing.state for frame in film]
    to_write = sum(
        frame.busy and (frame.drawing.wanted or frame.drawing.state is DrawingState.DRAFTING)
        for frame in film
    )
    drafting = progress(session, "draft", lesson.id) if to_write else None
    return Count(
        total=len(film),
        measured=sum(frame.drawing.facts is not None for frame in film),
        drafted=sum(frame.rounds > 0 for frame in film),
        ready=states.count(DrawingState.DRAFTED),
        accepted=states.count(DrawingState.ACCEPTED),
        undrafted=sum(state in UNDRAFTED for state in states),
        stopped=sum(state in STOPPED for state in states),
        busy=sum(frame.busy for frame in film),
        seconds=drafting.left(now, to_write) if drafting else None,
        waits=_waits(session, lesson) if drafting and not drafting.finished else None,
    )


def _waits(session: Session, lesson: Lesson) -> Waits | None:
    if is_being_prepared(session, lesson.language, current_app.config["SETTINGS"]):
        return Waits(model=True)
    before = ahead(session, jobs.DRAFTING, "draft", lesson.id)
    if before is None:
        return None
    lessons = {job.bundle for job in before.own}
    only = session.get(Lesson, lessons.pop()) if len(lessons) == 1 else None
    own = len(before.own)
    return Waits(False, own, only.title if only else "", before.count > own, before.seconds)


def gather(session: Session, now: datetime, lesson: Lesson) -> dict[str, Any]:
    """What the pages of a lesson show: its drawings and how far they are, the roster, and whose consent is
    missing. ``now`` is the machine's time.
    """
    rows = frames(session, lesson)
    unable = {row.student.id: row.student for row in rows if row.student and row.lacks_consent}.values()
    return {
        "rows": rows,
        "count": count(session, now, lesson, rows),
        "students": roster(session, lesson.studio_id),
        "without_consent": [student for student in unable if student.processing is Consent.NONE],
        "withdrawn": [student for student in unable if student.processing is Consent.WITHDRAWN],
    }


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
