"""Sealed studios: every address is walked by everyone, and opens only for those it is for."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.routing import Rule

from tests import factories as make
from tests.conftest import Client
from webapp.accounts.tables import MemberRole, User
from webapp.platform import access

PUBLIC = {
    "accounts.invitation",
    "api.openapi",
    "bootstrap.static",
    "front.choose_language",
    "front.example_photo",
    "front.home",
    "front.htmx",
    "money.demo_clock",  # where there is a demo's own sandbox, and to this machine; else nobody's
    "money.move_demo_clock",
    "money.pricing",
    "money.stripe_hook",
    "platform.health",
    "platform.mailbox",
    "platform.metrics",
    "static",
}
"""All that a stranger may open, besides signing in. To open another page to strangers is to say so here."""

BODIES: dict[str, Any] = {
    "api.correct_facts": {"coverage": 0.5},
    "api.draft_again": {"instruction": "shorter"},
    "api.put_comment": {"text": "Good.", "revision": 1},
}


@dataclass
class House:
    """A studio with one record of everything, and its people."""

    owner: User
    teacher: User
    key: str
    ids: dict[str, str] = field(default_factory=dict)

    def url(self, rule: Rule, app: Flask) -> str:
        """The address of this studio's record."""
        known = {**self.ids, "kind": "drawing", "token": "nothing", "filename": "nothing", "language": "en"}
        if missing := set(rule.arguments) - set(known):
            pytest.fail(f"{rule.rule}: teach this test what {missing} is")
        values = {name: known[name] for name in rule.arguments}
        with app.test_request_context():
            return app.url_for(rule.endpoint, **values)


def _house() -> House:
    studio = make.StudioFactory()
    owner, teacher = make.UserFactory(), make.UserFactory()
    make.MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    place = make.MembershipFactory(studio=studio, user=teacher)
    lesson = make.LessonFactory(studio=studio, teacher=teacher)
    drawing = make.DrawingFactory(lesson=lesson)
    token = f"vm_{studio.id}"
    key = make.ApiKeyFactory(studio=studio, user=owner, key_hash=sha256(token.encode()).hexdigest())
    rows = {
        "lesson": lesson,
        "drawing": drawing,
        "student": make.StudentFactory(studio=studio),
        "batch": make.BatchFactory(lesson=lesson),
        "past_comment": make.PastCommentFactory(studio=studio, teacher=teacher),
        "rewrite": make.RewriteFactory(drawing=drawing),
        "membership": place,
        "invitation": make.InvitationFactory(studio=studio, inviter=owner),
        "key": key,
    }
    ids = {"studio_id": studio.id, **{f"{name}_id": row.id for name, row in rows.items()}}
    return House(owner, teacher, token, ids)


@pytest.fixture
def mine(session: Session) -> House:
    return _house()


@pytest.fixture
def theirs(session: Session) -> House:
    return _house()


def _walk(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def _ask(client: Client, rule: Rule, method: str, url: str, key: str = "") -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    more: dict[str, Any] = {}
    if body := BODIES.get(rule.endpoint):
        more = {"data": json.dumps(body), "content_type": "application/json"}
    elif rule.endpoint == "api.send_photos":
        more = {"data": {"photos": (io.BytesIO(b"no photo"), "a.jpg")}}
    response = client.open(url, method=method, headers=headers, **more)
    assert response.status_code < 500, f"{method} {url}"
    return int(response.status_code)


def _ours(rule: Rule) -> bool:
    """Flask-Security guards its own pages; ``test_account_pages_ask_who_it_is`` walks those."""
    return not rule.endpoint.startswith("security.") and rule.endpoint not in PUBLIC


def test_public_pages_are_known(app: Flask, session: Session) -> None:
    public = {
        e for e in app.view_functions if access.rule_of(e) == "public" and not e.startswith("security.")
    }
    assert public <= PUBLIC


def test_strangers_are_sent_to_sign_in(app: Flask, client: Client, mine: House) -> None:
    for rule, method in _walk(app):
        if not _ours(rule):
            continue
        response = client.open(mine.url(rule, app), method=method)
        if method == "GET" and not rule.endpoint.startswith("api."):
            assert response.status_code == 302, rule.endpoint
            assert response.location.startswith("/sign-in"), rule.endpoint
        else:
            assert response.status_code == 401, rule.endpoint


@pytest.mark.parametrize("role", ["owner", "teacher"])
def test_another_studios_records_are_not_there(
    app: Flask, client: Client, mine: House, theirs: House, role: str
) -> None:
    client.sign_in(getattr(mine, role))
    walked = 0
    for rule, method in _walk(app):
        if not _ours(rule) or not any(name.endswith("_id") for name in rule.arguments):
            continue
        closed = access.rule_of(rule.endpoint) == "owner" and role == "teacher"
        status = _ask(client, rule, method, theirs.url(rule, app), key=mine.key)
        assert status == (403 if closed else 404), f"{method} {rule.rule}"
        walked += 1
    assert walked > 20


def test_teachers_may_not_do_what_owners_do(app: Flask, client: Client, mine: House) -> None:
    client.sign_in(mine.teacher)
    for rule, method in _walk(app):
        if access.rule_of(rule.endpoint) == "owner":
            assert _ask(client, rule, method, mine.url(rule, app)) == 403, rule.endpoint


@pytest.mark.parametrize("role", ["owner", "teacher"])
def test_ones_own_pages_open(app: Flask, client: Client, mine: House, role: str) -> None:
    client.sign_in(getattr(mine, role))
    no_file = {"lessons.picture", "lessons.card", "lessons.export_pdf"}  # nothing was photographed here
    for rule, method in _walk(app):
        if method != "GET" or not _ours(rule) or rule.endpoint in no_file:
            continue
        if access.rule_of(rule.endpoint) == "operator":
            continue
        if access.rule_of(rule.endpoint) == "owner" and role == "teacher":
            continue
        status = _ask(client, rule, method, mine.url(rule, app), key=mine.key)
        assert status in (200, 204, 286, 302), f"{rule.rule}: {status}"


def test_the_operators_pages_are_there_for_operators_alone(app: Flask, client: Client, mine: House) -> None:
    operator = make.UserFactory(is_operator=True)
    walked = 0
    for rule, method in _walk(app):
        if access.rule_of(rule.endpoint) != "operator":
            continue
        url = mine.url(rule, app)
        for person in (mine.owner, mine.teacher, make.UserFactory()):
            client.sign_in(person)
            assert _ask(client, rule, method, url) == 404, f"{method} {rule.rule}"
        client.sign_in(operator)
        assert _ask(client, rule, method, url) in (200, 302), f"{method} {rule.rule}"
        walked += 1
    assert walked >= 2


def test_a_person_without_a_studio_is_shown_the_way(app: Flask, client: Client, mine: House) -> None:
    client.sign_in(make.UserFactory())
    for rule, method in _walk(app):
        if access.rule_of(rule.endpoint) in ("member", "owner") and not rule.endpoint.startswith("api."):
            response = client.open(mine.url(rule, app), method=method)
            assert response.location == "/studio/new", rule.endpoint


def test_account_pages_ask_who_it_is(app: Flask, client: Client) -> None:
    open_to_all = {
        "login",
        "register",
        "forgot_password",
        "send_confirmation",
        "wan_signin",
        "static",
        "logout",
    }
    for rule, method in _walk(app):
        room, _, name = rule.endpoint.partition(".")
        if room != "security" or method != "GET" or name in open_to_all:
            continue
        response = client.get(re.sub(r"<\w+>", "nothing", rule.rule))
        assert response.status_code in (302, 401), rule.rule


def test_a_revoked_key_opens_nothing(client: Client, mine: House, session: Session) -> None:
    from webapp.accounts.tables import ApiKey

    headers = {"Authorization": f"Bearer {mine.key}"}
    assert client.get("/api/v1/students", headers=headers).status_code == 200
    key = session.get_one(ApiKey, mine.ids["key_id"])
    key.revoked_at = make.NOW
    session.add(key)
    assert client.get("/api/v1/students", headers=headers).status_code == 401
    client.sign_in(mine.owner)
    assert client.get("/api/v1/students").status_code == 401  # the cookie is no key
