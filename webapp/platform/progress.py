"""How far the jobs of a bundle are, what is done before them, and how long that will take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from webapp.platform import jobs
from webapp.platform.tables import Job, JobState

LOOKED_AT = 64
"""So many of the last jobs of a kind say how long one takes."""


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
        told. The one in hand may take longer than usual: then it is the others that are left. ``now`` is the
        machine's time, as that of the jobs.
        """
        if self.seconds is None or not count:
            return None
        spent = (now - self.since).total_seconds() if self.since else 0.0
        return self.seconds * count - min(max(spent, 0.0), self.seconds)


@dataclass(frozen=True)
class Ahead:
    """What is done before the next job of a bundle: jobs of other bundles, which take about ``seconds``; None
    while that cannot be told. ``own`` are those of the same studio.
    """

    count: int
    seconds: float | None
    own: tuple[Job, ...] = ()


def progress(session: Session, kind: str, bundle: str) -> Progress:
    """How far the jobs of this kind and bundle are."""
    found = session.exec(select(Job).where(Job.kind == kind, Job.bundle == bundle)).all()
    count = {state: sum(job.state is state for job in found) for state in JobState}
    seconds, until = _pace(found)
    starts = [job.started_at for job in found if job.state is JobState.RUNNING and job.started_at]
    return Progress(
        count[JobState.QUEUED],
        count[JobState.RUNNING],
        count[JobState.DONE],
        count[JobState.FAILED],
        seconds=seconds,
        since=max(min(starts), until or min(starts)) if starts else None,
    )


def ahead(session: Session, queue: str, kind: str, bundle: str) -> Ahead | None:
    """What is done before this bundle's next job of the kind; None when it is in hand or nothing is.

    The turns that studios will take are gone through as ``jobs.claim`` would, for one worker.
    """
    found = session.exec(
        select(Job)
        .where(Job.queue == queue, Job.kind == kind, col(Job.state).in_([JobState.QUEUED, JobState.RUNNING]))
        .order_by(col(Job.created_at), col(Job.id))
    ).all()
    running = [job for job in found if job.state is JobState.RUNNING]
    waiting = [job for job in found if job.state is JobState.QUEUED]
    if bundle in {job.bundle for job in running} or bundle not in {job.bundle for job in waiting}:
        return None
    first = running + _before(session, queue, waiting, bundle)
    if not first:
        return None
    studio_id = next(job.studio_id for job in waiting if job.bundle == bundle)
    last = session.exec(
        select(Job)
        .where(Job.queue == queue, Job.kind == kind, Job.state == JobState.DONE)
        .order_by(col(Job.finished_at).desc())
        .limit(LOOKED_AT)
    ).all()
    seconds, _until = _pace(last)
    own = tuple(job for job in first if studio_id is not None and job.studio_id == studio_id)
    return Ahead(len(first), None if seconds is None else seconds * len(first), own)


def _before(session: Session, queue: str, waiting: list[Job], bundle: str) -> list[Job]:
    """Which of the waiting jobs, oldest first, are claimed before the first one of the bundle."""
    begun = jobs.last_begun(session, queue, {job.studio_id for job in waiting})
    served = {job.studio_id: begun.get((job.kind, job.studio_id)) for job in waiting}
    clock = max((when for when in served.values() if when), default=waiting[0].created_at)
    before: list[Job] = []
    while True:
        # Of one studio the oldest comes first in the list, and ``min`` takes the first of equals.
        first = min(waiting, key=lambda job: jobs.by_turn(served[job.studio_id], job.created_at))
        if first.bundle == bundle:
            return before
        together = [job for job in waiting if job.bundle == first.bundle] if first.bundle else [first]
        claimed = together[: jobs.TOGETHER]
        waiting = [job for job in waiting if job not in claimed]
        before += claimed
        clock += timedelta(microseconds=1)
        served[first.studio_id] = clock


def _pace(found: Sequence[Job]) -> tuple[float | None, datetime | None]:
    """The mean seconds of those of the jobs that are done, None if none is; and when the last one was."""
    done = sorted(
        (job.started_at, job.finished_at)
        for job in found
        if job.state is JobState.DONE and job.started_at and job.finished_at
    )
    # Jobs of a batch overlap, and between two batches hours may pass: what counts is when work was done.
    worked, until = timedelta(), None
    for start, end in done:
        begun = start if until is None else max(start, until)
        worked += max(end - begun, timedelta())
        until = end if until is None else max(end, until)
    return (worked.total_seconds() / len(done) if done else None), until
