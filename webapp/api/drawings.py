"""One drawing: its facts, its drafts and its comment."""

from typing import Any

from flask_babel import gettext as _
from sqlmodel import select

from drafting.measure import FactError
from webapp.api import outputs, showing
from webapp.api.blueprint import bp, operation
from webapp.api.inputs import FactsChange, NewComment, NewDrafts
from webapp.api.problems import Problem, invalid
from webapp.desk import comments, corrections
from webapp.desk.instructing import instruct, not_asked
from webapp.desk.showing import student_of
from webapp.desk.tables import Comment, Draft
from webapp.lessons.edge import now, wake_drafting
from webapp.lessons.naming import without_name
from webapp.lessons.tables import Drawing
from webapp.platform.access import member, owned
from webapp.platform.db import db


@bp.get("/drawings/<drawing_id>")
@operation(outputs.Drawing)
def show_drawing(drawing_id: str) -> outputs.Drawing:
    """A drawing, with its facts, drafts and comment"""
    return showing.drawing(db.session, owned(Drawing, drawing_id))


@bp.patch("/drawings/<drawing_id>/facts")
@operation(outputs.Drawing, HTTP_409=outputs.ProblemDetails)
def correct_facts(drawing_id: str, json: FactsChange) -> outputs.Drawing:
    """Correct what was measured

    Only the facts that are sent change. Drafts are checked anew against them; ask for others if you like.
    """
    drawing = owned(Drawing, drawing_id)
    changes: dict[str, Any] = dict(json.root)
    subjects = changes.pop("subjects", None)
    if changes and drawing.facts is None:
        raise _not_measured()
    try:
        if changes:
            corrections.correct_facts(db.session, drawing, changes)
        if subjects is not None:
            corrections.name_subjects(db.session, drawing, subjects)
    except FactError as error:
        raise invalid([("#", error.words(showing.language()))]) from None
    db.session.commit()
    return showing.drawing(db.session, drawing)


@bp.post("/drawings/<drawing_id>/drafts")
@operation(outputs.Drawing, 202, HTTP_409=outputs.ProblemDetails)
def draft_again(drawing_id: str, json: NewDrafts) -> tuple[outputs.Drawing, int]:
    """Ask for other drafts

    With an instruction they follow it; then the drawing must be measured. Without one, a drawing that is not
    measured yet is drafted as soon as it is. A drawing is drafted eleven times at most, and uses one comment
    of the studio's plan, with its first drafts. When nothing is left the answer is 409 of the type
    `no-quota`: what was drafted can be accepted, and `GET /usage` says when there are new ones.
    """
    drawing = owned(Drawing, drawing_id)
    if json.instruction and drawing.facts is None:
        raise _not_measured()  # it would be drafted later, without the instruction
    asked = instruct(db.session, now(), drawing, json.instruction, author=member())
    if why := not_asked(db.session, now(), asked, drawing):
        kind = "no-quota" if asked.no_quota else "no-seat" if asked.no_seat else "not-drafted"
        raise Problem(409, kind, _("No drafts were asked for"), why)
    db.session.commit()
    wake_drafting()
    return showing.drawing(db.session, drawing), 202


@bp.put("/drawings/<drawing_id>/comment")
@operation(outputs.Comment, HTTP_409=outputs.StaleProblem)
def put_comment(drawing_id: str, json: NewComment) -> outputs.Comment:
    """Save the comment, or accept it

    `revision` is the one that you saw; 409 tells that the comment was changed meanwhile, and `current` how it
    stands. Saving over an accepted comment takes it up again. Accepting the same text twice changes nothing.
    """
    drawing = owned(Drawing, drawing_id)
    draft = _draft(drawing, json.draft)
    if json.text is not None:
        text = without_name(json.text, student_of(db.session, drawing))
    elif draft is not None:
        text = draft.text
    else:
        raise invalid([("#/text", _("is required when there is no draft"))])
    try:
        put = comments.write_and_accept if json.accept else comments.write
        comment = put(
            db.session,
            now(),
            drawing,
            text,
            draft=draft,
            revision=json.revision,
            author_id=member().user_id,
        )
    except comments.StaleError as stale:
        raise _stale(stale.comment) from None
    db.session.commit()
    return outputs.Comment.model_validate(comment)


def _draft(drawing: Drawing, draft_id: str | None) -> Draft | None:
    if draft_id is None:
        return None
    found = db.session.exec(select(Draft).where(Draft.id == draft_id, Draft.drawing_id == drawing.id)).first()
    if found is None:
        raise invalid([("#/draft", _("is no draft of this drawing"))])
    return found


def _not_measured() -> Problem:
    return Problem(
        409,
        "not-measured",
        _("The drawing is not measured yet"),
        _("Wait until it is, then send this again."),
    )


def _stale(current: Comment | None) -> Problem:
    shown = showing.comment(current)
    return Problem(
        409,
        "stale",
        _("The comment was changed meanwhile"),
        _("Look at the current one, decide, and send its revision."),
        current=shown.model_dump(mode="json") if shown else None,
    )
