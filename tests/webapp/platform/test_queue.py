"""Wake-ups and ticks: what they do when they arrive, and how little is lost when they do not."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from kombu import pools
from sqlmodel import Session, select

from tests.conftest import RABBITMQ, REDIS, skip, skip_unless
from tests.webapp.platform.conftest import Start, enqueue, notes, wait_for
from webapp import tasks
from webapp.app import create_app
from webapp.platform import jobs, messages
from webapp.platform import queue as queue_module
from webapp.platform.db import db
from webapp.platform.queue import PATIENCE_SECONDS, celery_app, wake
from webapp.platform.settings import Settings
from webapp.platform.tables import Job, JobState

NEVER = 3600.0
"""A worker that looks at the table so seldom does something only because it was rung."""


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    yield
    pools.reset()


def _ring(settings: Settings, key: str) -> None:
    """One more job, and a wake-up: both are there when the worker comes to look."""
    jobs.enqueue(db.session, queue="drafting", kind="note", key=key)
    db.session.commit()
    wake(settings, "drafting")


@pytest.mark.parametrize("broker", ["files", "redis", "rabbitmq"])
def test_a_wake_up_rings(settings: Settings, start: Start, broker: str) -> None:
    url = {"files": "", "redis": REDIS, "rabbitmq": RABBITMQ}[broker]
    settings = settings.model_copy(update={"broker_url": url})
    try:
        with celery_app(settings).connection_for_write() as reached:
            reached.ensure_connection(max_retries=1, timeout=3)
            celery_app(settings).amqp.queues["vermilion.drafting"](reached).declare()
            reached.default_channel.queue_purge("vermilion.drafting")  # others' tests ring there too
    except Exception as error:
        skip(f"no {broker} broker answers: {error}")
    with create_app(settings).app_context():
        start(settings, poll=NEVER)
        enqueue(1)
        wait_for(lambda: len(notes()) == 1)
        for key in ("second", "third"):
            time.sleep(0.3)
            _ring(settings, key)
            wait_for(lambda key=key: key in notes())
        db.engine.dispose()


def test_a_lost_wake_up_costs_a_moment(settings: Settings, start: Start) -> None:
    with create_app(settings).app_context():
        start(settings)
        wait_for((settings.home / "queue").exists)
        enqueue(1)  # and nobody rings
        wait_for(lambda: len(notes()) == 1)
        db.engine.dispose()


@contextmanager
def _redis(port: int, folder: Path) -> Iterator[None]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(port))
        yield
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_broker_may_come_later_and_go_for_a_while(settings: Settings, start: Start, tmp_path: Path) -> None:
    skip_unless(shutil.which("redis-server"), "redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = settings.model_copy(update={"broker_url": f"redis://127.0.0.1:{port}/0"})
    with create_app(settings).app_context():
        worker = start(settings, poll=NEVER)
        enqueue(1)
        wait_for(lambda: len(notes()) == 1)
        for key in ("it came", "it came back"):
            assert worker.poll() is None
            with _redis(port, tmp_path):
                _ring(settings, key)
                wait_for(lambda key=key: key in notes())
        db.engine.dispose()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_no_broker_and_a_mute_one_keep_no_request(settings: Settings, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute_url = f"{scheme}://127.0.0.1:{mute.getsockname()[1]}//"
        for url, patience in ((f"{scheme}://127.0.0.1:1//", 0), (mute_url, PATIENCE_SECONDS)):
            began = time.monotonic()
            wake(settings.model_copy(update={"broker_url": url}), "drafting")
            assert time.monotonic() - began < patience + 2


@pytest.mark.parametrize("path", ["1_x.vermilion.drafting.msg", "control/vermilion.drafting.exchange"])
def test_an_empty_file_does_no_lasting_harm(settings: Settings, start: Start, path: str) -> None:
    """An empty message is passed over. Of an empty table Celery dies, and is started again."""
    empty = settings.home / "queue" / path
    empty.parent.mkdir(parents=True)
    empty.touch()
    with create_app(settings).app_context():
        worker = start(settings, poll=NEVER)
        enqueue(1)
        wait_for(lambda: len(notes()) == 1)
        wait_for(lambda: not empty.exists() or empty.stat().st_size > 0)
        _ring(settings, "afterwards")
        wait_for(lambda: "afterwards" in notes())
        assert worker.poll() is None
        db.engine.dispose()


@pytest.fixture
def channel(settings: Settings) -> Iterator[Any]:
    """Where messages are put into files and taken out again."""
    with celery_app(settings).connection_for_write() as connection:
        assert isinstance(connection.default_channel, messages.Channel)
        yield connection.default_channel


def test_what_cannot_be_read_is_passed_over(settings: Settings, channel: Any) -> None:
    for number, content in enumerate(("", '{"body": "hal', "\x00")):
        (settings.home / "queue" / f"{number}_x.q.msg").write_text(content)
    channel._put("q", {"body": "whole"})
    assert channel._get("q") == {"body": "whole"}
    with pytest.raises(Empty):
        channel._get("q")
    assert not list((settings.home / "queue").glob("*.msg"))


def test_a_message_appears_when_it_is_whole(
    settings: Settings, channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = os.replace

    def look_first(new: Path, whole: Path) -> None:
        with pytest.raises(Empty):
            channel._get("q")
        put(new, whole)

    monkeypatch.setattr(os, "replace", look_first)
    channel._put("q", {"body": "whole"})
    assert channel._get("q") == {"body": "whole"}


def test_listening_goes_on_whatever_fails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stopping, tried = threading.Event(), []

    def fail(_celery: object, queue: str) -> None:
        tried.append(queue)
        if len(tried) == 3:
            stopping.set()
        raise OSError("no such thing")

    monkeypatch.setattr(queue_module, "_consume", fail)
    monkeypatch.setattr(queue_module, "AGAIN_SECONDS", 0)
    listener = threading.Thread(target=queue_module.listen, args=(app, "drafting", stopping))
    listener.start()
    listener.join(10)
    assert tried == ["drafting"] * 3


def test_beat_ticks_and_survives_kill_minus_nine(settings: Settings, start: Start) -> None:
    today = f"daily:{datetime.now(UTC):%Y-%m-%d}"
    environment = {**os.environ, "VERMILION_HOME": str(settings.home)}
    command = [sys.executable, "-m", "webapp.cli", "beat"]
    with create_app(settings).app_context():
        for queue in (jobs.MONEY, jobs.SCHOOL):  # one hears the ticks, the other does what they make due
            start(settings, queue=queue)
        for stop in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            beat = subprocess.Popen(command, env=environment, cwd=settings.home)
            try:
                wait_for(lambda: today in notes())
                with db.new_session() as session:  # as if nothing had been done, for the next one
                    session.exec(sa.text("DELETE FROM job"))
                    session.exec(sa.text("DELETE FROM audit"))
                    session.commit()
                time.sleep(0.5)
                assert not notes()  # it ticks once a minute, not all the time
            finally:
                beat.send_signal(stop)
                ended = beat.wait(15)
            assert ended == (-signal.SIGKILL if stop is signal.SIGKILL else 0)
        db.engine.dispose()


def test_two_ticks_make_each_chore_once(app: Flask, session: Session) -> None:
    tasks.tick()
    tasks.tick()
    assert sorted(job.kind for job in session.exec(select(Job))) == ["daily", "night", "night"]


def test_nights_are_ticked_by_the_operators_clocks(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Shanghai it is two o'clock of the next day when it is 18:00 in UTC."""
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"time_zone": "Asia/Shanghai"})

    def ticked(clock: str) -> set[str]:
        monkeypatch.setattr("webapp.platform.clock.now", lambda: datetime.fromisoformat(clock))
        tasks.tick()
        session.exec(sa.update(Job).values(state=JobState.DONE))  # none waits, which would do for both nights
        keys = set(session.exec(select(Job.key).where(Job.kind == "night")))
        session.commit()
        return keys

    last = {"night:2026-11-20:en", "night:2026-11-20:zh"}
    assert ticked("2026-11-20T17:58:00Z") == last
    assert ticked("2026-11-20T17:59:00Z") == last
    assert ticked("2026-11-20T18:00:00Z") == last | {"night:2026-11-21:en", "night:2026-11-21:zh"}


def test_a_tick_that_finds_the_database_busy_is_left_out(app: Flask, session: Session) -> None:
    @sa.event.listens_for(db.engine, "connect")
    def _hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    db.engine.dispose()
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tasks.tick()
        other.execute("ROLLBACK")
    assert session.exec(select(Job)).all() == []
    session.rollback()
    tasks.tick()
    assert session.exec(select(Job)).all() != []


def test_a_tick_fails_aloud_for_any_other_reason(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("no such table: job"))

    monkeypatch.setattr("webapp.chores.tick", fail)
    with app.app_context(), pytest.raises(sa.exc.OperationalError):
        tasks.tick()


def test_every_message_has_its_task(settings: Settings) -> None:
    celery = celery_app(settings)
    sent = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert {"vermilion.wake", *sent} <= set(celery.tasks)
