"""The daily chore: old photos go, in small batches, and nobody waits for the disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session

from drafting.bases.base import Base
from drafting.bases.preparing import Progress
from tests.factories import DrawingFactory, JobFactory, LessonFactory
from webapp import chores
from webapp.lessons import erasure
from webapp.platform import jobs
from webapp.platform.db import db
from webapp.platform.storage import Storage, photo_key, storage
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, jobs.SCHOOL, {"daily": chores.daily})


@pytest.fixture
def keys(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Photos of three drawings that are past their time, of which two make a batch; and the chore."""
    monkeypatch.setattr(erasure, "BATCH", 2)
    lesson, long_ago = LessonFactory(), datetime.now(UTC) - timedelta(days=4000)
    drawings = [DrawingFactory(lesson=lesson, created_at=long_ago) for _ in range(3)]
    keys = [photo_key(drawing.studio_id, drawing.id, "drawing.webp") for drawing in drawings]
    for key in keys:
        storage().put(key, b"x")
    JobFactory(queue=jobs.SCHOOL, kind="daily", key="daily:today")
    session.commit()
    return keys


def test_files_are_deleted_outside_any_transaction(
    worker: Worker, keys: list[str], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, held = Storage.delete, []

    def watched(self: Storage, prefix: str) -> None:
        held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
        delete(self, prefix)

    monkeypatch.setattr(Storage, "delete", watched)
    assert worker.work_once()
    assert held == [0, 0, 0]
    assert [storage().exists(key) for key in keys] == [False, False, False]
    assert erasure.old_photos(session, datetime.now(UTC)) == []
    assert jobs.by_key(session, "daily:today").state is JobState.DONE  # type: ignore[union-attr]


def test_a_model_is_made_also_by_who_loses_the_job_meanwhile(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def convert(base: Base, _home: Path, tell: Progress) -> None:
        if not made:  # its machine sleeps, and the lease runs out
            with db.new_session() as other:
                other.exec(sa.update(Job).values(lease_until=datetime.now(UTC) - timedelta(hours=1)))
                jobs.sweep(other, datetime.now(UTC))
                other.exec(sa.update(Job).values(lease_until=None))  # no waiting for the backoff
                other.commit()
            tell(3, 5, "writing")
        made.append(base.name)

    monkeypatch.setattr("drafting.bases.prepare", convert)
    job = JobFactory(queue=jobs.SCHOOL, kind="prepare", bundle="smollm2", total=5)
    session.commit()
    worker = Worker(app, jobs.SCHOOL, {"prepare": chores.prepare})
    assert worker.work_once()
    assert made == ["smollm2"]
    assert worker.work_once()
    assert not worker.work_once()
    session.refresh(job)
    assert (job.state, job.error) == (JobState.DONE, None)


def test_a_worker_that_is_told_to_stop_leaves_the_rest_for_the_next(
    worker: Worker, keys: list[str], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = Storage.delete

    def stop(self: Storage, prefix: str) -> None:
        worker.stopping.set()
        delete(self, prefix)

    monkeypatch.setattr(Storage, "delete", stop)
    worker.work_once()
    assert len(erasure.old_photos(session, datetime.now(UTC))) == 1
    job = jobs.by_key(session, "daily:today")
    assert isinstance(job, Job)
    assert job.state is JobState.QUEUED
