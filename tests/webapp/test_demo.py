"""Who runs the demo, and that nobody runs a real server as them."""

import json

import pytest
from sqlmodel import Session, select

from tests.conftest import Client, make_settings
from webapp import demo
from webapp.accounts.tables import User
from webapp.lessons.edge import now
from webapp.platform.settings import Settings


def test_the_operator_is_made_once_and_signs_in(client: Client, session: Session, settings: Settings) -> None:
    record = settings.home / "demo.json"
    record.write_text('{"users": [], "api_key": null}')  # without the studios, whose drawings take a while
    first = demo.fill(session, now(), settings)["users"]
    assert demo.fill(session, now(), settings)["users"] == first
    assert json.loads(record.read_text())["users"] == first
    (operator,) = first
    assert operator["role"] == "operator"
    assert session.exec(select(User).where(User.email == operator["email"])).one().is_operator
    client.post("/sign-in", data={"email": operator["email"], "password": operator["password"]})
    lessons = client.get("/lessons", follow_redirects=True)
    assert lessons.request.path == "/operator/school"
    assert lessons.status_code == 200


def test_production_does_not_go_on_from_a_demo(settings: Settings) -> None:
    known = dict.fromkeys(("secret_key", "password_salt", "totp_key"), "x" * 24)
    assert make_settings(settings.home, environment="production", **known)
    with pytest.raises(ValueError, match="production cannot be a demo"):
        make_settings(settings.home, environment="production", demo=True, **known)
    (settings.home / "demo.json").write_text("{}")
    with pytest.raises(ValueError, match="production cannot be a demo"):
        make_settings(settings.home, environment="production", **known)
