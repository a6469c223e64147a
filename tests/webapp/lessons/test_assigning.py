"""Saying whose a drawing is: the name leaves every text, and what was taught becomes this child's."""

import pytest
from sqlmodel import col, select

from tests.factories import (
    NOW,
    CommentFactory,
    DraftFactory,
    DrawingFactory,
    FeedbackFactory,
    InstructionFactory,
    LessonFactory,
    MembershipFactory,
    RevisionFactory,
    RewriteFactory,
    StudentFactory,
    StudioFactory,
    UserFactory,
)
from webapp.desk.tables import Comment, CommentState, Draft, Feedback, Instruction, Revision, Rewrite
from webapp.lessons.assigning import assign
from webapp.lessons.tables import Consent, Drawing

NAMED = "Mia, your cat purrs."
STORED = "{student}, your cat purrs."


@pytest.fixture
def studio(session):
    return StudioFactory()


@pytest.fixture
def teacher(studio):
    user = UserFactory()
    MembershipFactory(studio=studio, user=user)
    return user


@pytest.fixture
def lesson(studio, teacher):
    return LessonFactory(studio=studio, teacher_id=teacher.id)


@pytest.fixture
def mia(studio):
    return StudentFactory(studio=studio, name="Mia Chen", called="Mia")


@pytest.fixture
def written(lesson) -> Drawing:
    """A drawing of nobody yet, for which everything names Mia already."""
    drawing = DrawingFactory(lesson=lesson, facts={"schema": 1}, subjects=["Mia's cat", "mat"])
    told = InstructionFactory(drawing=drawing, text="praise Mia")
    flags = [{"span": [5, 13], "kind": "unknowable", "reason": "Who knows?"}]
    DraftFactory(drawing=drawing, text=NAMED, flags=flags, instruction_id=told.id)
    RevisionFactory(comment=CommentFactory(drawing=drawing, text=NAMED))
    RewriteFactory(drawing=drawing, text=NAMED)
    return drawing


def test_the_name_leaves_all_that_was_written_before(session, written, mia) -> None:
    assign(session, NOW, written, mia)
    session.commit()
    session.expire_all()
    assert written.student_id == mia.id
    assert written.subjects == ["{student}'s cat", "mat"]
    for table in (Comment, Revision, Draft):
        assert session.exec(select(table.text)).all() == [STORED], table
    assert session.exec(select(Instruction.text)).one() == "praise {student}"
    assert session.exec(select(Draft)).one().flags[0]["span"] == [0, 0]
    assert session.exec(select(Rewrite)).all() == []
    assert session.exec(select(Feedback)).all() == []  # nothing is accepted yet


def test_an_accepted_comment_teaches_as_the_right_childs(session, written, mia, studio) -> None:
    ben = StudentFactory(studio=studio, name="Ben", called="Ben", training=Consent.NONE)
    comment = session.exec(select(Comment)).one()
    comment.state, comment.accepted_at = CommentState.ACCEPTED, NOW
    written.student_id = ben.id
    wrong = FeedbackFactory(drawing=written, student_id=ben.id)
    assign(session, NOW, written, mia)
    session.commit()
    session.expire_all()
    assert (wrong.record, wrong.erased_because) == (None, "student changed")
    live = session.exec(select(Feedback).where(col(Feedback.erased_at).is_(None))).one()
    assert (live.student_id, live.accepted_at) == (mia.id, NOW)
    assert live.record["student"]["id"] == mia.id
    assert live.record["accepted_at"] == "2026-11-21T09:30:00Z"
    assert (live.record["final"], live.record["training"]) == (STORED, True)

    assign(session, NOW, written, ben)
    session.commit()
    live = session.exec(select(Feedback).where(col(Feedback.erased_at).is_(None))).one()
    assert (live.student_id, live.record["training"]) == (ben.id, False)  # Ben's guardian did not agree


def test_the_same_answer_again_changes_nothing(session, written, mia) -> None:
    written.student_id = mia.id
    feedback = FeedbackFactory(drawing=written, student_id=mia.id)
    assign(session, NOW, written, mia)
    session.commit()
    session.expire_all()
    assert feedback.erased_at is None


@pytest.mark.parametrize("way", ["desk", "label", "order", "labels"])
def test_every_way_of_saying_it_takes_the_name_out(
    client, session, teacher, written, mia, lesson, way
) -> None:
    browser = client.sign_in(teacher)
    if way == "desk":
        browser.post(f"/desk/{written.id}/student", json={"student": mia.id})
    elif way == "label":
        browser.post(f"/drawings/{written.id}/label", data={"student": mia.id})
    elif way == "order":
        browser.post(f"/lessons/{lesson.id}/labels", data={"do": "order", "present": mia.id})
    else:
        browser.post(f"/lessons/{lesson.id}/labels", data={f"student-{written.id}": mia.id})
    session.expire_all()
    assert written.student_id == mia.id
    assert session.exec(select(Comment.text)).one() == STORED
