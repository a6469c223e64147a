"""Telling the model what to do otherwise. What is told stays apart from comments and never teaches."""

from datetime import datetime

from flask_babel import gettext as _
from sqlmodel import Session

from prompts.context import LIMITS
from webapp.desk.showing import student_of
from webapp.desk.tables import Instruction
from webapp.lessons.naming import without_name
from webapp.lessons.tables import Drawing, Student
from webapp.lessons.work import MOST_ROUNDS, Asked, request_drafts


def instruct(session: Session, now: datetime, drawing: Drawing, said: str, *, author_id: int) -> Asked:
    """Have the drawing drafted anew as the instruction says; an empty one simply asks for other drafts."""
    instruction = None
    if said:
        instruction = Instruction(
            studio_id=drawing.studio_id,
            drawing_id=drawing.id,
            text=without_name(said, student_of(session, drawing))[: LIMITS["instruction"]],
            author_id=author_id,
            created_at=now,
        )
        session.add(instruction)
        session.flush()
    return request_drafts(session, now, [drawing], instruction)


def not_asked(asked: Asked, student: Student | None = None) -> str:
    """Why the model was not asked, in words that name the student if one is given; empty when it was."""
    why = ""
    if asked.no_consent and student is not None:
        why = _(
            "No consent of %(name)s's guardian to processing is recorded. Record it with the student first.",
            name=student.name,
        )
    elif asked.no_consent:
        why = _("The guardian's consent to processing is missing. Record it with the student first.")
    elif asked.exhausted:
        why = _(
            "This drawing was drafted %(n)s times. Change a draft by hand, or write your own.", n=MOST_ROUNDS
        )
    elif asked.no_quota:
        why = _("Nothing is left of the studio's comments, so nothing new is drafted. See Plan in the menu.")
    elif asked.passed:
        why = _("This drawing is being drafted, or its comment is accepted already.")
    return why
