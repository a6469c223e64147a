"""Saying whose a drawing is, first or anew: everything written for it follows.

A name typed before anybody knew whose drawing it is could not be taken for the child's. Once it is known,
the name is taken out of all that is stored for the drawing, and what the acceptance taught is recorded anew
as this child's, under this child's consent.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from webapp.desk.tables import Comment, CommentState, Draft, Feedback, Instruction, Revision, Rewrite
from webapp.lessons.erasure import bury
from webapp.lessons.feedback import record_acceptance
from webapp.lessons.naming import without_name
from webapp.lessons.tables import Drawing, Student
from webapp.lessons.work import measure_allowed


def assign(session: Session, now: datetime, drawing: Drawing, student: Student | None) -> None:
    """Say whose the drawing is; ``None`` takes the answer back. Saying the same again changes nothing."""
    if drawing.student_id == (student.id if student else None):
        return
    drawing.student_id = student.id if student else None
    comment = session.exec(select(Comment).where(Comment.drawing_id == drawing.id)).first()
    if student is not None:
        _take_name_out(session, drawing, comment, student)
    session.flush()
    measure_allowed(session, drawing)
    bury(session, now, col(Feedback.drawing_id) == drawing.id, "student changed")
    if comment is not None and comment.state is CommentState.ACCEPTED and comment.accepted_at is not None:
        record_acceptance(session, comment.accepted_at, drawing, comment)


def _take_name_out(session: Session, drawing: Drawing, comment: Comment | None, student: Student) -> None:
    written: list[Comment | Revision | Instruction] = [
        *session.exec(select(Instruction).where(Instruction.drawing_id == drawing.id)).all()
    ]
    if comment is not None:
        of_comment = select(Revision).where(Revision.comment_id == comment.id)
        written += [comment, *session.exec(of_comment).all()]
    for row in written:
        row.text = without_name(row.text, student)
    for draft in session.exec(select(Draft).where(Draft.drawing_id == drawing.id)).all():
        text = without_name(draft.text, student)
        if text != draft.text:  # the places of the flags no longer fit: then they are about the whole text
            draft.text, draft.flags = text, [{**flag, "span": [0, 0]} for flag in draft.flags]
    drawing.subjects = list(dict.fromkeys(without_name(subject, student) for subject in drawing.subjects))
    of_drawing = col(Rewrite.drawing_id) == drawing.id
    session.exec(sa.delete(Rewrite).where(of_drawing))  # of use for a minute only
