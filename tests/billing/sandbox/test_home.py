"""The sandbox's own page: the cards, the latest payments, and what can be done with them there."""

import re
from typing import Any

import httpx
import pytest

from tests.billing.conftest import PATIENCE
from tests.billing.sandbox.shop import Shop


def pay(shop: Shop, card: str = "pm_card_visa") -> Any:
    return shop.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "customer": shop.customer,
            "payment_method": shop.card(card),
            "confirm": True,
            "return_url": "http://localhost:1/back",
        }
    )


def home(url: str, language: str = "en", **headers: str) -> httpx.Response:
    return httpx.get(url, headers={"Accept-Language": language, **headers}, timeout=PATIENCE)


def row(url: str, charge: str, language: str = "en") -> str:
    """What the page says of a payment, with its buttons."""
    found = re.search(
        rf'id="{charge}".*?(?=<div class="row payment"|</section>)', home(url, language).text, re.DOTALL
    )
    assert found
    return found[0]


def do(url: str, charge: str, act: str) -> str:
    """Press a button of the payment; the page that follows."""
    account = re.search(rf'action="(/payments/[^"]*/{charge})"', home(url).text)
    assert account
    return httpx.post(url + account[1], data={"act": act}, follow_redirects=True, timeout=PATIENCE).text


@pytest.mark.parametrize(
    ("language", "heading", "card"),
    [("en", "Sandbox for payments", "has too little money"), ("zh", "支付沙盒", "余额不足")],
)
def test_it_says_what_it_is_and_which_cards_can_be_tried(
    sandbox_url: str, language: str, heading: str, card: str
) -> None:
    page = home(sandbox_url, language)
    assert page.status_code == 200
    for said in (
        f"<h1>{heading}</h1>",
        "4242 4242 4242 4242",
        card,
        "?lang=" + ("en" if language == "zh" else "zh"),
    ):
        assert said in page.text


def test_a_payment_is_refunded_there_once(shop: Shop, sandbox_url: str) -> None:
    charge = pay(shop).latest_charge
    assert "$50.00" in row(sandbox_url, charge)
    again = re.search(rf'action="(/payments/[^"]*/{charge})"', home(sandbox_url).text)
    assert again
    assert "The payment is refunded." in do(sandbox_url, charge, "refund")
    assert shop.v1.charges.retrieve(charge).amount_refunded == 5000
    assert "charge.refunded" in shop.events()
    assert "$50.00 refunded" in row(sandbox_url, charge)
    assert "已退款 $50.00" in row(sandbox_url, charge, "zh")
    assert "<button" not in row(sandbox_url, charge)
    late = httpx.post(sandbox_url + again[1], data={"act": "refund"}, follow_redirects=True, timeout=PATIENCE)
    assert "cannot be done with this payment any more" in late.text
    assert len(shop.v1.refunds.list({"charge": charge}).data) == 1


@pytest.mark.parametrize(
    ("act", "status", "stands"), [("win", "won", "the money stays"), ("lose", "lost", "the money went back")]
)
def test_a_payment_is_disputed_and_its_dispute_decided_there(
    shop: Shop, sandbox_url: str, act: str, status: str, stands: str
) -> None:
    charge = pay(shop).latest_charge
    assert "The payment is disputed now." in do(sandbox_url, charge, "dispute")
    assert "The shop can answer until" in row(sandbox_url, charge)
    assert 'value="refund"' not in row(sandbox_url, charge)
    assert "is decided for the" in do(sandbox_url, charge, act)
    (dispute,) = shop.v1.disputes.list({"charge": charge}).data
    assert dispute.status == status
    assert stands in row(sandbox_url, charge)
    assert "<button" not in row(sandbox_url, charge)


def test_a_decision_without_a_dispute_changes_nothing(shop: Shop, sandbox_url: str) -> None:
    charge = pay(shop).latest_charge
    for act in ("win", "lose", "give away"):
        assert "cannot be done with this payment any more" in do(sandbox_url, charge, act)
    assert shop.v1.charges.retrieve(charge).disputed is False


def test_a_declined_payment_is_not_listed(shop: Shop, sandbox_url: str) -> None:
    charge = pay(shop).latest_charge
    assert f'id="{charge}"' in home(sandbox_url).text
    shop.card("pm_card_chargeCustomerFail")
    shop.subscribe(payment_behavior="allow_incomplete")
    (failed,) = [one for one in shop.v1.charges.list().data if not one.paid]
    assert f'id="{failed.id}"' not in home(sandbox_url).text


def test_another_name_that_points_to_this_machine_sees_nothing(shop: Shop, sandbox_url: str) -> None:
    charge = pay(shop).latest_charge
    page = home(sandbox_url, Host="elsewhere.example")
    assert page.status_code == 404
    assert charge not in page.text


def test_a_dispute_that_nobody_answers_is_lost(shop: Shop) -> None:
    pay(shop, "pm_card_createDispute")
    pay(shop, "pm_card_createDispute")
    open_one, answered = shop.v1.disputes.list().data
    shop.v1.disputes.update(answered.id, {"evidence": {"uncategorized_text": "A letter."}})
    shop.pass_days(9)
    assert shop.v1.disputes.retrieve(open_one.id).status == "needs_response"
    shop.pass_days(2)
    lapsed = shop.v1.disputes.retrieve(open_one.id)
    assert (lapsed.status, lapsed.evidence_details.past_due) == ("lost", True)
    assert shop.v1.disputes.retrieve(answered.id).status == "under_review"
    assert shop.events().count("charge.dispute.closed") == 1
