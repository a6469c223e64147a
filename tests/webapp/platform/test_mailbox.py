"""A demo's letters: shown with the reader's time, and linked to where a page speaks of one."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask_babel import format_datetime
from sqlmodel import Session

from tests.conftest import Client, make_settings
from tests.factories import PASSWORD, MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole
from webapp.platform import mail
from webapp.platform.settings import Settings

LINK = 'href="/mailbox">To the mailbox of this demo'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return make_settings(settings.home, demo=True)


def shown(client: Client) -> datetime:
    """The time of the one letter, as it stands there."""
    found = re.search(r'<time datetime="([^"]+)">([^<]+)</time>', client.get("/mailbox").text)
    assert found is not None
    at = datetime.fromisoformat(found[1])
    with client.application.test_request_context():
        assert found[2] == format_datetime(at, rebase=False)
    return at


def test_a_letters_time_is_the_readers(client: Client, session: Session) -> None:
    mail.send_now("o@willow.example", "Hello", "Hello.")
    assert shown(client).utcoffset() == datetime.now().astimezone().utcoffset()
    studio, owner = StudioFactory(time_zone="Asia/Shanghai"), UserFactory()
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    client.sign_in(owner)
    at = shown(client)
    assert at.utcoffset() == at.astimezone(ZoneInfo("Asia/Shanghai")).utcoffset()


def test_who_is_told_to_open_a_letter_finds_the_way(client: Client) -> None:
    form = {
        "name": "Grace",
        "email": "grace@willow.example",
        "password": PASSWORD,
        "studio_name": "Willow",
        "studio_language": "en",
        "time_zone": "Europe/London",
        "sharing": "no",
    }
    page = client.post("/sign-up", data=form, follow_redirects=True).text
    assert "open the letter" in page
    assert LINK in page
    assert LINK not in client.get("/sign-in").text
    assert "Mailbox of this demo" in client.get("/sign-in").text


def test_elsewhere_there_is_no_way_to_it(client: Client) -> None:
    assert "/mailbox" not in client.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.1"}).text
