"""Workers as processes: every job is done exactly once, whatever happens to them."""

import os
import signal
from collections import Counter
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.factories import JobFactory
from tests.webapp.platform.conftest import Start, enqueue, notes, wait_for
from webapp.app import create_app
from webapp.platform import jobs
from webapp.platform.db import db
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit, Job, JobState
from webapp.platform.worker import Worker


def test_two_processes_do_everything_once(each_database: Settings, start: Start) -> None:
    with create_app(each_database).app_context():
        enqueue(120)
        workers = [start(each_database, seconds=0.005) for _ in range(2)]
        wait_for(lambda: len(notes()) == 120)
        for worker in workers:
            worker.terminate()
            assert worker.wait(10) == 0
        assert set(notes().values()) == {1}
        with db.new_session() as session:
            assert {job.state for job in session.exec(select(Job))} == {JobState.DONE}
            assert len(set(session.exec(select(Audit.action)).all())) == 2
        db.engine.dispose()


def test_a_killed_worker_loses_and_doubles_nothing(each_database: Settings, start: Start) -> None:
    with create_app(each_database).app_context():
        enqueue(40)
        first = start(each_database, seconds=0.05)
        wait_for(lambda: len(notes()) >= 3)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert len(notes()) < 40
        start(each_database)
        wait_for(lambda: len(notes()) == 40)
        assert set(notes().values()) == {1}
        db.engine.dispose()


def test_told_to_stop_it_gives_back_what_it_holds(settings: Settings, start: Start) -> None:
    with create_app(settings).app_context():
        enqueue(30)
        worker = start(settings, seconds=0.4)
        wait_for(lambda: len(notes()) >= 1)
        worker.terminate()
        assert worker.wait(20) == 0
        with db.new_session() as session:
            states = Counter(job.state for job in session.exec(select(Job)))
        assert states[JobState.RUNNING] == 0
        assert states[JobState.QUEUED] > 0
        assert states[JobState.DONE] == len(notes())
        db.engine.dispose()


def test_one_bad_job_does_not_take_its_class_down(app: Flask, session: Session) -> None:
    bad = JobFactory(kind="draft", bundle="lesson")
    good = [JobFactory(kind="draft", bundle="lesson") for _ in range(2)]
    given_up = []

    def draft(some: Sequence[Job], worker: Worker) -> None:
        for job in some:
            if job.id == bad.id:
                raise ValueError("a name that must not be logged")
            with worker.finishing(job):
                pass

    worker = Worker(
        app, "drafting", {"draft": draft}, {"draft": lambda _s, _now, job: given_up.append(job.id)}
    )
    for _ in range(12):
        session.exec(Job.__table__.update().values(lease_until=None))  # no waiting for the backoff
        session.commit()
        worker.work_once()
    session.expire_all()
    states = {job.id: (job.state, job.error) for job in session.exec(select(Job)).all()}
    assert states[bad.id] == (JobState.FAILED, "ValueError")
    assert {states[job.id] for job in good} == {(JobState.DONE, None)}
    assert given_up == [bad.id]


def test_results_are_dropped_when_the_lease_is_lost(app: Flask, session: Session) -> None:
    job = JobFactory(kind="draft")

    def draft(some: Sequence[Job], worker: Worker) -> None:
        with worker.session() as other:  # meanwhile swept and claimed by another worker
            other.exec(Job.__table__.update().values(worker="other", attempts=2))
        with pytest.raises(jobs.LeaseLostError), worker.finishing(some[0]) as results:
            results.add(Audit(at=job.created_at, action="written"))

    assert Worker(app, "drafting", {"draft": draft}).work_once()
    session.refresh(job)
    assert (job.state, job.worker) == (JobState.RUNNING, "other")
    assert session.exec(select(Audit)).all() == []
