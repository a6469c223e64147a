"""What each test card does; refunds and disputes."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.billing.sandbox.shop import Shop


@pytest.mark.parametrize(
    ("card", "code", "reason"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_declined_when_attached(shop: Shop, card: str, code: str, reason: str | None) -> None:
    with pytest.raises(stripe.CardError) as caught:
        shop.card(card)
    assert (caught.value.http_status, caught.value.code) == (402, code)
    assert caught.value.error is not None
    assert caught.value.error.to_dict().get("decline_code") == reason


def _pay(shop: Shop, method: str, **fields: Any) -> Any:
    usual = {"amount": 5000, "currency": "cny", "customer": shop.customer, "confirm": True}
    return shop.v1.payment_intents.create({**usual, "payment_method": method, **fields})


def test_declined_when_charged(shop: Shop) -> None:
    method = shop.card("pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as caught:
        _pay(shop, method)
    assert caught.value.code == "card_declined"
    intent = shop.v1.payment_intents.list().data[0]
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.payment_method.id == method
    assert shop.events()[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    paid = shop.v1.payment_intents.confirm(intent.id, {"payment_method": shop.card()})
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 5000, None)


def test_authentication(shop: Shop, control: Callable[..., Any]) -> None:
    method = shop.card("pm_card_authenticationRequiredOnSetup")
    with pytest.raises(stripe.CardError) as caught:
        _pay(shop, method, off_session=True)
    assert caught.value.code == "authentication_required"
    intent = _pay(shop, method)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    control(f"authenticate/{intent.id}", outcome="refuse")
    assert shop.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    shop.v1.payment_intents.confirm(intent.id, {"payment_method": method})
    control(f"authenticate/{intent.id}", outcome="pay")
    assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_card_that_was_set_up_is_charged_in_its_holders_absence(
    shop: Shop, control: Callable[..., Any]
) -> None:
    method = shop.card("pm_card_authenticationRequiredOnSetup")
    setup = shop.v1.setup_intents.create(
        {"customer": shop.customer, "payment_method": method, "confirm": True}
    )
    assert setup.status == "requires_action"
    control(f"authenticate/{setup.id}", outcome="pay")
    assert _pay(shop, method, off_session=True).status == "succeeded"
    always = shop.card("pm_card_authenticationRequired")
    setup = shop.v1.setup_intents.create(
        {"customer": shop.customer, "payment_method": always, "confirm": True}
    )
    control(f"authenticate/{setup.id}", outcome="pay")
    with pytest.raises(stripe.CardError):
        _pay(shop, always, off_session=True)


def test_amounts(shop: Shop) -> None:
    method = shop.card()
    for amount, code in ((399, "amount_too_small"), (100_000_000, "amount_too_large")):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            _pay(shop, method, amount=amount)
        assert caught.value.code == code


def test_refunds(shop: Shop) -> None:
    intent = _pay(shop, shop.card())
    shop.v1.refunds.create({"payment_intent": intent.id, "amount": 1500, "reason": "requested_by_customer"})
    charge = shop.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (1500, False)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.refunds.create({"payment_intent": intent.id, "amount": 3501})
    assert shop.v1.refunds.create({"charge": charge.id}).amount == 3500
    assert shop.v1.charges.retrieve(charge.id).refunded is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_already_refunded"
    assert sum(one.amount for one in shop.v1.balance_transactions.list().data) == 0


def test_disputes(shop: Shop) -> None:
    intent = _pay(shop, shop.card("pm_card_createDispute"))
    dispute = shop.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 5000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_disputed"
    shop.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert shop.v1.disputes.retrieve(dispute.id).status == "won"
    told = [one for one in shop.events() if one.startswith("charge.dispute")]
    assert told[0] == "charge.dispute.created"
    assert told[-2:] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]


def test_a_payment_can_be_disputed_later(shop: Shop, control: Callable[..., Any]) -> None:
    intent = _pay(shop, shop.card())
    dispute = control("disputes", charge=intent.latest_charge, reason="product_not_received")
    assert shop.v1.disputes.close(dispute["id"]).status == "lost"


def test_detached_is_gone_for_good(shop: Shop) -> None:
    method = shop.card()
    shop.v1.payment_methods.detach(method)
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method is None
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_methods.attach(method, {"customer": shop.customer})


def test_money_set_aside(shop: Shop) -> None:
    intent = _pay(shop, shop.card(), capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 5000)
    taken = shop.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    assert (taken.status, taken.amount_received) == ("succeeded", 2000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.cancel(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
