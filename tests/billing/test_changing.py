"""Changing, failing, recovering, cancelling and resuming at the sandbox, through our own functions and
Stripe's own client.
"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from billing import changing, ledger
from billing.changing import NoChangeError
from billing.entitlements import Source
from billing.gateway import DeclinedError
from billing.tables import History, Invoice
from tests.billing.shop import SOLD, STUDIO, Shop

MONTHLY, YEARLY = "subscription-teacher-month-usd", "subscription-teacher-year-usd"
SEATS = "subscription-studio-month-usd"
REFUSES_LATER = "4000000000000341"


def quoted(shop: Shop, key: str, seats: int = 1) -> changing.Quote:
    """What a change would cost now."""
    at = changing.to_second(shop.now())
    return changing.quote(shop.gateway, shop.subscription(), SOLD.item(f"vermilion-{key}"), seats, at, SOLD)


def take(shop: Shop, quote: changing.Quote, at: datetime | None = None) -> None:
    """Change as quoted, or as if it had been quoted at another moment."""
    changing.change(
        shop.transactions,
        shop.gateway,
        shop.now(),
        STUDIO,
        quote.item,
        quote.seats,
        at or quote.at,
        quote.due,
        SOLD,
        by="user:1",
    )


def change(shop: Shop, key: str, seats: int = 1) -> changing.Quote:
    """Change as quoted; the quote."""
    quote = quoted(shop, key, seats)
    take(shop, quote)
    return quote


def test_an_upgrade_costs_what_was_shown_and_keeps_the_month(shop: Shop) -> None:
    shop.buy(MONTHLY)
    month = shop.entitled().month
    shop.wait(days=10)
    quote = change(shop, SEATS, seats=3)
    entitled = shop.entitled()
    assert (entitled.plan, entitled.granted, entitled.seats, entitled.month) == ("studio", 1500, 3, month)
    with shop.transactions() as session:
        newest = session.exec(select(Invoice).order_by(Invoice.created_at.desc())).first()  # type: ignore[attr-defined]
        assert newest is not None
        assert newest.total == newest.paid == quote.due > 0
        assert sum(line.amount for line in quote.lines) == quote.due
        told = session.exec(select(History).where(History.what == "plan.changed")).all()
        assert [(row.by, row.after["plan"]) for row in told] == [("user:1", "studio")]


def test_a_smaller_plan_leaves_a_credit_and_takes_no_comment_back(shop: Shop) -> None:
    shop.buy(SEATS, seats=2)
    drawings = [f"d{i}" for i in range(450)]
    with shop.transactions() as session:
        got = ledger.reserve(session, shop.now(), STUDIO, drawings, shop.entitled(), by="user:1")
        assert got.refused == []
    quote = change(shop, MONTHLY)
    assert (quote.due, quote.credit > 0) == (0, True)
    with shop.transactions() as session:
        assert ledger.balance(session, STUDIO, shop.entitled()).left == 0
    back = change(shop, SEATS, seats=2)  # is paid from that credit
    assert back.balance > 0
    assert sum(line.amount for line in back.lines) - back.discount - back.balance == back.due


def test_a_credit_is_used_up_to_the_cent(shop: Shop) -> None:
    shop.buy(SEATS, seats=2)
    shop.wait(days=7, hours=5)
    credit = change(shop, MONTHLY).credit
    shop.wait(days=3)
    quote = quoted(shop, SEATS, seats=9)
    take(shop, quote)
    newest, *_ = shop.gateway.charges(shop.stripe_id())
    assert newest["amount"] == quote.due
    assert sum(line.amount for line in quote.lines) == quote.due + credit
    charged = sum(charge["amount"] for charge in shop.gateway.charges(shop.stripe_id()))
    with shop.transactions() as session:
        assert sum(session.exec(select(Invoice.paid))) == charged


def test_nobody_chooses_the_second_from_which_a_change_is_counted(shop: Shop) -> None:
    """At the period's end it would cost nothing."""
    shop.buy(MONTHLY)
    shop.wait(days=3)
    there, item, now = shop.subscription(), SOLD.item(f"vermilion-{SEATS}"), changing.to_second(shop.now())
    due = []
    for at in (now - timedelta(hours=1), now + timedelta(minutes=5), there.period_ends):
        quote = changing.quote(shop.gateway, there, item, 9, at, SOLD)
        due.append(quote.due)
        with pytest.raises(NoChangeError):
            take(shop, quote)
    assert due == sorted(due, reverse=True)
    assert due[-1] == 0
    with pytest.raises(NoChangeError):
        take(shop, quote, now.replace(tzinfo=None))
    assert shop.subscription().plan == "teacher"


def test_a_change_costs_what_was_shown_or_is_not_made(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shown = quoted(shop, SEATS, seats=4)
    change(shop, SEATS, seats=2)  # in the other tab
    with pytest.raises(NoChangeError):
        take(shop, shown)
    assert shop.subscription().seats == 2


def test_from_monthly_to_yearly_does_not_begin_another_month_of_comments(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.wait(days=3)
    month = shop.entitled().month
    change(shop, YEARLY)
    entitled = shop.entitled()
    assert entitled.month == month
    assert (shop.subscription().period_ends - shop.now()).days >= 363
    assert shop.entitled(shop.now() + timedelta(days=200)).month.number > 5


def test_a_change_to_what_is_there_or_in_another_currency_is_refused(shop: Shop) -> None:
    shop.buy(MONTHLY)
    for key in (MONTHLY, "subscription-teacher-year-cny", "pass-teacher-month-usd"):
        with pytest.raises(NoChangeError):
            change(shop, key)


def test_cancel_and_resume(shop: Shop) -> None:
    shop.buy(MONTHLY)
    args = (shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD)
    changing.cancel(*args, by="user:1")
    assert shop.entitled().ends_at == shop.subscription().period_ends
    changing.resume(*args, by="user:2")
    assert shop.entitled().ends_at is None
    changing.cancel(*args, by="user:1")
    shop.wait(days=32)
    shop.refresh(by="event:evt_x")
    assert shop.entitled().source is Source.FREE
    with pytest.raises(NoChangeError):
        changing.resume(*args, by="user:1")
    shop.buy(MONTHLY)  # again
    assert shop.entitled().source is Source.SUBSCRIPTION


def test_a_card_that_fails_later_gives_grace_then_reads_only_then_a_new_card_mends_it(shop: Shop) -> None:
    shop.control("switches", after_retries="past_due")
    shop.buy(MONTHLY)
    customer = shop.stripe_id()
    shop.use_card(REFUSES_LATER)
    shop.wait(days=32)
    shop.refresh()
    entitled = shop.entitled()
    assert (entitled.source, entitled.grace_until is not None) == (Source.SUBSCRIPTION, True)
    late = shop.entitled(shop.now() + timedelta(days=20))
    assert (late.source, late.drafts) == (Source.NONE, False)
    with pytest.raises(NoChangeError):
        change(shop, SEATS, seats=2)
    shop.use_card("4242424242424242")
    (open_,) = [i for i in shop.gateway.invoices(customer) if i["status"] == "open"]
    shop.v1.invoices.pay(open_["id"])
    shop.refresh()
    assert (shop.entitled().grace_until, shop.entitled().source) == (None, Source.SUBSCRIPTION)


def test_a_declined_upgrade_changes_nothing(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.use_card(REFUSES_LATER)
    with pytest.raises(DeclinedError):
        change(shop, SEATS, seats=3)
    shop.refresh()
    assert shop.entitled().plan == "teacher"


def test_a_studio_that_ends_is_charged_no_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    args = (shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD)
    assert changing.end(*args, by="operator:1") == 1
    assert changing.end(*args, by="operator:1") == 0
    (there,) = shop.gateway.subscriptions(shop.stripe_id())
    assert there["status"] == "canceled"
    assert shop.entitled().source is Source.FREE
