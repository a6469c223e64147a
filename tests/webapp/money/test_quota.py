"""Drafting and accepting use the studio's comments, and nothing else does."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from billing.tables import Unit, UnitState
from tests.billing.books import check, states
from tests.factories import NOW, DraftFactory, DrawingFactory, LessonFactory, StudioFactory, UserFactory
from webapp.accounts import people
from webapp.accounts.tables import Language, Studio
from webapp.desk import comments
from webapp.lessons import erasure, work, writing
from webapp.lessons.tables import Drawing, DrawingState, Lesson
from webapp.money import quota
from webapp.platform import jobs
from webapp.platform.tables import Job, JobState


@pytest.fixture
def lesson(session: Session) -> Lesson:
    return LessonFactory(studio=StudioFactory(), teacher=UserFactory())


def drawings(lesson: Lesson, count: int, start: int = 0) -> list[Drawing]:
    return [
        DrawingFactory(lesson=lesson, position=i, facts={"schema": 1}, state=DrawingState.MEASURED)
        for i in range(start, start + count)
    ]


def left(session: Session, lesson: Lesson) -> int:
    here = quota.standing(session, NOW, lesson.studio_id)
    assert here is not None
    return here.balance.left


def jobs_of(session: Session) -> list[Job]:
    return jobs.unfinished(session, jobs.DRAFTING, "draft")


def written(session: Session, drawing: Drawing) -> None:
    """As the worker leaves it."""
    for job in jobs_of(session):
        if job.args["drawing"] == drawing.id:
            job.state = JobState.DONE
    DraftFactory(drawing=drawing, round=0)
    quota.drafted(session, NOW, drawing.id, accepted=drawing.state is DrawingState.ACCEPTED)
    if drawing.state is DrawingState.DRAFTING:
        drawing.state = DrawingState.DRAFTED


def test_a_class_larger_than_what_is_left_is_drafted_in_order(session: Session, lesson: Lesson) -> None:
    every = drawings(lesson, 23)
    asked = work.request_drafts(session, NOW, every)
    assert (asked.asked, asked.no_quota) == ([d.id for d in every[:20]], [d.id for d in every[20:]])
    assert len(jobs_of(session)) == 20
    assert {d.state for d in every[20:]} == {DrawingState.MEASURED}
    assert {d.refusal for d in every[20:]} == {work.NO_QUOTA}
    check(session)


def test_accepting_commits_and_reopening_and_redrafting_are_free(session: Session, lesson: Lesson) -> None:
    (drawing,) = drawings(lesson, 1)
    work.request_drafts(session, NOW, [drawing])
    written(session, drawing)
    comment = comments.write_and_accept(
        session, NOW, drawing, "Good.", draft=None, revision=0, author_id=None
    )
    assert states(session) == {drawing.id: UnitState.COMMITTED}
    comments.reopen(session, NOW, drawing, revision=comment.revision, author_id=None)
    assert work.request_drafts(session, NOW, [drawing]).asked == [drawing.id]
    comments.accept(session, NOW, drawing, revision=comment.revision, author_id=None)
    assert left(session, lesson) == 19
    check(session)


def test_what_was_drafted_is_accepted_when_nothing_is_left(session: Session, lesson: Lesson) -> None:
    every = drawings(lesson, 21)
    work.request_drafts(session, NOW, every)
    for drawing in every[:20]:
        written(session, drawing)
    for drawing in every:  # the last one with the teacher's own words
        comments.write_and_accept(session, NOW, drawing, "Good.", draft=None, revision=0, author_id=None)
    assert list(states(session).values()).count(UnitState.COMMITTED) == 20
    check(session)


def test_own_words_before_the_drafts_come_are_paid_when_they_come(session: Session, lesson: Lesson) -> None:
    one, two = drawings(lesson, 2)
    work.request_drafts(session, NOW, [one, two])
    for drawing in (one, two):
        comments.write_and_accept(session, NOW, drawing, "Mine.", draft=None, revision=0, author_id=None)
    written(session, one)
    job = next(job for job in jobs_of(session) if job.args["drawing"] == two.id)
    writing.drafting_failed(session, NOW, job)
    assert states(session) == {one.id: UnitState.COMMITTED, two.id: UnitState.RELEASED}
    check(session)


def test_a_drafting_that_failed_gives_its_comment_back(session: Session, lesson: Lesson) -> None:
    one, two = drawings(lesson, 2)
    work.request_drafts(session, NOW, [one, two])
    written(session, two)
    for job in jobs_of(session):
        writing.drafting_failed(session, NOW, job)
    assert states(session) == {one.id: UnitState.RELEASED, two.id: UnitState.RESERVED}
    assert left(session, lesson) == 19


def test_the_sweeper_gives_back_what_nobody_drafts_any_more(session: Session, lesson: Lesson) -> None:
    one, two = drawings(lesson, 2)
    work.request_drafts(session, NOW, [one, two])
    later = NOW + timedelta(hours=1)
    assert quota.sweep(session, later) == 0  # both are still to be drafted
    job = next(job for job in jobs_of(session) if job.args["drawing"] == one.id)
    erasure.erase_drawing(session, NOW, one)
    session.delete(job)
    session.flush()
    assert quota.sweep(session, NOW) == 0
    assert quota.sweep(session, later) == 1
    assert left(session, lesson) == 19
    check(session)


def test_a_new_studio_has_its_trial_once_a_person(session: Session) -> None:
    owner = UserFactory(email="Ann+one@studio.example")
    again = UserFactory(email="ann@studio.example")

    def opened(by: object) -> Studio:
        return people.open_studio(
            session,
            NOW,
            by,  # type: ignore[arg-type]
            name="S",
            language=Language.ENGLISH,
            time_zone="UTC",
            teaches_common=True,
        )

    plans = [quota.entitlement(session, NOW, opened(by).id).plan for by in (owner, owner, again)]
    assert plans == ["teacher", "free", "free"]
    owner.email = "new@studio.example"  # changed on the account's page
    plans = [quota.entitlement(session, NOW, opened(by).id).plan for by in (owner, UserFactory())]
    assert plans == ["free", "teacher"]
    assert session.exec(select(Unit)).all() == []
