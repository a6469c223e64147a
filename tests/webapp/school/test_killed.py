"""A worker killed in the middle of a night: the next one goes on where it was, and it is one night."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from sqlmodel import Session, select

from tests.webapp.school.conftest import Teach
from tests.webapp.school.learning import STEPS
from webapp.accounts.tables import Language
from webapp.platform.settings import Settings
from webapp.platform.tables import Job, JobState
from webapp.school import nights
from webapp.school.tables import ModelVersion, NightRun, Verdict, VersionState


def test_kill_minus_nine_in_the_middle_of_a_night(
    session: Session, settings: Settings, teach: Teach, tmp_path: Path
) -> None:
    teach(30)
    job = nights.enqueue(session, Language.ENGLISH, "night:tonight")
    session.commit()
    steps = tmp_path / "steps"

    def taken() -> list[int]:
        return [int(line) for line in steps.read_text().split()] if steps.exists() else []

    first = start(settings, steps)
    wait_until(lambda: len(taken()) >= 5)  # more than a second: the lease was renewed
    first.kill()
    first.wait()
    before = taken()
    assert len(before) < STEPS
    [left] = (settings.home / "school").glob("*/feedback.jsonl")

    second = start(settings, steps)
    try:
        wait_until(lambda: state(session, job.id) is JobState.DONE)
    finally:
        second.terminate()
        second.wait(20)
    again = Counter(taken())
    assert set(again) == set(range(STEPS))
    assert sum(again.values()) <= STEPS + 1  # the step in whose middle it died
    run = session.get_one(NightRun, job.id, populate_existing=True)
    assert run.verdict is Verdict.PROMOTED
    assert [v.state for v in session.exec(select(ModelVersion))] == [VersionState.CHAMPION]
    assert not left.exists()
    assert session.get_one(Job, job.id).attempts == 2


def state(session: Session, job_id: str) -> JobState:
    found = session.get_one(Job, job_id, populate_existing=True).state
    session.rollback()  # or the worker would wait for our lock
    return found


def start(settings: Settings, steps: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.webapp.school.slow_worker", str(settings.home), str(steps)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def wait_until(true, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
