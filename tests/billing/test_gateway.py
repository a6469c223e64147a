"""Each call that billing makes goes through Stripe's own client, over HTTP, and what comes back is read."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from billing.gateway import DeclinedError, Gateway, GatewayError, NotThereError
from billing.plans import Coupon
from billing.sync import PORTAL
from tests.billing.shop import SOLD, Shop
from tests.billing.test_webhooks import body, sign

MONTHLY = SOLD.item("vermilion-subscription-teacher-month-usd")
SEATS = SOLD.item("vermilion-subscription-studio-month-usd")
SPRING = Coupon(id="spring", percent_off=5, duration="once")


class Bought:
    """A studio that subscribes and has paid a pack, whose payment was refunded in part and then disputed."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.of = shop, shop.gateway
        shop.buy("subscription-teacher-month-usd")
        self.customer = shop.stripe_id()
        self.session_id = shop.start("pack-100-usd")
        shop.pay(self.session_id)
        self.charge = self.of.charges(self.customer)[0]["id"]
        shop.v1.refunds.create({"charge": self.charge, "amount": 150})
        shop.control("disputes", charge=self.charge, reason="fraudulent")
        (self.subscription,) = self.of.subscriptions(self.customer)
        self.item = self.subscription["items"]["data"][0]["id"]

    def other_price(self) -> list[dict[str, Any]]:
        return [{"id": self.item, "price": self.of.prices([SEATS.key])[SEATS.key]["id"], "quantity": 2}]

    def open_session(self) -> str:
        return self.shop.start("pack-500-usd")

    def draft_invoice(self) -> str:
        v1 = self.shop.v1
        draft = v1.invoices.create({"customer": self.customer, "auto_advance": False})
        v1.invoice_items.create(
            {"customer": self.customer, "amount": 900, "currency": "usd", "invoice": draft.id}
        )
        return str(draft.id)

    def open_invoice(self) -> str:
        return str(self.shop.v1.invoices.finalize_invoice(self.draft_invoice()).id)


def event(b: Bought) -> bool:
    payload = body()
    return Gateway("sk_test_x", ["whsec_x"]).event(payload, sign(payload, "whsec_x"))["id"] == "evt_1"


def listen(b: Bought) -> bool:
    b.webhook, secret = b.of.listen("http://127.0.0.1:9/hook")
    return secret.startswith("whsec_")


def move_webhook(b: Bought) -> bool:
    b.of.move_webhook(b.webhook, "http://127.0.0.1:9/moved")
    return bool(b.shop.v1.webhook_endpoints.retrieve(b.webhook).url == "http://127.0.0.1:9/moved")


def undelivered(b: Bought) -> bool:
    b.of.create_customer({"app": "hats"}, key="heard")
    return "customer.created" in [e["type"] for e in b.of.undelivered(0)]


def update_subscription(b: Bought) -> bool:
    b.of.update_subscription(b.subscription["id"], {"items": b.other_price()}, key="update")
    return bool(b.of.subscription(b.subscription["id"])["items"]["data"][0]["quantity"] == 2)


def cancel_subscription(b: Bought) -> bool:
    b.of.cancel_subscription(b.subscription["id"])
    return bool(b.of.subscription(b.subscription["id"])["status"] == "canceled")


def finalize_invoice(b: Bought) -> bool:
    final = b.of.finalize_invoice(b.draft_invoice())
    return (final["status"], final["attempted"], bool(final["hosted_invoice_url"])) == ("open", False, True)


def keep_draft(b: Bought) -> bool:
    draft = b.shop.v1.invoices.create({"customer": b.customer, "auto_advance": True}).id
    b.of.keep_draft(draft)
    kept = next(i for i in b.of.invoices(b.customer) if i["id"] == draft)
    return (kept["status"], kept["auto_advance"]) == ("draft", False)


def void_invoice(b: Bought) -> bool:
    invoice = b.open_invoice()
    b.of.void_invoice(invoice)
    return [i["status"] for i in b.of.invoices(b.customer) if i["id"] == invoice] == ["void"]


def expire_session(b: Bought) -> bool:
    session = b.open_session()
    b.of.expire_session(session)
    return bool(b.of.session(session)["status"] == "expired")


def introduce(b: Bought) -> bool:
    b.of.introduce(b.customer, "en", email="o@studio.example", name="Willow")
    b.of.introduce(b.customer, "zh")
    there = b.of.customer(b.customer)
    told = (there["preferred_locales"], there["email"], there["name"])
    return told == (["zh"], "o@studio.example", "Willow")


def create_session(b: Bought) -> bool:
    lines = [
        {"price": b.of.prices(["vermilion-pack-100-usd"])["vermilion-pack-100-usd"]["id"], "quantity": 1}
    ]
    params = {"mode": "payment", "customer": b.customer, "line_items": lines, "success_url": "http://x/"}
    made = b.of.create_session(params, key="session")
    return made == b.of.create_session(params, key="session") and made["amount_total"] == 400


def preview(b: Bought) -> bool:
    details = {"items": b.other_price(), "proration_behavior": "always_invoice"}
    invoice = b.of.preview({"subscription": b.subscription["id"], "subscription_details": details})
    return bool(invoice["total"] == 2 * SEATS.amount - MONTHLY.amount)


def create_price(b: Bought) -> bool:
    b.of.create_price(replace(MONTHLY, amount=1300), {"app": "vermilion"})
    return bool(b.of.prices([MONTHLY.key])[MONTHLY.key]["unit_amount"] == 1300)


def retire_price(b: Bought) -> bool:
    b.of.retire_price(b.of.prices([MONTHLY.key])[MONTHLY.key]["id"])
    return b.of.prices([MONTHLY.key]) == {}


def create_product(b: Bought) -> bool:
    b.of.create_product("hat", "Hat", {"app": "hats"})
    return (b.of.product("hat") or {})["name"] == "Hat"


def update_product(b: Bought) -> bool:
    b.of.update_product(MONTHLY.product, "Renamed")
    return (b.of.product(MONTHLY.product) or {})["name"] == "Renamed"


def create_coupon(b: Bought) -> bool:
    b.of.create_coupon(SPRING)
    return (b.of.coupon("spring-5-once") or {})["percent_off"] == 5


def create_promotion_code(b: Bought) -> bool:
    b.of.create_promotion_code(SPRING, "SPRING")
    return b.of.promotion_code("SPRING") is not None


def retire_promotion_code(b: Bought) -> bool:
    b.of.retire_promotion_code((b.of.promotion_code("SPRING") or {})["id"])
    return b.of.promotion_code("SPRING") is None


def update_portal_configuration(b: Bought) -> bool:
    there = (b.of.portal_configuration() or {})["id"]
    b.of.update_portal_configuration(there, {"invoice_history": {"enabled": False}})
    return (b.of.portal_configuration() or {})["features"]["invoice_history"] == {"enabled": False}


CALLS: dict[str, Callable[[Bought], Any]] = {
    "event": event,
    "customer": lambda b: b.of.customer(b.customer)["metadata"]["studio_id"] == b.shop.studio_id,
    "customers": lambda b: [c["id"] for c in b.of.customers()] == [b.customer],
    "subscriptions": lambda b: b.subscription["status"] == "active",
    "subscription": lambda b: b.of.subscription(b.subscription["id"]) == b.subscription,
    "card": lambda b: (b.of.card(b.subscription["id"]) or {})["last4"] == "4242",
    "invoices": lambda b: [i["total"] for i in b.of.invoices(b.customer)] == [400, 1200],
    "invoice": lambda b: b.of.invoice(b.of.invoices(b.customer)[0]["id"])["total"] == 400,
    "payment": lambda b: b.of.payment(b.of.charge(b.charge)["payment_intent"])["status"] == "succeeded",
    "charges": lambda b: [c["amount"] for c in b.of.charges(b.customer)] == [400, 1200],
    "charge": lambda b: b.of.charge(b.charge)["amount_refunded"] == 150,
    "refunds": lambda b: [r["amount"] for r in b.of.refunds(b.charge)] == [150],
    "disputes": lambda b: [d["reason"] for d in b.of.disputes(b.charge)] == ["fraudulent"],
    "checkouts": lambda b: all(
        one["payment_intent"] is None or one["payment_intent"]["id"] for one in b.of.checkouts(b.customer)
    ),
    "sessions": lambda b: [s["mode"] for s in b.of.sessions(b.customer)] == ["payment", "subscription"],
    "session": lambda b: b.of.session(b.session_id)["payment_status"] == "paid",
    "prices": lambda b: len(b.of.prices([item.key for item in SOLD.items()])) == len(list(SOLD.items())),
    "product": lambda b: b.of.product(MONTHLY.product) is not None and b.of.product("none") is None,
    "coupon": lambda b: (
        (b.of.coupon("first-term-20-once") or {})["percent_off"] == 20 and not b.of.coupon("no")
    ),
    "promotion_code": lambda b: b.of.promotion_code("FIRSTTERM") and b.of.promotion_code("NO") is None,
    "portal_configuration": lambda b: (b.of.portal_configuration() or {})["features"]["invoice_history"],
    "portal": lambda b: b.of.portal(b.customer, "http://x/", "zh").startswith("http"),
    "preview": preview,
    "create_customer": lambda b: b.of.create_customer({"a": "b"}, key="customer")["metadata"] == {"a": "b"},
    "introduce": introduce,
    "create_session": create_session,
    "expire_session": expire_session,
    "finalize_invoice": finalize_invoice,
    "keep_draft": keep_draft,
    "void_invoice": void_invoice,
    "create_product": create_product,
    "update_product": update_product,
    "create_coupon": create_coupon,
    "create_promotion_code": create_promotion_code,
    "promotion_codes": lambda b: {c["code"] for c in b.of.promotion_codes()} == {"FIRSTTERM", "SPRING"},
    "retire_promotion_code": retire_promotion_code,
    "create_portal_configuration": lambda b: b.of.create_portal_configuration(PORTAL) is None,
    "update_portal_configuration": update_portal_configuration,
    "update_subscription": update_subscription,
    "cancel_subscription": cancel_subscription,
    "create_price": create_price,
    "retire_price": retire_price,
    "listen": listen,
    "move_webhook": move_webhook,
    "undelivered": undelivered,
}
"""What each method of the gateway is called with here, and whether its answer is right. In turn, for what is
changed by one is seen by the next.
"""


def test_no_method_of_the_gateway_is_left_out() -> None:
    public = {name for name, _ in inspect.getmembers(Gateway, inspect.isfunction) if not name.startswith("_")}
    assert CALLS.keys() == public


def test_every_call_is_answered_and_read(shop: Shop) -> None:
    bought = Bought(shop)
    for name, call in CALLS.items():
        assert call(bought), name


@pytest.mark.parametrize("kind", ["error", "too_many", "drop"])
def test_what_may_be_done_later_says_so(shop: Shop, kind: str) -> None:
    shop.control("switches", faults=[{"call": "GET /v1/customers", "kind": kind, "times": 9}])
    with pytest.raises(GatewayError) as raised:
        list(shop.gateway.customers())
    assert raised.value.again
    assert not isinstance(raised.value, NotThereError)


def test_what_is_not_there_and_what_is_declined_are_told_apart(shop: Shop) -> None:
    with pytest.raises(NotThereError) as raised:
        shop.gateway.customer("cus_nobody")
    assert not raised.value.again
    shop.buy("subscription-teacher-month-usd")
    customer = shop.stripe_id()
    method = shop.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    (subscription,) = shop.gateway.subscriptions(customer)
    price = shop.gateway.prices([SEATS.key])[SEATS.key]["id"]
    item = {"id": subscription["items"]["data"][0]["id"], "price": price, "quantity": 9}
    with pytest.raises(DeclinedError) as declined:
        shop.gateway.update_subscription(
            subscription["id"],
            {
                "items": [item],
                "default_payment_method": method.id,
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            },
            key="k",
        )
    assert declined.value.code == "card_declined"


def test_a_message_of_stripes_is_not_passed_on(shop: Shop) -> None:
    """It may hold what a buyer typed, and errors go to logs."""
    with pytest.raises(NotThereError) as raised:
        shop.gateway.session("cs_of_a_secret")
    assert str(raised.value) == "resource_missing"
