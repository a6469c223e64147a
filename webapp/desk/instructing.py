"""Telling the model what to do otherwise. What is told stays apart from comments and never teaches."""

from datetime import datetime

from flask_babel import gettext as _
from sqlmodel import Session

from prompts.context import LIMITS
from webapp.accounts.tables import Membership
from webapp.desk.showing import student_of
from webapp.desk.tables import Instruction
from webapp.lessons.naming import without_name
from webapp.lessons.tables import Drawing
from webapp.lessons.work import MOST_ROUNDS, Asked, request_drafts
from webapp.money import owed_words, quota


def instruct(session: Session, now: datetime, drawing: Drawing, said: str, *, author: Membership) -> Asked:
    """Have the drawing drafted anew as the instruction says; an empty one simply asks for other drafts."""
    instruction = None
    if said:
        instruction = Instruction(
            studio_id=drawing.studio_id,
            drawing_id=drawing.id,
            text=without_name(said, student_of(session, drawing))[: LIMITS["instruction"]],
            author_id=author.user_id,
            created_at=now,
        )
        session.add(instruction)
        session.flush()
    return request_drafts(session, now, [drawing], instruction, asked_by=author)


def not_asked(session: Session, now: datetime, asked: Asked, drawing: Drawing, *, named: bool = False) -> str:
    """Why the model was not asked, ``named``: in words that name the student; empty when it was."""
    why, student = "", student_of(session, drawing) if named else None
    if asked.no_seat:
        why = no_seat()
    elif asked.no_consent and student is not None:
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
        why = owed_words.used_up(quota.standing(session, now, drawing.studio_id))
    elif asked.passed:
        why = _("This drawing is being drafted, or its comment is accepted already.")
    return why


def not_reworded(session: Session, now: datetime, drawing: Drawing) -> str:
    """Why no sentence is written anew for the drawing; empty when one may be."""
    if quota.may_reword(session, now, drawing.studio_id, drawing.id):
        return ""
    return owed_words.used_up(quota.standing(session, now, drawing.studio_id)) or str(
        _("Have this drawing drafted first; then its sentences can be rewritten, too.")
    )


def no_seat() -> str:
    """Why a teacher without a seat in the studio's plan is not drafted for."""
    return str(
        _(
            "The studio's plan has fewer seats than people, and you have none at the moment: you can read,"
            " correct and accept, and write comments of your own. An owner chooses who drafts."
        )
    )
