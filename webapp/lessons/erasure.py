"""Erasing: what a deletion or a withdrawal takes with it, and photos that are past their time.

Rows go in the caller's transaction; the files follow in a job of the same transaction, so that neither a
crash nor a full disk leaves the one without the other. Feedback rows stay as tombstones: the record is
emptied, ids and dates remain, and whoever learned from the record can see that it is gone.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from webapp.accounts.tables import Studio
from webapp.desk.tables import Comment, Feedback, Instruction, Revision, Rewrite
from webapp.lessons import consents
from webapp.lessons.naming import without_classmate
from webapp.lessons.photos import folder
from webapp.lessons.tables import Drawing, Lesson, Student
from webapp.platform import jobs
from webapp.platform.db import new_id

BATCH = 20
"""Of so many drawings the photos are erased before it is noted: little is done twice after a crash."""


def erase_student(session: Session, now: datetime, student: Student) -> None:
    """The name, the photos, drawings and comments, and the mention in comments on others."""
    _erase_work(session, now, student, "student deleted")
    _take_name_out(session, student)
    session.delete(student)


def withdraw(session: Session, now: datetime, student: Student, kind: consents.Kind) -> None:
    """A guardian withdraws a consent: what it covered is erased.

    *Training*: the feedback records. *Processing*: these, and photos, drawings and comments; the name stays
    on the roster, marked, so that nobody uploads again by mistake.
    """
    consents.withdraw(student, now, kind)
    if kind == "processing":
        _erase_work(session, now, student, "processing withdrawn")
    else:
        theirs = select(Drawing.id).where(
            Drawing.student_id == student.id
        )  # said so after the acceptance, too
        of_child = (col(Feedback.student_id) == student.id) | col(Feedback.drawing_id).in_(theirs)
        bury(session, now, of_child, "training withdrawn")


def erase_drawing(session: Session, now: datetime, drawing: Drawing) -> None:
    """One drawing with all that hangs on it."""
    _erase_drawings(session, now, drawing.studio_id, [drawing.id], "drawing deleted")


def erase_lesson(session: Session, now: datetime, lesson: Lesson) -> None:
    """A lesson with all its drawings."""
    ids = session.exec(select(Drawing.id).where(Drawing.lesson_id == lesson.id)).all()
    _erase_drawings(session, now, lesson.studio_id, ids, "lesson deleted")
    session.delete(lesson)


def bury(session: Session, now: datetime, which: sa.ColumnElement[bool], because: str) -> None:
    """Turn feedback into tombstones."""
    session.exec(
        sa.update(Feedback)
        .where(which, col(Feedback.erased_at).is_(None))
        .values(record=sa.null(), erased_at=now, erased_because=because)
    )


def old_photos(session: Session, now: datetime) -> list[Drawing]:
    """Up to ``BATCH`` drawings that are older than their studio keeps photos, and still have theirs."""
    old: list[Drawing] = []
    for studio in session.exec(select(Studio)).all():
        kept_since = _months_before(now, studio.photo_months)
        old += session.exec(
            select(Drawing)
            .where(
                Drawing.studio_id == studio.id,
                Drawing.created_at < kept_since,
                col(Drawing.photo_erased_at).is_(None),
            )
            .limit(BATCH - len(old))
        ).all()
    return old


def note_photos_erased(session: Session, now: datetime, drawings: Sequence[Drawing]) -> None:
    """Say that these drawings' images are gone; facts, comments and feedback stay. Call it when the files
    are deleted: a photo must not outlive the note that says it is gone.
    """
    ids = [drawing.id for drawing in drawings]
    session.exec(sa.update(Drawing).where(col(Drawing.id).in_(ids)).values(photo_erased_at=now))


def _erase_work(session: Session, now: datetime, student: Student, because: str) -> None:
    bury(session, now, col(Feedback.student_id) == student.id, because)
    ids = session.exec(select(Drawing.id).where(Drawing.student_id == student.id)).all()
    _erase_drawings(session, now, student.studio_id, ids, because)


def _erase_drawings(
    session: Session, now: datetime, studio_id: str, ids: Sequence[str], because: str
) -> None:
    if not ids:
        return
    bury(session, now, col(Feedback.drawing_id).in_(ids), because)
    session.exec(sa.delete(Drawing).where(col(Drawing.id).in_(ids)))
    folders = [folder(studio_id, drawing_id) for drawing_id in ids]
    jobs.enqueue(
        session,
        queue=jobs.DRAFTING,
        kind="erase",
        key=f"erase:{new_id()}",
        args={"folders": folders},
        studio_id=studio_id,
    )


def _take_name_out(session: Session, student: Student) -> None:
    """What was written at the other children's drawings may mention this one."""
    studio_id = student.studio_id
    drawings = session.exec(
        select(Drawing, Lesson.language)
        .join(Lesson, col(Lesson.id) == Drawing.lesson_id)
        .where(Drawing.studio_id == studio_id)
    ).all()
    languages = {drawing.id: language for drawing, language in drawings}
    comments = session.exec(select(Comment).where(Comment.studio_id == studio_id)).all()
    instructions = session.exec(select(Instruction).where(Instruction.studio_id == studio_id)).all()
    revisions = session.exec(select(Revision).where(Revision.studio_id == studio_id)).all()
    drawing_of = {comment.id: comment.drawing_id for comment in comments}
    drawing_of |= {instruction.id: instruction.drawing_id for instruction in instructions}
    drawing_of |= {revision.id: drawing_of[revision.comment_id] for revision in revisions}
    written: list[Comment | Instruction | Revision] = [*comments, *instructions, *revisions]
    for row in written:
        cleaned = without_classmate(row.text, student, languages[drawing_of[row.id]])
        if cleaned != row.text:
            row.text = cleaned
    for drawing, language in drawings:
        subjects = [without_classmate(subject, student, language) for subject in drawing.subjects]
        if subjects != drawing.subjects:
            drawing.subjects = subjects
    session.exec(sa.delete(Rewrite).where(col(Rewrite.studio_id) == studio_id))  # of use for a minute only


def _months_before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))
