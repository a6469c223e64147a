"""What a deletion or a withdrawal takes with it, and what stays."""

from datetime import timedelta

import pytest
from sqlmodel import select

from tests.factories import (
    NOW,
    CommentFactory,
    DraftFactory,
    DrawingFactory,
    FeedbackFactory,
    LessonFactory,
    RevisionFactory,
    StudentFactory,
    StudioFactory,
)
from webapp.desk.tables import Comment, Draft, Feedback, Instruction, Revision, Rewrite
from webapp.lessons import consents, erasure
from webapp.lessons.tables import Consent, Drawing, Lesson, Student
from webapp.platform.tables import Job


@pytest.fixture
def studio(session):
    return StudioFactory()


@pytest.fixture
def mia(studio):
    return StudentFactory(studio=studio, name="Mia Chen", called="Mia")


@pytest.fixture
def lesson(studio):
    return LessonFactory(studio=studio)


def drawn(lesson, student, text="{student}, your cat glows."):
    drawing = DrawingFactory(lesson=lesson, student_id=student.id, facts={"schema": 1})
    DraftFactory(drawing=drawing)
    comment = CommentFactory(drawing=drawing, text=text)
    RevisionFactory(comment=comment)
    FeedbackFactory(drawing=drawing, student_id=student.id)
    return drawing


def test_erasing_a_student_leaves_a_tombstone_and_nothing_else(session, mia, lesson) -> None:
    ben = StudentFactory(studio_id=lesson.studio_id, name="Ben", called="Ben")
    drawing, other = drawn(lesson, mia), drawn(lesson, ben, "Mia helped you, {student}.")
    bare = DrawingFactory(lesson=lesson, student_id=ben.id, subjects=["cat", "Mia"])
    of_it = {"studio_id": lesson.studio_id, "drawing_id": bare.id, "created_at": NOW}
    told = Instruction(**of_it, text="Leave Mia Chen out.")
    session.add_all([told, Rewrite(**of_it, text="Mia sat beside you.", start=0, end=3)])
    erasure.erase_student(session, NOW, mia)
    session.commit()
    session.expire_all()
    assert session.get(Student, mia.id) is None
    assert (told.text, bare.subjects) == ("Leave a classmate out.", ["cat", "A classmate"])
    assert session.exec(select(Rewrite)).all() == []
    assert session.get(Drawing, drawing.id) is None
    for table in (Draft, Comment):
        assert [row.drawing_id for row in session.exec(select(table)).all()] == [other.id]
    assert {c.text for c in session.exec(select(Comment)).all()} == {"A classmate helped you, {student}."}
    assert {r.text for r in session.exec(select(Revision)).all()} == {"A classmate helped you, {student}."}
    buried, kept = sorted(session.exec(select(Feedback)).all(), key=lambda f: f.record is not None)
    assert (buried.record, buried.erased_because) == (None, "student deleted")
    assert buried.erased_at == NOW
    assert kept.record is not None
    job = session.exec(select(Job)).one()
    assert job.kind == "erase"
    assert job.args == {"folders": [f"{lesson.studio_id}/drawings/{drawing.id}"]}


def test_withdrawing_training_buries_feedback_and_keeps_the_comment(session, mia, lesson) -> None:
    drawing = drawn(lesson, mia)
    erasure.withdraw(session, NOW, mia, "training")
    session.commit()
    session.expire_all()
    assert session.exec(select(Feedback)).one().record is None
    assert session.get(Drawing, drawing.id) is not None
    assert session.get(Student, mia.id).training is Consent.WITHDRAWN
    assert session.get(Student, mia.id).processing is Consent.GRANTED
    assert session.exec(select(Comment)).one().text == "{student}, your cat glows."


def test_withdrawing_training_reaches_a_drawing_given_to_the_child_after_its_acceptance(
    session, mia, lesson
) -> None:
    drawing = DrawingFactory(lesson=lesson, student_id=mia.id)
    FeedbackFactory(drawing=drawing, student_id=None)
    erasure.withdraw(session, NOW, mia, "training")
    session.commit()
    session.expire_all()
    assert session.exec(select(Feedback)).one().record is None


def test_withdrawing_processing_erases_the_work_and_keeps_the_name(session, mia, lesson) -> None:
    drawn(lesson, mia)
    erasure.withdraw(session, NOW, mia, "processing")
    session.commit()
    session.expire_all()
    assert session.exec(select(Drawing)).all() == []
    assert session.exec(select(Feedback)).one().erased_because == "processing withdrawn"
    child = session.get(Student, mia.id)
    assert (child.name, child.processing, child.processing_text) == ("Mia Chen", Consent.WITHDRAWN, "1")
    assert not consents.may_process(child)


def test_a_tombstone_keeps_its_first_reason(session, mia, lesson) -> None:
    drawn(lesson, mia)
    erasure.withdraw(session, NOW, mia, "training")
    erasure.erase_student(session, NOW + timedelta(days=1), mia)
    session.commit()
    session.expire_all()
    assert session.exec(select(Feedback)).one().erased_because == "training withdrawn"


def test_erasing_a_lesson(session, mia, lesson) -> None:
    drawn(lesson, mia)
    erasure.erase_lesson(session, NOW, lesson)
    session.commit()
    session.expire_all()
    assert session.exec(select(Lesson)).all() == []
    assert session.exec(select(Drawing)).all() == []
    assert session.exec(select(Feedback)).one().record is None


def test_photos_are_old_when_the_studio_no_longer_keeps_them(session, lesson, studio) -> None:
    old = DrawingFactory(lesson=lesson, created_at=NOW - timedelta(days=400), facts={"schema": 1})
    DrawingFactory(lesson=lesson, created_at=NOW - timedelta(days=300))
    patient = StudioFactory(photo_months=24)
    DrawingFactory(lesson=LessonFactory(studio=patient), created_at=NOW - timedelta(days=400))
    assert erasure.old_photos(session, NOW) == [old]
    erasure.note_photos_erased(session, NOW, [old])
    session.commit()
    session.expire_all()
    assert erasure.old_photos(session, NOW) == []
    assert (old.photo_erased_at, old.facts) == (NOW, {"schema": 1})


@pytest.mark.parametrize(
    ("months", "year", "month"), [(12, 2025, 11), (1, 2026, 10), (11, 2025, 12), (0, 2026, 11)]
)
def test_months_are_counted_on_the_calendar(months: int, year: int, month: int) -> None:
    then = erasure._months_before(NOW, months)
    assert (then.year, then.month, then.day) == (year, month, 21)
