"""Leases: what is claimed together, what is done twice (nothing), what comes back."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.factories import NOW, JobFactory, StudioFactory
from webapp.accounts.tables import Studio
from webapp.platform import jobs
from webapp.platform.progress import Ahead, ahead, progress
from webapp.platform.tables import Job, JobState

LATER = NOW + jobs.LEASE + timedelta(seconds=1)


def _claim(session: Session, limit: int = 1, now=NOW, worker: str = "w") -> list[Job]:
    return jobs.claim(session, now, "drafting", worker, limit)


def test_the_same_key_is_enqueued_once(session: Session) -> None:
    first = jobs.enqueue(session, queue="drafting", kind="measure", key="measure:1")
    assert jobs.enqueue(session, queue="drafting", kind="measure", key="measure:1").id == first.id


def test_a_class_is_claimed_together_and_the_oldest_first(session: Session) -> None:
    mine = [
        JobFactory(kind="draft", bundle="lesson-1", created_at=NOW + timedelta(seconds=i)) for i in (2, 0, 1)
    ]
    JobFactory(kind="draft", bundle="lesson-2", created_at=NOW + timedelta(seconds=3))
    JobFactory(kind="measure", bundle="lesson-1", created_at=NOW + timedelta(seconds=4))
    claimed = _claim(session, 16, NOW + timedelta(seconds=9))
    assert [job.id for job in claimed] == [mine[1].id, mine[2].id, mine[0].id]
    assert {(job.state, job.attempts, job.worker) for job in claimed} == {(JobState.RUNNING, 1, "w")}


def test_jobs_without_a_bundle_come_alone(session: Session) -> None:
    JobFactory()
    JobFactory()
    assert len(_claim(session, 16)) == 1


def test_a_limit_holds_and_another_queue_is_left(session: Session) -> None:
    for _ in range(5):
        JobFactory(kind="draft", bundle="lesson")
    JobFactory(queue="school", kind="draft", bundle="lesson", created_at=NOW - timedelta(days=1))
    assert len(_claim(session, 3)) == 3
    assert len(_claim(session, 3)) == 2
    assert _claim(session, 3) == []


def test_an_earlier_kind_is_claimed_before_what_is_older(session: Session) -> None:
    JobFactory(kind="draft", bundle="lesson-1")
    JobFactory(kind="other", created_at=NOW - timedelta(days=1))
    JobFactory(kind="measure", bundle="lesson-2", created_at=NOW + timedelta(seconds=1))
    now = NOW + timedelta(minutes=1)
    claimed = [jobs.claim(session, now, "drafting", "w", 16, ["measure", "draft"]) for _ in range(3)]
    assert [job.kind for (job,) in claimed] == ["measure", "draft", "other"]


def _class_of(studio: Studio, lesson: str, count: int, seconds: int = 0) -> None:
    created = NOW + timedelta(seconds=seconds)
    for _ in range(count):
        JobFactory(kind="draft", bundle=lesson, studio_id=studio.id, created_at=created)


def test_studios_take_turns(session: Session) -> None:
    large, small = StudioFactory(), StudioFactory()
    _class_of(large, "thirty", 30)
    _class_of(large, "second", 1, seconds=1)
    _class_of(small, "three", 3, seconds=2)
    turns = []
    for minute in range(1, 5):
        claimed = _claim(session, 16, NOW + timedelta(minutes=minute))
        turns.append((claimed[0].bundle, len(claimed)))
    assert turns == [("thirty", 16), ("three", 3), ("thirty", 14), ("second", 1)]
    _class_of(large, "later", 1, seconds=300)
    _class_of(small, "more", 1, seconds=301)  # was served longest ago
    assert _claim(session, 16, NOW + timedelta(minutes=6))[0].bundle == "more"


def test_what_goes_before_presses_and_a_studio_that_was_given_nothing(session: Session) -> None:
    kinds = ["measure", "draft"]
    one, other = StudioFactory(), StudioFactory()
    _class_of(one, "thirty", 30)
    first, *_rest = jobs.claim(session, NOW + timedelta(seconds=9), "drafting", "w", 16, kinds)
    now = NOW + timedelta(minutes=1)
    assert not jobs.is_pressing(session, now, first, kinds)  # the rest of the class is its own
    _class_of(other, "three", 20, seconds=10)
    assert jobs.is_pressing(session, now, first, kinds)
    (theirs, *_rest) = jobs.claim(session, now, "drafting", "w", 16, kinds)
    assert theirs.bundle == "three"
    assert not jobs.is_pressing(session, now, first, kinds)
    assert not jobs.is_pressing(session, now, theirs, kinds)  # or they would stop each other for ever
    JobFactory(kind="measure", studio_id=one.id, created_at=now)
    assert jobs.is_pressing(session, now, theirs, kinds)


def test_what_comes_before_a_class_is_counted_as_it_will_be_claimed(session: Session) -> None:
    one, other, third = StudioFactory(), StudioFactory(), StudioFactory()
    _class_of(one, "thirty", 30)
    _class_of(other, "three", 3, seconds=1)
    _class_of(third, "twenty", 20, seconds=2)
    assert ahead(session, "drafting", "draft", "nothing") is None
    assert ahead(session, "drafting", "draft", "thirty") is None
    assert ahead(session, "drafting", "draft", "three") == Ahead(16, None)
    assert ahead(session, "drafting", "draft", "twenty") == Ahead(19, None)
    begun = NOW + timedelta(minutes=1)
    held = _claim(session, 16, begun)
    for number, job in enumerate(held[:4], 1):
        jobs.finish(session, begun + timedelta(seconds=2 * number), job)
    assert ahead(session, "drafting", "draft", "thirty") is None  # it is being drafted
    assert ahead(session, "drafting", "draft", "three") == Ahead(12, 24.0)
    for job in held[4:]:
        jobs.finish(session, begun + timedelta(seconds=32), job)
    assert ahead(session, "drafting", "draft", "thirty") == Ahead(19, 38.0)  # its second half comes last


def test_finishing_needs_the_lease(session: Session) -> None:
    JobFactory()
    (mine,) = _claim(session)
    session.expunge(mine)
    assert jobs.sweep(session, LATER) == []
    (theirs,) = _claim(session, now=LATER + timedelta(minutes=1), worker="other")
    with pytest.raises(jobs.LeaseLostError):
        jobs.finish(session, LATER, mine)
    jobs.finish(session, LATER, theirs)
    session.refresh(theirs)
    assert theirs.state is JobState.DONE
    assert theirs.done == theirs.total


def test_a_lease_that_ran_out_may_still_finish_when_nobody_took_it(session: Session) -> None:
    JobFactory()
    (mine,) = _claim(session)
    jobs.finish(session, LATER, mine)
    session.refresh(mine)
    assert mine.state is JobState.DONE


def test_the_heartbeat_keeps_the_lease(session: Session) -> None:
    JobFactory()
    claimed = _claim(session)
    jobs.extend(session, NOW + timedelta(seconds=20), claimed)
    assert jobs.sweep(session, LATER) == []
    session.refresh(claimed[0])
    assert claimed[0].state is JobState.RUNNING


def test_a_failure_is_tried_again_later_alone_and_given_up_after_three(session: Session) -> None:
    JobFactory(kind="draft", bundle="lesson")
    other = JobFactory(kind="draft", bundle="lesson", created_at=NOW + timedelta(seconds=1))
    now = NOW + timedelta(seconds=1)
    bad = next(job for job in _claim(session, 2, now) if job.id != other.id)
    jobs.release(session, other)
    assert not jobs.fail(session, now, bad, "oops")
    assert [job.id for job in _claim(session, 2, now)] == [other.id]  # the bad one waits
    for attempt in (2, 3):
        now += timedelta(minutes=1)
        (bad,) = _claim(session, 2, now)
        assert bad.attempts == attempt
        assert jobs.fail(session, now, bad, "oops") is (attempt == 3)
    session.refresh(bad)
    assert (bad.state, bad.error) == (JobState.FAILED, "oops")
    jobs.retry(session, bad.key)
    session.refresh(bad)
    assert (bad.state, bad.attempts, bad.error) == (JobState.QUEUED, 0, None)


def test_what_cannot_succeed_is_given_up_at_once(session: Session) -> None:
    JobFactory()
    (job,) = _claim(session)
    assert jobs.fail(session, NOW, job, "photo_truncated", again=False)


def test_a_job_that_kills_its_worker_is_given_up(session: Session) -> None:
    JobFactory()
    now = NOW
    for _ in range(jobs.ATTEMPTS - 1):
        _claim(session, now=now)
        now += timedelta(minutes=5)
        assert jobs.sweep(session, now) == []
        now += timedelta(minutes=5)
    _claim(session, now=now)
    now += timedelta(minutes=5)
    (dead,) = jobs.sweep(session, now)
    session.refresh(dead)
    assert (dead.state, dead.error) == (JobState.FAILED, "worker_lost")


def test_a_class_that_lost_its_worker_comes_together_once_more(session: Session) -> None:
    for _ in range(3):
        JobFactory(kind="draft", bundle="lesson")
    now = NOW
    for count in (3, 3, 1):
        assert len(_claim(session, 16, now)) == count
        now += timedelta(minutes=5)
        jobs.sweep(session, now)
        now += timedelta(minutes=5)


def test_released_jobs_are_as_if_never_claimed(session: Session) -> None:
    JobFactory(bundle="lesson")
    (job,) = _claim(session)
    jobs.release(session, job)
    session.refresh(job)
    assert (job.state, job.attempts, job.lease_until) == (JobState.QUEUED, 0, None)


def test_progress_counts_and_estimates(session: Session) -> None:
    for _ in range(4):
        JobFactory(kind="draft", bundle="lesson")
    one, two = _claim(session, 2)
    jobs.finish(session, NOW + timedelta(seconds=4), one)
    jobs.finish(session, NOW + timedelta(seconds=6), two)
    _claim(session)
    done = progress(session, "draft", "lesson")
    assert (done.open, done.running, done.done, done.failed, done.total) == (1, 1, 2, 0, 4)
    assert done.seconds == 3.0
    assert not done.finished


def test_the_time_left_shrinks_while_one_is_being_done(session: Session) -> None:
    for _ in range(3):
        JobFactory(kind="draft", bundle="lesson")
    (one,) = _claim(session)
    assert progress(session, "draft", "lesson").left(NOW, 2) is None  # none is done yet
    jobs.finish(session, NOW + timedelta(seconds=4), one)
    assert progress(session, "draft", "lesson").left(NOW + timedelta(hours=1), 2) == 8  # none in hand
    _claim(session, now=NOW + timedelta(seconds=5))
    now_done = progress(session, "draft", "lesson")
    left = [now_done.left(NOW + timedelta(seconds=5 + spent), 2) for spent in (0, 1, 3, 4, 60)]
    assert left == [8, 7, 5, 4, 4]
    assert now_done.left(NOW, 0) is None


def test_hours_between_two_draftings_are_not_counted_as_work(session: Session) -> None:
    for begun in (NOW, NOW + timedelta(hours=3)):
        JobFactory(kind="draft", bundle="lesson")
        (job,) = _claim(session, now=begun)
        jobs.finish(session, begun + timedelta(seconds=4), job)
    assert progress(session, "draft", "lesson").seconds == 4.0
