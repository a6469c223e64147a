"""What the plan's page says of a renewal that a credit pays, at the sandbox."""

import secrets

import pytest
from sqlmodel import Session, col, select

from billing import changing
from billing.gateway import Gateway
from billing.sync import sync_plans
from billing.tables import Invoice
from tests.billing.conftest import sandbox_url
from tests.billing.control import Control
from tests.billing.shop import SOLD, Shop
from tests.conftest import Client, make_settings
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole, Studio, User
from webapp.platform.db import db
from webapp.platform.settings import Settings

__all__ = ["sandbox_url"]


@pytest.fixture
def settings(settings: Settings, sandbox_url: str) -> Settings:
    key = f"sk_test_{secrets.token_hex(12)}"
    return make_settings(settings.home, stripe_key=key, stripe_address=sandbox_url)


@pytest.fixture
def studio(session: Session) -> Studio:
    studio, owner = StudioFactory(), UserFactory(email="owner@willow.example")
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    return studio


@pytest.fixture
def shop(session: Session, settings: Settings, studio: Studio) -> Shop:
    session.commit()
    gateway = Gateway(settings.stripe_key, base=settings.stripe_address)
    sync_plans(gateway, SOLD)
    return Shop(db.engine, gateway, Control(settings.stripe_address, settings.stripe_key), studio.id)


def downgrade(shop: Shop) -> None:
    """From Studio to Teacher at once; what was paid and not used is a credit."""
    item, at = SOLD.item("vermilion-subscription-teacher-month-usd"), changing.to_second(shop.now())
    quote = changing.quote(shop.gateway, shop.subscription(), item, 1, at, SOLD)
    assert (quote.due, quote.credit > 1200) == (0, True)
    args = (shop.transactions, shop.gateway, shop.now(), shop.studio_id, item, 1, at, 0, quote.credit)
    changing.change(*args, SOLD, by="user:1")


def test_a_renewal_that_a_credit_paid_does_not_promise_the_whole_price_next_time(
    client: Client, session: Session, studio: Studio, shop: Shop
) -> None:
    shop.buy("subscription-studio-month-usd", seats=5)
    downgrade(shop)
    shop.wait(days=32)
    shop.refresh()
    newest = session.exec(select(Invoice).order_by(col(Invoice.created_at).desc())).first()
    assert newest is not None
    assert (newest.status, newest.total, newest.paid) == ("paid", 1200, 0)
    session.commit()
    client.sign_in(session.exec(select(User)).one())
    assert "for $12, less any discount or credit." in client.get("/plan").text
