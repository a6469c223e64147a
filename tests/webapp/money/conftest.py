"""A server that sells: the same application, with a key of Stripe's in its settings."""

from typing import Any

import pytest

from tests.conftest import make_settings
from webapp.platform.settings import Settings

SECRET = "whsec_test"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As elsewhere; nothing listens at the address."""
    changes: dict[str, Any] = {
        "stripe_key": "sk_test_x",
        "stripe_webhook_secret": SECRET,
        "stripe_address": "http://127.0.0.1:9",
    }
    return make_settings(settings.home, **changes)
