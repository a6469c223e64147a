"""A key is a promise: the same request twice is done once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.billing.conftest import client_for
from tests.billing.sandbox.shop import Shop


def test_the_same_request_is_done_once(client: stripe.StripeClient) -> None:
    options: Any = {"idempotency_key": "a"}
    first = client.v1.customers.create({"name": "A"}, options)
    again = client.v1.customers.create({"name": "A"}, options)
    assert first.id == again.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.customers.list().data) == 1


def test_another_request_under_the_key_is_refused(client: stripe.StripeClient) -> None:
    options: Any = {"idempotency_key": "a"}
    client.v1.customers.create({"name": "A"}, options)
    for call in (
        lambda: client.v1.customers.create({"name": "B"}, options),
        lambda: _product(client, options),
    ):
        with pytest.raises(stripe.IdempotencyError) as caught:
            call()
        assert caught.value.http_status == 400
        assert caught.value.error is not None
        assert caught.value.error.type == "idempotency_error"


def _product(client: stripe.StripeClient, options: Any) -> Any:
    return client.v1.products.create({"name": "A"}, options)


def test_two_at_once(client: stripe.StripeClient, control: Callable[..., Any]) -> None:
    control("switches", faults=[{"call": "POST /v1/customers", "kind": "wait", "seconds": 1.0, "times": 1}])
    options: Any = {"idempotency_key": "a"}
    seen: list[int | None] = []

    def create() -> None:
        try:
            client.v1.customers.create({"name": "A"}, options)
        except stripe.StripeError as error:
            seen.append(error.http_status)

    started = threading.Thread(target=create)
    started.start()
    while started.is_alive() and not seen:  # either may come first; the other is refused
        create()
    started.join()
    assert seen == [409]
    assert len(client.v1.customers.list().data) == 1


def test_a_refused_card_is_remembered_and_a_wrong_request_is_not(shop: Shop) -> None:
    method = shop.card("pm_card_chargeCustomerFail")
    options = {"idempotency_key": "pay"}
    fields = {
        "amount": 1000,
        "currency": "cny",
        "customer": shop.customer,
        "payment_method": method,
        "confirm": True,
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.create(fields, options)
    assert len(shop.v1.payment_intents.list().data) == 1
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.customers.create({"colour": "x"}, {"idempotency_key": "b"})
    assert shop.v1.customers.create({"name": "x"}, {"idempotency_key": "b"}).id


@pytest.mark.parametrize("kind", ["drop", "lose_answer", "error"])
def test_a_client_that_tries_again(
    sandbox_url: str, stripe_key: str, control: Callable[..., Any], kind: str
) -> None:
    patient = client_for(sandbox_url, stripe_key, retries=2)
    control("switches", faults=[{"call": "POST /v1/customers", "kind": kind, "times": 1}])
    customer = patient.v1.customers.create({"name": "A"})
    assert [one.id for one in patient.v1.customers.list().data] == [customer.id]


def test_a_client_that_does_not(client: stripe.StripeClient, control: Callable[..., Any]) -> None:
    faults = [
        {"call": "POST /v1/customers", "kind": kind, "times": 1} for kind in ("lose_answer", "too_many")
    ]
    control("switches", faults=faults)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "A"})
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create({"name": "B"})
    assert [one.name for one in client.v1.customers.list().data] == ["A"]
