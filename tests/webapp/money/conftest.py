"""A server that sells: the same application, with a key of Stripe's in its settings."""

import secrets
from typing import Any

import pytest
from sqlmodel import Session

from billing.gateway import Gateway
from billing.sync import sync_plans
from tests.billing.conftest import sandbox_url
from tests.billing.control import Control
from tests.billing.shop import SOLD, Shop
from tests.conftest import make_settings
from webapp.accounts.tables import Studio
from webapp.platform.db import db
from webapp.platform.settings import Settings

__all__ = ["sandbox_url"]
SECRET = "whsec_test"


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """As elsewhere; nothing listens at the address. Tests marked ``sandbox`` have a new account there."""
    changes: dict[str, Any] = {
        "stripe_key": "sk_test_x",
        "stripe_webhook_secret": SECRET,
        "stripe_address": "http://127.0.0.1:9",
    }
    if request.node.get_closest_marker("sandbox"):
        key = f"sk_test_{secrets.token_hex(12)}"
        changes = {"stripe_key": key, "stripe_address": request.getfixturevalue("sandbox_url")}
    return make_settings(settings.home, **changes)


@pytest.fixture
def shop(session: Session, settings: Settings, studio: Studio) -> Shop:
    """The dealings of the test's ``studio`` with the sandbox, where the plans are on sale."""
    session.commit()
    gateway = Gateway(settings.stripe_key, [SECRET], settings.stripe_address)
    sync_plans(gateway, SOLD)
    return Shop(db.engine, gateway, Control(settings.stripe_address, settings.stripe_key), studio.id)
