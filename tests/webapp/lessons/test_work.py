"""Photos in, requests for drafts: the rules that pages, API and demo share."""

import io

import pytest
from PIL import Image
from sqlmodel import select

from tests.factories import NOW, DraftFactory, DrawingFactory, JobFactory, LessonFactory, StudentFactory
from webapp.desk import comments
from webapp.desk.tables import Instruction
from webapp.lessons.measuring import measuring_failed
from webapp.lessons.tables import Consent, Drawing, DrawingState
from webapp.lessons.work import MOST_ROUNDS, receive_photo, request_drafts, request_sentence
from webapp.platform import jobs
from webapp.platform.storage import Storage, photo_key
from webapp.platform.tables import Job, JobState

from drafting.measure.refusals import PhotoRefused  # isort: skip


def photo(colour="orange", *, gps=False) -> bytes:
    image = Image.new("RGB", (640, 480), colour)
    exif = Image.Exif()
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010F] = "SecretCamera"
        exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def storage(tmp_path) -> Storage:
    return Storage.open(f"file://{tmp_path}/files")


@pytest.fixture
def lesson(session):
    return LessonFactory()


def job_kinds(session) -> list[str]:
    return sorted(job.kind for job in session.exec(select(Job)).all())


def test_a_photo_is_stored_upright_without_metadata_and_measured(session, storage, lesson) -> None:
    data = photo(gps=True)
    assert b"SecretCamera" in data
    received = receive_photo(session, NOW, storage, lesson, data, subjects=["cat"])
    session.commit()
    assert not received.duplicate
    kept = storage.get(photo_key(lesson.studio_id, received.drawing.id, "photo.jpg"))
    image = Image.open(io.BytesIO(kept))
    assert image.size == (480, 640)
    assert not image.getexif()
    assert b"SecretCamera" not in kept
    assert storage.exists(photo_key(lesson.studio_id, received.drawing.id, "thumb.webp"))
    job = session.exec(select(Job)).one()
    assert (job.kind, job.bundle, job.args["drawing"]) == ("measure", lesson.id, received.drawing.id)
    assert received.drawing.subjects == ["cat"]


def test_a_photo_sent_twice_is_one_drawing(session, storage, lesson) -> None:
    first = receive_photo(session, NOW, storage, lesson, photo())
    session.commit()
    again = receive_photo(session, NOW, storage, lesson, photo())
    session.commit()
    assert again.duplicate
    assert again.drawing.id == first.drawing.id
    assert len(storage.system.ls(f"{storage.root}/{lesson.studio_id}/drawings")) == 1
    assert job_kinds(session) == ["measure"]
    elsewhere = receive_photo(session, NOW, storage, LessonFactory(), photo())
    assert not elsewhere.duplicate


def test_the_order_of_arrival_is_kept_unless_said_otherwise(session, storage, lesson) -> None:
    red, green = (
        receive_photo(session, NOW, storage, lesson, photo(colour)).drawing for colour in ("red", "green")
    )
    blue = receive_photo(session, NOW, storage, lesson, photo("blue"), position=0).drawing
    assert (blue.position, red.position, green.position) == (0, 0, 1)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"%PDF-1.7", "pdf"), (photo()[:700], "truncated")]
)
def test_a_file_that_cannot_be_used_leaves_nothing(session, storage, lesson, data, code) -> None:
    with pytest.raises(PhotoRefused) as refused:
        receive_photo(session, NOW, storage, lesson, data)
    assert refused.value.code == code
    assert session.exec(select(Drawing)).all() == []
    assert not storage.exists(lesson.studio_id)


def drawing(lesson, state=DrawingState.MEASURED, **more) -> Drawing:
    facts = None if state is DrawingState.RECEIVED else {"schema": 1}
    return DrawingFactory(lesson=lesson, state=state, **{"facts": facts, **more})


def test_drafts_are_asked_for_once(session, lesson) -> None:
    one = drawing(lesson)
    assert request_drafts(session, NOW, [one]).asked == [one.id]
    session.commit()
    assert one.state is DrawingState.DRAFTING
    assert request_drafts(session, NOW, [one]).passed == [one.id]
    session.commit()
    job = session.exec(select(Job)).one()
    assert (job.kind, job.bundle) == ("draft", lesson.id)
    assert job.args == {"drawing": one.id, "round": 0, "instruction": None}


def test_each_drawing_gets_what_its_state_allows(session, lesson) -> None:
    states = (DrawingState.RECEIVED, DrawingState.DRAFTED, DrawingState.ACCEPTED, DrawingState.REFUSED)
    received, drafted, accepted, refused = (drawing(lesson, state) for state in states)
    failed = drawing(lesson, DrawingState.FAILED)
    DraftFactory(drawing=drafted, round=0)
    asked = request_drafts(session, NOW, [received, drafted, accepted, refused, failed])
    assert asked.later == [received.id]
    assert received.wanted
    assert asked.asked == [drafted.id, failed.id]
    assert asked.passed == [accepted.id, refused.id]
    assert {job.args["round"] for job in session.exec(select(Job)).all()} == {0, 1}


def test_nothing_is_drafted_without_a_guardians_consent(session, lesson) -> None:
    child = StudentFactory(studio_id=lesson.studio_id, processing=Consent.NONE)
    one, nobodys = drawing(lesson, student_id=child.id), drawing(lesson)
    asked = request_drafts(session, NOW, [one, nobodys])
    assert asked.no_consent == [one.id]
    assert asked.asked == [nobodys.id]
    assert one.state is DrawingState.MEASURED


def test_ten_redraftings_are_enough(session, lesson) -> None:
    one = drawing(lesson, DrawingState.DRAFTED)
    DraftFactory(drawing=one, round=MOST_ROUNDS - 2)
    assert request_drafts(session, NOW, [one]).asked == [one.id]
    two = drawing(lesson, DrawingState.DRAFTED)
    DraftFactory(drawing=two, round=MOST_ROUNDS - 1)
    assert request_drafts(session, NOW, [two]).exhausted == [two.id]


def test_an_instruction_goes_with_the_request(session, lesson) -> None:
    one = drawing(lesson, DrawingState.DRAFTED)
    told = Instruction(studio_id=lesson.studio_id, drawing_id=one.id, text="shorter", created_at=NOW)
    session.add(told)
    session.flush()
    request_drafts(session, NOW, [one], told)
    assert session.exec(select(Job)).one().args["instruction"] == told.id


def test_a_measuring_that_failed_is_tried_again(session, storage, lesson) -> None:
    received = receive_photo(session, NOW, storage, lesson, photo()).drawing
    job = session.exec(select(Job)).one()
    job.state = JobState.FAILED
    received.state = DrawingState.FAILED
    session.commit()
    assert request_drafts(session, NOW, [received]).later == [received.id]
    session.commit()
    session.expire_all()
    assert session.exec(select(Job)).one().state is JobState.QUEUED
    assert received.state is DrawingState.RECEIVED
    assert received.wanted


@pytest.mark.parametrize("state", [DrawingState.RECEIVED, DrawingState.FAILED])
def test_a_comment_accepted_before_measuring_stands(session, lesson, state) -> None:
    one = drawing(lesson, DrawingState.RECEIVED)
    one.facts = None
    words = {"revision": 0, "author_id": None, "draft": None}
    comment = comments.write_and_accept(session, NOW, one, "My own words.", **words)
    job = JobFactory(kind="measure", args={"drawing": one.id})
    if state is DrawingState.FAILED:
        measuring_failed(session, NOW, job)
    assert one.state is DrawingState.ACCEPTED
    comments.reopen(session, NOW, one, revision=comment.revision, author_id=None)
    assert one.state is state


def test_a_sentence_is_asked_for_by_its_place(session, lesson) -> None:
    one = drawing(lesson, DrawingState.DRAFTED)
    text = "{student}, your cat glows. The red holds it."
    rewrite = request_sentence(session, NOW, one, text, 27, 44, "softer")
    assert text[rewrite.start : rewrite.end] == "The red holds it."
    assert rewrite.options is None
    assert jobs.by_key(session, f"sentence:{rewrite.id}").args == {"drawing": one.id, "rewrite": rewrite.id}
    for place in ((3, 3), (-1, 4), (0, 99), (26, 27)):
        with pytest.raises(ValueError, match="no sentence"):
            request_sentence(session, NOW, one, text, *place)
