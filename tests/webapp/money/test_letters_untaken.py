"""Letters that a mail server did not take, or that could not be written: each is written again, once, and no
other waits for it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException

import pytest
from flask import Flask
from flask_mailman import EmailMessage, Mail
from sqlmodel import Session, select

from billing.tables import History
from tests.billing.rows import subscription, trial
from tests.factories import NOW, MembershipFactory, StudioFactory, UserFactory
from tests.webapp.money.mail_server import MailServer
from tests.webapp.money.test_letters import opened
from webapp.accounts.tables import MemberRole, Studio
from webapp.money import letters
from webapp.platform import mail
from webapp.platform.settings import Settings


def to(app: Flask) -> list[str]:
    """Whom the letters in the mailbox are for."""
    return [letter.to for letter in mail.letters(app.config["SETTINGS"])]


def wait(monkeypatch: pytest.MonkeyPatch, **later: float) -> None:
    """Let time pass on the machine, from the beginning of the test on."""
    moment = datetime.now(UTC) + timedelta(**later)
    monkeypatch.setattr("webapp.money.untaken.machine_now", lambda: moment)


def test_what_the_mail_server_did_not_take_is_written_again_and_the_rest_is_not(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, studio = trial(NOW), opened(session)
    begun.studio_id = studio.id
    second = UserFactory(email="second@willow.example")
    MembershipFactory(studio=studio, user=second, role=MemberRole.OWNER)
    session.add(begun)
    session.commit()
    there, day = app.config["SETTINGS"], NOW + timedelta(days=12)
    monkeypatch.setitem(app.config, "SETTINGS", there.model_copy(update={"mail_server": "127.0.0.1"}))
    assert letters.write(day) == 0  # it does not answer
    wait(monkeypatch, minutes=5)
    assert session.exec(select(History.id).where(History.what == "letter")).all() == []

    monkeypatch.setitem(app.config, "SETTINGS", there)
    keep, refused = mail._keep, list[str]()

    def refuse_the_first(letter: EmailMessage, settings: Settings) -> None:
        if not refused:
            refused.append(letter.to[0])
            raise SMTPException
        keep(letter, settings)

    monkeypatch.setattr(mail, "_keep", refuse_the_first)
    assert letters.write(day) == 0
    assert letters.write(day) == 0  # the other is not tried at once
    wait(monkeypatch, minutes=10)
    assert letters.write(day) == 1
    assert refused[0] not in to(app)
    wait(monkeypatch, minutes=20)
    assert letters.write(day) == 1
    assert letters.write(day) == 0
    assert sorted(to(app)) == ["owner@willow.example", "second@willow.example"]


def test_one_that_is_stopped_while_it_sends_is_written_again(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add(begun)
    session.commit()

    def stop(*_args: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(mail, "send_now", stop)
        with pytest.raises(KeyboardInterrupt):
            letters.write(NOW + timedelta(days=12))
    assert letters.write(NOW + timedelta(days=12)) == 1


def test_one_letter_that_cannot_be_written_keeps_no_other_waiting(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, zone in (("first", "Nowhere/Never"), ("second", "UTC")):
        studio = StudioFactory(name=name, id=name, time_zone=zone)
        owner = UserFactory(email=f"{name}@willow.example")
        MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
        begun = trial(NOW)
        begun.studio_id, begun.payer = studio.id, studio.id
        session.add(begun)
    session.commit()
    assert letters.write(NOW + timedelta(days=12)) == 1
    assert to(app) == ["second@willow.example"]
    logged = "".join(capsys.readouterr())
    assert "letter_not_written" in logged
    assert "willow.example" not in logged
    assert len(session.exec(select(History.id).where(History.what == "letter")).all()) == 1
    session.commit()
    first = session.get_one(Studio, "first")
    first.time_zone = "UTC"
    session.add(first)
    session.commit()
    wait(monkeypatch, minutes=11)
    assert letters.write(NOW + timedelta(days=12)) == 1  # when it can be, it is


def test_one_studio_that_cannot_be_read_keeps_no_others_letters_waiting(app: Flask, session: Session) -> None:
    for name in ("first", "second"):
        studio = StudioFactory(name=name, id=name)
        owner = UserFactory(email=f"{name}@willow.example")
        MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
        begun = trial(NOW)
        begun.studio_id, begun.payer = studio.id, studio.id
        session.add(begun)
    day = NOW + timedelta(days=12)
    changed = {"at": day, "studio_id": "first", "what": "plan.changed", "object_id": "sub_1", "by": "x"}
    session.add(subscription(studio_id="first", began_at=NOW, status="canceled"))
    session.add(History(**changed, after={"ends_at": "no day"}))
    session.commit()
    assert letters.write(day + timedelta(hours=1)) == 1
    assert to(app) == ["second@willow.example"]


class TestWithAMailServer:
    """Letters to several owners, over SMTP."""

    @pytest.fixture
    def server(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
        with MailServer() as server:
            changes = {"mail_server": "127.0.0.1", "mail_port": server.port}
            there = app.config["SETTINGS"].model_copy(update=changes)
            monkeypatch.setitem(app.config, "SETTINGS", there)
            app.config |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": server.port, "MAIL_USE_TLS": False}
            Mail(app)
            yield server

    @pytest.fixture
    def owners(self, session: Session) -> list[str]:
        emails = [f"{name}@willow.example" for name in ("ann", "ben", "cat")]
        for email in emails:
            studio = StudioFactory()
            MembershipFactory(studio=studio, user=UserFactory(email=email), role=MemberRole.OWNER)
            begun = trial(NOW)
            begun.studio_id, begun.payer = studio.id, email
            session.add(begun)
        session.commit()
        return emails

    def test_an_address_that_is_refused_for_good_stops_no_others(
        self, server: MailServer, owners: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = NOW + timedelta(days=12)
        server.answers[owners[1]] = "550 No such mailbox"
        assert letters.write(day) == 2
        assert sorted(server.asked) == owners
        assert sorted(server.taken) == [owners[0], owners[2]]
        assert letters.write(day) == 0
        assert len(server.asked) == 3  # it is not asked every minute
        del server.answers[owners[1]]
        wait(monkeypatch, minutes=11)
        assert letters.write(day) == 1
        assert sorted(server.taken) == owners

    def test_who_may_have_the_letter_gets_it_no_second_time(
        self, server: MailServer, owners: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = NOW + timedelta(days=12)
        server.hangs_up = True
        for minutes in (0, 6, 12, 18, 60):
            wait(monkeypatch, minutes=minutes)
            assert letters.write(day) == 0
        assert sorted(server.taken) == owners

    def test_a_server_that_takes_nothing_is_asked_once_in_five_minutes(
        self, server: MailServer, owners: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = NOW + timedelta(days=12)
        server.answers = dict.fromkeys(owners, "450 Later")
        for minutes in (0, 1, 4, 6, 7):
            wait(monkeypatch, minutes=minutes)
            assert letters.write(day) == 0
        assert len(server.asked) == len(set(server.asked)) == 2  # another one the second time
        server.answers = {server.asked[0]: "450 Later"}
        wait(monkeypatch, minutes=30)
        assert letters.write(day) == 0
        wait(monkeypatch, minutes=36)  # now the turn of whom it did not take is later than the others'
        assert letters.write(day) == 2
        assert sorted(server.taken) == sorted({*owners} - {server.asked[0]})
