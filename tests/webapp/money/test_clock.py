"""In the demo time is moved on, here and at its sandbox alike; nowhere else can it be."""

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlmodel import Session, select

from billing import customers, trials
from billing.customers import BusyError
from billing.gateway import Gateway
from billing.plans import catalogue
from billing.sync import sync_plans
from tests.billing.conftest import PATIENCE, sandbox_url
from tests.billing.control import Control
from tests.billing.shop import Shop
from tests.conftest import Client, make_settings
from tests.factories import JobFactory, MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import Language, MemberRole, Membership, Studio, User
from webapp.app import create_app
from webapp.money.edge import transactions
from webapp.money.sandbox import Sandbox
from webapp.platform import clock, jobs, mail
from webapp.platform.db import db
from webapp.platform.settings import DEMO_KEY, Settings
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker

__all__ = ["sandbox_url"]
DAY = 86_400


@pytest.fixture
def stripe_key() -> str:
    return f"{DEMO_KEY}_{secrets.token_hex(8)}"


@pytest.fixture
def settings(settings: Settings, sandbox_url: str, stripe_key: str) -> Settings:
    return make_settings(settings.home, demo=True, stripe_key=stripe_key, stripe_address=sandbox_url)


@pytest.fixture
def control(sandbox_url: str, stripe_key: str) -> Control:
    return Control(sandbox_url, stripe_key)


@pytest.fixture
def owner(session: Session) -> User:
    """Of a studio whose trial has just begun."""
    studio, owner = StudioFactory(name="Willow"), UserFactory()
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    trials.begin(session, clock.now(), studio.id, "payer", catalogue(), by="test")
    session.commit()
    return owner


def test_time_passes_for_the_sandbox_and_for_us(
    client: Client, owner: User, settings: Settings, control: Control
) -> None:
    client.sign_in(owner)
    assert "0 of 400 used" in client.get("/plan").text
    assert "To the end of the trial" in client.get("/clock").text
    said = client.post("/clock", data={"to": "trial"}, follow_redirects=True).text
    assert "2 letters were written" in said
    assert "14 days ahead" in said
    assert "To the end of the trial" not in said
    ahead = control("clock")["ahead"]
    assert 14 * DAY - 600 < ahead < 14 * DAY + 60  # the trial began a moment ago
    assert int((settings.home / "clock").read_text()) == ahead
    assert "0 of 20 used" in client.get("/plan").text
    ended, letter = mail.letters(settings)
    assert ended.subject == "The trial of Willow is over"
    assert letter.subject == "The trial of Willow ends soon"
    before = datetime.now(UTC) + timedelta(days=14) - letter.at  # written when it was due, not at the end
    assert timedelta(days=2) < before <= timedelta(days=3, minutes=1)


def test_who_deals_with_what_happens_is_not_held_up(
    client: Client, session: Session, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_in(owner)
    session.commit()
    advance, wrote = Sandbox.advance, []

    def write_meanwhile(self: Sandbox, seconds: int) -> int:
        with closing(sqlite3.connect(str(db.engine.url.database), timeout=0.1)) as other:
            other.execute("BEGIN IMMEDIATE")
            wrote.append(seconds)
        return advance(self, seconds)

    monkeypatch.setattr(Sandbox, "advance", write_meanwhile)
    client.post("/clock", data={"to": "trial"})
    assert len(wrote) == 14


def test_without_a_studio_time_passes_too(client: Client, control: Control) -> None:
    assert "到试用结束" not in client.get("/clock", headers={"Accept-Language": "zh"}).text
    client.post("/clock", data={"to": "trial"})
    assert control("clock")["ahead"] == 0
    client.post("/clock", data={"to": "day"})
    assert DAY <= control("clock")["ahead"] < DAY + 60


def test_every_page_of_the_demo_says_what_day_it_is(client: Client, settings: Settings) -> None:
    clock.set_ahead(settings, 400 * DAY)
    year = (datetime.now(UTC) + timedelta(days=400)).year
    page = client.get("/pricing").text
    assert f"{year} here" in page
    assert "Move the clock on" in page


def test_whoever_works_while_forty_days_pass_keeps_the_job(
    app: Flask, session: Session, settings: Settings
) -> None:
    job = JobFactory(kind="prepare", total=5)
    session.commit()

    def prepare(held: Sequence[Job], worker: Worker) -> None:
        assert not Worker(app, worker.queue, {}).work_once()  # another process sweeps, and finds nobody dead
        clock.set_ahead(settings, 40 * DAY)
        assert not Worker(app, worker.queue, {}).work_once()
        worker.report(held[0], 3, 5)
        with worker.finishing(held[0]):
            pass

    assert Worker(app, job.queue, {"prepare": prepare}).work_once()
    session.expire_all()
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 1, None)
    assert job.finished_at - job.started_at < timedelta(minutes=1)


def test_what_failed_is_tried_again_after_a_moment_whatever_the_clock_says(
    app: Flask, session: Session, settings: Settings
) -> None:
    clock.set_ahead(settings, 40 * DAY)
    job = JobFactory(kind="prepare")
    session.commit()
    assert Worker(app, job.queue, {"prepare": lambda held, worker: None}).work_once()
    session.expire_all()
    assert job.error == "unfinished"
    assert job.lease_until < clock.machine_now() + jobs.BACKOFF


def test_nobody_loses_hold_of_a_studio_by_days_that_pass(
    app: Flask, session: Session, settings: Settings, owner: User
) -> None:
    studio_id = session.exec(select(Membership.studio_id)).one()
    session.commit()
    with app.test_request_context(), customers.holding(transactions, clock.now(), studio_id) as hold:
        clock.set_ahead(settings, 40 * DAY)
        with pytest.raises(BusyError), customers.holding(transactions, clock.now(), studio_id, patience=0):
            pass
        with transactions() as other:
            customers.store(other, hold, projected_at=clock.now())  # what was fetched may be stored


def test_a_payment_that_failed_while_nobody_listened_is_seen_when_the_plan_is_looked_at(
    client: Client, session: Session, settings: Settings, control: Control, owner: User
) -> None:
    studio_id = session.exec(select(Membership.studio_id)).one()
    session.commit()
    gateway = Gateway(settings.stripe_key, base=settings.stripe_address)
    sync_plans(gateway, catalogue())
    shop = Shop(db.engine, gateway, control, studio_id)
    shop.buy("subscription-teacher-month-usd")
    shop.use_card("4000000000000341")
    shop.wait(days=32)
    clock.set_ahead(settings, control("clock")["ahead"])
    page = client.sign_in(owner).get("/plan").text
    assert "It renews on" not in page
    assert "Drafting goes on until" in page


@pytest.mark.parametrize("changes", [{"demo": False}, {"stripe_key": "sk_test_own"}, {"stripe_key": ""}])
def test_elsewhere_the_clock_cannot_be_moved(settings: Settings, changes: dict[str, Any]) -> None:
    app = create_app(settings.model_copy(update=changes))
    app.config.update(WTF_CSRF_ENABLED=False)
    clock.set_ahead(settings, DAY)
    with app.app_context():
        assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)
        for answer in (app.test_client().get("/clock"), app.test_client().post("/clock", data={"to": "day"})):
            assert answer.status_code == 404
        assert "Move the clock on" not in app.test_client().get("/pricing").text
        db.engine.dispose()
    assert int((settings.home / "clock").read_text()) == DAY


def test_only_this_machine_moves_it(client: Client, control: Control) -> None:
    for headers in ({"X-Forwarded-For": "203.0.113.9"},):
        assert client.get("/clock", headers=headers).status_code == 404
        assert client.post("/clock", data={"to": "day"}, headers=headers).status_code == 404
    assert client.get("/clock", environ_overrides={"REMOTE_ADDR": "192.168.1.7"}).status_code == 404
    assert control("clock")["ahead"] == 0


def test_a_sandbox_that_is_away_is_said(app: Flask, client: Client, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"stripe_address": "http://127.0.0.1:9"})
    said = client.post("/clock", data={"to": "day"}, follow_redirects=True).text
    assert "The sandbox does not answer" in said
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)


@pytest.mark.parametrize(("zone", "day"), [("Asia/Shanghai", "12月31日"), ("Europe/London", "12月30日")])
def test_the_pages_for_paying_show_the_days_of_the_studio(
    client: Client, session: Session, owner: User, control: Control, settings: Settings, zone: str, day: str
) -> None:
    gateway = Gateway(settings.stripe_key, base=settings.stripe_address)
    sync_plans(gateway, catalogue())
    late = datetime(datetime.now(UTC).year + 1, 11, 30, 20, tzinfo=UTC)  # at night in Shanghai
    control("clock", to=int(late.timestamp()))
    clock.set_ahead(settings, control("clock")["ahead"])
    owner.language = Language.CHINESE
    studio = session.exec(select(Studio)).one()
    studio.time_zone = zone
    session.commit()
    client.sign_in(owner)
    item = "vermilion-subscription-teacher-month-cny"
    paying = client.post("/plan/buy", data={"item": item, "seats": 1}).location
    session.commit()
    control(f"checkout/{paying.rpartition('/')[2]}/complete", card="4242424242424242")
    client.get("/plan/bought")
    assert f"{day}续费" in client.get("/plan").text
    portal = client.post("/plan/portal").location
    assert f"{day}续费" in httpx.get(portal, timeout=PATIENCE, follow_redirects=True).text
