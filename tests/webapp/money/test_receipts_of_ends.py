"""What is told of a plan that ends before its time, and of what has changed again before it was told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from billing import changing
from tests.billing.shop import SOLD, Shop
from tests.webapp.money.test_receipts import Mailbox, ask, box, change, newest, studio
from webapp.money import letters
from webapp.platform import mail

__all__ = ["box", "studio"]
pytestmark = pytest.mark.sandbox
FAILS_LATER = "4000000000000341"
ENDED = "The plan of Willow has ended"


def end(shop: Shop) -> None:
    """As an operator does."""
    changing.end(shop.transactions, shop.gateway, shop.now(), shop.studio_id, SOLD, by="user:9")


def end_at_stripe(shop: Shop) -> None:
    shop.gateway.cancel_subscription(shop.subscription().id)
    shop.refresh()


def delete_customer(shop: Shop) -> None:
    shop.v1.customers.delete(shop.stripe_id())
    shop.refresh()


def fail(shop: Shop) -> None:
    """The next renewal is not paid."""
    shop.use_card(FAILS_LATER)
    shop.wait(days=32)
    shop.refresh()


@pytest.mark.parametrize("how", [end, end_at_stripe, delete_customer])
def test_a_plan_that_is_ended_at_once_is_told(box: Mailbox, shop: Shop, how: object) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    assert callable(how)
    how(shop)
    letter = box.one()
    assert letter.subject == ENDED
    assert "Your plan: Teacher, paid by the month\n" in letter.text
    assert "and does not renew.\n\nThe studio has Free now, 20 comments a month." in letter.text
    assert "choose a plan here:" in letter.text
    assert "renews by itself" not in letter.text


def test_a_plan_that_stripe_gives_up_is_told(box: Mailbox, shop: Shop) -> None:
    shop.control("switches", after_retries="cancel")
    shop.buy("subscription-teacher-month-usd")
    box.one()
    fail(shop)
    box.new()
    shop.wait(days=20)
    shop.refresh()
    assert shop.live() == []
    letter = box.one()
    assert letter.subject == ENDED
    assert "It was not paid: what was open, $12.00, is dropped, and nothing is charged." in letter.text


def at_portal(shop: Shop) -> None:
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at_period_end": True})
    shop.refresh()


@pytest.mark.parametrize("how", [lambda shop: ask(shop, changing.cancel), at_portal])
def test_who_cancels_what_is_not_paid_has_one_letter(
    box: Mailbox, shop: Shop, how: Callable[[Shop], None]
) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    fail(shop)
    box.new()
    how(shop)
    letter = box.one()
    assert letter.subject == ENDED
    assert "It was not paid: what was open, $12.00, is dropped, and nothing is charged." in letter.text
    assert "The studio has Free now, 20 comments a month." in letter.text


def test_what_was_paid_for_a_plan_that_was_over_claims_no_plan(box: Mailbox, shop: Shop) -> None:
    shop.control("switches", after_retries="cancel")
    shop.buy("subscription-teacher-month-usd")
    box.one()
    fail(shop)
    box.new()
    (invoice,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
    shop.wait(days=20)  # Stripe gives up, and somebody pays before we hear of that
    shop.use_card("4242424242424242")
    method = shop.gateway.customer(shop.stripe_id())["invoice_settings"]["default_payment_method"]
    shop.v1.invoices.pay(invoice["id"], {"payment_method": method})
    shop.refresh()
    ended, paid = sorted(box.new(), key=lambda letter: letter.subject)
    assert (ended.subject, paid.subject) == (ENDED, "Your payment for Willow: the receipt")
    assert "Paid: $12.00\n" in paid.text
    assert "so this pays for nothing.\n\nWhoever runs this server is asked to pay it back" in paid.text
    assert "Your plan" not in paid.text
    assert "dropped" not in ended.text


def test_a_cancelled_plan_that_is_ended_before_its_day_is_told_and_what_is_prepaid_goes_on(
    box: Mailbox, shop: Shop
) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    ask(shop, changing.cancel)
    box.one()
    shop.buy("pass-teacher-month-usd")
    box.one()
    end(shop)
    letter = box.one()
    assert letter.subject == ENDED
    assert "What you have prepaid goes on." in letter.text
    assert "Free" not in letter.text


def test_a_plan_instead_of_which_a_pass_was_paid_ends_without_a_letter_of_its_own(
    box: Mailbox, shop: Shop
) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    fail(shop)
    box.new()
    shop.buy("pass-teacher-month-usd")
    assert shop.live() == []
    assert box.one().subject == "Prepaid time for Willow: the receipt"


def test_a_plan_that_never_began_ends_without_a_letter(box: Mailbox, shop: Shop) -> None:
    shop.pay(shop.start("subscription-teacher-month-usd"), "4000002760003184")  # the bank asks
    shop.refresh()
    assert box.new() == []
    shop.wait(days=2)
    shop.refresh()
    assert box.new() == []


def test_what_was_cancelled_and_resumed_in_half_a_minute_promises_nothing_that_is_over(
    box: Mailbox, shop: Shop
) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    ask(shop, changing.cancel)
    shop.wait(seconds=1)
    ask(shop, changing.resume)
    both = sorted(box.new(), key=lambda letter: letter.subject)
    assert [letter.subject for letter in both] == [
        "The plan of Willow goes on",
        "The plan of Willow is cancelled",
    ]
    assert "Since then the cancellation was taken back." in both[1].text
    assert "take it back" not in both[1].text
    assert "runs until" not in both[1].text


def test_what_was_cancelled_and_ended_in_half_a_minute_cannot_be_taken_back(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    ask(shop, changing.cancel)
    shop.wait(seconds=1)
    end(shop)
    ended, cancelled = sorted(box.new(), key=lambda letter: letter.subject)
    assert ended.subject == ENDED
    assert "is over by now." in cancelled.text
    assert "take it back" not in cancelled.text


def test_a_plan_that_is_resumed_and_still_owes_says_so(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    day = shop.now() + timedelta(days=50)
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at": int(day.timestamp())})
    shop.refresh()
    box.one()
    fail(shop)
    box.new()
    ask(shop, changing.resume)
    letter = box.one()
    assert letter.subject == "The plan of Willow goes on"
    assert "A payment for the plan is still open; the page below says how to pay it." in letter.text
    assert "renews" not in letter.text


def test_no_receipt_promises_a_day_that_is_past(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    with shop.transactions() as ours:
        row = ours.get_one(type(shop.subscription()), shop.subscription().id)
        row.period_ends = shop.now()
    shop.wait(minutes=1)
    letters.write(shop.now())
    (letter,) = mail.letters(box.settings)
    assert "Paid: $12.00" in letter.text
    assert "It renews on" not in letter.text


def test_a_change_and_its_invoice_are_one_letter_however_slow_stripe_is(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    asked = shop.now()
    item, at = SOLD.item("vermilion-subscription-studio-month-usd"), changing.to_second(asked)
    quote = changing.quote(shop.gateway, shop.subscription(), item, 2, at, SOLD)
    shop.wait(seconds=90)  # the hold, what is asked first, and the change itself
    args = (shop.transactions, shop.gateway, asked, shop.studio_id, item, 2, at)
    changing.change(*args, quote.due, quote.credit, SOLD, by="user:1")
    letter = box.one()
    assert letter.subject == "The plan of Willow is changed"
    assert f"Paid: ${quote.due / 100:.2f}\n" in letter.text


def test_what_was_paid_for_a_plan_that_is_not_sold_here_is_told(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    there = shop.subscription()
    product = shop.v1.products.create({"name": "Old"}).id
    price = shop.v1.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    how = {"items": [{"id": there.item_id, "price": price.id}], "proration_behavior": "none"}
    shop.v1.subscriptions.update(there.id, how)
    shop.refresh()
    assert box.new() == []  # the operator made that change
    shop.wait(days=32)
    shop.refresh()
    letter, invoice = box.one(), newest(shop)
    assert letter.subject == "Your payment for Willow: the receipt"
    assert "Paid: $9.00\nPaid on: " in letter.text
    assert str(invoice.number) in letter.text
    assert "Your plan:" not in letter.text


def test_a_receipt_says_nothing_of_a_plan_that_has_taken_its_place(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    shop.wait(days=32)
    shop.refresh()
    change(shop, "subscription-teacher-year-usd")
    shop.wait(seconds=2)
    ask(shop, changing.cancel)
    told = {letter.subject: letter.text for letter in box.new()}
    paid = told.pop("Your payment for Willow: the receipt")
    assert "Your plan: Teacher, paid by the month\nPaid: $12.00\n" in paid
    assert "renew" not in paid
    assert "The plan and all invoices are on this page:" in paid
    changed = told.pop("The plan of Willow is changed")
    assert "From now on: Teacher, paid by the year\n" in changed
    assert "and does not renew" in changed
    assert "runs until" in told.pop("The plan of Willow is cancelled")
    assert told == {}


def test_a_cancellation_before_a_change_names_no_day_that_has_moved(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    ask(shop, changing.cancel)
    shop.wait(seconds=2)
    change(shop, "subscription-teacher-year-usd")
    (cancelled,) = [one.text for one in box.new() if one.subject == "The plan of Willow is cancelled"]
    assert "Your plan: Teacher, paid by the month\n" in cancelled
    assert "until" not in cancelled
    assert "The plan and all invoices are on this page:" in cancelled


def test_a_renewal_that_is_paid_late_is_of_the_plan_that_it_renewed(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-studio-month-usd", seats=3)
    box.one()
    fail(shop)
    box.new()
    there, key = shop.subscription(), "vermilion-subscription-teacher-month-usd"
    other = {"id": there.item_id, "price": shop.gateway.prices([key])[key]["id"], "quantity": 1}
    shop.v1.subscriptions.update(there.id, {"items": [other], "proration_behavior": "none"})
    shop.wait(minutes=1)
    shop.refresh()
    shop.use_card("4242424242424242")
    shop.wait(days=8)
    shop.refresh()
    (paid,) = [one.text for one in box.new() if one.subject == "Your payment for Willow: the receipt"]
    assert "Your plan: Studio, paid by the month, 3 seats\nPaid: $42.00\n" in paid
    assert "renew" not in paid
