"""Stripe sells what the catalogue says, and is told once."""

import pytest

from billing.gateway import Gateway
from billing.plans import Catalogue, catalogue
from billing.sync import sync_plans

SOLD = catalogue()


@pytest.fixture
def gateway(sandbox_url: str, stripe_key: str) -> Gateway:
    return Gateway(stripe_key, [], sandbox_url)


def test_everything_is_made_once(gateway: Gateway) -> None:
    made = sync_plans(gateway, SOLD)
    assert len([line for line in made if line.startswith("price ")]) == len(list(SOLD.items()))
    assert sync_plans(gateway, SOLD) == []
    prices = gateway.prices([item.key for item in SOLD.items()])
    for item in SOLD.items():
        price = prices[item.key]
        assert (price["unit_amount"], price["currency"]) == (item.amount, item.currency)
        assert (price["recurring"] or {}).get("interval") == (
            item.interval if item.kind == "subscription" else None
        )


def test_a_changed_price_takes_over_the_key_and_the_old_one_keeps_its_plan(gateway: Gateway) -> None:
    sync_plans(gateway, SOLD)
    old = gateway.prices(["vermilion-subscription-teacher-month-usd"])
    data = SOLD.model_dump()
    data["plans"][1]["prices"]["month"]["usd"] = 1500
    dearer = Catalogue.model_validate(data)
    assert sync_plans(gateway, dearer) == [
        "price vermilion-subscription-teacher-month-usd: 1200 becomes 1500 usd"
    ]
    assert sync_plans(gateway, dearer) == []
    (new,) = gateway.prices(["vermilion-subscription-teacher-month-usd"]).values()
    (before,) = old.values()
    assert (new["unit_amount"], new["id"] != before["id"]) == (1500, True)
    assert before["metadata"]["code"] == "teacher"
