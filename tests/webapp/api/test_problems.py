"""Errors are problem details, whatever went wrong, and say what to do in the reader's language."""

import io
import logging

import pytest
from flask import Flask

from tests.conftest import Client
from tests.factories import LessonFactory
from tests.webapp.api.conftest import Caller, photo
from webapp.api import roster


def _check(answer: object, status: int, kind: str) -> dict[str, object]:
    assert answer.status_code == status, answer.data  # type: ignore[attr-defined]
    assert answer.content_type == "application/problem+json"  # type: ignore[attr-defined]
    body: dict[str, object] = answer.json  # type: ignore[attr-defined]
    assert body["status"] == status
    assert body["type"] == f"urn:vermilion:problem:{kind}"
    assert body["title"]
    assert body["detail"]
    return body


def test_unknown_addresses(client: Client, api: Caller) -> None:
    _check(client.get("/api/v1/nothing"), 404, "not-found")
    _check(client.get("/api/v2/students"), 404, "not-found")
    _check(api.get("/drawings/nothing"), 404, "not-found")


def test_wrong_methods(api: Caller) -> None:
    answer = api.put("/students", json={})
    _check(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_wrong_bodies(api: Caller) -> None:
    _check(api.post("/students", data="name=Mia", content_type="text/plain"), 415, "unsupported-media-type")
    _check(api.post("/students", data={"name": "Mia"}), 415, "unsupported-media-type")
    _check(api.post("/students", data="{", content_type="application/json"), 400, "bad-request")
    _check(api.post("/students", json=["Mia"]), 422, "invalid")
    _check(api.post("/students", json=[]), 422, "invalid")


def test_each_wrong_field_is_named(api: Caller) -> None:
    body = _check(
        api.post("/students", json={"birth_year": 18, "called": "x" * 81, "nmae": "Mia"}), 422, "invalid"
    )
    assert body["errors"] == [
        {"pointer": "#/name", "detail": "is required"},
        {"pointer": "#/called", "detail": "has more than 80 characters"},
        {"pointer": "#/birth_year", "detail": "must be at least 1900"},
        {"pointer": "#/nmae", "detail": "is not known here; see the OpenAPI document for what is"},
    ]


def test_a_value_is_never_repeated(api: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """It could be a child's name."""
    with caplog.at_level(logging.DEBUG):
        answer = api.post("/students", json={"name": "Wang Xiaoyu", "birth_year": "Wang Xiaoyu"})
    assert answer.status_code == 422
    assert "Xiaoyu" not in answer.text + caplog.text


def test_errors_in_chinese(api: Caller) -> None:
    answer = api.post("/students", json={}, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    body = _check(answer, 422, "invalid")
    assert body["title"] == "请求有误"
    assert body["errors"] == [{"pointer": "#/name", "detail": "必须填写"}]


def test_too_large(app: Flask, api: Caller) -> None:
    lesson = LessonFactory(studio=api.studio)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    data = {"photos": (io.BytesIO(bytes(2000)), "a.jpg")}
    _check(api.post(f"/lessons/{lesson.id}/drawings", data=data), 413, "request-entity-too-large")


def test_what_breaks_here_is_no_page(app: Flask, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("Wang Xiaoyu")

    monkeypatch.setattr(roster, "roster", broken)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = api.get("/students")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "Xiaoyu" not in answer.text


def test_a_photo_must_be_a_file(api: Caller) -> None:
    lesson = LessonFactory(studio=api.studio)
    path = f"/lessons/{lesson.id}/drawings"
    boundary = {"content_type": "multipart/form-data"}
    body = _check(api.post(path, data={"photos": "a text"}, **boundary), 422, "invalid")
    assert body["errors"] == [{"pointer": "#/photos", "detail": "must be files"}]
    _check(api.post(path, data={}, **boundary), 422, "invalid")
    _check(api.post(path, json={"photos": []}), 415, "unsupported-media-type")
    assert api.send(lesson.id, ("a.jpg", photo()), drat="no").json["errors"][0]["pointer"] == "#/drat"
