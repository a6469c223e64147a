"""What every answer says to the browser, and what a forged request meets."""

import pytest
from flask import Flask

from tests import factories as make
from tests.conftest import Client, make_settings
from webapp.accounts.security import _address
from webapp.app import create_app
from webapp.platform.settings import Settings

PAGES = ["/", "/sign-in", "/sign-up", "/nothing-here"]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_inline_and_nothing_from_elsewhere(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "<script>" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


def test_camera_and_microphone_are_for_us_alone(client: Client) -> None:
    allowed = client.get("/").headers["Permissions-Policy"]
    assert "camera=(self)" in allowed
    assert "microphone=(self)" in allowed
    assert "geolocation=()" in allowed


def test_https_is_remembered_only_on_https(settings: Settings, client: Client) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    secure = create_app(settings.model_copy(update={"base_url": "https://studio.example"})).test_client()
    answer = secure.get("/sign-in", base_url="https://studio.example")
    assert "Strict-Transport-Security" in answer.headers
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]


def test_a_forged_request_is_refused(app: Flask, client: Client) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for path in ("/sign-in", "/sign-up", "/sign-out", "/language"):
        answer = client.post(path, data={"email": "a@b.example"})
        assert answer.status_code == 400 or "CSRF" in answer.text, path


def test_errors_say_what_to_do_in_both_languages(client: Client) -> None:
    assert "start from your lessons" in client.get("/nothing").text
    assert "从课程列表开始" in client.get("/nothing", headers={"Accept-Language": "zh-CN"}).text


def test_scripts_get_problems_instead_of_pages(client: Client) -> None:
    answer = client.get("/nothing", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 404


@pytest.mark.parametrize("way", ["data", "json"])
def test_guesses_are_counted_by_whom_they_are_about(app: Flask, way: str) -> None:
    with app.test_request_context("/sign-in", method="POST", **{way: {"email": " X@y.example "}}):
        assert _address() == "x@y.example"
    with app.test_request_context("/sign-in", method="POST", json=["no", "object"]):
        assert _address() == "127.0.0.1"


def test_too_many_tries_have_to_wait(app: Flask, client: Client) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    limited = create_app(app.config["SETTINGS"])
    limited.config["WTF_CSRF_ENABLED"] = False
    browser = limited.test_client()
    codes = [browser.post("/sign-in", data={"email": "x@y.example"}).status_code for _ in range(21)]
    assert codes[-1] == 429
    assert set(codes[:20]) == {200}
    assert int(browser.post("/sign-in", data={"email": "x@y.example"}).headers["Retry-After"]) > 0


def test_the_mailbox_is_for_the_demo_on_this_machine(settings: Settings, client: Client) -> None:
    assert client.get("/mailbox").status_code == 404
    demo = create_app(settings.model_copy(update={"demo": True})).test_client()
    assert demo.get("/mailbox").status_code == 200
    assert demo.get("/mailbox", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    assert demo.get("/mailbox", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404


def test_figures_are_for_this_machine_and_operators(client: Client) -> None:
    assert "vermilion_request_seconds" in client.get("/metrics").text
    far = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/metrics", environ_base=far).status_code == 404
    client.sign_in(make.UserFactory(is_operator=True))
    assert client.get("/metrics", environ_base=far).status_code == 200


def test_health(client: Client, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert client.get("/healthz").status_code == 200
    empty = create_app(make_settings(tmp_path_factory.mktemp("empty"))).test_client()
    assert empty.get("/healthz").status_code == 503


def test_a_crash_is_logged_without_what_it_was_about(
    app: Flask, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def crash() -> str:
        raise ValueError("Violet drew a red cat")

    crash.access = "public"  # type: ignore[attr-defined]
    app.view_functions["front.home"] = crash
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    said = "".join(capsys.readouterr())
    assert "request_failed" in said
    assert "ValueError" in said
    assert "Violet" not in said


def test_settings_for_production_are_demanded(settings: Settings) -> None:
    with pytest.raises(ValueError, match="VERMILION_TOTP_KEY"):
        make_settings(settings.home, environment="production", totp_key="short")


def test_secrets_of_development_are_made_once(settings: Settings) -> None:
    bare = settings.model_copy(update={"secret_key": ""})
    assert bare.secret("secret_key") == bare.secret("secret_key")
    assert (settings.home / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_pages_follow_the_chosen_language(client: Client) -> None:
    person = make.UserFactory()
    client.sign_in(person)
    client.post("/language", data={"language": "zh"})
    assert "我的账号" in client.get("/account").text
