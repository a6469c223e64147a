"""Jobs: what is to be done, by whom, and how far it is. The table is the truth; a message is only a wake-up.

A worker *claims* jobs and so holds a lease on them, which its heartbeat extends. It *finishes* a job in the
very transaction that writes the results, and only while the lease is still its own. Whenever a worker dies,
then, each of its jobs is either done with its results or open again once the lease has run out: done exactly
once.

``Job.attempts`` counts the claims and is the fencing token: a worker that lost its lease holds an old number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from webapp.platform.tables import Job, JobState

LEASE = timedelta(seconds=30)
ATTEMPTS = 3
BACKOFF = timedelta(seconds=2)  # times three for each attempt
WORKER_LOST = "worker_lost"
"""The error of a job whose worker died."""

DRAFTING = "drafting"
"""The queue for which a teacher waits."""
SCHOOL = "school"
"""The queue of everything that can wait; its worker runs at nice 19."""


class LeaseLostError(Exception):
    """The job is no longer this worker's: its lease ran out, and it was opened for others."""


def enqueue(
    session: Session,
    now: datetime,
    *,
    queue: str,
    kind: str,
    key: str,
    args: dict[str, Any] | None = None,
    studio_id: str | None = None,
    bundle: str = "",
) -> Job:
    """The job of this key, made if it is not there yet.

    Jobs of one kind and (non-empty) bundle may be claimed together. Call ``wake(queue)`` after the commit.
    """
    if (there := by_key(session, key)) is not None:
        return there
    job = Job(
        queue=queue, kind=kind, key=key, args=args or {}, studio_id=studio_id, bundle=bundle, created_at=now
    )
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:  # another process was faster
        there = by_key(session, key)
        if there is None:
            raise
        return there
    return job


def by_key(session: Session, key: str) -> Job | None:
    """The job of this key."""
    return session.exec(select(Job).where(Job.key == key)).first()


def retry(session: Session, key: str) -> None:
    """Open a job that has ended again, with all its attempts; one that is open or running stays as it is."""
    session.exec(
        sa.update(Job)
        .where(col(Job.key) == key, col(Job.state).in_([JobState.FAILED, JobState.DONE]))
        .values(state=JobState.QUEUED, attempts=0, error=None, lease_until=None, finished_at=None)
    )


def claim(session: Session, now: datetime, queue: str, worker: str, limit: int = 1) -> list[Job]:
    """Lease the oldest open job, and up to ``limit`` - 1 more of its kind and bundle.

    A job that failed, or whose worker died twice, comes alone, so that one bad drawing cannot take its class
    down again. The caller commits at once: other workers wait for, or pass over, the claimed rows until then.
    """
    is_open = sa.and_(
        col(Job.queue) == queue,
        col(Job.state) == JobState.QUEUED,
        sa.or_(col(Job.lease_until).is_(None), col(Job.lease_until) <= now),
    )
    order = (col(Job.created_at), col(Job.id))
    first = session.exec(
        select(Job).where(is_open).order_by(*order).limit(1).with_for_update(skip_locked=True)
    ).first()
    if first is None:
        return []
    which = col(Job.id) == first.id
    if first.bundle and (first.attempts == 0 or (first.attempts == 1 and first.error == WORKER_LOST)):
        lost_once = sa.and_(col(Job.attempts) == 1, col(Job.error) == WORKER_LOST)
        which = sa.and_(
            col(Job.kind) == first.kind,
            col(Job.bundle) == first.bundle,
            sa.or_(col(Job.attempts) == 0, lost_once),
        )
    ids = select(Job.id).where(is_open, which).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    claimed = session.scalars(
        sa.update(Job)
        .where(is_open, col(Job.id).in_(ids.scalar_subquery()))
        .values(
            state=JobState.RUNNING,
            worker=worker,
            attempts=Job.attempts + 1,
            lease_until=now + LEASE,
            started_at=now,
            done=0,
        )
        .returning(Job)
        .execution_options(populate_existing=True)
    ).all()
    return sorted(claimed, key=lambda job: (job.created_at, job.id))


def extend(session: Session, now: datetime, jobs: Sequence[Job]) -> None:
    """Heartbeat: keep the leases that are still ours."""
    for job in jobs:
        session.exec(sa.update(Job).where(_ours(job)).values(lease_until=now + LEASE))


def report(session: Session, job: Job, done: int, total: int) -> None:
    """Note how far a long job is. LeaseLostError: it is no longer ours, so there is no use in going on."""
    _move(session, job, done=done, total=total)


def finish(session: Session, now: datetime, job: Job) -> None:
    """Mark the job done; its results belong in the same transaction. LeaseLostError: it is no longer ours."""
    _move(session, job, state=JobState.DONE, done=Job.total, finished_at=now, lease_until=None, error=None)


def release(session: Session, job: Job, until: datetime | None = None) -> None:
    """Give the job back untried, because the worker is told to stop, or because it must wait ``until``
    then.
    """
    _move(session, job, state=JobState.QUEUED, attempts=Job.attempts - 1, worker=None, lease_until=until)


def fail(session: Session, now: datetime, job: Job, error: str, *, again: bool = True) -> bool:
    """Try the job again later, or give it up; True when it is given up.

    ``error`` is a short code, never a text. ``again=False``: trying again cannot help.
    """
    if again and job.attempts < ATTEMPTS:
        later = now + BACKOFF * 3 ** (job.attempts - 1)
        _move(session, job, state=JobState.QUEUED, worker=None, lease_until=later, error=error)
        return False
    _move(session, job, state=JobState.FAILED, finished_at=now, lease_until=None, error=error)
    return True


def sweep(session: Session, now: datetime) -> list[Job]:
    """Open the jobs whose worker died; return those given up because they killed it every time."""
    dead = session.exec(
        select(Job)
        .where(Job.state == JobState.RUNNING, col(Job.lease_until) < now)
        .with_for_update(skip_locked=True)
    ).all()
    return [job for job in dead if fail(session, now, job, WORKER_LOST)]


def _ours(job: Job) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Job.id) == job.id,
        col(Job.state) == JobState.RUNNING,
        col(Job.worker) == job.worker,
        col(Job.attempts) == job.attempts,
    )


def _move(session: Session, job: Job, **values: Any) -> None:
    """Change a job that is still leased as ``job`` says, or raise LeaseLostError."""
    done = session.exec(sa.update(Job).where(_ours(job)).values(**values))
    if done.rowcount != 1:
        raise LeaseLostError(job.id)


def unfinished(session: Session, queue: str, kind: str) -> list[Job]:
    """The jobs of this kind that are open or being done, oldest first."""
    rows = session.exec(
        select(Job)
        .where(
            Job.queue == queue,
            col(Job.state).in_([JobState.QUEUED, JobState.RUNNING]),
            Job.kind == kind,
        )
        .order_by(col(Job.created_at))
    )
    return list(rows)


@dataclass(frozen=True)
class Progress:
    """How far the jobs of a bundle are. ``seconds`` is the mean time of one done, None before the first;
    ``since`` is when work on the next one began, None while none is being done.
    """

    open: int
    running: int
    done: int
    failed: int
    seconds: float | None
    since: datetime | None = None

    @property
    def total(self) -> int:
        return self.open + self.running + self.done + self.failed

    @property
    def finished(self) -> bool:
        return self.open + self.running == 0

    def left(self, now: datetime, count: int) -> float | None:
        """Seconds until ``count`` more are done, less with every second of work; None while it cannot be
        told. The one in hand may take longer than usual: then it is the others that are left.
        """
        if self.seconds is None or not count:
            return None
        spent = (now - self.since).total_seconds() if self.since else 0.0
        return self.seconds * count - min(max(spent, 0.0), self.seconds)


def progress(session: Session, kind: str, bundle: str) -> Progress:
    """How far the jobs of this kind and bundle are."""
    jobs = session.exec(select(Job).where(Job.kind == kind, Job.bundle == bundle)).all()
    count = {state: sum(job.state is state for job in jobs) for state in JobState}
    done = sorted(
        (job.started_at, job.finished_at)
        for job in jobs
        if job.state is JobState.DONE and job.started_at and job.finished_at
    )
    # Jobs of a batch overlap, and between two batches hours may pass: what counts is when work was done.
    worked, until = timedelta(), None
    for start, end in done:
        begun = start if until is None else max(start, until)
        worked += max(end - begun, timedelta())
        until = end if until is None else max(end, until)
    starts = [job.started_at for job in jobs if job.state is JobState.RUNNING and job.started_at]
    return Progress(
        count[JobState.QUEUED],
        count[JobState.RUNNING],
        count[JobState.DONE],
        count[JobState.FAILED],
        seconds=worked.total_seconds() / len(done) if done else None,
        since=max(min(starts), until or min(starts)) if starts else None,
    )
