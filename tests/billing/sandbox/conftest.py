"""What the tests of the sandbox share."""

import pytest
import stripe

from tests.billing.sandbox.shop import Shop


@pytest.fixture
def shop(client: stripe.StripeClient) -> Shop:
    """A shop with one customer."""
    return Shop(client)
