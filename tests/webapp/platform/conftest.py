"""Workers as processes of their own, and what a test sees of them."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from webapp.platform import jobs
from webapp.platform.db import db
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a labourer; whatever is still running at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def _start(
        settings: Settings, seconds: float = 0.0, poll: float = 0.2, queue: str = jobs.DRAFTING
    ) -> subprocess.Popen[bytes]:
        arguments = [settings.home, settings.database, settings.broker_url, queue, seconds, poll]
        command = [sys.executable, "-m", "tests.webapp.platform.labourer", *map(str, arguments)]
        running.append(subprocess.Popen(command, cwd=Path(__file__).parents[3]))
        return running[-1]

    yield _start
    for process in running:
        process.kill()
        process.wait()


def enqueue(count: int) -> None:
    for i in range(count):
        jobs.enqueue(db.session, queue="drafting", kind="note", key=f"note:{i}", bundle=f"b{i % 3}")
    db.session.commit()


def notes() -> Counter[str]:
    """How often each job was done."""
    with db.new_session() as session:
        return Counter(session.exec(select(Audit.target)).all())


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
