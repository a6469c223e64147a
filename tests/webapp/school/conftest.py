"""Feedback of one child that may teach, and a worker of the school queue."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session

from tests.factories import DrawingFactory, FeedbackFactory, LessonFactory, StudentFactory
from tests.webapp.school.learning import Learning
from webapp.desk.tables import Feedback
from webapp.lessons.tables import Student
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.worker import Worker
from webapp.school import nights

Teach = Callable[..., list[Feedback]]


@pytest.fixture
def teach(session: Session) -> Teach:
    """``teach(3)``: so many acceptances for a child, whose guardian agrees to everything unless ``child``
    says otherwise."""

    def teach(
        count: int,
        *,
        child: Student | None = None,
        at: datetime | None = None,
        record: dict[str, Any] | None = None,
        **more: Any,
    ) -> list[Feedback]:
        child = child or StudentFactory()
        lesson = LessonFactory(studio_id=child.studio_id, studio=None)
        at = at or now() - timedelta(hours=5)
        return [
            FeedbackFactory(
                drawing=DrawingFactory(lesson=lesson, student_id=child.id),
                student_id=child.id,
                accepted_at=at + timedelta(seconds=i),
                record={"schema": 1, "training": True, "final": f"Comment {i}"} | (record or {}),
                **more,
            )
            for i in range(count)
        ]

    return teach


@pytest.fixture
def learning() -> Learning:
    return Learning()


@pytest.fixture
def worker(app: Flask, learning: Learning) -> Worker:
    handlers = {"night": partial(nights.night, learn=learning)}
    return Worker(app, jobs.SCHOOL, handlers, {"night": nights.night_failed})
