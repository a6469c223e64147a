"""What the payer's bank wants confirmed, money that goes back, and what each does to the plan."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from billing import changing
from billing.entitlements import Source
from billing.gateway import DeclinedError
from billing.reconcile import reconcile
from billing.tables import History, Invoice
from tests.billing.shop import SOLD, STUDIO, Shop

MONTHLY, SEATS = "subscription-teacher-month-usd", "vermilion-subscription-studio-month-usd"
ALWAYS_ASKS, REFUSES_LATER = "4000002760003184", "4000000000000341"


def invoices(shop: Shop) -> list[Invoice]:
    with shop.transactions() as session:
        return list(session.exec(select(Invoice).order_by(Invoice.created_at)))  # type: ignore[arg-type]


def history(shop: Shop, what: str) -> list[tuple[dict[str, Any], dict[str, Any], str]]:
    with shop.transactions() as session:
        rows = session.exec(select(History).where(History.what == what).order_by(History.at))  # type: ignore[arg-type]
        return [(row.before, row.after, row.by) for row in rows]


def use_card(shop: Shop, number: str) -> None:
    """The customer puts in another card."""
    stripe, customer = shop.gateway._v1, shop.stripe_id()
    card = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
    method = stripe.payment_methods.create({"type": "card", "card": card})
    stripe.payment_methods.attach(method.id, {"customer": customer})
    stripe.subscriptions.update(shop.subscription().id, {"default_payment_method": method.id})


def renewed_with(shop: Shop, card: str) -> Invoice:
    """A month later the renewal is tried with this card; its invoice."""
    shop.buy(MONTHLY)
    use_card(shop, card)
    shop.wait(days=32)
    shop.refresh(by="event:evt_renewal")
    return invoices(shop)[-1]


def test_a_renewal_that_the_bank_wants_confirmed_waits_on_the_invoices_page(shop: Shop) -> None:
    invoice = renewed_with(shop, ALWAYS_ASKS)
    assert (invoice.status, invoice.unconfirmed, invoice.reason) == ("open", True, "subscription_cycle")
    assert invoice.page
    entitled = shop.entitled()
    assert (entitled.plan, entitled.source) == ("teacher", Source.SUBSCRIPTION)
    assert entitled.grace_until is not None
    assert shop.entitled(entitled.grace_until + timedelta(hours=1)).source is Source.NONE

    shop.control(f"authenticate/{invoice.payment_id}", outcome="refuse")
    shop.refresh()
    assert invoices(shop)[-1].unconfirmed is False  # now it has simply failed

    shop.wait(days=4)  # it is tried again, and asks again
    shop.refresh()
    assert invoices(shop)[-1].unconfirmed is True
    shop.control(f"authenticate/{invoice.payment_id}", outcome="pay")
    shop.refresh()
    paid = invoices(shop)[-1]
    assert (paid.status, paid.unconfirmed) == ("paid", False)
    assert shop.entitled().grace_until is None


def test_a_renewal_that_is_declined_is_nothing_to_confirm(shop: Shop) -> None:
    invoice = renewed_with(shop, REFUSES_LATER)
    assert (invoice.status, invoice.unconfirmed) == ("open", False)


def change(shop: Shop) -> str:
    at = changing.to_second(shop.now())
    quote = changing.quote(shop.gateway, shop.subscription(), SOLD.item(SEATS), 3, at, SOLD)
    args = (STUDIO, quote.item, quote.seats, quote.at, quote.due, quote.credit)
    return changing.change(shop.transactions, shop.gateway, shop.now(), *args, SOLD, by="user:7")


def test_a_change_waits_until_its_payment_is_confirmed(shop: Shop) -> None:
    shop.buy(MONTHLY)
    use_card(shop, ALWAYS_ASKS)
    shop.refresh()
    page = change(shop)
    invoice = invoices(shop)[-1]
    assert page == invoice.page
    assert invoice.unconfirmed is True
    assert (shop.entitled().plan, shop.entitled().grace_until) == ("teacher", None)

    shop.control(f"authenticate/{invoice.payment_id}", outcome="pay")
    shop.refresh(by="event:evt_paid")
    assert (shop.entitled().plan, shop.entitled().seats) == ("studio", 3)
    ((before, after, by),) = history(shop, "plan.changed")
    assert (before["plan"], after["plan"], by) == ("teacher", "studio", "event:evt_paid")


def test_a_change_that_nobody_confirms_is_dropped(shop: Shop) -> None:
    shop.buy(MONTHLY)
    use_card(shop, ALWAYS_ASKS)
    assert change(shop)
    shop.wait(days=2)
    shop.refresh()
    assert invoices(shop)[-1].status == "void"
    assert (shop.entitled().plan, shop.entitled().grace_until) == ("teacher", None)


def test_a_change_whose_card_is_declined_changes_nothing(shop: Shop) -> None:
    shop.buy(MONTHLY)
    use_card(shop, REFUSES_LATER)
    with pytest.raises(DeclinedError):
        change(shop)
    shop.refresh()
    assert [invoice.status for invoice in invoices(shop)] == ["paid"]
    assert shop.entitled().plan == "teacher"


@pytest.mark.parametrize("amount", [500, 1200])
def test_a_refunded_invoice_changes_no_plan_and_stands_in_the_history(shop: Shop, amount: int) -> None:
    shop.buy(MONTHLY)
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.gateway._v1.refunds.create({"charge": charge["id"], "amount": amount})
    shop.refresh(by="event:evt_refund")
    assert [invoice.refunded for invoice in invoices(shop)] == [amount]
    assert (shop.entitled().plan, shop.entitled().ends_at) == ("teacher", None)
    told = {"refunded": amount, "amount": 1200, "currency": "usd"}
    assert history(shop, "invoice.refunded") == [({"refunded": 0}, told, "event:evt_refund")]
    assert history(shop, "plan.changed") == []
    assert shop.refresh() == []


def test_a_disputed_subscription_goes_on_until_somebody_ends_it(shop: Shop) -> None:
    shop.buy(MONTHLY)
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    assert left(shop) == ["dispute"]
    assert shop.entitled().plan == "teacher"

    (dispute,) = shop.gateway.disputes(charge["id"])
    shop.gateway._v1.disputes.close(dispute["id"])
    assert left(shop) == ["dispute_lost"]
    assert shop.entitled().plan == "teacher"
    assert [after["status"] for _, after, _ in history(shop, "dispute.opened")] == ["needs_response"]
    assert [(b["status"], a["status"]) for b, a, _ in history(shop, "dispute.changed")] == [
        ("needs_response", "lost")
    ]

    ended = changing.end(
        shop.transactions,
        shop.gateway,
        shop.now(),
        STUDIO,
        SOLD,
        by="user:9",
        only=shop.subscription().id,
    )
    assert ended == 1
    assert shop.entitled().source is Source.FREE
    assert left(shop) == []
    assert [by for _, after, by in history(shop, "plan.changed") if after.get("status")] == ["user:9"]


def test_a_lost_dispute_of_the_last_period_is_no_matter_any_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    (dispute,) = shop.gateway.disputes(charge["id"])
    shop.gateway._v1.disputes.close(dispute["id"])
    shop.wait(days=32)
    assert left(shop) == []


def test_ending_another_than_what_is_there_ends_nothing(shop: Shop) -> None:
    shop.buy(MONTHLY)
    ended = changing.end(
        shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="user:9", only="sub_other"
    )
    assert ended == 0
    assert shop.entitled().plan == "teacher"


def left(shop: Shop) -> list[str]:
    return [found.kind for found in reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).left]
