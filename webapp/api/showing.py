"""From rows to what the API gives."""

from typing import Literal

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlmodel import Session, col, select

from drafting.measure.refusals import refusal
from webapp.api import batches, outputs
from webapp.desk.comments import comment_of
from webapp.desk.showing import student_of
from webapp.desk.tables import Comment, Draft
from webapp.lessons.consents import may_process
from webapp.lessons.facts import known_facts
from webapp.lessons.film import is_busy
from webapp.lessons.reasons import reason
from webapp.lessons.tables import Batch, Drawing, DrawingState
from webapp.lessons.work import NO_QUOTA


def batch(session: Session, of: Batch) -> outputs.Batch:
    """A batch, and how far each of its photos is."""
    drawings = batches.drawings_of(session, of)
    files = []
    for note in of.files:
        drawing = drawings.get(note.get("drawing", ""))
        code = note.get("refused")
        refused = outputs.Reason(code=code, detail=refusal(code, language())) if code else None
        files.append(
            outputs.File(
                drawing=drawing.id if drawing else None,
                duplicate=note.get("duplicate", False),
                state=drawing.state if drawing else None,
                reason=_why(session, drawing) if drawing else refused,
            )
        )
    return outputs.Batch(
        id=of.id,
        lesson=of.lesson_id,
        created_at=of.created_at,
        finished=not any(is_busy(drawing, student_of(session, drawing)) for drawing in drawings.values()),
        files=files,
    )


def drawing(session: Session, of: Drawing) -> outputs.Drawing:
    """A drawing with its facts, its last drafts and its comment."""
    every = session.exec(
        select(Draft).where(Draft.drawing_id == of.id).order_by(col(Draft.round), col(Draft.shown))
    ).all()
    return outputs.Drawing(
        id=of.id,
        lesson=of.lesson_id,
        student=of.student_id,
        position=of.position,
        state=of.state,
        reason=_why(session, of),
        facts=known_facts(of),
        drafts=[outputs.Draft.model_validate(draft) for draft in every if draft.round == every[-1].round],
        comment=comment(comment_of(session, of)),
    )


def comment(of: Comment | None) -> outputs.Comment | None:
    """A comment, if there is one."""
    return outputs.Comment.model_validate(of) if of else None


def _why(session: Session, of: Drawing) -> outputs.Reason | None:
    """Why the drawing does not go on by itself."""
    if of.state in (DrawingState.REFUSED, DrawingState.FAILED):
        return outputs.Reason(code=of.refusal or "drafting", detail=reason(of, language()))
    unprocessed = of.state in (DrawingState.RECEIVED, DrawingState.MEASURED)
    if unprocessed and not may_process(student_of(session, of)):
        return outputs.Reason(
            code="no-consent", detail=_("A guardian's consent to processing is needed first.")
        )
    if unprocessed and of.refusal == NO_QUOTA:
        return outputs.Reason(code="no-quota", detail=reason(of, language()))
    return None


def language() -> Literal["en", "zh"]:
    """The caller's."""
    return "zh" if str(get_locale()).startswith("zh") else "en"
