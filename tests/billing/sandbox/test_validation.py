"""Requests that Stripe would refuse are refused, and how."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from billing.sandbox.facts import facts, fault, nested
from tests.billing.conftest import client_for
from tests.billing.sandbox.shop import Shop


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"address": {"town": "Paris"}}, "parameter_unknown", "address[town]"),
        ({"balance": "much"}, "parameter_invalid_integer", "balance"),
        ({"name": ""}, "parameter_invalid_empty", "name"),
        ({"tax_exempt": "sometimes"}, None, "tax_exempt"),
        ({"validate": "perhaps"}, None, "validate"),
        ({"metadata": "x"}, None, "metadata"),
        ({"name": {"first": "A"}}, None, "name"),
        ({"preferred_locales": {"a": "b"}}, None, "preferred_locales"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"source": "tok_visa"}, "sandbox_unsupported", "source"),
    ],
)
def test_wrong_parameters(
    client: stripe.StripeClient, fields: dict[str, Any], code: str | None, param: str
) -> None:
    create: Any = client.v1.customers.create
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(fields)
    assert caught.value.http_status == 400
    assert (caught.value.code, caught.value.param) == (code, param)
    assert client.v1.customers.list().data == []


def test_missing_parameter(client: stripe.StripeClient) -> None:
    create: Any = client.v1.prices.create
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create({"unit_amount": 100, "recurring": {}, "product_data": {"name": "A"}})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "currency")


def test_missing_objects(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        404,
        "resource_missing",
        "id",
    )


def test_unknown_address_and_keys(sandbox_url: str) -> None:
    answer = httpx.get(f"{sandbox_url}/v1/orchards", headers={"Authorization": "Bearer sk_test_1"})
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"
    for key in ("sk_live_123", "pk_test_123", ""):
        with pytest.raises(stripe.AuthenticationError):
            client_for(sandbox_url, key or "none").v1.customers.list()
    basic = httpx.get(f"{sandbox_url}/v1/customers", auth=("sk_test_1", ""))
    assert basic.status_code == 200
    other = {"Authorization": "Bearer sk_test_1", "Stripe-Version": "2020-08-27"}
    assert httpx.get(f"{sandbox_url}/v1/customers", headers=other).status_code == 400


def test_expanding(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe(expand=["latest_invoice.payments", "customer", "items.data.price.product"])
    assert sub.customer.id == shop.customer
    assert sub.latest_invoice.payments.data[0].status == "paid"
    assert shop.item(sub).price.product.name == "Teacher"
    listed = shop.v1.subscriptions.list({"expand": ["data.latest_invoice"]}).data[0]
    assert listed.latest_invoice.status == "paid"
    for path in ("colour", "status", "customer.invoice_settings.colour"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            shop.v1.subscriptions.retrieve(sub.id, {"expand": [path]})
        assert caught.value.param == "expand"
    assert "payments" not in shop.v1.invoices.retrieve(sub.latest_invoice.id).to_dict()


def test_pages_of_lists(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": str(n)}).id for n in range(5)]
    first = client.v1.customers.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    rest = client.v1.customers.list({"limit": 3, "starting_after": first.data[-1].id})
    assert ([one.id for one in rest.data], rest.has_more) == (made[2::-1], False)
    back = client.v1.customers.list({"limit": 2, "ending_before": made[0]})
    assert ([one.id for one in back.data], back.has_more) == (made[2:0:-1], True)
    assert [one.id for one in client.v1.customers.list({"limit": 2}).auto_paging_iter()] == made[::-1]
    for wrong in ({"limit": 0}, {"limit": 101}):
        lists: Any = client.v1.customers.list
        with pytest.raises(stripe.InvalidRequestError):
            lists(wrong)


def test_accounts_do_not_see_each_other(sandbox_url: str, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "A"})
    other = client_for(sandbox_url, "sk_test_somebodyelse")
    with pytest.raises(stripe.InvalidRequestError):
        other.v1.customers.retrieve(customer.id)


def test_search(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"name": "A", "metadata": {"studio_id": "7"}})
    client.v1.customers.create({"name": "B", "metadata": {"studio_id": "8"}})
    found = client.v1.customers.search({"query": "metadata['studio_id']:'7' AND name:'a'"})
    assert [one.id for one in found.data] == [made.id]
    assert client.v1.customers.search({"query": "-metadata['studio_id']:null"}).data
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.search({"query": "shoe size"})


def test_answers_are_held_to_the_specification() -> None:
    clock = {
        "id": "clock_1",
        "object": "test_helpers.test_clock",
        "created": 1,
        "deletes_after": 2,
        "frozen_time": 1,
        "livemode": False,
        "name": None,
        "status": "ready",
        "status_details": {},
    }
    name = "test_helpers.test_clock"
    assert fault(clock, name) is None
    assert fault({**clock, "colour": 1}, name) == f"{name}.colour is unknown"
    assert "created is True" in str(fault({**clock, "created": True}, name))
    assert "status is 'broken'" in str(fault({**clock, "status": "broken"}, name))
    without = {key: value for key, value in clock.items() if key != "created"}
    assert fault(without, name) == f"{name}.created is missing"


def test_form_names() -> None:
    pairs = [
        ("items[0][price]", "p"),
        ("expand[]", "a"),
        ("expand[]", "b"),
        ("metadata[x y]", "z"),
        ("q", "1"),
    ]
    wanted = {
        "items": {"0": {"price": "p"}},
        "expand": {"0": "a", "1": "b"},
        "metadata": {"x y": "z"},
        "q": "1",
    }
    assert nested(pairs) == wanted


def test_facts_are_of_the_installed_version(control: Callable[..., Any]) -> None:
    client = stripe.StripeClient("sk_test_1")
    assert client is not None
    assert facts()["version"] == stripe.api_version
    assert len(facts()["operations"]) > 100
