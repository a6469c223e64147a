"""A comment's life: chosen, written, accepted, reopened, restored. Every change is a revision, and none is
lost.

Whoever changes a comment says which revision they saw (0: there was none). If someone else, or another
window, was faster, nothing is written and ``StaleError`` carries the comment as it now stands: the teacher
decides between the two.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from webapp.desk.tables import Comment, CommentState, Draft, Revision
from webapp.lessons.feedback import record_acceptance
from webapp.lessons.tables import Drawing, DrawingState
from webapp.money import quota
from webapp.platform import jobs

MOST_CHARACTERS = 6000
MOST_SECONDS = 3600.0
"""At most so much desk time is believed at once: a clock that jumped must not become a record."""

# The seconds of the next acceptance are counted from here; those of the last one stand in its record.
_TAKEN_UP = {"state": CommentState.OPEN, "accepted_at": None, "accepted_by": None, "seconds": 0.0}
_SAME_SITTING = timedelta(minutes=2)


class StaleError(Exception):
    """The comment was changed meanwhile. ``comment`` is how it stands, None when it was deleted."""

    def __init__(self, comment: Comment | None) -> None:
        super().__init__("the comment was changed meanwhile")
        self.comment = comment


class EmptyCommentError(ValueError):
    """There is no text to accept."""


def comment_of(session: Session, drawing: Drawing) -> Comment | None:
    """The comment of this drawing, if the teacher began one."""
    return session.exec(select(Comment).where(Comment.drawing_id == drawing.id)).first()


def write(
    session: Session,
    now: datetime,
    drawing: Drawing,
    text: str,
    *,
    draft: Draft | None,
    revision: int,
    author_id: int | None,
    seconds: float = 0.0,
) -> Comment:
    """Save the teacher's text, with ``{student}`` for the name. ``draft`` is the one it began from; None:
    their own.

    Writing over an accepted comment reopens it. A text that changed nothing makes no revision. Raises
    StaleError.
    """
    text = text[:MOST_CHARACTERS]
    draft_id = draft.id if draft else None
    comment = comment_of(session, drawing)
    if comment is None:
        comment = _begin(session, now, drawing, text, draft_id, revision, author_id)
    elif comment.revision != revision:
        raise StaleError(comment)
    elif comment.state is CommentState.ACCEPTED:
        _change(session, now, comment, author_id, text=text, draft_id=draft_id, **_TAKEN_UP)
    elif (comment.text, comment.draft_id) != (text, draft_id):
        _change(session, now, comment, author_id, text=text, draft_id=draft_id)
    _count(comment, seconds)
    if drawing.state is DrawingState.ACCEPTED:
        drawing.state = _before_acceptance(session, drawing)
    return comment


def accept(
    session: Session,
    now: datetime,
    drawing: Drawing,
    *,
    revision: int,
    author_id: int | None,
    seconds: float = 0.0,
) -> Comment:
    """Accept the comment as it stands and append its feedback record; accepting it again changes nothing.

    Raises EmptyCommentError without a text, StaleError when it stands otherwise than the teacher saw it.
    """
    comment = comment_of(session, drawing)
    if comment is None or not comment.text.strip():
        raise EmptyCommentError
    if comment.state is CommentState.ACCEPTED and comment.revision in (revision, revision + 1):
        return comment  # pressed twice, or sent again after an answer that was lost
    if comment.revision != revision:
        raise StaleError(comment)
    _change(
        session,
        now,
        comment,
        author_id,
        state=CommentState.ACCEPTED,
        accepted_at=now,
        accepted_by=author_id,
    )
    _count(comment, seconds)
    drawing.state, drawing.wanted = DrawingState.ACCEPTED, False
    session.flush()
    record_acceptance(session, now, drawing, comment)
    quota.accept(session, now, drawing.id)
    return comment


def write_and_accept(
    session: Session,
    now: datetime,
    drawing: Drawing,
    text: str,
    *,
    draft: Draft | None,
    revision: int,
    author_id: int | None,
    seconds: float = 0.0,
) -> Comment:
    """Save the text where it differs, and accept it. Sent again after an answer that was lost, it changes
    nothing; where another text was accepted meanwhile it raises StaleError, so that neither is lost.

    Raises EmptyCommentError too.
    """
    there = comment_of(session, drawing)
    same = there is not None and (there.text, there.draft_id) == (text, draft.id if draft else None)
    if there is not None and same and there.state is CommentState.ACCEPTED:
        return there
    if not same:
        revision = write(
            session, now, drawing, text, draft=draft, revision=revision, author_id=author_id
        ).revision
    return accept(session, now, drawing, revision=revision, author_id=author_id, seconds=seconds)


def reopen(
    session: Session, now: datetime, drawing: Drawing, *, revision: int, author_id: int | None
) -> Comment:
    """Take an accepted comment up again. What was learned from it stays learned. Raises StaleError."""
    comment = comment_of(session, drawing)
    if comment is None or comment.revision != revision:
        raise StaleError(comment)
    if comment.state is CommentState.ACCEPTED:
        _change(session, now, comment, author_id, **_TAKEN_UP)
        drawing.state = _before_acceptance(session, drawing)
    return comment


def restore(
    session: Session, now: datetime, drawing: Drawing, number: int, *, revision: int, author_id: int | None
) -> Comment:
    """Bring an earlier revision back, as a new one. LookupError: no such revision. Raises StaleError."""
    comment = comment_of(session, drawing)
    if comment is None:
        raise StaleError(None)
    old = session.exec(
        select(Revision).where(Revision.comment_id == comment.id, Revision.number == number)
    ).first()
    if old is None:
        raise LookupError(number)
    draft = session.get(Draft, old.draft_id) if old.draft_id else None
    return write(session, now, drawing, old.text, draft=draft, revision=revision, author_id=author_id)


def history(session: Session, comment: Comment) -> list[Revision]:
    """The revisions worth choosing from, newest first.

    Of what one person typed in one go only the last is listed; every choice of a draft and every acceptance
    is.
    """
    every: Sequence[Revision] = session.exec(
        select(Revision).where(Revision.comment_id == comment.id).order_by(col(Revision.number))
    ).all()
    listed: list[Revision] = []
    for new in every:
        if listed and _same_sitting(listed[-1], new):
            listed.pop()
        listed.append(new)
    return listed[::-1]


def _same_sitting(old: Revision, new: Revision) -> bool:
    first_of_its_draft = old.number == 1 or old.draft_id != new.draft_id
    return (
        not first_of_its_draft
        and old.state is CommentState.OPEN
        and new.state is CommentState.OPEN
        and old.author_id == new.author_id
        and new.created_at - old.created_at < _SAME_SITTING
    )


def _begin(
    session: Session,
    now: datetime,
    drawing: Drawing,
    text: str,
    draft_id: str | None,
    revision: int,
    author_id: int | None,
) -> Comment:
    if revision != 0:
        raise StaleError(None)
    comment = Comment(
        studio_id=drawing.studio_id, drawing_id=drawing.id, draft_id=draft_id, text=text, updated_at=now
    )
    try:
        with session.begin_nested():
            session.add(comment)
    except IntegrityError as error:  # two windows began at the same moment
        raise StaleError(comment_of(session, drawing)) from error
    _remember(session, now, comment, author_id)
    return comment


def _change(
    session: Session, now: datetime, comment: Comment, author_id: int | None, **values: object
) -> None:
    """One guarded UPDATE: of two writers who saw the same revision, one wins and the other is told."""
    done = session.exec(
        sa.update(Comment)
        .where(col(Comment.id) == comment.id, col(Comment.revision) == comment.revision)
        .values(revision=comment.revision + 1, updated_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(comment)
    if done.rowcount != 1:
        raise StaleError(comment)
    _remember(session, now, comment, author_id)


def _remember(session: Session, now: datetime, comment: Comment, author_id: int | None) -> None:
    session.add(
        Revision(
            studio_id=comment.studio_id,
            comment_id=comment.id,
            number=comment.revision,
            text=comment.text,
            draft_id=comment.draft_id,
            state=comment.state,
            author_id=author_id,
            created_at=now,
        )
    )


def _count(comment: Comment, seconds: float) -> None:
    comment.seconds += min(max(seconds, 0.0), MOST_SECONDS)


def _before_acceptance(session: Session, drawing: Drawing) -> DrawingState:
    """A teacher may accept words of their own for a drawing that was never measured, let alone drafted, or
    while it is being drafted: then its drafts are still to come, and must not be asked for twice.
    """
    coming = jobs.unfinished(session, jobs.DRAFTING, "draft")
    if any(job.args["drawing"] == drawing.id for job in coming):
        return DrawingState.DRAFTING
    if session.exec(select(Draft.id).where(Draft.drawing_id == drawing.id)).first():
        return DrawingState.DRAFTED
    if drawing.facts is not None:
        return DrawingState.MEASURED
    if drawing.refusal is None:
        return DrawingState.RECEIVED
    return DrawingState.FAILED if drawing.refusal == "measuring" else DrawingState.REFUSED
