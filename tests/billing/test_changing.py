"""Changing, failing, recovering, cancelling and resuming at the sandbox, through our own functions and
Stripe's own client.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlmodel import select

from billing import allowances, changing, ledger
from billing.changing import NoChangeError, TooMuchUsedError
from billing.customers import HoldLostError
from billing.entitlements import Source
from billing.gateway import DeclinedError, GatewayError, UnansweredError
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
        quote.credit,
        SOLD,
        by="user:1",
    )


def change(shop: Shop, key: str, seats: int = 1) -> changing.Quote:
    """Change as quoted; the quote."""
    quote = quoted(shop, key, seats)
    take(shop, quote)
    return quote


def is_near(one: datetime | None, other: datetime) -> bool:
    """The same, but for the seconds between a quote and its change: another period begins with the change."""
    return one is not None and abs(one - other) < timedelta(minutes=5)


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
    draft(shop, 400)
    quote = change(shop, MONTHLY)
    assert (quote.due, quote.credit > 0) == (0, True)
    with shop.transactions() as session:
        assert allowances.balance(session, STUDIO, shop.entitled()).left == 0
    back = change(shop, SEATS, seats=2)  # is paid from that credit
    assert back.credit_used > 0
    assert sum(line.amount for line in back.lines) - back.discount - back.credit_used == back.due


def draft(shop: Shop, number: int) -> None:
    """Take so many comments, half of them for drawings that are drafted only later."""
    drawings = [f"d{i}" for i in range(number)]
    with shop.transactions() as session:
        got = ledger.reserve(session, shop.now(), STUDIO, drawings, shop.entitled(), by="user:1")
        assert got.refused == []
        for drawing in drawings[::2]:
            ledger.drafted(session, shop.now(), drawing)
            ledger.commit(session, shop.now(), drawing)


def test_what_was_used_of_a_larger_plan_is_not_paid_back(shop: Shop) -> None:
    shop.buy(MONTHLY)
    change(shop, SEATS, seats=3)
    draft(shop, 1001)
    month, credit = shop.entitled().month, shop.gateway.customer(shop.stripe_id())["balance"]
    charges = len(shop.gateway.charges(shop.stripe_id()))
    for key, seats in ((MONTHLY, 1), (YEARLY, 1), (SEATS, 2)):
        with pytest.raises(TooMuchUsedError) as refused:
            change(shop, key, seats)
        granted = {MONTHLY: 400, YEARLY: 400, SEATS: 1000}[key]
        told = refused.value
        assert (told.taken, told.granted, told.day) == (1001, granted, month.ends)
    assert (shop.entitled().plan, shop.entitled().seats) == ("studio", 3)
    assert shop.gateway.customer(shop.stripe_id())["balance"] == credit
    assert len(shop.gateway.charges(shop.stripe_id())) == charges
    change(shop, "subscription-studio-year-usd", seats=3)  # as many as before
    shop.wait(seconds=(month.ends - shop.now()).total_seconds() + 5)
    shop.refresh()
    change(shop, MONTHLY)
    assert shop.entitled().granted == 400


def test_a_change_whose_credit_is_not_what_was_shown_is_not_made(shop: Shop) -> None:
    shop.buy(SEATS, seats=3)
    shown = quoted(shop, MONTHLY)
    assert (shown.due, shown.credit > 0) == (0, True)
    with pytest.raises(NoChangeError):
        take(shop, replace(shown, credit=shown.credit + 1))
    change(shop, SEATS, seats=2)  # in the other tab: now less is given back, and still nothing is due
    assert quoted(shop, MONTHLY).due == 0
    with pytest.raises(NoChangeError):
        take(shop, shown)
    assert shop.subscription().seats == 2


def test_a_plan_that_is_cancelled_is_not_made_smaller_for_a_credit_that_nothing_would_be_paid_from(
    shop: Shop,
) -> None:
    shop.buy(YEARLY)
    args = (shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD)
    shown = quoted(shop, MONTHLY)
    assert (shown.strands, shown.credit > 0, shown.kept) == (False, True, shown.credit)
    changing.cancel(*args, by="user:1")  # in the other tab
    assert quoted(shop, MONTHLY).strands
    with pytest.raises(NoChangeError):
        take(shop, shown)
    assert (shop.subscription().interval, shop.gateway.customer(shop.stripe_id())["balance"]) == ("year", 0)
    changing.resume(*args, by="user:1")
    change(shop, MONTHLY)
    assert shop.subscription().ends_at is None


def test_a_change_of_a_cancelled_plan_ends_when_it_said(shop: Shop) -> None:
    shop.buy(MONTHLY)
    changing.cancel(shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="user:1")
    for key, seats in ((SEATS, 2), ("subscription-studio-year-usd", 2)):
        quote = change(shop, key, seats)
        assert (quote.ends, quote.strands) == (True, False)
        assert is_near(shop.subscription().ends_at, quote.until)
    assert (quote.until - shop.now()).days >= 364


def test_a_change_says_with_which_card_it_is_paid_and_when_it_renews(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.wait(days=3)
    quote = change(shop, YEARLY)
    assert quote.card is not None
    assert (quote.card["brand"], quote.card["last4"]) == ("visa", "4242")
    assert not quote.ends
    assert is_near(quote.until, shop.subscription().period_ends)
    back = change(shop, MONTHLY)
    assert back.card is None
    assert is_near(back.until, shop.subscription().period_ends)
    shop.use_card("5555555555554444")
    shop.wait(days=1)
    quote = quoted(shop, SEATS, seats=40)
    assert (quote.card or {})["last4"] == "4444"
    assert quote.until == shop.subscription().period_ends


def test_what_is_too_small_to_be_charged_is_put_on_the_next_invoice(shop: Shop) -> None:
    shop.buy(SEATS, seats=2)
    shop.wait(seconds=(shop.subscription().period_ends - shop.now()).total_seconds() - 3600 * 12)
    quote = change(shop, SEATS, seats=3)
    total = sum(line.amount for line in quote.lines)
    assert 0 < total < 50
    assert (quote.due, quote.credit, quote.credit_used, quote.carried) == (0, 0, 0, -total)
    shop.wait(days=2)
    shop.refresh()
    with shop.transactions() as session:
        newest, small, *_ = session.exec(select(Invoice).order_by(Invoice.created_at.desc())).all()  # type: ignore[attr-defined]
    assert (small.from_credit, small.carried, small.paid) == (0, -total, 0)
    assert (newest.carried, newest.paid, newest.remaining) == (total, 4200 + total, 0)


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


def test_cancelling_what_is_not_paid_ends_it_at_once(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.use_card(REFUSES_LATER)
    shop.wait(days=32)
    changing.cancel(shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="user:1")
    assert shop.live() == []
    assert {i["status"] for i in shop.gateway.invoices(shop.stripe_id())} == {"paid", "void"}
    with pytest.raises(NoChangeError):
        changing.resume(shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="user:1")


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


@pytest.mark.parametrize("key", [MONTHLY, "pass-teacher-month-usd", "pack-100-usd"])
def test_a_studio_that_ends_cannot_pay_for_what_was_begun(shop: Shop, key: str) -> None:
    session_id = shop.start(key)
    assert end(shop) == 0
    with pytest.raises(httpx.HTTPStatusError):
        shop.pay(session_id)
    assert shop.gateway.charges(shop.stripe_id()) == []


def test_a_studio_that_ends_cannot_pay_for_what_its_bank_asks_about(shop: Shop) -> None:
    session_id = shop.start(MONTHLY)
    price = shop.gateway.prices([f"vermilion-{MONTHLY}"])[f"vermilion-{MONTHLY}"]["id"]
    elsewhere = {
        "customer": shop.stripe_id(),
        "items": [{"price": price}],
        "payment_behavior": "default_incomplete",
    }
    begun = shop.v1.subscriptions.create(elsewhere)
    shop.pay(session_id, card="4000002500003155")
    intents = shop.v1.payment_intents.list({"customer": shop.stripe_id()}).data
    assert end(shop) == 0
    assert shop.gateway.session(session_id)["status"] == "expired"
    for intent in intents:
        assert shop.gateway.payment(intent.id)["status"] == "canceled"
    assert shop.gateway.invoice(str(begun.latest_invoice))["status"] == "void"
    for subscription in shop.gateway.subscriptions(shop.stripe_id()):
        assert subscription["status"] in ("canceled", "incomplete_expired")


def test_a_studio_whose_customer_is_deleted_at_stripe_ends(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.v1.customers.delete(shop.stripe_id())
    assert end(shop) == 0
    assert shop.entitled().source is Source.FREE


def end(shop: Shop) -> int:
    return changing.end(
        shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="operator:delete-studio"
    )


Move = Callable[[Shop], Any]
MOVES: dict[str, Move] = {
    "change": lambda shop: change(shop, SEATS, seats=2),
    "cancel": lambda shop: changing.cancel(
        shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD, by="user:1"
    ),
    "end": end,
}


def outcome(shop: Shop) -> tuple[str, bool, int]:
    """What Stripe has: the status, whether it will end, and what was charged."""
    (there,) = shop.gateway.subscriptions(shop.stripe_id())
    charged = sum(charge["amount"] for charge in shop.gateway.charges(shop.stripe_id()))
    return there["status"], there["cancel_at_period_end"], charged


DONE = {"change": ("active", False, 2800), "cancel": ("active", True, 1200), "end": ("canceled", False, 1200)}


@pytest.mark.parametrize("error", [GatewayError("api_error", again=True), HoldLostError(STUDIO)])
@pytest.mark.parametrize("move", MOVES)
def test_what_is_done_is_done_although_nobody_saw_what_came_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, move: str, error: Exception
) -> None:
    shop.buy(MONTHLY)
    refresh, turn = changing.refresh_held, count()

    def once(*args: Any, **by: Any) -> Any:
        if next(turn):
            raise error
        return refresh(*args, **by)

    monkeypatch.setattr(changing, "refresh_held", once)
    MOVES[move](shop)
    assert outcome(shop) == DONE[move]


@pytest.mark.parametrize("move", MOVES)
def test_without_an_answer_nobody_says_that_nothing_was_done(shop: Shop, move: str) -> None:
    shop.buy(MONTHLY)
    call = ("DELETE" if move == "end" else "POST") + " /v1/subscriptions/{subscription_exposed_id}"
    shop.control("switches", faults=[{"call": call, "kind": "lose_answer", "times": 3}])
    with pytest.raises(UnansweredError):
        MOVES[move](shop)
    shop.control("switches", faults=[])
    assert outcome(shop) == DONE[move]
    if move == "change":
        with pytest.raises(NoChangeError):
            MOVES[move](shop)  # once more
    else:
        MOVES[move](shop)
    assert outcome(shop) == DONE[move]
