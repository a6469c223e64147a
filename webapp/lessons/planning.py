"""Lessons: the list with its progress, and planning the next one from the last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from webapp.accounts.tables import Language, Studio
from webapp.lessons.tables import LONGEST_TITLE, Drawing, DrawingState, Lesson


@dataclass(frozen=True)
class Progress:
    """How far a lesson is, in drawings."""

    total: int = 0
    ready: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class Listed:
    lesson: Lesson
    progress: Progress


PAGE = 30
_NUMBER = re.compile(r" \(\d+\)$")


def lessons(session: Session, studio: Studio, page: int = 1) -> tuple[list[Listed], bool]:
    """One page of the studio's lessons, newest first, and whether there are more."""
    found = session.exec(
        select(Lesson)
        .where(Lesson.studio_id == studio.id)
        .order_by(col(Lesson.taught_on).desc(), col(Lesson.created_at).desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    ).all()
    progress = _progress(session, [lesson.id for lesson in found])
    return [Listed(lesson, progress.get(lesson.id, Progress())) for lesson in found[:PAGE]], len(found) > PAGE


def last_lesson(session: Session, studio: Studio, teacher_id: int) -> Lesson | None:
    """The teacher's last lesson: the next one is probably like it."""
    return session.exec(
        select(Lesson)
        .where(Lesson.studio_id == studio.id, Lesson.teacher_id == teacher_id)
        .order_by(col(Lesson.created_at).desc())
        .limit(1)
    ).first()


def new_lesson(now: datetime, studio: Studio, teacher_id: int, today: date) -> Lesson:
    """A lesson not yet stored, with what is usual filled in."""
    return Lesson(
        studio_id=studio.id,
        teacher_id=teacher_id,
        title="",
        taught_on=today,
        language=Language(studio.language),
        created_at=now,
    )


def like(lesson: Lesson, now: datetime, teacher_id: int, today: date) -> Lesson:
    """Another lesson with the same plan, today, without drawings; not yet stored."""
    kept = ("studio_id", "title", "theme", "medium", "audience", "tone", "length", "language")
    return Lesson(
        **{name: getattr(lesson, name) for name in kept},
        criteria=list(lesson.criteria),
        teacher_id=teacher_id,
        taught_on=today,
        created_at=now,
    )


def same_lesson(session: Session, lesson: Lesson) -> Lesson | None:
    """Another lesson of the studio with this title on this day: most likely the one that was meant."""
    return session.exec(
        select(Lesson)
        .where(
            Lesson.studio_id == lesson.studio_id,
            Lesson.taught_on == lesson.taught_on,
            func.lower(Lesson.title) == lesson.title.lower(),
            Lesson.id != lesson.id,
        )
        .order_by(col(Lesson.created_at).desc())
        .limit(1)
    ).first()


def tell_apart(session: Session, lesson: Lesson) -> None:
    """Number the title of a lesson not yet stored, where its day has one of this title."""
    title, number = _NUMBER.sub("", lesson.title), 1
    while same_lesson(session, lesson) is not None:
        number += 1
        lesson.title = f"{title[: LONGEST_TITLE - len(f' ({number})')]} ({number})"


def drawings_of(session: Session, lesson: Lesson) -> Sequence[Drawing]:
    """The lesson's drawings in their order."""
    return session.exec(
        select(Drawing)
        .where(Drawing.lesson_id == lesson.id)
        .order_by(col(Drawing.position), col(Drawing.created_at), col(Drawing.id))
    ).all()


def _progress(session: Session, lesson_ids: Sequence[str]) -> dict[str, Progress]:
    counts: dict[str, dict[str, int]] = {}
    query = (
        select(Drawing.lesson_id, Drawing.state, func.count())
        .where(col(Drawing.lesson_id).in_(lesson_ids))
        .group_by(col(Drawing.lesson_id), col(Drawing.state))
    )
    for lesson_id, state, number in session.exec(query).all():
        counts.setdefault(lesson_id, {})[state] = number
    return {
        lesson_id: Progress(
            total=sum(by.values()),
            ready=by.get(DrawingState.DRAFTED, 0),
            accepted=by.get(DrawingState.ACCEPTED, 0),
        )
        for lesson_id, by in counts.items()
    }
