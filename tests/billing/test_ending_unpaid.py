"""Nobody pays for nothing: what is open of a plan that has ended is dropped, and cancelling a plan that is
not paid ends it at once.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe
from structlog.testing import capture_logs

from billing import changing
from billing.entitlements import Source
from billing.reconcile import Finding, outstanding, reconcile
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


def test_what_was_paid_for_a_plan_that_was_over_is_listed_no_more_when_a_dispute_took_it(shop: Shop) -> None:
    invoice_id = fail(shop, "cancel")
    shop.wait(days=20)
    shop.use_card(GOOD)
    method = shop.gateway.customer(shop.stripe_id())["invoice_settings"]["default_payment_method"]
    shop.v1.invoices.pay(invoice_id, {"payment_method": method})
    charge = next(c for c in shop.gateway.charges(shop.stripe_id()) if c["paid"])
    made = shop.control("disputes", charge=charge["id"])
    left = reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left
    assert Finding("paid_when_over", shop.studio_id, invoice_id) in left
    shop.v1.disputes.close(made["id"])
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []


def test_what_was_paid_outside_stripe_is_not_listed(shop: Shop) -> None:
    invoice_id = fail(shop, "cancel")
    shop.wait(days=20)
    shop.v1.invoices.pay(invoice_id, {"paid_out_of_band": True})
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []
    assert status(shop, invoice_id) == "paid"


def status(shop: Shop, invoice_id: str) -> str:
    """The invoice's status, at Stripe and here."""
    there = str(shop.gateway.invoice(invoice_id)["status"])
    with shop.transactions() as session:
        assert session.get_one(Invoice, invoice_id).status == there
    return there


def goes_on_to_its_end(shop: Shop) -> None:
    """The subscription is cancelled, and lasts as long as its period."""
    row = shop.subscription()
    assert row.ends_at == row.period_ends
    assert shop.refresh() == []


ENDS = [cancel, cancel_at_portal]


@pytest.mark.parametrize("end", ENDS)
def test_a_subscription_of_something_else_is_not_ended_at_once(
    shop: Shop, end: Callable[[Shop], None]
) -> None:
    invoice_id = fail(shop)
    shop.v1.subscriptions.update(shop.subscription().id, {"metadata": {"app": "another"}})
    shop.refresh()
    end(shop)
    goes_on_to_its_end(shop)
    shop.buy("pass-teacher-month-usd")
    goes_on_to_its_end(shop)
    assert status(shop, invoice_id) == "open"


def begin_to_pay(shop: Shop, invoice_id: str, outcome: str) -> None:
    """The payer pays the open invoice in a way whose money comes a minute later, or does not come."""
    there = shop.v1.invoices.retrieve(invoice_id, {"expand": ["payments"]})
    payment = there.payments.data[0].payment.payment_intent
    shop.v1.payment_intents.update(payment, {"allowed_payment_method_types": ["alipay"]})
    how = {"payment_method_data": {"type": "alipay"}, "return_url": "http://localhost/"}
    shop.v1.payment_intents.confirm(payment, how)
    shop.control(f"authenticate/{payment}", outcome=outcome)


@pytest.mark.parametrize("end", ENDS)
def test_a_renewal_whose_payment_is_on_its_way_counts_as_paid(
    shop: Shop, end: Callable[[Shop], None]
) -> None:
    invoice_id = fail(shop)
    begin_to_pay(shop, invoice_id, "pay_later")
    end(shop)
    goes_on_to_its_end(shop)
    assert status(shop, invoice_id) == "open"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.invoices.void_invoice(invoice_id)
    shop.wait(minutes=2)
    shop.refresh()
    assert (shop.subscription().status, status(shop, invoice_id)) == ("active", "paid")
    goes_on_to_its_end(shop)


def test_a_plan_that_was_cancelled_is_over_when_the_payment_on_its_way_does_not_come(shop: Shop) -> None:
    invoice_id = fail(shop)
    begin_to_pay(shop, invoice_id, "fail_later")
    cancel(shop)
    goes_on_to_its_end(shop)
    shop.wait(minutes=2)
    shop.refresh()
    assert shop.live() == []
    is_dropped(shop, invoice_id)


def test_a_draft_of_a_plan_that_is_over_stays_one(shop: Shop) -> None:
    shop.buy(MONTHLY)
    ends = shop.subscription().period_ends
    shop.wait(seconds=(ends - shop.now()).total_seconds() + 60)
    cancel(shop)
    (draft,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "draft"]
    assert not draft["auto_advance"]
    shop.v1.invoices.update(draft["id"], {"auto_advance": True})  # as if its end had not stopped it
    shop.refresh()
    assert not shop.gateway.invoice(draft["id"])["auto_advance"]
    assert shop.refresh() == []
    shop.wait(days=2)
    shop.refresh()
    assert status(shop, draft["id"]) == "draft"


@pytest.mark.parametrize("end", ENDS)
def test_paid_months_are_not_lost_with_seats_that_are_not_paid(
    shop: Shop, end: Callable[[Shop], None]
) -> None:
    shop.buy("subscription-studio-year-usd", seats=2)
    shop.use_card(REFUSES_LATER)
    shop.wait(days=40)
    there = shop.subscription()
    more = {"items": [{"id": there.item_id, "quantity": 3}], "proration_behavior": "always_invoice"}
    shop.v1.subscriptions.update(there.id, more)  # as in Stripe's dashboard: done, though it is not paid
    shop.refresh()
    assert shop.subscription().status == "past_due"
    end(shop)
    goes_on_to_its_end(shop)


def test_a_plan_that_is_paid_by_a_sent_invoice_is_not_ended_at_once(shop: Shop) -> None:
    shop.buy(MONTHLY)
    sent = {"collection_method": "send_invoice", "days_until_due": 30}
    shop.v1.subscriptions.update(shop.subscription().id, sent)
    shop.wait(days=32)
    shop.refresh()
    (open_,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
    cancel(shop)
    goes_on_to_its_end(shop)
    end_at_stripe(shop)
    assert status(shop, open_["id"]) == "open"
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []


def test_what_a_person_gave_up_or_wrote_is_not_voided(shop: Shop) -> None:
    invoice_id = fail(shop)
    shop.v1.invoices.mark_uncollectible(invoice_id)
    customer, subscription_id = shop.stripe_id(), shop.subscription().id
    written = shop.v1.invoices.create({"customer": customer, "subscription": subscription_id})
    item = {"customer": customer, "invoice": written.id, "amount": 500, "currency": "usd"}
    shop.v1.invoice_items.create(item)
    shop.v1.invoices.finalize_invoice(written.id, {"auto_advance": False})
    end_at_stripe(shop)
    assert (status(shop, invoice_id), status(shop, written.id)) == ("uncollectible", "open")
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []


def test_a_void_that_stripe_refuses_is_logged_and_listed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice_id, asked = fail(shop), []
    void, subscriptions = shop.gateway.void_invoice, shop.gateway.subscriptions

    def void_too_late(ident: str) -> None:
        begin_to_pay(shop, ident, "fail_later")
        void(ident)

    def count(customer_id: str) -> list[Any]:
        asked.append(customer_id)
        return subscriptions(customer_id)

    shop.gateway.cancel_subscription(shop.subscription().id)
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(shop.gateway, "void_invoice", void_too_late)
        patched.setattr(shop.gateway, "subscriptions", count)
        shop.refresh()
    assert [(one["event"], one["invoice"]) for one in logs] == [("void_refused", invoice_id)]
    assert len(asked) == 1
    with shop.transactions() as session:
        listed = [Finding("open_when_over", shop.studio_id, invoice_id)]
        assert outstanding(session, shop.now()) == listed
    shop.wait(minutes=2)
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left == []
    is_dropped(shop, invoice_id)
