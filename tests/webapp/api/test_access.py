"""Nobody without a studio's living key, and nobody into another studio."""

from datetime import UTC, datetime

from flask import Flask
from sqlmodel import Session

from tests.conftest import Client
from tests.factories import (
    BatchFactory,
    DrawingFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
    UserFactory,
)
from tests.webapp.api.conftest import Caller, photo
from webapp.accounts.tables import ApiKey, MemberRole
from webapp.platform.db import db


def _operations(app: Flask) -> list[tuple[str, str]]:
    """Method and rule of everything under /api but its public contract."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_every_operation_wants_a_key(app: Flask, client: Client) -> None:
    operations = _operations(app)
    assert len(operations) >= 11
    for method, rule in operations:
        path = rule.replace("<", "").replace(">", "")
        for headers in ({}, {"Authorization": "Bearer vm_nobody"}, {"Authorization": "Basic dm06"}):
            answer = client.open(path, method=method, headers=headers)
            assert answer.status_code == 401, (method, rule)
            assert answer.content_type == "application/problem+json"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert "Set-Cookie" not in answer.headers


def test_a_session_opens_nothing(client: Client) -> None:
    user = UserFactory()
    MembershipFactory(user=user, role=MemberRole.OWNER)
    assert client.sign_in(user).get("/api/v1/students").status_code == 401


def test_a_key_works_until_it_is_revoked(api: Caller) -> None:
    assert api.get("/students").status_code == 200
    api.key.revoked_at = datetime.now(UTC)
    db.session.add(api.key)
    assert api.get("/students").status_code == 401


def test_a_key_dies_when_its_maker_leaves(api: Caller, session: Session) -> None:
    session.delete(api.member)
    assert api.get("/students").status_code == 401


def test_use_of_a_key_is_noted(api: Caller, session: Session) -> None:
    before = datetime.now(UTC)
    api.get("/students")
    session.expire_all()
    noted = session.get_one(ApiKey, api.key.id).last_used_at
    assert noted is not None
    assert noted >= before.replace(microsecond=0)
    api.get("/students")
    session.expire_all()
    assert session.get_one(ApiKey, api.key.id).last_used_at == noted  # once an hour is enough


def test_another_studios_records_are_not_there(api: Caller, other: Caller, session: Session) -> None:
    lesson = LessonFactory(studio=other.studio)
    drawing = DrawingFactory(lesson=lesson)
    student = StudentFactory(studio=other.studio)
    batch = BatchFactory(lesson=lesson)
    answers = [
        api.send(lesson.id, ("a.jpg", photo())),
        api.get(f"/batches/{batch.id}"),
        api.get(f"/drawings/{drawing.id}"),
        api.patch(f"/drawings/{drawing.id}/facts", json={"coverage": 0.5}),
        api.post(f"/drawings/{drawing.id}/drafts", json={}),
        api.put(f"/drawings/{drawing.id}/comment", json={"revision": 0, "text": "Mine now."}),
        api.delete(f"/students/{student.id}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 7
    assert api.get("/students").json == {"students": []}
    session.expire_all()
    assert session.get(type(student), student.id) is not None
    assert other.get(f"/drawings/{drawing.id}").status_code == 200


def test_a_student_of_another_studio_cannot_be_named(api: Caller, other: Caller) -> None:
    lesson, stranger = LessonFactory(studio=api.studio), StudentFactory(studio=other.studio)
    answer = api.send(lesson.id, ("a.jpg", photo()), students=[stranger.id])
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "#/students/0"


def test_odd_tokens_are_refused(client: Client) -> None:
    for token in ("", " ", "x" * 5000, "汉字"):
        headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
        assert client.get("/api/v1/students", headers=headers).status_code == 401, token
