"""A teacher and a worker at the same drawing at the same moment, on PostgreSQL; on SQLite one writes after
the other.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session

from billing.tables import UnitState
from drafting.draft import Draft as Written
from tests.billing.books import check, states
from tests.conftest import make_settings
from tests.factories import NOW, DrawingFactory, LessonFactory, StudioFactory, UserFactory
from tests.webapp.conftest import FACTS
from webapp.desk import comments
from webapp.lessons import work, writing
from webapp.lessons.briefs import brief
from webapp.lessons.tables import Drawing, DrawingState
from webapp.platform import jobs
from webapp.platform.db import db
from webapp.platform.settings import Settings


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    address: dict[str, Any] = {"database_url": postgres_settings.database_url}
    return make_settings(postgres_settings.home, stripe_key="sk_test_x", **address)


def test_own_words_accepted_while_drafts_are_stored_are_counted(app: Flask, session: Session) -> None:
    lesson = LessonFactory(studio=StudioFactory(), teacher=UserFactory())
    drawing = DrawingFactory(lesson=lesson, facts=FACTS, state=DrawingState.MEASURED)
    work.request_drafts(session, NOW, [drawing])
    told = brief(session, NOW, drawing)
    (job,) = jobs.unfinished(session, jobs.DRAFTING, "draft")
    session.commit()
    assert told is not None
    stored, accepted = threading.Event(), threading.Event()

    class Slow:
        """A worker that is held up before its last commit, until the teacher is done or waits for it."""

        @contextmanager
        def finishing(self, _job: object) -> Iterator[Session]:
            with db.new_session() as theirs:
                yield theirs
                theirs.flush()
                stored.set()
                accepted.wait(2)
                theirs.commit()

    def accept() -> None:
        stored.wait(60)
        with app.app_context(), db.new_session() as mine:
            there = mine.get_one(Drawing, drawing.id)
            comments.write_and_accept(mine, NOW, there, "Mine.", draft=None, revision=0, author_id=None)
            mine.commit()
        accepted.set()

    teacher = threading.Thread(target=accept)
    teacher.start()
    written = Written(text="{student}, yes.", flags=(), score=0.1, prompt="comment@3", model="m", seed=1)
    writing._store(job, told, [written], Slow())  # type: ignore[arg-type]
    teacher.join()
    session.expire_all()
    check(session)
    assert states(session) == {drawing.id: UnitState.COMMITTED}
    assert accepted.is_set()
