"""A customer's cards at Stripe: what happens to them there changes no plan here."""

import json

import httpx
from sqlmodel import select

from billing import buying
from billing.gateway import Gateway
from billing.tables import Event, EventState, History, Subscription
from billing.webhooks import Outcome
from tests.billing.control import PATIENCE
from tests.billing.shop import SOLD, Shop
from tests.billing.test_webhooks import sign


def test_cards_that_are_exchanged_in_the_portal_change_no_plan(
    shop: Shop, stripe_key: str, sandbox_url: str
) -> None:
    shop = Shop(shop.engine, Gateway(stripe_key, ["whsec_x"], sandbox_url), shop.control)
    shop.buy("subscription-teacher-month-usd")
    customer, entitled = shop.stripe_id(), shop.entitled()
    (old,) = shop.v1.payment_methods.list({"customer": customer}).data
    new = shop.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer})
    known = {event.id for event in shop.v1.events.list({"limit": 100}).data}
    here = shop.transactions, shop.gateway, shop.now(), shop.studio_id
    page = buying.portal(*here, "http://localhost/plan", "en", SOLD, by="user:1")
    for path in (f"cards/{new.id}/default", f"cards/{old.id}/remove"):
        assert httpx.post(f"{page}/{path}", timeout=PATIENCE).status_code == 303
    with shop.transactions() as session:
        history = session.exec(select(History.id)).all()
    outcomes = {}
    for event in shop.v1.events.list({"limit": 100}).data[::-1]:
        if event.id in known or event.type.startswith("billing_portal"):
            continue
        payload = json.dumps(event.to_dict(), default=str).encode()
        outcomes[event.type] = shop.hear(payload, sign(payload, "whsec_x"))
        if outcomes[event.type] is Outcome.KEPT:
            shop.work(event.id)
    assert outcomes == {
        "customer.updated": Outcome.KEPT,
        "customer.subscription.updated": Outcome.KEPT,
        "payment_method.detached": Outcome.UNKNOWN_TYPE,
    }
    with shop.transactions() as session:
        assert set(session.exec(select(Event.state))) == {EventState.DONE}
        assert session.exec(select(History.id)).all() == history
    assert shop.entitled() == entitled
    shop.wait(days=32)
    shop.refresh()
    with shop.transactions() as session:
        assert session.exec(select(Subscription.status)).one() == "active"
    charge = shop.v1.charges.list({"customer": customer}).data[0]
    assert (charge.payment_method, charge.paid) == (new.id, True)
