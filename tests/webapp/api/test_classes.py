"""Lessons and uploads: many photos, refused ones, the same ones again."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlmodel import Session, func, select
from werkzeug.datastructures import FileStorage

from tests.factories import NOW, LessonFactory, StudentFactory
from tests.webapp.api.conftest import Caller, photo
from webapp.api import batches
from webapp.lessons.tables import Batch, Drawing, DrawingState, Lesson
from webapp.platform.storage import Storage, storage
from webapp.platform.tables import Job


def _count(session: Session, table: type) -> int:
    session.expire_all()
    return session.exec(select(func.count()).select_from(table)).one()


def test_a_lesson_with_defaults(api: Caller, session: Session) -> None:
    answer = api.post("/lessons", json={"title": "Saturday group"})
    assert answer.status_code == 201
    made = answer.json
    today = datetime.now(UTC).astimezone(ZoneInfo(api.studio.time_zone)).date()
    assert made["taught_on"] == today.isoformat()
    assert (made["language"], made["audience"], made["length"], made["tone"]) == (
        "en",
        "student",
        "medium",
        "warm",
    )
    assert session.get_one(Lesson, made["id"]).teacher_id == api.member.user_id


def test_a_lesson_with_everything(api: Caller) -> None:
    said = {
        "title": "周六上午班",
        "theme": "我的花园",
        "medium": "马克笔",
        "taught_on": "2026-11-21",
        "criteria": ["colour", "线条"],
        "audience": "guardians",
        "tone": "cheerful",
        "length": "long",
        "language": "zh",
    }
    made = api.post("/lessons", json=said).json
    assert {name: made[name] for name in said} == said


def test_a_lesson_that_is_wrong(api: Caller, session: Session) -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({}, "#/title"),
        ({"title": ""}, "#/title"),
        ({"title": "A", "audience": "the cat"}, "#/audience"),
        ({"title": "A", "taught_on": "yesterday"}, "#/taught_on"),
        ({"title": "A", "criteria": ["x" * 61]}, "#/criteria/0"),
        ({"title": "A", "studio_id": "another"}, "#/studio_id"),
    ]
    for said, pointer in cases:
        answer = api.post("/lessons", json=said)
        assert answer.status_code == 422, said
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert _count(session, Lesson) == 0


def test_a_class_of_thirty(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    answer = api.send(lesson.id, *[(f"IMG_{i}.jpg", photo(i)) for i in range(30)], subjects="cat, red mat")
    assert answer.status_code == 202
    batch = answer.json
    assert (len(batch["files"]), batch["finished"], batch["lesson"]) == (30, False, lesson.id)
    assert len({file["drawing"] for file in batch["files"]}) == 30
    assert {(file["state"], file["duplicate"], file["reason"]) for file in batch["files"]} == {
        ("received", False, None)
    }
    drawings = session.exec(select(Drawing).order_by(Drawing.position)).all()
    assert [drawing.id for drawing in drawings] == [file["drawing"] for file in batch["files"]]
    assert all(drawing.subjects == ["cat", "red mat"] and drawing.wanted for drawing in drawings)
    assert _count(session, Job) == 30
    assert api.get(f"/batches/{batch['id']}").json == batch


def test_a_batch_tells_how_far_it_is(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    batch = api.send(lesson.id, *[(f"{i}.jpg", photo(i)) for i in range(3)]).json
    states = (DrawingState.ACCEPTED, DrawingState.REFUSED, DrawingState.DRAFTING)
    for file, state in zip(batch["files"], states, strict=True):
        drawing = session.get_one(Drawing, file["drawing"])
        drawing.state, drawing.refusal = state, "too-small" if state is DrawingState.REFUSED else None
    shown = api.get(f"/batches/{batch['id']}").json
    assert [file["state"] for file in shown["files"]] == ["accepted", "refused", "drafting"]
    assert shown["files"][1]["reason"]["code"] == "too-small"
    assert not shown["finished"]
    session.get_one(Drawing, batch["files"][2]["drawing"]).state = DrawingState.DRAFTED
    assert api.get(f"/batches/{batch['id']}").json["finished"]
    session.delete(session.get_one(Drawing, batch["files"][0]["drawing"]))
    assert api.get(f"/batches/{batch['id']}").json["files"][0]["drawing"] is None


def test_refused_files_say_why_and_the_rest_goes_on(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    sent = [
        ("a.jpg", photo()),
        ("b.pdf", b"%PDF-1.7 ..."),
        ("c.jpg", b""),
        ("d.jpg", photo(1)[:200]),
        ("e.jpg", photo(2)),
    ]
    answer = api.send(lesson.id, *sent)
    files = answer.json["files"]
    assert answer.status_code == 202
    assert [file["reason"] and file["reason"]["code"] for file in files] == [
        None,
        "pdf",
        "empty",
        "truncated",
        None,
    ]
    assert files[1]["reason"]["detail"].startswith("This is a PDF.")
    assert [file["drawing"] is None for file in files] == [False, True, True, True, False]
    assert _count(session, Drawing) == 2


def test_a_photo_twice_is_one_drawing(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    first = api.send(lesson.id, ("a.jpg", photo(1)), ("b.jpg", photo(2)), ("again.jpg", photo(1))).json[
        "files"
    ]
    assert [file["duplicate"] for file in first] == [False, False, True]
    assert first[0]["drawing"] == first[2]["drawing"]
    second = api.send(lesson.id, ("c.jpg", photo(2)), ("d.jpg", photo(3))).json["files"]
    assert [file["duplicate"] for file in second] == [True, False]
    assert second[0]["drawing"] == first[1]["drawing"]
    assert _count(session, Drawing) == 3


def test_the_same_key_is_the_same_batch(api: Caller, other: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    sent = [("a.jpg", photo(1)), ("b.jpg", photo(2)), ("c.txt", b"no photo")]
    first = api.send(lesson.id, *sent, key="monday-1")
    again = api.send(lesson.id, *sent, key="monday-1")
    assert (again.status_code, again.json) == (202, first.json)
    assert (_count(session, Batch), _count(session, Drawing), _count(session, Job)) == (1, 2, 2)
    theirs = other.send(LessonFactory(studio=other.studio).id, *sent, key="monday-1")
    assert theirs.status_code == 202
    assert theirs.json["id"] != first.json["id"]


def test_the_same_key_with_something_else_is_refused(api: Caller, session: Session) -> None:
    lesson, another = LessonFactory(studio=api.studio), LessonFactory(studio=api.studio)
    api.send(lesson.id, ("a.jpg", photo(1)), key="monday-1")
    for answer in (
        api.send(lesson.id, ("a.jpg", photo(2)), key="monday-1"),
        api.send(lesson.id, ("a.jpg", photo(1)), ("b.jpg", photo(2)), key="monday-1"),
        api.send(lesson.id, ("a.jpg", photo(1)), subjects="cat", key="monday-1"),
        api.send(lesson.id, ("a.jpg", photo(1)), draft="false", key="monday-1"),
        api.send(another.id, ("a.jpg", photo(1)), key="monday-1"),
    ):
        assert answer.status_code == 422
        assert answer.json["type"] == "urn:vermilion:problem:idempotency-key-reused"
    assert _count(session, Drawing) == 1


def test_an_upload_that_broke_off_goes_on(
    api: Caller, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server dies after the second photo; the same request, sent again, does the rest."""
    lesson = LessonFactory(studio=api.studio)
    sent = [(f"{i}.jpg", photo(i)) for i in range(4)]
    put, puts = Storage.put, []

    def dying(self: Storage, key: str, data: bytes) -> None:
        if key.endswith("photo.jpg"):
            puts.append(key)
            if len(puts) == 3:
                raise KeyboardInterrupt
        put(self, key, data)

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "put", dying)
        with pytest.raises(KeyboardInterrupt):
            api.send(lesson.id, *sent, key="k")
    session.rollback()
    assert _count(session, Drawing) == 2
    files = api.send(lesson.id, *sent, key="k").json["files"]
    assert [file["duplicate"] for file in files] == [False] * 4
    assert (_count(session, Drawing), _count(session, Batch)) == (4, 1)


@pytest.mark.parametrize("content", [photo(1), b"%PDF-1.7"])
def test_a_photo_that_was_taken_in_or_refused_is_closed(
    api: Caller, session: Session, content: bytes
) -> None:
    lesson = LessonFactory(studio=api.studio)
    batch = batches.open_batch(session, NOW, lesson, None, "")
    session.commit()
    file = FileStorage(io.BytesIO(content), "photo.jpg")
    batches.take_in(session, NOW, storage(), lesson, batch, 0, batches.Sent(file, None, ()), draft=False)
    assert file.stream.closed


def test_two_requests_that_send_the_same_at_once(
    api: Caller, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first takes in its second photo, the other one does the whole."""
    lesson = LessonFactory(studio=api.studio)
    sent = [(f"{i}.jpg", photo(i)) for i in range(3)]
    take_in, answers = batches.take_in, []

    def interrupted(*arguments: object, **more: object) -> None:
        if arguments[5] == 1 and not answers:
            answers.append(None)
            answers.append(api.send(lesson.id, *sent, key="k").json)
        take_in(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "take_in", interrupted)
    first = api.send(lesson.id, *sent, key="k")
    assert first.status_code == 202
    assert answers[1] == first.json
    assert [file["duplicate"] for file in first.json["files"]] == [False] * 3
    assert (_count(session, Drawing), _count(session, Batch)) == (3, 1)


def test_a_photo_that_is_too_heavy_is_refused(app: Flask, api: Caller, session: Session) -> None:
    light, heavy = photo(), photo(1) + bytes(100_000)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"max_photo_mb": 0.05})
    lesson = LessonFactory(studio=api.studio)
    answer = api.send(lesson.id, ("heavy.jpg", heavy), ("light.jpg", light)).json
    assert [file["reason"] and file["reason"]["code"] for file in answer["files"]] == ["too-heavy", None]
    assert _count(session, Drawing) == 1


def test_whose_and_what(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    mia = StudentFactory(studio=api.studio, name="Mia Chen", called="Mia")
    ben = StudentFactory(studio=api.studio, name="Ben", called="Ben")
    sent = [("ben.jpg", photo(1)), ("IMG_2.jpg", photo(2)), ("x.jpg", photo(3))]

    def rows(answer: object) -> list[tuple[str | None, list[str]]]:
        session.expire_all()
        ids = [file["drawing"] for file in answer.json["files"]]  # type: ignore[attr-defined]
        return [(row.student_id, row.subjects) for row in (session.get_one(Drawing, id_) for id_ in ids)]

    told = api.send(lesson.id, *sent, students=["", mia.id, ""], subjects=["cat，mat", "", "sun"])
    assert rows(told) == [(ben.id, ["cat", "mat"]), (mia.id, []), (None, ["sun"])]
    untold = api.send(LessonFactory(studio=api.studio).id, *sent)
    assert rows(untold) == [(ben.id, []), (None, []), (None, [])]


def test_fields_that_do_not_fit(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    cases: list[tuple[dict[str, object], str]] = [
        ({"students": ["", ""]}, "#/students"),
        ({"students": ["nobody", "", ""]}, "#/students/0"),
        ({"subjects": ["cat", "dog"]}, "#/subjects"),
        ({"draft": "perhaps"}, "#/draft"),
    ]
    for fields, pointer in cases:
        answer = api.send(lesson.id, *[(f"{i}.jpg", photo(i)) for i in range(3)], **fields)
        assert answer.status_code == 422, fields
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert (_count(session, Batch), _count(session, Drawing)) == (0, 0)


def test_too_many_photos(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    answer = api.send(lesson.id, *[(f"{i}.jpg", b"") for i in range(61)])
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"pointer": "#/photos", "detail": "send at most 60 photos at a time"}]


def test_measured_only(api: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=api.studio)
    api.send(lesson.id, ("a.jpg", photo()), draft="false")
    assert not session.exec(select(Drawing)).one().wanted
