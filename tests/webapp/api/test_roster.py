"""Students over the API."""

from sqlmodel import Session, select

from tests.factories import DrawingFactory, FeedbackFactory, LessonFactory, StudentFactory
from tests.webapp.api.conftest import Caller
from webapp.desk.tables import Feedback
from webapp.lessons.tables import Consent, Drawing, Student


def test_add_and_list(api: Caller) -> None:
    said = {"name": "  王小雨 ", "birth_year": 2017, "processing": True}
    answer = api.post("/students", json=said)
    assert answer.status_code == 201
    made = answer.json
    assert (made["name"], made["called"], made["birth_year"]) == ("王小雨", "小雨", 2017)
    assert (made["processing"], made["training"]) == ("granted", "none")
    second = api.post("/students", json={"name": "Mia Chen", "called": "Mimi", "training": True}).json
    assert (second["called"], second["processing"], second["training"]) == ("Mimi", "none", "granted")
    assert api.get("/students").json == {"students": [made, second]}


def test_consent_keeps_its_date_and_text(api: Caller, session: Session) -> None:
    made = api.post("/students", json={"name": "Mia", "processing": True, "training": True}).json
    student = session.get_one(Student, made["id"])
    assert student.training is Consent.GRANTED
    assert None not in (
        student.processing_at,
        student.processing_text,
        student.training_at,
        student.training_text,
    )


def test_a_name_twice(api: Caller) -> None:
    there = api.post("/students", json={"name": "Mia"}).json
    again = api.post("/students", json={"name": "mia", "processing": True})
    assert again.status_code == 409
    assert again.json["type"] == "urn:vermilion:problem:on-the-roster"
    assert again.json["student"] == there["id"]
    assert api.get("/students").json == {"students": [there]}  # nothing of it was recorded


def test_no_name(api: Caller) -> None:
    for name in ("", "   ", "x" * 81, None, 7):
        assert api.post("/students", json={"name": name}).status_code == 422, name
    assert api.get("/students").json == {"students": []}


def test_a_single_character_is_no_name(api: Caller) -> None:
    for said in ({"name": "雨"}, {"name": "陈雨", "called": " 雨 "}):
        answer = api.post("/students", json=said)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["detail"] == "must have at least two characters"


def test_delete_erases_what_hangs_on_the_student(api: Caller, session: Session) -> None:
    student = StudentFactory(studio=api.studio)
    drawing = DrawingFactory(lesson=LessonFactory(studio=api.studio), student_id=student.id)
    feedback = FeedbackFactory(drawing=drawing, student_id=student.id)
    answer = api.delete(f"/students/{student.id}")
    assert (answer.status_code, answer.data) == (204, b"")
    session.expire_all()
    assert session.get(Student, student.id) is None
    assert session.get(Drawing, drawing.id) is None
    tombstone = session.exec(select(Feedback).where(Feedback.id == feedback.id)).one()
    assert tombstone.record is None
    assert tombstone.erased_at is not None
    assert api.delete(f"/students/{student.id}").status_code == 404
