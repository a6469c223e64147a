"""Words about money that pages and letters share."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from billing.changing import Quote
from billing.entitlements import Source
from billing.plans import catalogue
from tests.billing.rows import at, free, subscription
from webapp.money import invoicing, wording


@pytest.mark.parametrize(
    ("brand", "english", "chinese"),
    [
        ("jcb", "Your JCB card ending in 4242 is charged.", "从您尾号 4242 的 JCB 卡扣款。"),
        ("unionpay", "Your UnionPay card ending in 4242 is charged.", "从您尾号 4242 的银联卡扣款。"),
        ("unknown", "Your card ending in 4242 is charged.", "从您尾号 4242 的银行卡扣款。"),
        ("eftpos_au", "Your card ending in 4242 is charged.", "从您尾号 4242 的银行卡扣款。"),
    ],
)
def test_a_card_is_named_as_its_owner_knows_it(app: Flask, brand: str, english: str, chinese: str) -> None:
    """By its brand, where that is one that people know."""
    there, item = subscription(), catalogue().item("vermilion-subscription-teacher-year-usd")
    until, card = there.period_ends + timedelta(days=335), {"brand": brand, "last4": "4242"}
    quote = Quote(item, 1, at(3, 10), "usd", 10800, 0, [], until, card=card)
    for locale, words in (("en", english), ("zh_Hans_CN", chinese)):
        with app.test_request_context(), force_locale(locale):
            assert invoicing.after_change(quote, there)[0] == words


def test_of_a_plan_whose_day_is_past_no_day_to_come_is_named(app: Flask) -> None:
    """The payment service has not told yet whether it was renewed."""
    there = subscription()
    with app.test_request_context():
        before, after = there.period_ends - timedelta(seconds=1), there.period_ends
        paid = replace(free(before), source=Source.SUBSCRIPTION)
        assert wording.next_renewal(there, before).startswith("It renews on ")
        assert wording.kept_until(there, paid, before) == there.period_ends
        assert "has not told us yet" in wording.next_renewal(there, after)
        assert wording.cancelled(wording.kept_until(there, paid, after)) == "It is cancelled."
