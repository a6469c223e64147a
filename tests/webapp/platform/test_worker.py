"""Workers as processes: every job is done exactly once, whatever happens to them."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from kombu import pools
from sqlmodel import Session, select

from tests.conftest import RABBITMQ, REDIS, skip
from tests.factories import JobFactory
from webapp.app import create_app
from webapp.platform import jobs
from webapp.platform.db import db
from webapp.platform.queue import connection, wake
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit, Job, JobState
from webapp.platform.worker import Worker

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a labourer; whatever is still running at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def _start(settings: Settings, seconds: float = 0.0, poll: float = 0.2) -> subprocess.Popen[bytes]:
        arguments = [settings.home, settings.database, settings.broker_url, str(seconds), str(poll)]
        command = [sys.executable, "-m", "tests.webapp.platform.labourer", *map(str, arguments)]
        running.append(subprocess.Popen(command, cwd=Path(__file__).parents[3]))
        return running[-1]

    yield _start
    for process in running:
        process.kill()
        process.wait()


def _enqueue(count: int) -> None:
    for i in range(count):
        jobs.enqueue(
            db.session, datetime.now(UTC), queue="drafting", kind="note", key=f"note:{i}", bundle=f"b{i % 3}"
        )
    db.session.commit()


def _notes() -> Counter[str]:
    with db.new_session() as session:
        return Counter(session.exec(select(Audit.target)).all())


def _wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_two_processes_do_everything_once(each_database: Settings, start: Start) -> None:
    with create_app(each_database).app_context():
        _enqueue(120)
        workers = [start(each_database, seconds=0.005) for _ in range(2)]
        _wait_for(lambda: len(_notes()) == 120)
        for worker in workers:
            worker.terminate()
            assert worker.wait(10) == 0
        assert set(_notes().values()) == {1}
        with db.new_session() as session:
            assert {job.state for job in session.exec(select(Job))} == {JobState.DONE}
            assert len(set(session.exec(select(Audit.action)).all())) == 2
        db.engine.dispose()


def test_a_killed_worker_loses_and_doubles_nothing(each_database: Settings, start: Start) -> None:
    with create_app(each_database).app_context():
        _enqueue(40)
        first = start(each_database, seconds=0.05)
        _wait_for(lambda: len(_notes()) >= 3)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert len(_notes()) < 40
        start(each_database)
        _wait_for(lambda: len(_notes()) == 40)
        assert set(_notes().values()) == {1}
        db.engine.dispose()


def test_told_to_stop_it_gives_back_what_it_holds(settings: Settings, start: Start) -> None:
    with create_app(settings).app_context():
        _enqueue(30)
        worker = start(settings, seconds=0.4)
        _wait_for(lambda: len(_notes()) >= 1)
        worker.terminate()
        assert worker.wait(20) == 0
        with db.new_session() as session:
            states = Counter(job.state for job in session.exec(select(Job)))
        assert states[JobState.RUNNING] == 0
        assert states[JobState.QUEUED] > 0
        assert states[JobState.DONE] == len(_notes())
        db.engine.dispose()


@pytest.mark.parametrize("broker", ["files", "redis", "rabbitmq"])
def test_a_wake_up_rings(settings: Settings, start: Start, broker: str) -> None:
    url = {"files": "", "redis": REDIS, "rabbitmq": RABBITMQ}[broker]
    settings = settings.model_copy(update={"broker_url": url})
    try:
        with connection(settings) as reached:
            reached.ensure_connection(max_retries=1, timeout=3)
    except Exception:
        skip(f"no {broker} broker answers")
    with create_app(settings).app_context():
        start(settings, poll=30)  # so slow to look by itself that only the bell can be the reason
        _enqueue(1)
        _wait_for(lambda: len(_notes()) == 1)
        time.sleep(0.3)
        jobs.enqueue(db.session, datetime.now(UTC), queue="drafting", kind="note", key="second")
        db.session.commit()
        wake(settings, "drafting")
        _wait_for(lambda: len(_notes()) == 2, seconds=5)
        db.engine.dispose()
    pools.reset()


def test_a_lost_wake_up_costs_a_moment(settings: Settings, start: Start) -> None:
    with create_app(settings).app_context():
        start(settings)
        _wait_for((settings.home / "queue").exists)
        _enqueue(1)  # and nobody rings
        _wait_for(lambda: len(_notes()) == 1, seconds=10)
        db.engine.dispose()


def test_an_unreachable_broker_does_not_stop_a_request(settings: Settings) -> None:
    wake(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"}), "drafting")


def test_an_empty_message_file_does_no_harm(settings: Settings, start: Start) -> None:
    (settings.home / "queue").mkdir()
    (settings.home / "queue" / "1_x.vermilion.drafting.msg").touch()
    with create_app(settings).app_context():
        _enqueue(1)
        worker = start(settings)
        _wait_for(lambda: len(_notes()) == 1)
        time.sleep(0.5)
        assert worker.poll() is None
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
