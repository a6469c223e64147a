"""A second factor: codes, recovery codes, and what a passkey begins with."""

import json
import re
from html import unescape

from flask_security import url_for_security
from sqlmodel import Session

from tests import factories as make
from tests.conftest import Client
from webapp.accounts.tables import User


def _code(secret: str) -> str:
    from passlib.totp import TOTP

    return str(TOTP(key=secret).generate().token)


def _turn_on(client: Client) -> str:
    """Set up codes; the secret that the phone now has."""
    page = client.post("/second-factor", data={"setup": "authenticator"}).text
    secret = re.search(r"<code>([A-Z2-7-]+)</code>", page)
    action = re.search(r'action="(/second-factor/[^"]+)"', page)
    assert secret
    assert action
    assert client.post(action[1], data={"code": _code(secret[1])}).status_code == 302
    return secret[1]


def test_with_a_code_one_signs_in_with_it(client: Client, session: Session) -> None:
    user = make.MembershipFactory().user_id
    person = session.get_one(User, user)
    client.sign_in(person)
    secret = _turn_on(client)
    session.expire_all()
    stored = session.get_one(User, user).tf_totp_secret
    assert stored
    assert secret.replace("-", "") not in stored  # encrypted
    client.post("/sign-out")
    answer = client.post("/sign-in", data={"email": person.email, "password": make.PASSWORD})
    assert "/lessons" not in answer.location
    assert client.get("/account").status_code == 302
    wrong = client.post("/second-factor/code", data={"code": "000000"})
    assert wrong.status_code == 200


def test_recovery_codes_work_once(client: Client, session: Session) -> None:
    person = session.get_one(User, make.MembershipFactory().user_id)
    client.sign_in(person)
    _turn_on(client)
    page = client.post("/recovery-codes", data={"generate_new_codes": "1"}).text
    codes = re.findall(r"<li><code>(.*?)</code>", page)
    assert len(codes) == 5
    for status in (302, 200):
        client.post("/sign-out")
        client.post("/sign-in", data={"email": person.email, "password": make.PASSWORD})
        assert client.post("/second-factor/recovery", data={"code": codes[0]}).status_code == status


def test_a_passkey_begins_with_the_servers_options(client: Client, session: Session) -> None:
    client.sign_in(session.get_one(User, make.MembershipFactory().user_id))
    page = client.post("/passkeys", data={"name": "My phone", "usage": "first"}).text
    options = re.search(r'data-options="([^"]+)"', page)
    assert options
    asked = json.loads(unescape(options[1]))
    assert asked["rp"] == {"name": "Vermilion", "id": "localhost"}
    assert asked["challenge"]
    assert 'name="credential"' in page
    assert "<script>" not in page


def test_a_passkey_is_asked_for_at_the_sign_in_and_before_what_needs_it(
    client: Client, session: Session
) -> None:
    for heading, address, answered in (
        ("Sign in with a passkey", "/sign-in/passkey", "wan_signin_response"),
        ("Is it you?", "/again/passkey", "wan_verify_response"),
    ):
        page = client.get(f"{address}?next=/lessons").text
        assert f"<h1>{heading}</h1>" in page
        assert f'action="{address}?next=/lessons"' in page
        asked = client.post(f"{address}?next=/lessons").text
        with client.application.test_request_context():
            begins = url_for_security(answered, token="T").removesuffix("T")
        assert re.search(
            rf'action="{begins}[^"?]+\?next=/lessons" data-passkey="get" data-options="[^"]', asked
        )
        client.sign_in(session.get_one(User, make.MembershipFactory().user_id))
