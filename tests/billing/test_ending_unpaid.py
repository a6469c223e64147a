"""Nobody pays for nothing: what is open of a plan that has ended is dropped, and cancelling a plan that is
not paid ends it at once.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
import stripe

from billing import changing
from billing.entitlements import Source
from billing.reconcile import Finding, reconcile
from billing.tables import Invoice
from tests.billing.shop import SOLD, Shop

MONTHLY = "subscription-teacher-month-usd"
GOOD, REFUSES_LATER = "4242424242424242", "4000000000000341"


def fail(shop: Shop, after_retries: str = "unpaid") -> str:
    """The first renewal is not paid; its invoice's id."""
    shop.control("switches", after_retries=after_retries)
    shop.buy(MONTHLY)
    shop.use_card(REFUSES_LATER)
    shop.wait(days=32)
    shop.refresh()
    (open_,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
    return str(open_["id"])


def cancel(shop: Shop) -> None:
    changing.cancel(shop.transactions, shop.gateway, shop.now(), shop.studio_id, SOLD, by="user:1")


def cancel_at_portal(shop: Shop) -> None:
    """As the portal does: at the end of what would be paid."""
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at_period_end": True})
    shop.refresh()


def end_at_stripe(shop: Shop) -> None:
    shop.gateway.cancel_subscription(shop.subscription().id)
    shop.refresh()


def is_dropped(shop: Shop, invoice_id: str) -> None:
    """Nobody can pay the invoice any more, and that is stored."""
    assert shop.gateway.invoice(invoice_id)["status"] == "void"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.invoices.pay(invoice_id)
    with shop.transactions() as session:
        assert session.get_one(Invoice, invoice_id).status == "void"
    assert shop.refresh() == []


@pytest.mark.parametrize("end", [cancel, cancel_at_portal, end_at_stripe])
@pytest.mark.parametrize("later", [0, 20])
def test_who_ends_a_plan_that_is_not_paid_is_charged_no_more(
    shop: Shop, end: Callable[[Shop], None], later: int
) -> None:
    invoice_id = fail(shop)
    shop.wait(days=later)
    shop.refresh()
    assert shop.subscription().status == ("unpaid" if later else "past_due")
    since = shop.subscription().unpaid_since
    end(shop)
    (there,) = shop.gateway.subscriptions(shop.stripe_id())
    assert there["status"] == "canceled"
    is_dropped(shop, invoice_id)
    shop.use_card(GOOD)
    shop.wait(days=40)
    shop.refresh()
    assert [charge["amount"] for charge in shop.gateway.charges(shop.stripe_id()) if charge["paid"]] == [1200]
    assert shop.entitled().source is Source.FREE
    with shop.transactions() as session:
        row = session.get_one(changing.Subscription, there["id"])
        assert row.unpaid_since == since is not None


def test_who_cancels_before_the_renewal_is_tried_is_not_charged_for_it(shop: Shop) -> None:
    shop.buy(MONTHLY)
    ends = shop.subscription().period_ends
    shop.wait(seconds=(ends - shop.now()).total_seconds() + 60)
    cancel(shop)
    assert shop.live() == []
    shop.wait(days=40)
    shop.refresh()
    assert [charge["amount"] for charge in shop.gateway.charges(shop.stripe_id())] == [1200]
    assert shop.entitled().source is Source.FREE


def test_what_stripe_gives_up_is_dropped(shop: Shop) -> None:
    invoice_id = fail(shop, "cancel")
    shop.wait(days=20)
    shop.refresh()
    assert shop.live() == []
    is_dropped(shop, invoice_id)


def test_what_nobody_heard_of_is_dropped_by_the_comparison(shop: Shop) -> None:
    invoice_id = fail(shop, "cancel")
    shop.wait(days=20)
    reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
    is_dropped(shop, invoice_id)
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).mended == []


def test_a_plan_that_was_cancelled_before_its_payment_failed_keeps_its_grace(shop: Shop) -> None:
    shop.buy(MONTHLY)
    day = shop.now() + timedelta(days=50)
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at": int(day.timestamp())})
    shop.use_card(REFUSES_LATER)
    shop.wait(days=32)
    shop.refresh()
    assert shop.subscription().status == "past_due"
    assert shop.entitled().grace_until is not None


def test_prepaid_time_instead_of_what_was_not_paid_begins_at_once(shop: Shop) -> None:
    fail(shop)
    shop.wait(days=20)
    shop.buy("pass-teacher-month-usd")  # it ends the plan, and runs from now on
    assert shop.live() == []
    ends = shop.entitled().ends_at
    assert ends is not None
    assert timedelta(days=27) < ends - shop.now() < timedelta(days=32)


def test_what_was_paid_for_a_plan_that_was_over_is_listed_until_it_is_refunded(shop: Shop) -> None:
    invoice_id = fail(shop, "cancel")
    shop.wait(days=20)  # Stripe gives up, and somebody pays at the portal before we hear of that
    shop.use_card(GOOD)
    method = shop.gateway.customer(shop.stripe_id())["invoice_settings"]["default_payment_method"]
    shop.v1.invoices.pay(invoice_id, {"payment_method": method})
    shop.refresh()
    listed = [Finding("paid_when_over", shop.studio_id, invoice_id)]
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == listed
    assert shop.entitled().source is Source.FREE
    charge = next(c for c in shop.gateway.charges(shop.stripe_id()) if c["paid"])
    shop.v1.refunds.create({"charge": charge["id"], "amount": 1000})
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == listed
    shop.v1.refunds.create({"charge": charge["id"]})
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []
