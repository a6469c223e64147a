"""What a writer is told of a teacher's ways."""

from datetime import timedelta

from tests.factories import NOW, CommentFactory, DrawingFactory, LessonFactory, MembershipFactory
from webapp.desk.tables import CommentState
from webapp.lessons.briefs import HABITUAL, habits_of

FAREWELL = "Until Saturday, and bring your rain boots!"
BOTH = (f"One. {FAREWELL}", f"Two. {FAREWELL}")
KNOWN = frozenset({("until", "saturday", "and", "bring", "your", "rain", "boots")})


def told(lesson, *texts, state=CommentState.ACCEPTED):
    """Comments of a lesson, one a drawing."""
    for number, text in enumerate(texts):
        drawing = DrawingFactory(lesson=lesson, position=number)
        CommentFactory(drawing=drawing, text=text, state=state, accepted_at=NOW)


def test_what_was_accepted_for_two_children_of_a_lesson_is_a_habit(session) -> None:
    teacher = MembershipFactory()
    then = LessonFactory(studio_id=teacher.studio_id, teacher_id=teacher.user_id)
    told(then, *BOTH)
    today = LessonFactory(
        studio_id=teacher.studio_id, teacher_id=teacher.user_id, created_at=NOW + timedelta(days=7)
    )
    assert habits_of(session, today) == KNOWN


def test_a_colleagues_an_open_and_an_old_one_are_none(session) -> None:
    teacher = MembershipFactory()
    mine = {"studio_id": teacher.studio_id, "teacher_id": teacher.user_id}
    colleague = MembershipFactory(studio_id=teacher.studio_id)
    told(
        LessonFactory(studio_id=teacher.studio_id, teacher_id=colleague.user_id),
        f"One. {FAREWELL}",
        f"Two. {FAREWELL}",
    )
    told(LessonFactory(**mine), *BOTH, state=CommentState.OPEN)
    told(LessonFactory(**mine, created_at=NOW - timedelta(days=99)), *BOTH)
    for day in range(HABITUAL):
        today = LessonFactory(**mine, created_at=NOW + timedelta(days=day))
    assert not habits_of(session, today)
