"""The class as a filmstrip."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.conftest import Client
from tests.factories import NOW, CommentFactory, DrawingFactory, JobFactory, LessonFactory
from tests.webapp.conftest import Class
from webapp.accounts.tables import Language
from webapp.lessons import film
from webapp.lessons.tables import DrawingState
from webapp.platform.tables import JobState


def states(room: Class, *of: str) -> None:
    for drawing, state in zip(room.drawings, of, strict=True):
        drawing.state = DrawingState(state)


def test_the_frames_are_in_the_lessons_order_and_know_their_drafts(session: Session, room: Class) -> None:
    CommentFactory(drawing=room.drawings[1])
    DrawingFactory(lesson=room.lesson, position=7)
    found = film.frames(session, room.lesson)
    assert [f.student.name if f.student else None for f in found] == ["Mia Chen", "Noah", "Violet", None]
    assert [f.rounds for f in found] == [1, 1, 1, 0]
    assert [f.begun for f in found] == [False, True, False, False]


@pytest.mark.parametrize(
    ("three", "here", "following"),
    [
        (("accepted", "drafted", "drafted"), 0, 1),
        (("drafted", "drafted", "accepted"), 2, 0),  # round the end
        (("accepted", "drafting", "drafted"), 0, 2),  # a ready one before one that must be waited for
        (("accepted", "drafting", "refused"), 0, 1),
        (("accepted", "refused", "failed"), 0, None),
        (("accepted", "received", "accepted"), 0, None),
    ],
)
def test_accepting_leads_to_the_next_drawing_that_can_be_worked_on(
    session: Session, room: Class, three: tuple[str, ...], here: int, following: int | None
) -> None:
    states(room, *three)
    found = film.next_after(film.frames(session, room.lesson), room.drawings[here].id)
    assert (found.drawing.id if found else None) == (
        None if following is None else room.drawings[following].id
    )


def test_the_first_is_the_first_that_is_ready(session: Session, room: Class) -> None:
    states(room, "refused", "drafting", "drafted")
    found = film.first(film.frames(session, room.lesson))
    assert found is not None
    assert found.drawing == room.drawings[2]


def test_the_count_says_what_is_left_and_for_how_long(session: Session, room: Class) -> None:
    states(room, "accepted", "drafting", "drafting")
    for n in (0, 1):
        JobFactory(
            kind="draft",
            bundle=room.lesson.id,
            state=JobState.DONE,
            started_at=NOW,
            finished_at=NOW + timedelta(seconds=4 * n + 4),
        )
    count = film.count(session, NOW, room.lesson, film.frames(session, room.lesson))
    assert (count.total, count.accepted, count.busy, count.drafted) == (3, 1, 2, 3)
    assert count.seconds == pytest.approx(8)
    JobFactory(kind="draft", bundle=room.lesson.id, state=JobState.RUNNING, started_at=NOW)
    later = NOW + timedelta(seconds=11)  # three of which went into the one in hand
    count = film.count(session, later, room.lesson, film.frames(session, room.lesson))
    assert count.seconds == pytest.approx(5)


def test_the_lessons_pages_and_the_desk_wait_for_the_same(
    teacher: Client, session: Session, room: Class
) -> None:
    room.drawings[1].state, room.drawings[1].wanted = DrawingState.MEASURED, True  # drafts are asked for soon
    assert teacher.get(f"/desk/lesson/{room.lesson.id}/progress").json["busy"] is True
    assert teacher.get(f"/lessons/{room.lesson.id}/photos/progress").json["busy"] is True


def test_nothing_to_wait_for_has_no_estimate(session: Session, room: Class) -> None:
    assert film.count(session, NOW, room.lesson, film.frames(session, room.lesson)).seconds is None


def test_a_class_that_waits_says_for_whom(teacher: Client, session: Session, room: Class) -> None:
    states(room, "drafting", "accepted", "accepted")
    JobFactory(kind="draft", bundle=room.lesson.id, studio_id=room.studio.id)
    for _ in range(3):
        JobFactory(kind="draft", bundle="another", state=JobState.RUNNING, started_at=NOW)
    count = film.count(session, NOW, room.lesson, film.frames(session, room.lesson))
    assert count.waits == film.Waits(False, others=True)
    for end in (20, 40):
        JobFactory(
            kind="draft",
            bundle="another",
            state=JobState.DONE,
            started_at=NOW,
            finished_at=NOW + timedelta(seconds=end),
        )
    pages = [f"/desk/lesson/{room.lesson.id}/progress", f"/lessons/{room.lesson.id}/photos/progress"]
    said = "Waiting for another studio's class · about 60 s"
    assert [said in teacher.get(page).json["count"] for page in pages] == [True, True]
    room.teacher.language = Language.CHINESE
    assert "排在另一家画室的班后面 · 约 60 秒" in teacher.get(pages[0]).json["count"]


def test_a_class_that_waits_for_the_studios_own_lesson_names_it(
    teacher: Client, session: Session, room: Class
) -> None:
    states(room, "drafting", "accepted", "accepted")
    mine, page = room.studio.id, f"/desk/lesson/{room.lesson.id}/progress"
    earlier = LessonFactory(studio=room.studio, teacher=room.teacher, title="Sunday")
    for _ in range(2):
        JobFactory(kind="draft", bundle=earlier.id, studio_id=mine, state=JobState.RUNNING, started_at=NOW)
    JobFactory(kind="draft", bundle=room.lesson.id, studio_id=mine)
    assert "Waiting for your studio's lesson “Sunday”: 2 drawings" in teacher.get(page).json["count"]
    foreign = LessonFactory(title="Secret")
    JobFactory(
        kind="draft", bundle=foreign.id, studio_id=foreign.studio_id, state=JobState.RUNNING, started_at=NOW
    )
    said = teacher.get(page).json["count"]
    assert "your studio's lesson “Sunday” (2 drawings) and another studio's class" in said
    assert "Secret" not in said
    another = LessonFactory(studio=room.studio, teacher=room.teacher, title="Monday")
    JobFactory(kind="draft", bundle=another.id, studio_id=mine, state=JobState.RUNNING, started_at=NOW)
    assert "Waiting for other lessons of your studio (3 drawings)" in teacher.get(page).json["count"]
    room.teacher.language = Language.CHINESE
    said = teacher.get(page).json["count"]
    assert "排在您画室的其他课（3 幅画）和另一家画室的班后面" in said


def test_a_class_that_waits_for_its_model_says_so(teacher: Client, room: Class) -> None:
    states(room, "drafting", "accepted", "accepted")
    JobFactory(kind="draft", bundle=room.lesson.id, studio_id=room.studio.id)
    JobFactory(queue="school", kind="prepare", bundle="smollm2")
    count = teacher.get(f"/desk/lesson/{room.lesson.id}/progress").json["count"]
    assert "The drafts wait until the model is ready." in count
