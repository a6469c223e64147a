"""Killed in the middle of a class and started again: every drawing is drafted exactly once."""

import subprocess
import sys
import time
from collections import Counter

from sqlmodel import func, select

from tests.factories import NOW, DrawingFactory, LessonFactory
from tests.webapp.conftest import ORANGE
from webapp.desk.tables import Draft
from webapp.lessons.tables import Drawing, DrawingState
from webapp.lessons.work import request_drafts
from webapp.platform.tables import Job, JobState

CLASS = 10


def test_kill_minus_nine_in_the_middle_of_a_class(session, settings) -> None:
    lesson = LessonFactory()
    drawn = [
        DrawingFactory(lesson=lesson, state=DrawingState.MEASURED, facts=ORANGE, position=i)
        for i in range(CLASS)
    ]
    request_drafts(session, NOW, drawn)
    session.commit()

    def drafted() -> int:
        count = session.exec(select(func.count(func.distinct(Draft.drawing_id)))).one()
        session.rollback()  # or the worker would wait for our lock
        return count

    first = start(settings)
    wait_until(lambda: drafted() >= 2)
    first.kill()
    first.wait()
    before = drafted()
    assert 0 < before < CLASS

    second = start(settings)
    try:
        wait_until(lambda: drafted() == CLASS)
    finally:
        second.terminate()
        second.wait(20)
    session.rollback()
    session.expire_all()
    rounds = session.exec(select(Draft.drawing_id, Draft.round, Draft.shown)).all()
    assert Counter(drawing_id for drawing_id, _r, _s in rounds) == {drawing.id: 4 for drawing in drawn}
    assert {round_ for _d, round_, _s in rounds} == {0}
    assert {d.state for d in session.exec(select(Drawing)).all()} == {DrawingState.DRAFTED}
    assert {job.state for job in session.exec(select(Job)).all()} == {JobState.DONE}


def start(settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.webapp.lessons.slow_worker", str(settings.home)],
        stdout=subprocess.DEVNULL,
    )


def wait_until(true, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
