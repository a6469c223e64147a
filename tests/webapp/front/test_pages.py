"""The front door: anyone may come in, in their language."""

from pathlib import Path

import pytest
from PIL import Image

from drafting.bases import default_base, open_adapter, starter
from tests.conftest import Client
from tests.factories import MembershipFactory, UserFactory
from webapp.accounts.tables import Language
from webapp.front import example


@pytest.mark.parametrize(
    ("asked", "lang", "said"),
    [("en-GB", "en", "A real comment for every drawing"), ("zh-CN,zh;q=0.9", "zh-Hans", "老师亲笔的评语")],
)
def test_the_landing_page_speaks_the_browsers_language(
    client: Client, asked: str, lang: str, said: str
) -> None:
    page = client.get("/", headers={"Accept-Language": asked}).text
    assert f'<html lang="{lang}"' in page
    assert said in page


def test_who_is_signed_in_goes_to_their_lessons(client: Client) -> None:
    user = UserFactory()
    MembershipFactory(user=user)
    client.sign_in(user)
    assert client.get("/").location == "/lessons"


def test_the_language_is_remembered_for_the_visit_and_the_person(client: Client) -> None:
    user = UserFactory()
    MembershipFactory(user=user)
    client.sign_in(user)
    answer = client.post(
        "/language", data={"language": "zh"}, headers={"Referer": "http://localhost/students?a=1"}
    )
    assert answer.location == "/students?a=1"
    assert 'lang="zh-Hans"' in client.get("/students").text
    client.session.refresh(user)
    assert user.language is Language.CHINESE


def test_a_language_that_we_do_not_speak_changes_nothing(client: Client) -> None:
    client.post("/language", data={"language": "xx"})
    assert '<html lang="en"' in client.get("/").text


def test_one_is_never_sent_back_to_another_site(client: Client) -> None:
    sent = {"data": {"language": "en"}, "headers": {"Referer": "https://elsewhere.example/page"}}
    assert client.post("/language", **sent).location == "/"
    sent["headers"] = {"Referer": "http://localhost//elsewhere.example/page"}
    assert client.post("/language", **sent).location == "/elsewhere.example/page"


@pytest.mark.parametrize(
    "path", ["/bootstrap/static/css/bootstrap.min.css", "/htmx.js", "/static/img/seal.svg"]
)
def test_what_a_page_needs_is_served_to_anyone(client: Client, path: str) -> None:
    with client.get(path) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pen_leads_from_the_draft_to_the_final_text(language: example.Language) -> None:
    shown = example.example(language)
    joint = " " if language == "en" else ""
    kept = [s.text for s in shown.strokes if s.kind != "added"]
    written = [s.text for s in shown.strokes if s.kind != "struck"]
    assert (joint.join(kept), joint.join(written)) == (shown.draft, shown.final)
    assert {"struck", "added"} <= {s.kind for s in shown.strokes}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_draft_shown_is_the_shipped_starters(language: example.Language) -> None:
    shipped = starter(language)
    assert shipped is not None
    adapter = open_adapter(shipped)
    assert example.example(language).model == f"{default_base(language)}+{adapter.id}, {adapter.prompt}"


def test_the_photo_is_drawn_once(tmp_path: Path) -> None:
    path = example.photo(tmp_path, "en")
    made = path.stat().st_mtime_ns
    assert example.photo(tmp_path, "en").stat().st_mtime_ns == made
    with Image.open(path) as image:
        assert max(image.size) == example.SIDE
        assert not image.getexif()
