"""A child's photo is measured with the guardian's consent only, and as soon as it comes."""

import io

import pytest
from sqlmodel import select

from drafting import measure as measuring_room
from drafting import samples
from tests.conftest import Client
from tests.factories import NOW, LessonFactory, MembershipFactory, StudentFactory, StudioFactory, UserFactory
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import measuring
from webapp.lessons.assigning import assign
from webapp.lessons.tables import Consent, Drawing, DrawingState, Student
from webapp.lessons.work import agree, receive_photo
from webapp.platform import jobs
from webapp.platform.storage import photo_key, storage
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker


@pytest.fixture(scope="module")
def photo() -> bytes:
    return samples.photograph(samples.draw("cat-on-mat", 1), 1, megapixels=0.6).data


@pytest.fixture
def worker(app) -> Worker:
    return Worker(app, jobs.DRAFTING, {**HANDLERS, "draft": lambda held, worker: None}, GIVEN_UP)


@pytest.fixture
def studio(session):
    return StudioFactory()


@pytest.fixture
def browser(client, studio) -> Client:
    teacher = UserFactory()
    MembershipFactory(studio=studio, user=teacher)
    return client.sign_in(teacher)


@pytest.fixture
def lesson(studio):
    return LessonFactory(studio=studio)


@pytest.fixture
def mia(studio) -> Student:
    return StudentFactory(studio=studio, name="Mia", processing=Consent.NONE)


@pytest.fixture
def drawing(session, lesson, mia, photo) -> Drawing:
    """Mia's photo has arrived."""
    return receive_photo(session, NOW, storage(), lesson, photo, student=mia).drawing


def work(session, worker) -> None:
    session.commit()
    while worker.work_once():
        pass
    session.expire_all()


@pytest.mark.parametrize("consent", [Consent.NONE, Consent.WITHDRAWN])
def test_a_photo_of_a_child_without_consent_is_not_measured_and_says_why(
    browser, session, lesson, mia, photo, worker, consent
) -> None:
    mia.processing = consent
    data = {"photo": [(io.BytesIO(photo), "mia.jpg")]}
    browser.post(f"/lessons/{lesson.id}/photos", data=data, headers={"Accept": "application/json"})
    work(session, worker)
    drawing = session.exec(select(Drawing)).one()
    assert (drawing.state, drawing.facts) == (DrawingState.RECEIVED, None)
    assert not storage().exists(photo_key(drawing.studio_id, drawing.id, "drawing.webp"))
    progress = browser.get(f"/lessons/{lesson.id}/photos/progress").json
    assert progress["busy"] is False
    assert "not measured" in progress["rows"][0]["status"]
    assert "the photo is measured when it is recorded" in progress["rows"][0]["status"]
    desk = browser.get(f"/desk/lesson/{lesson.id}/progress").json
    assert (desk["busy"], desk["drawings"][0]["state"]) == (False, "waiting")
    assert "This photo is measured when" in browser.get(f"/desk/{drawing.id}").text


@pytest.mark.parametrize("way", ["student", "lesson", "roster"])
def test_it_is_measured_when_the_consent_comes(browser, session, worker, lesson, mia, drawing, way) -> None:
    drawing.wanted = True
    work(session, worker)
    if way == "student":
        browser.post(f"/students/{mia.id}/consent", data={"kind": "processing", "do": "grant"})
    elif way == "lesson":
        browser.post(f"/lessons/{lesson.id}/consents", data={"confirmed": "1", "student": mia.id})
    else:
        browser.post("/students", data={"lines": "MIA", "consent": "y"})
    work(session, worker)
    assert drawing.facts is not None
    assert drawing.state is DrawingState.DRAFTING  # which was wanted from the beginning
    assert storage().exists(photo_key(drawing.studio_id, drawing.id, "drawing.webp"))


def test_the_consent_to_training_alone_measures_nothing(session, worker, mia, drawing) -> None:
    work(session, worker)
    agree(session, NOW, mia, "training")
    work(session, worker)
    assert drawing.facts is None


def test_it_is_measured_when_it_is_another_childs(session, worker, studio, drawing) -> None:
    work(session, worker)
    assign(session, NOW, drawing, StudentFactory(studio=studio, name="Ben"))
    work(session, worker)
    assert drawing.state is DrawingState.MEASURED


def test_said_to_be_hers_before_it_is_measured_it_waits(session, worker, lesson, mia, photo) -> None:
    drawing = receive_photo(session, NOW, storage(), lesson, photo).drawing
    assign(session, NOW, drawing, mia)
    work(session, worker)
    assert (drawing.state, drawing.facts) == (DrawingState.RECEIVED, None)
    assign(session, NOW, drawing, None)
    work(session, worker)
    assert drawing.state is DrawingState.MEASURED


def test_said_to_be_hers_while_it_is_measured_nothing_is_kept(
    session, worker, lesson, mia, photo, monkeypatch
) -> None:
    drawing = receive_photo(session, NOW, storage(), lesson, photo).drawing
    measure = measuring_room.measure

    def slowly(data: bytes) -> object:
        with worker.session() as other:
            other.get_one(Drawing, drawing_id).student_id = mia_id
        return measure(data)

    drawing_id, mia_id = drawing.id, mia.id
    monkeypatch.setattr(measuring_room, "measure", slowly)
    work(session, worker)
    assert (drawing.state, drawing.facts) == (DrawingState.RECEIVED, None)
    assert not storage().exists(photo_key(drawing.studio_id, drawing.id, "drawing.webp"))
    agree(session, NOW, mia, "processing")
    work(session, worker)
    assert drawing.state is DrawingState.MEASURED


def test_a_consent_at_the_moment_in_which_the_worker_leaves_is_not_missed(
    session, worker, drawing, monkeypatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(measuring, "_may_process", lambda session, drawing: next(answers))
    session.commit()
    worker.work_once()
    session.expire_all()
    assert session.exec(select(Job)).one().state is JobState.QUEUED
