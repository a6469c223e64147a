"""A comment's life: nothing is lost, and nobody writes over what they did not see."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from tests.factories import NOW
from tests.webapp.conftest import TEXTS, Class
from webapp.desk import comments
from webapp.desk.tables import CommentState, Feedback, Revision
from webapp.lessons.tables import DrawingState
from webapp.lessons.work import request_drafts
from webapp.platform.tables import Job, JobState


def test_choosing_a_draft_begins_the_comment(session: Session, room: Class) -> None:
    drawing, draft = room.drawings[0], room.drafts[0][1]
    comment = comments.write(
        session, NOW, drawing, draft.text, draft=draft, revision=0, author_id=room.teacher.id
    )
    assert (comment.revision, comment.draft_id, comment.state) == (1, draft.id, CommentState.OPEN)
    assert comments.comment_of(session, drawing) == comment


def test_a_text_that_changed_nothing_makes_no_revision_but_counts_its_seconds(
    session: Session, room: Class
) -> None:
    drawing = room.drawings[0]
    comments.write(session, NOW, drawing, "a", draft=None, revision=0, author_id=None, seconds=5)
    comment = comments.write(session, NOW, drawing, "a", draft=None, revision=1, author_id=None, seconds=7)
    assert (comment.revision, comment.seconds) == (1, 12)


@pytest.mark.parametrize("button", [True, False])
def test_each_acceptance_has_its_own_seconds(session: Session, room: Class, button: bool) -> None:
    drawing, by = room.drawings[0], {"author_id": room.teacher.id}
    comments.write(session, NOW, drawing, "a", draft=None, revision=0, seconds=20, **by)
    comments.accept(session, NOW, drawing, revision=1, seconds=4, **by)
    seen = 2
    if button:
        seen = comments.reopen(session, NOW, drawing, revision=seen, **by).revision
    comment = comments.write(session, NOW, drawing, "ab", draft=None, revision=seen, seconds=2, **by)
    assert comment.accepted_at is None
    comments.accept(session, NOW, drawing, revision=comment.revision, seconds=1, **by)
    rows = session.exec(select(Feedback).order_by(col(Feedback.record)["seconds"].as_float().desc())).all()
    assert [row.record["seconds"] for row in rows if row.record] == [24, 3]


def test_seconds_that_cannot_be_are_not_believed(session: Session, room: Class) -> None:
    comment = comments.write(
        session, NOW, room.drawings[0], "a", draft=None, revision=0, author_id=None, seconds=1e9
    )
    assert comment.seconds == comments.MOST_SECONDS


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_who_saw_another_revision_is_told_and_writes_nothing(
    session: Session, room: Class, seen: int
) -> None:
    drawing = room.drawings[0]
    comments.write(session, NOW, drawing, "one", draft=None, revision=0, author_id=None)
    comments.write(session, NOW, drawing, "two", draft=None, revision=1, author_id=None)
    with pytest.raises(comments.StaleError) as told:
        comments.write(session, NOW, drawing, "mine", draft=None, revision=seen, author_id=None)
    assert told.value.comment is not None
    assert told.value.comment.text == "two"


def test_a_comment_that_was_never_there_is_stale_too(session: Session, room: Class) -> None:
    with pytest.raises(comments.StaleError) as told:
        comments.write(session, NOW, room.drawings[0], "mine", draft=None, revision=4, author_id=None)
    assert told.value.comment is None


def test_accepting_appends_one_record_however_often_it_is_sent(session: Session, room: Class) -> None:
    drawing, draft = room.drawings[0], room.drafts[0][2]
    comments.write(session, NOW, drawing, draft.text, draft=draft, revision=0, author_id=room.teacher.id)
    for seen in (1, 1, 2):
        comment = comments.accept(session, NOW, drawing, revision=seen, author_id=room.teacher.id)
        assert comment.state is CommentState.ACCEPTED
    records = [row.record for row in session.exec(select(Feedback)).all()]
    assert len(records) == 1
    assert records[0] is not None
    assert (records[0]["chosen"], records[0]["final"]) == (2, TEXTS[2])
    assert drawing.state is DrawingState.ACCEPTED


def test_reopened_and_accepted_again_is_a_second_record(session: Session, room: Class) -> None:
    drawing = room.drawings[0]
    comments.write(session, NOW, drawing, "Look again, {student}.", draft=None, revision=0, author_id=None)
    comments.accept(session, NOW, drawing, revision=1, author_id=room.teacher.id)
    comment = comments.reopen(session, NOW, drawing, revision=2, author_id=room.teacher.id)
    assert (comment.state, comment.accepted_at) == (CommentState.OPEN, None)
    assert drawing.state is DrawingState.DRAFTED
    comments.accept(session, NOW, drawing, revision=3, author_id=room.teacher.id)
    assert len(session.exec(select(Feedback)).all()) == 2


def test_writing_over_an_accepted_comment_reopens_it(session: Session, room: Class) -> None:
    drawing = room.drawings[0]
    comments.write(session, NOW, drawing, "one", draft=None, revision=0, author_id=None)
    comments.accept(session, NOW, drawing, revision=1, author_id=None)
    comment = comments.write(session, NOW, drawing, "two", draft=None, revision=2, author_id=None)
    assert comment.state is CommentState.OPEN
    assert drawing.state is DrawingState.DRAFTED


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_cannot_be_accepted(session: Session, room: Class, text: str) -> None:
    drawing = room.drawings[0]
    with pytest.raises(comments.EmptyCommentError):
        comments.accept(session, NOW, drawing, revision=0, author_id=None)
    comments.write(session, NOW, drawing, text, draft=None, revision=0, author_id=None)
    with pytest.raises(comments.EmptyCommentError):
        comments.accept(session, NOW, drawing, revision=1, author_id=None)


def test_every_revision_is_kept_and_can_come_back(session: Session, room: Class) -> None:
    drawing, draft = room.drawings[0], room.drafts[0][0]
    comments.write(session, NOW, drawing, draft.text, draft=draft, revision=0, author_id=None)
    comments.write(session, NOW, drawing, "mine alone", draft=None, revision=1, author_id=None)
    comment = comments.restore(session, NOW, drawing, 1, revision=2, author_id=None)
    assert (comment.text, comment.draft_id, comment.revision) == (draft.text, draft.id, 3)
    assert [r.number for r in session.exec(select(Revision).order_by(Revision.number)).all()] == [1, 2, 3]  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        comments.restore(session, NOW, drawing, 9, revision=3, author_id=None)


def test_the_history_lists_what_is_worth_choosing_from(session: Session, room: Class) -> None:
    drawing, draft = room.drawings[0], room.drafts[0][0]

    def write(text: str, revision: int, minutes: float) -> None:
        at = NOW + timedelta(minutes=minutes)
        comments.write(session, at, drawing, text, draft=draft, revision=revision, author_id=None)

    write(draft.text, 0, 0)
    for typed in range(1, 5):  # typed in one go, saved while typing
        write("abcde"[: typed + 1], typed, 0.1 * typed)
    write("much later", 5, 30)
    comments.accept(session, NOW + timedelta(minutes=31), drawing, revision=6, author_id=None)
    comment = comments.comment_of(session, drawing)
    assert comment is not None
    listed = [(r.number, r.text) for r in comments.history(session, comment)]
    assert listed == [(7, "much later"), (6, "much later"), (5, "abcde"), (1, draft.text)]


def test_reopened_while_its_drafts_are_being_written_it_is_not_asked_for_twice(
    session: Session, room: Class
) -> None:
    drawing = room.drawings[0]
    assert request_drafts(session, NOW, [drawing]).asked == [drawing.id]
    comments.write(session, NOW, drawing, "My own words.", draft=None, revision=0, author_id=None)
    comments.accept(session, NOW, drawing, revision=1, author_id=room.teacher.id)
    comments.reopen(session, NOW, drawing, revision=2, author_id=room.teacher.id)
    assert drawing.state is DrawingState.DRAFTING
    assert request_drafts(session, NOW, [drawing]).passed == [drawing.id]
    [job] = session.exec(select(Job)).all()
    job.state = JobState.DONE
    comments.accept(session, NOW, drawing, revision=3, author_id=room.teacher.id)
    comments.reopen(session, NOW, drawing, revision=4, author_id=room.teacher.id)
    assert drawing.state is DrawingState.DRAFTED
