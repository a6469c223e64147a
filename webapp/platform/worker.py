"""A worker: claims jobs of one queue, hands them to their handlers, and keeps its leases alive meanwhile.

It sleeps until a wake-up comes, at most a second, so that a lost message costs no more than that.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask
from sqlmodel import Session

from webapp.platform import jobs
from webapp.platform.clock import machine_now, now
from webapp.platform.db import db, new_id
from webapp.platform.errors import where
from webapp.platform.jobs import LeaseLostError
from webapp.platform.queue import listen
from webapp.platform.settings import Settings
from webapp.platform.tables import Job

log = structlog.get_logger()

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
GRACE_SECONDS = 8
"""How long a handler may go on once the worker is to stop; then it is cut off and its jobs are released."""

bell = threading.Event()
"""Set when this process's worker is to look at the job table at once."""

Handler = Callable[[Sequence[Job], "Worker"], None]
"""Does jobs of one kind and bundle, and writes each one's results within ``worker.finishing(job)``. What it
raises fails those that it has not finished."""

GivenUp = Callable[[Session, datetime, Job], None]
"""Told, in the same transaction, that a job has failed for good: to mark what it was for."""


class _Interrupted(BaseException):
    """Raised in the middle of a handler when the grace is over."""


class Worker:
    """One process's worker. Long handlers look at ``stopping`` between drawings and return when it is set.

    ``handlers`` by kind of job; earlier kinds are claimed first.
    """

    def __init__(
        self,
        app: Flask,
        queue: str,
        handlers: Mapping[str, Handler],
        given_up: Mapping[str, GivenUp] | None = None,
    ) -> None:
        self.app = app
        self.settings: Settings = app.config["SETTINGS"]
        self.queue = queue
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{new_id()[:8]}"
        self.stopping = threading.Event()
        self._handlers = handlers
        self._given_up = given_up or {}
        self._held: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._handling = False

    # What handlers use

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A short transaction, committed at the end; never to be held while measuring or drafting."""
        with db.new_session() as session:
            yield session
            session.commit()

    @contextmanager
    def finishing(self, job: Job) -> Iterator[Session]:
        """A transaction that marks the job done and holds what is written in it: both happen, or neither.

        LeaseLostError when the job was opened for others meanwhile; then drop the results, others write them.
        """
        try:
            with self.session() as session:
                jobs.finish(session, machine_now(), job)
                yield session
        except LeaseLostError:
            self._drop(job)
            raise
        self._drop(job)

    def fail(self, job: Job, error: str, *, again: bool = True) -> None:
        """This job failed, the rest of its batch goes on. ``error`` is a short code."""
        self._drop(job)
        with suppress(LeaseLostError), self.session() as session:
            if jobs.fail(session, machine_now(), job, error, again=again):
                self._give_up(session, job)
        log.warning("job_failed", job=job.id, kind=job.kind, error=error, attempt=job.attempts)

    def postpone(self, job: Job, by: timedelta) -> None:
        """Its time has not come: give it back, for anyone to claim after so long."""
        self._drop(job)
        with suppress(LeaseLostError), self.session() as session:
            jobs.release(session, job, machine_now() + by)

    def is_called_away(self, job: Job) -> bool:
        """Whether others should not wait until the rest of this job's batch is done: what goes before this
        kind of job, or a studio that was given nothing yet. Postpone the rest then; its turn comes again.
        """
        with self.session() as session:
            return jobs.is_pressing(session, machine_now(), job, list(self._handlers))

    def report(self, job: Job, done: int, total: int) -> None:
        """Say how far a long job is. LeaseLostError when it was opened for others meanwhile."""
        with self.session() as session:
            jobs.report(session, job, done, total)

    # The loop

    def run(self) -> None:
        """Work until stopped by SIGINT or SIGTERM."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGALRM, self._interrupt)
        threads = [
            threading.Thread(target=listen, args=(self.app, self.queue, self.stopping), daemon=True),
            threading.Thread(target=self._heartbeat, daemon=True),
        ]
        for thread in threads:
            thread.start()
        log.info("worker_started", queue=self.queue, worker=self.name)
        with self.app.app_context():
            while not self.stopping.is_set():
                try:
                    worked = self.work_once()
                except Exception:
                    log.exception("worker_troubled", queue=self.queue)  # e.g. the database is away
                    worked = False
                if not worked:
                    bell.wait(POLL_SECONDS)
                    bell.clear()
        signal.alarm(0)
        log.info("worker_stopped", queue=self.queue, worker=self.name)

    def work_once(self) -> bool:
        """Claim what is open and do it; False when there was nothing."""
        with self.session() as session:
            for dead in jobs.sweep(session, machine_now()):
                self._give_up(session, dead)
            kinds = list(self._handlers)
            claimed = jobs.claim(session, machine_now(), self.queue, self.name, jobs.TOGETHER, kinds)
        if not claimed:
            return False
        with self._lock:
            self._held = {job.id: job for job in claimed}
        kind, started = claimed[0].kind, time.monotonic()
        try:
            self._handling = True
            self._handlers[kind](claimed, self)
            error = "unfinished"
        except _Interrupted:
            error = "stopped"
        except Exception as raised:
            error = type(raised).__name__
            # The traceback holds code and types only: messages and values could be names or texts.
            log.error("handler_failed", kind=kind, error=error, where=where(raised))
        finally:
            self._handling = False
        for job in list(self._held.values()):
            if self.stopping.is_set():
                self._release(job)
            else:
                self.fail(job, error)
        log.info("jobs_done", kind=kind, count=len(claimed), seconds=round(time.monotonic() - started, 2))
        return True

    def _release(self, job: Job) -> None:
        self._drop(job)
        with suppress(LeaseLostError), self.session() as session:
            jobs.release(session, job)

    def _give_up(self, session: Session, job: Job) -> None:
        if (told := self._given_up.get(job.kind)) is not None:
            told(session, now(), job)

    def _drop(self, job: Job) -> None:
        with self._lock:
            self._held.pop(job.id, None)

    def _heartbeat(self) -> None:
        with self.app.app_context():
            while True:
                threading.Event().wait(HEARTBEAT_SECONDS)
                with self._lock:
                    held = list(self._held.values())
                if held:
                    try:
                        with self.session() as session:
                            jobs.extend(session, machine_now(), held)
                    except Exception as error:
                        log.warning("heartbeat_failed", error=type(error).__name__)

    def _stop(self, _signal: int, _frame: Any) -> None:
        if not self.stopping.is_set():
            self.stopping.set()  # not the bell: the main thread, which runs this, may be holding its lock
            signal.alarm(GRACE_SECONDS)

    def _interrupt(self, _signal: int, _frame: Any) -> None:
        if self._handling:
            raise _Interrupted
