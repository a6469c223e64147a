"""The whole way at the sandbox: bought on its page, told by its webhooks over HTTP, stored by our worker."""

import logging
import secrets
import socket
import threading
from collections.abc import Iterator

import pytest
import stripe
from flask import Flask
from sqlmodel import Session, select
from werkzeug.serving import make_server

from billing.plans import catalogue
from billing.sync import sync_plans
from billing.tables import Customer, Event, EventState
from tests.billing.conftest import client_for, eventually, sandbox_url
from tests.billing.control import Control
from tests.conftest import Client, make_settings
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole
from webapp.handlers import HANDLERS
from webapp.money.edge import gateway
from webapp.platform import jobs
from webapp.platform.settings import Settings
from webapp.platform.worker import Worker

__all__ = ["sandbox_url"]


@pytest.fixture
def stripe_key() -> str:
    return f"sk_test_{secrets.token_hex(12)}"


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def settings(settings: Settings, sandbox_url: str, stripe_key: str, port: int) -> Settings:
    client: stripe.StripeClient = client_for(sandbox_url, stripe_key)
    hook = client.v1.webhook_endpoints.create(
        {"url": f"http://127.0.0.1:{port}/webhooks/stripe", "enabled_events": ["*"]}
    )
    return make_settings(
        settings.home, stripe_key=stripe_key, stripe_address=sandbox_url, stripe_webhook_secret=hook.secret
    )


@pytest.fixture
def served(app: Flask, port: int) -> Iterator[Flask]:
    """The application listens, so that webhooks reach it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


def work(app: Flask) -> None:
    """Our worker does all that is open."""
    worker = Worker(app, jobs.MONEY, HANDLERS)
    while worker.work_once():
        pass


def test_from_the_price_to_the_plan_and_back(
    served: Flask, session: Session, client: Client, sandbox_url: str, stripe_key: str
) -> None:
    sync_plans(gateway(), catalogue())
    control = Control(sandbox_url, stripe_key)
    studio, owner = StudioFactory(), UserFactory()
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    client.sign_in(owner)

    # Bought, and back on our page before any worker did anything.
    sent = client.post("/plan/buy", data={"item": "vermilion-subscription-teacher-month-usd"})
    assert (sent.status_code, sent.location.startswith(sandbox_url)) == (303, True)
    (session_id,) = [s["id"] for s in gateway().sessions(_customer(session, studio.id))]
    control(f"checkout/{session_id}/complete", card="4242424242424242", email="o@studio.example", name="O")
    page = client.get(f"/plan/bought?session={session_id}", follow_redirects=True).text
    assert "It is paid" in page
    assert "0 of 400 used" in page
    assert "PDF" in page

    # The webhooks come too, and change nothing.
    eventually(lambda: _heard(session, "checkout.session.completed"))
    work(served)
    assert set(session.exec(select(Event.state)).all()) == {EventState.DONE}
    session.rollback()

    # What happens at Stripe alone, we hear of.
    (subscription,) = gateway().subscriptions(_customer(session, studio.id))
    gateway().cancel_subscription(subscription["id"])
    eventually(lambda: _heard(session, "customer.subscription.deleted"))
    work(served)
    assert "of 20 used" in client.get("/plan").text

    # A plan, a change that says what it costs, cancelled and resumed.
    client.post("/plan/buy", data={"item": "vermilion-subscription-teacher-month-usd"})
    (open_,) = gateway().sessions(_customer(session, studio.id), status="open")
    control(f"checkout/{open_['id']}/complete", card="4242424242424242", email="o@studio.example", name="O")
    client.get("/plan/bought?session=nonsense")
    wanted = {"item": "vermilion-subscription-studio-month-usd", "seats": 2}
    asked = client.get("/plan/change", query_string=wanted).text
    assert "To pay now" in asked
    at = asked.split('name="at" value="')[1].split('"')[0]
    due = asked.split('name="due" value="')[1].split('"')[0]
    told = {**wanted, "at": at, "due": due, "credit": 0}
    changed = client.post("/plan/change", data=told, follow_redirects=True).text
    assert "The plan is changed" in changed
    assert "0 of 1000 used" in changed
    assert "It is cancelled" in client.post("/plan/cancel", follow_redirects=True).text
    assert "The plan goes on" in client.post("/plan/resume", follow_redirects=True).text
    assert client.post("/plan/portal").location.startswith(sandbox_url)


def _customer(session: Session, studio_id: str) -> str:
    session.expire_all()
    found = str(session.get_one(Customer, studio_id).stripe_id)
    session.rollback()  # an open transaction would lock the server out
    return found


def _heard(session: Session, kind: str) -> bool:
    found = session.exec(select(Event.id).where(Event.type == kind)).first() is not None
    session.rollback()
    return found
