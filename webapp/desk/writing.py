"""Requests that change a comment. Each answers with the comment as it now stands, in JSON."""

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import select

from webapp.desk import comments
from webapp.desk.blueprint import bp
from webapp.desk.doubts import Checking
from webapp.desk.marks import pieces, remarks
from webapp.desk.showing import student_of
from webapp.desk.tables import Comment, Draft
from webapp.lessons import film
from webapp.lessons.edge import now
from webapp.lessons.naming import with_name, without_name
from webapp.lessons.tables import Drawing, Lesson
from webapp.platform.access import member, owned
from webapp.platform.db import db


@bp.put("/<drawing_id>/comment")
def save(drawing_id: str) -> ResponseReturnValue:
    """Save the text: ``{text, draft, revision, seconds}``; 409 with the other text when it was changed
    elsewhere.
    """
    drawing = owned(Drawing, drawing_id)
    comment = _write(drawing, _sent(), comments.write)
    return _commit_and_show(drawing, comment)


@bp.post("/<drawing_id>/accept")
def accept(drawing_id: str) -> ResponseReturnValue:
    """Save the text if it was changed, accept it, and say where to go next."""
    drawing = owned(Drawing, drawing_id)
    comment = _write(drawing, _sent(), comments.write_and_accept)
    lesson = db.session.get_one(Lesson, drawing.lesson_id)
    following = film.next_after(film.frames(db.session, lesson), drawing.id)
    if following:
        goes_to = url_for("desk.drawing", drawing_id=following.drawing.id)
    else:
        flash(_("Every comment of this lesson is written."), "done")
        goes_to = url_for("lessons.lesson", lesson_id=lesson.id)
    return _commit_and_show(drawing, comment, next=goes_to)


@bp.post("/<drawing_id>/reopen")
def reopen(drawing_id: str) -> ResponseReturnValue:
    """Take an accepted comment up again."""
    drawing = owned(Drawing, drawing_id)
    comment = comments.reopen(
        db.session,
        now(),
        drawing,
        revision=_number(_sent(), "revision"),
        author_id=member().user_id,
    )
    return _commit_and_show(drawing, comment)


@bp.post("/<drawing_id>/restore")
def restore(drawing_id: str) -> ResponseReturnValue:
    """Bring revision ``number`` back."""
    drawing, sent = owned(Drawing, drawing_id), _sent()
    try:
        comment = comments.restore(
            db.session,
            now(),
            drawing,
            _number(sent, "number"),
            revision=_number(sent, "revision"),
            author_id=member().user_id,
        )
    except LookupError:
        return jsonify(error=_("There is no such version.")), 404
    return _commit_and_show(drawing, comment)


@bp.errorhandler(comments.StaleError)
def _stale(error: comments.StaleError) -> ResponseReturnValue:
    comment = error.comment
    drawing = db.session.get(Drawing, comment.drawing_id) if comment else None
    theirs = with_name(comment.text, student_of(db.session, drawing)) if comment and drawing else ""
    db.session.rollback()
    return jsonify(
        error=_("This comment was changed elsewhere meanwhile."),
        text=theirs,
        draft=comment.draft_id if comment else None,
        revision=comment.revision if comment else 0,
        state=comment.state if comment else "open",
    ), 409


@bp.errorhandler(comments.EmptyCommentError)
def _empty(_error: comments.EmptyCommentError) -> ResponseReturnValue:
    return jsonify(error=_("Write or choose a comment first.")), 422


def _write(drawing: Drawing, sent: dict[str, Any], write: Callable[..., Comment]) -> Comment:
    draft = None
    if isinstance(chosen := sent.get("draft"), str) and chosen:
        draft = db.session.exec(
            select(Draft).where(Draft.id == chosen, Draft.drawing_id == drawing.id)
        ).first()
    return write(
        db.session,
        now(),
        drawing,
        _text(drawing, sent),
        draft=draft,
        revision=_number(sent, "revision"),
        author_id=member().user_id,
        seconds=_seconds(sent),
    )


def _commit_and_show(drawing: Drawing, comment: Comment, **more: Any) -> ResponseReturnValue:
    student = student_of(db.session, drawing)
    checking = Checking.gather(db.session, drawing)
    db.session.commit()
    flags = checking.flags(comment.text)
    return jsonify(
        revision=comment.revision,
        state=comment.state,
        draft=comment.draft_id,
        text=with_name(comment.text, student),
        pieces=pieces(comment.text, flags, student),
        remarks=remarks(flags, student),
        **more,
    )


def _sent() -> dict[str, Any]:
    sent = request.get_json()
    return sent if isinstance(sent, dict) else {}


def _text(drawing: Drawing, sent: dict[str, Any]) -> str:
    return without_name(str(sent.get("text", "")), student_of(db.session, drawing))


def _number(sent: dict[str, Any], name: str) -> int:
    value = sent.get(name)
    return value if isinstance(value, int) else 0


def _seconds(sent: dict[str, Any]) -> float:
    value = sent.get("seconds")
    return float(value) if isinstance(value, int | float) else 0.0
