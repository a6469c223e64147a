"""The OpenAPI document is valid, complete, and true to the routes."""

import re
from pathlib import Path

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.conftest import Client
from tests.webapp.api.conftest import Caller
from webapp.api import keys

CONTRACT = {
    ("post", "/api/v1/lessons"),
    ("post", "/api/v1/lessons/{lesson_id}/drawings"),
    ("get", "/api/v1/batches/{batch_id}"),
    ("get", "/api/v1/drawings/{drawing_id}"),
    ("patch", "/api/v1/drawings/{drawing_id}/facts"),
    ("post", "/api/v1/drawings/{drawing_id}/drafts"),
    ("put", "/api/v1/drawings/{drawing_id}/comment"),
    ("get", "/api/v1/students"),
    ("post", "/api/v1/students"),
    ("delete", "/api/v1/students/{student_id}"),
    ("get", "/api/v1/usage"),
}
GUIDE = Path(__file__).parents[3] / "docs" / "api.md"


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_document_is_valid(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(answer.json).validate()


def test_document_and_routes_are_the_same(app: Flask, client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    documented = {(method, path) for path, methods in paths.items() for method in methods}
    assert documented == _routes(app) == CONTRACT


def test_every_operation_says_what_can_go_wrong(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            assert described["summary"], path
            assert {"401", "404", "422", "429"} <= set(described["responses"]), (method, path)
            for status, response in described["responses"].items():
                expected = "application/problem+json" if status >= "400" else "application/json"
                assert list(response.get("content", {expected: 0})) == [expected], (path, status)


def test_the_upload_is_described(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    upload = document["paths"]["/api/v1/lessons/{lesson_id}/drawings"]["post"]
    assert {(p["name"], p["in"], p["required"]) for p in upload["parameters"]} == {
        ("lesson_id", "path", True),
        ("Idempotency-Key", "header", False),
    }
    form = document["components"]["schemas"]["NewPhotos"]
    assert form["properties"]["photos"]["items"] == {"type": "string", "format": "binary"}
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]


def test_the_facts_are_described(client: Client) -> None:
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert {"palette", "composition", "weakest"} <= set(schemas["Facts"]["properties"])
    assert "unseen" in schemas["Sheet"]["properties"]["paper"]["enum"]


def test_names_stand_under_students_alone(client: Client) -> None:
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    named = {
        name for name, schema in schemas.items() if {"name", "called"} & set(schema.get("properties", {}))
    }
    assert named == {"Student", "NewStudent", "Colour", "ColourChange"}


def test_one_key_is_slowed_down_alone(api: Caller, other: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    most = int(keys.OFTEN.split()[0])
    statuses = [api.get("/students").status_code for _ in range(most)]
    answer = api.get("/students")
    assert set(statuses) == {200}
    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert other.get("/students").status_code == 200


def test_the_guide_names_only_what_there_is(app: Flask) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    calls = [
        call
        for block in blocks
        for call in re.split(r"\ncurl |^curl ", block)
        if "/api/v1" in call or "$API" in call
    ]
    assert len(calls) >= 8
    routes = _routes(app) | {("get", "/api/v1/openapi.json")}
    named = set()
    for call in calls:
        path = re.search(r"\$API(/[\w/$.{}]*)", call)
        if path is None:
            continue
        method = re.search(r"-X (\w+)", call)
        sends = method[1].lower() if method else "post" if re.search(r" (-d|--json|-F) ", call) else "get"
        found = [r for r in routes if r[0] == sends and re.fullmatch(_pattern(r[1]), f"/api/v1{path[1]}")]
        assert found, (sends, path[1])
        named.update(found)
    assert named >= CONTRACT


def _pattern(path: str) -> str:
    """A documented path, with a shell variable for every parameter."""
    return re.sub(r"\\\{\w+\\\}", r"\\$[A-Z]+", re.escape(path))
