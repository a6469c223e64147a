"""Jobs: what is to be done, by whom, and how far it is. The table is the truth; a message is only a wake-up.

A worker *claims* jobs and so holds a lease on them, which its heartbeat extends. It *finishes* a job in the
very transaction that writes the results, and only while the lease is still its own. Whenever a worker dies,
then, each of its jobs is either done with its results or open again once the lease has run out: done exactly
once.

All times here are the machine's own, ``now`` too (``clock.machine_now``): moving a demo's clock changes
nothing of who does what, and since when.

``Job.attempts`` counts the claims and is the fencing token: a worker that lost its lease holds an old number.
"""

from collections.abc import Collection, Sequence
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
TOGETHER = 16
"""How many jobs of a bundle are claimed at once: a batch that drafts well, and is soon done."""
WORKER_LOST = "worker_lost"
"""The error of a job whose worker died."""

DRAFTING = "drafting"
"""The queue for which a teacher waits."""
SCHOOL = "school"
"""The queue of everything that can wait; its worker runs at nice 19."""
MONEY = "money"
"""The queue of what is paid and owed: it waits for nobody's drawings and for no night. Its worker also hears
beat's ticks.
"""
QUEUES = (DRAFTING, SCHOOL, MONEY)


class LeaseLostError(Exception):
    """The job is no longer this worker's: its lease ran out, and it was opened for others."""


def enqueue(
    session: Session,
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
    job = Job(queue=queue, kind=kind, key=key, args=args or {}, studio_id=studio_id, bundle=bundle)
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


def claim(
    session: Session, now: datetime, queue: str, worker: str, limit: int = 1, kinds: Sequence[str] = ()
) -> list[Job]:
    """Lease the open job whose turn it is, and up to ``limit`` - 1 more of its kind and bundle.

    Earlier ones of ``kinds`` go first; of one kind, the studio that was served longest ago; of one studio,
    the oldest job. A job that failed, or whose worker died twice, comes alone, so that one bad drawing cannot
    take its class down again. The caller commits at once: other workers wait for, or pass over, the claimed
    rows until then.
    """
    is_open, order = _is_open(now, queue), (col(Job.created_at), col(Job.id))
    for waits in _waiting(session, now, queue, kinds):
        whose = sa.and_(is_open, col(Job.kind) == waits.kind, col(Job.studio_id) == waits.studio_id)
        first = session.exec(
            select(Job).where(whose).order_by(*order).limit(1).with_for_update(skip_locked=True)
        ).first()
        if first is not None:
            break
    else:
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


def is_pressing(session: Session, now: datetime, job: Job, kinds: Sequence[str]) -> bool:
    """Whether whoever does this job among others should soon do something else: of an earlier one of
    ``kinds``, or of another studio that has been given nothing since it asked.
    """
    for waits in _waiting(session, now, job.queue, kinds):
        if waits.rank < _rank(job.kind, kinds):
            return True
        other = waits.kind == job.kind and waits.studio_id != job.studio_id
        if other and (waits.served is None or waits.served < waits.since):
            return True
    return False


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


@dataclass(frozen=True)
class _Waits:
    """A studio's open jobs of one kind: open since when, and when the last one of the kind was begun."""

    kind: str
    studio_id: str | None
    rank: int
    since: datetime
    served: datetime | None


def _waiting(session: Session, now: datetime, queue: str, kinds: Sequence[str]) -> list[_Waits]:
    """Who waits for a worker, in the order of their turns."""
    oldest = sa.func.min(Job.created_at)
    rows = session.exec(
        select(Job.kind, Job.studio_id, oldest)
        .where(_is_open(now, queue))
        .group_by(col(Job.kind), col(Job.studio_id))
    ).all()
    # Who is alone need not be compared with anybody.
    served = last_begun(session, queue, {studio_id for _kind, studio_id, _since in rows}) if rows[1:] else {}
    waiting = [
        _Waits(kind, studio_id, _rank(kind, kinds), since, served.get((kind, studio_id)))
        for kind, studio_id, since in rows
    ]
    return sorted(waiting, key=lambda each: (each.rank, *by_turn(each.served, each.since)))


def by_turn(served: datetime | None, since: datetime) -> tuple[bool, datetime, datetime]:
    """Sorts those who wait: whoever was never served, then whoever was longest ago, then by ``since``."""
    return served is not None, served or since, since


def last_begun(
    session: Session, queue: str, studio_ids: Collection[str | None]
) -> dict[tuple[str, str | None], datetime]:
    """When the last job of each kind and studio was begun."""
    which = sa.or_(
        col(Job.studio_id).in_([each for each in studio_ids if each]),
        col(Job.studio_id).is_(None) if None in studio_ids else sa.false(),
    )
    rows = session.exec(
        select(Job.kind, Job.studio_id, sa.func.max(Job.started_at))
        .where(Job.queue == queue, which, col(Job.started_at).is_not(None))
        .group_by(col(Job.kind), col(Job.studio_id))
    )
    return {(kind, studio_id): begun for kind, studio_id, begun in rows if begun}


def _rank(kind: str, kinds: Sequence[str]) -> int:
    return kinds.index(kind) if kind in kinds else len(kinds)


def _is_open(now: datetime, queue: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Job.queue) == queue,
        col(Job.state) == JobState.QUEUED,
        sa.or_(col(Job.lease_until).is_(None), col(Job.lease_until) <= now),
    )


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
