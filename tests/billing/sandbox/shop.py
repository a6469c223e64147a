"""A small shop in a fresh account, and the calls that many tests make."""

import time
from typing import Any

import httpx
import stripe

from tests.billing.control import PATIENCE

DAY = 86_400


def typed(number: str, **more: str) -> dict[str, str]:
    """A card as a person types it into a page."""
    return {"method": "card", "card": number, "expiry": "12 / 34", "cvc": "123", **more}


def refused(url: str, **said: str) -> str:
    """The page that says why a form was refused."""
    answer = httpx.post(url, data=said, follow_redirects=True, timeout=PATIENCE)
    assert "tried=1" in str(answer.url)
    return answer.text


class Shop:
    """Prices in CNY (also in USD), a customer on a test clock, and how time passes for them."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.v1: Any = client.v1
        self.product = self.v1.products.create({"name": "Teacher"}).id
        self.month = self.price("month", 10_000)
        self.dear = self.price("month", 30_000)
        self.year = self.price("year", 100_000)
        self.start = int(time.time())
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": self.start}).id
        self.customer = self.v1.customers.create({"test_clock": self.clock, "email": "wang@example.com"}).id

    def price(self, interval: str | None, amount: int) -> str:
        fields: dict[str, Any] = {"product": self.product, "currency": "cny", "unit_amount": amount}
        if interval:
            fields["recurring"] = {"interval": interval}
        return str(self.v1.prices.create(fields).id)

    def card(self, name: str = "pm_card_visa") -> str:
        method = self.v1.payment_methods.attach(name, {"customer": self.customer})
        settings = {"invoice_settings": {"default_payment_method": method.id}}
        self.v1.customers.update(self.customer, settings)
        return str(method.id)

    def subscribe(self, price: str | None = None, **fields: Any) -> Any:
        items = fields.pop("items", [{"price": price or self.month}])
        return self.v1.subscriptions.create({"customer": self.customer, "items": items, **fields})

    def sub(self, name: str) -> Any:
        return self.v1.subscriptions.retrieve(name, {"expand": ["latest_invoice"]})

    def item(self, sub: Any) -> Any:
        return sub["items"].data[0]

    def pass_days(self, days: float) -> None:
        """Move the clock on, in steps that it allows."""
        now = self.v1.test_helpers.test_clocks.retrieve(self.clock).frozen_time
        until = now + int(days * DAY)
        while now < until:
            now = min(until, now + 50 * DAY)
            self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": now})

    def invoices(self) -> list[Any]:
        return list(self.v1.invoices.list({"customer": self.customer, "limit": 100}).data)[::-1]

    def events(self) -> list[str]:
        return [one.type for one in self.v1.events.list({"limit": 100}).data][::-1]
