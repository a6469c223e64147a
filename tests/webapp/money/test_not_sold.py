"""A server that sells nothing limits nobody, and shows no prices."""

import pytest
from sqlmodel import Session, select

from billing.tables import Unit
from tests.conftest import Client, make_settings
from tests.factories import NOW, DrawingFactory, LessonFactory, MembershipFactory, StudioFactory, UserFactory
from webapp.lessons import work
from webapp.lessons.tables import DrawingState
from webapp.money import quota
from webapp.platform.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return make_settings(settings.home)


def test_drafting_is_not_counted(session: Session) -> None:
    lesson = LessonFactory(studio=StudioFactory(), teacher=UserFactory())
    every = [
        DrawingFactory(lesson=lesson, position=i, facts={"schema": 1}, state=DrawingState.MEASURED)
        for i in range(25)
    ]
    assert len(work.request_drafts(session, NOW, every).asked) == 25
    assert session.exec(select(Unit)).all() == []
    assert quota.standing(session, NOW, lesson.studio_id) is None


def test_pages_say_so(client: Client, session: Session) -> None:
    assert "Nothing is sold here" in client.get("/pricing").text
    assert client.post("/webhooks/stripe", data=b"{}").status_code == 404
    membership = MembershipFactory(studio=StudioFactory(), user=UserFactory())
    client.sign_in(session.get_one(type(UserFactory()), membership.user_id))
    assert "Nothing is sold here" in client.get("/plan").text
