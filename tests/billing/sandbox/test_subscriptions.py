"""The life of a subscription, to the cent."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from billing.sandbox.money import portion, step
from tests.billing.sandbox.shop import DAY, Shop


def test_the_first_period(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe(metadata={"studio_id": "7"})
    item, invoice = shop.item(sub), shop.invoices()[0]
    assert sub.billing_mode.type == "flexible"
    assert (item.current_period_start, item.current_period_end) == (
        shop.start,
        step(shop.start, "month", 1, 1),
    )
    assert "current_period_end" not in sub.to_dict()
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == (
        "paid",
        "subscription_create",
        10_000,
    )
    assert invoice.parent.subscription_details.subscription == sub.id
    assert invoice.parent.subscription_details.metadata["studio_id"] == "7"
    line = invoice.lines.data[0]
    assert line.parent.subscription_item_details.subscription_item == item.id
    assert line.pricing.price_details.price == shop.month
    assert shop.v1.invoice_payments.list({"invoice": invoice.id}).data[0].status == "paid"


def test_renewals_follow_the_calendar(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.pass_days(100)
    invoices = shop.invoices()
    assert [one.status for one in invoices] == ["paid"] * 4
    assert [one.billing_reason for one in invoices[1:]] == ["subscription_cycle"] * 3
    starts = [one.lines.data[0].period.start for one in invoices]
    assert starts == [step(shop.start, "month", 1, n) for n in range(4)]
    assert shop.item(shop.sub(sub.id)).current_period_end == step(shop.start, "month", 1, 4)
    assert shop.events().count("invoice.upcoming") == 3


def test_a_renewal_is_a_draft_for_an_hour(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    end = shop.item(sub).current_period_end
    shop.v1.test_helpers.test_clocks.advance(shop.clock, {"frozen_time": end})
    assert shop.invoices()[1].status == "draft"
    assert shop.invoices()[1].automatically_finalizes_at == end + 3600
    shop.v1.test_helpers.test_clocks.advance(shop.clock, {"frozen_time": end + 3600})
    assert shop.invoices()[1].status == "paid"


def test_a_trial_with_a_card(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe(trial_period_days=14)
    assert (sub.status, sub.trial_end) == ("trialing", shop.start + 14 * DAY)
    assert (shop.invoices()[0].total, shop.invoices()[0].status) == (0, "paid")
    shop.pass_days(12)
    assert "customer.subscription.trial_will_end" in shop.events()
    shop.pass_days(2.1)
    assert shop.sub(sub.id).status == "active"
    assert shop.invoices()[1].amount_paid == 10_000


@pytest.mark.parametrize(
    ("behavior", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_without_a_card(shop: Shop, behavior: str, status: str) -> None:
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    sub = shop.subscribe(trial_period_days=14, trial_settings=settings)
    shop.pass_days(14.1)
    assert shop.sub(sub.id).status == status
    if status == "paused":
        shop.card()
        assert shop.v1.subscriptions.resume(sub.id).status == "active"
        assert shop.invoices()[-1].amount_paid == 10_000
        assert "customer.subscription.resumed" in shop.events()


def test_no_subscription_without_a_card(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe()
    assert shop.v1.subscriptions.list({"status": "all"}).data == []


def test_paying_later(shop: Shop) -> None:
    sub = shop.subscribe(payment_behavior="default_incomplete", expand=["latest_invoice.confirmation_secret"])
    assert sub.status == "incomplete"
    intent = sub.latest_invoice.confirmation_secret.client_secret.partition("_secret")[0]
    shop.v1.payment_intents.confirm(intent, {"payment_method": shop.card()})
    assert shop.sub(sub.id).status == "active"


def test_never_paid(shop: Shop) -> None:
    sub = shop.subscribe(payment_behavior="default_incomplete")
    shop.pass_days(1)
    assert shop.sub(sub.id).status == "incomplete_expired"
    assert shop.sub(sub.id).latest_invoice.status == "void"


def test_error_if_incomplete_leaves_nothing(shop: Shop) -> None:
    shop.card("pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        shop.subscribe(payment_behavior="error_if_incomplete")
    assert shop.v1.subscriptions.list({"status": "all"}).data == []
    assert shop.invoices() == []


def _upgraded(shop: Shop, sub: Any, price: str, **fields: Any) -> Any:
    items = [{"id": shop.item(sub).id, "price": price}]
    return shop.v1.subscriptions.update(sub.id, {"items": items, **fields})


def test_an_upgrade_costs_the_difference_for_the_time_that_is_left(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.pass_days(10)
    when, item = shop.start + 10 * DAY, shop.item(sub)
    left, whole = item.current_period_end - when, item.current_period_end - item.current_period_start
    change = {"items": [{"id": item.id, "price": shop.dear}], "proration_behavior": "always_invoice"}
    preview = shop.v1.invoices.create_preview({"subscription": sub.id, "subscription_details": change})
    _upgraded(shop, sub, shop.dear, proration_behavior="always_invoice")
    invoice = shop.invoices()[-1]
    lines = [one.amount for one in invoice.lines.data]
    assert lines == [-portion(10_000, left, whole), portion(30_000, left, whole)]
    assert [one.amount for one in preview.lines.data] == lines
    assert (preview.total, preview.amount_due) == (invoice.total, invoice.amount_paid)
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_update")
    assert shop.item(shop.sub(sub.id)).current_period_end == item.current_period_end
    details = invoice.lines.data[0].parent.subscription_item_details
    assert details.proration is True
    assert details.proration_details.credited_items.invoice == shop.invoices()[0].id


def test_prorations_wait_for_the_renewal(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.pass_days(10)
    _upgraded(shop, sub, shop.dear)
    assert len(shop.invoices()) == 1
    waiting = shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data
    assert len(waiting) == 2
    preview = shop.v1.invoices.create_preview({"subscription": sub.id})
    shop.pass_days(25)
    invoice = shop.invoices()[-1]
    assert invoice.total == 30_000 + sum(one.amount for one in waiting) == preview.total
    assert shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data == []


def test_no_proration_when_none_is_wanted(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.pass_days(10)
    _upgraded(shop, sub, shop.dear, proration_behavior="none")
    shop.pass_days(25)
    assert [one.total for one in shop.invoices()] == [10_000, 30_000]


def test_a_downgrade_gives_credit_that_later_invoices_use(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe(shop.dear)
    _upgraded(shop, sub, shop.month, proration_behavior="always_invoice")
    invoice = shop.invoices()[-1]
    assert (invoice.total, invoice.amount_due, invoice.status) == (-20_000, 0, "paid")
    assert shop.v1.customers.retrieve(shop.customer).balance == -20_000
    shop.pass_days(70)
    later = shop.invoices()[2:]
    assert [(one.total, one.amount_due) for one in later] == [(10_000, 0), (10_000, 0)]
    assert shop.v1.customers.retrieve(shop.customer).balance == 0
    book = shop.v1.customers.balance_transactions.list(shop.customer).data
    assert [one.ending_balance for one in book] == [0, -10_000, -20_000]


def test_credit_goes_by_what_was_paid(shop: Shop) -> None:
    shop.card()
    half = shop.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    sub = shop.subscribe(shop.dear, discounts=[{"coupon": half}])
    _upgraded(shop, sub, shop.month, proration_behavior="always_invoice")
    assert shop.invoices()[-1].total == 10_000 - 15_000


def test_from_monthly_to_yearly(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.pass_days(10)
    now, item = shop.start + 10 * DAY, shop.item(sub)
    left, whole = item.current_period_end - now, item.current_period_end - item.current_period_start
    updated = _upgraded(shop, sub, shop.year)
    assert shop.invoices()[-1].total == 100_000 - portion(10_000, left, whole)
    assert updated.billing_cycle_anchor == now
    assert shop.item(updated).current_period_end == step(now, "year", 1, 1)


def test_seats(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe(items=[{"price": shop.month, "quantity": 2}])
    items = [{"id": shop.item(sub).id, "quantity": 5}]
    sub = shop.v1.subscriptions.update(sub.id, {"items": items, "proration_behavior": "always_invoice"})
    assert (shop.item(sub).quantity, shop.invoices()[-1].total) == (5, 30_000)


def test_a_failed_upgrade(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    how = {"proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError):
        _upgraded(shop, sub, shop.dear, payment_behavior="error_if_incomplete", **how)
    assert shop.item(shop.sub(sub.id)).price.id == shop.month
    waiting = _upgraded(shop, sub, shop.dear, payment_behavior="pending_if_incomplete", **how)
    assert (waiting.status, shop.item(waiting).price.id) == ("active", shop.month)
    assert waiting.pending_update.subscription_items[0].price.id == shop.dear
    shop.v1.invoices.pay(waiting.latest_invoice, {"payment_method": shop.card()})
    after = shop.sub(sub.id)
    assert (shop.item(after).price.id, after.pending_update) == (shop.dear, None)
    assert "customer.subscription.pending_update_applied" in shop.events()


def test_a_pending_upgrade_expires(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    _upgraded(
        shop, sub, shop.dear, proration_behavior="always_invoice", payment_behavior="pending_if_incomplete"
    )
    shop.pass_days(1)
    after = shop.sub(sub.id)
    assert (after.status, shop.item(after).price.id, after.pending_update) == ("active", shop.month, None)
    assert after.latest_invoice.status == "void"


def test_a_void_invoice_gives_the_credit_back(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.v1.customers.update(shop.customer, {"balance": -700})
    shop.card("pm_card_chargeCustomerFail")
    how = {"proration_behavior": "always_invoice", "payment_behavior": "pending_if_incomplete"}
    _upgraded(shop, sub, shop.dear, **how)
    assert shop.v1.customers.retrieve(shop.customer).balance == 0
    shop.pass_days(1)
    assert shop.sub(sub.id).latest_invoice.status == "void"
    assert shop.v1.customers.retrieve(shop.customer).balance == -700
    newest = shop.v1.customers.balance_transactions.list(shop.customer).data[0]
    assert (newest.type, newest.amount) == ("unapplied_from_invoice", -700)


def test_cancelling_and_taking_it_back(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    sub = shop.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    assert sub.cancel_at == shop.item(sub).current_period_end
    assert sub.canceled_at == shop.start
    sub = shop.v1.subscriptions.update(sub.id, {"cancel_at_period_end": False})
    assert (sub.cancel_at, sub.canceled_at, sub.cancel_at_period_end) == (None, None, False)
    shop.pass_days(32)
    assert shop.sub(sub.id).status == "active"
    details = {"feedback": "too_expensive", "comment": "Sorry"}
    shop.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True, "cancellation_details": details})
    shop.pass_days(31)
    ended = shop.sub(sub.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert ended.cancellation_details.feedback == "too_expensive"
    assert len(shop.invoices()) == 2
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.update(sub.id, {"cancel_at_period_end": False})


def test_ending_at_once_with_the_rest_back(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    ended = shop.v1.subscriptions.cancel(sub.id, {"prorate": True, "invoice_now": True})
    assert ended.status == "canceled"
    assert shop.invoices()[-1].total == -10_000
    assert shop.v1.customers.retrieve(shop.customer).balance == -10_000


def test_dunning_to_the_end(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(32)
    failing = shop.sub(sub.id)
    assert (failing.status, failing.latest_invoice.attempt_count) == ("past_due", 1)
    assert shop.v1.customers.retrieve(shop.customer).delinquent is True
    shop.pass_days(16)
    ended = shop.sub(sub.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (ended.latest_invoice.status, ended.latest_invoice.attempt_count) == ("open", 4)
    assert ended.latest_invoice.next_payment_attempt is None


def test_recovering_with_a_new_card(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(32)
    invoice = shop.sub(sub.id).latest_invoice.id
    with pytest.raises(stripe.CardError):
        shop.v1.invoices.pay(invoice)
    shop.card()
    assert shop.v1.invoices.pay(invoice).status == "paid"
    assert shop.sub(sub.id).status == "active"
    assert shop.v1.customers.retrieve(shop.customer).delinquent is False


def test_the_retry_finds_the_new_card(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(32)
    shop.card()
    shop.pass_days(3)
    assert shop.sub(sub.id).status == "active"


def test_other_ends_of_dunning(shop: Shop, control: Callable[..., Any]) -> None:
    control("switches", after_retries="unpaid", retry_days=[1])
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(33)
    assert shop.sub(sub.id).status == "unpaid"
    shop.pass_days(31)
    assert shop.sub(sub.id).latest_invoice.status == "draft"


def test_a_renewal_that_has_to_be_authenticated(shop: Shop, control: Callable[..., Any]) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_authenticationRequired")
    shop.pass_days(31.2)
    assert shop.sub(sub.id).status == "past_due"
    assert "invoice.payment_action_required" in shop.events()
    invoice = shop.sub(sub.id).latest_invoice.id
    paid_by = shop.v1.invoice_payments.list({"invoice": invoice}).data[0].payment.payment_intent
    control(f"authenticate/{paid_by}", outcome="pay")
    assert shop.sub(sub.id).status == "active"


def test_items_of_their_own(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    extra = shop.price("month", 2_000)
    item = shop.v1.subscription_items.create({"subscription": sub.id, "price": extra, "quantity": 2})
    assert shop.v1.subscription_items.update(item.id, {"quantity": 3}).quantity == 3
    assert len(shop.v1.subscription_items.list({"subscription": sub.id}).data) == 2
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscription_items.create({"subscription": sub.id, "price": extra})
    assert shop.v1.subscription_items.delete(item.id).deleted is True
    shop.pass_days(32)
    assert shop.invoices()[-1].total == 10_000  # what was added and taken away in the same second is nothing


def test_invoices_by_hand(shop: Shop) -> None:
    shop.card()
    shop.v1.invoice_items.create(
        {"customer": shop.customer, "amount": 2500, "currency": "cny", "description": "Pack"}
    )
    made = shop.v1.invoices.create(
        {"customer": shop.customer, "currency": "cny", "pending_invoice_items_behavior": "include"}
    )
    assert (made.status, made.total) == ("draft", 2500)
    assert shop.v1.invoices.finalize_invoice(made.id).status == "open"
    assert shop.v1.invoices.void_invoice(made.id).status == "void"
    for call in (shop.v1.invoices.pay, shop.v1.invoices.void_invoice):
        with pytest.raises(stripe.InvalidRequestError):
            call(made.id)


def test_too_small_to_charge(shop: Shop) -> None:
    shop.card()
    shop.v1.invoice_items.create({"customer": shop.customer, "amount": 300, "currency": "cny"})
    made = shop.v1.invoices.create(
        {"customer": shop.customer, "currency": "cny", "pending_invoice_items_behavior": "include"}
    )
    final = shop.v1.invoices.finalize_invoice(made.id)
    assert (final.status, final.amount_due) == ("paid", 0)
    assert shop.v1.customers.retrieve(shop.customer).balance == 300


def test_deleting_a_customer_ends_everything(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    assert shop.v1.customers.delete(shop.customer).deleted is True
    assert shop.sub(sub.id).status == "canceled"
    assert shop.v1.customers.retrieve(shop.customer).to_dict() == {
        "id": shop.customer,
        "object": "customer",
        "deleted": True,
    }


def test_collection_can_pause(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.v1.subscriptions.update(sub.id, {"pause_collection": {"behavior": "void"}})
    shop.pass_days(32)
    assert shop.sub(sub.id).latest_invoice.status == "void"
    shop.v1.subscriptions.update(sub.id, {"pause_collection": ""})
    shop.pass_days(31)
    assert shop.sub(sub.id).latest_invoice.status == "paid"
