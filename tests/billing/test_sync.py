"""Stripe sells what the catalogue says, and is told once."""

import re
from typing import Any

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


def test_what_is_sold_is_named_in_one_language(gateway: Gateway) -> None:
    sync_plans(gateway, SOLD)
    titles = {(item.title, item.currency) for item in SOLD.items()}
    assert len(titles) == len({item.product for item in SOLD.items()})
    for item in SOLD.items():
        product = gateway.product(item.product)
        assert product is not None
        assert product["name"] == item.title
        chinese = re.search("[\u4e00-\u9fff]", product["name"])
        english = re.search("[A-Za-z]", product["name"])
        assert (bool(chinese), bool(english)) == (item.currency == "cny", item.currency != "cny")
    gateway.update_product("vermilion-pass-studio-year-usd", "Hat")
    assert sync_plans(gateway, SOLD) == ["product vermilion-pass-studio-year-usd: renamed"]
    assert sync_plans(gateway, SOLD) == []


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


def catalogue_with(*coupons: dict[str, Any]) -> Catalogue:
    return Catalogue.model_validate(SOLD.model_dump() | {"coupons": list(coupons)})


def test_a_changed_coupon_takes_over_its_codes_and_a_code_that_is_gone_ends(gateway: Gateway) -> None:
    term: dict[str, Any] = {"id": "term", "percent_off": 20, "duration": "once", "codes": ["TERM", "AUTUMN"]}
    sync_plans(gateway, catalogue_with(term))
    gateway._v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": "term-20-once"}, "code": "HAND"}
    )
    larger = catalogue_with({**term, "percent_off": 37.5, "codes": ["TERM"]})
    assert sync_plans(gateway, larger) == [
        "coupon term-37_5-once: made",
        "promotion code TERM: now term-37_5-once",
        "promotion code AUTUMN: ended",
    ]
    assert sync_plans(gateway, larger) == []
    now = gateway.promotion_code("TERM")
    assert now is not None
    assert now["promotion"]["coupon"] == "term-37_5-once"
    assert gateway.promotion_code("AUTUMN") is None
    assert gateway.promotion_code("HAND") is not None  # somebody made it at Stripe
    assert sync_plans(gateway, catalogue_with()) == ["promotion code TERM: ended"]


def test_a_code_that_becomes_one_for_first_payments_is_made_anew(gateway: Gateway) -> None:
    term: dict[str, Any] = {"id": "term", "percent_off": 20, "duration": "once", "codes": ["TERM"]}
    sync_plans(gateway, catalogue_with(term))
    for first_time in (True, False):
        changed = catalogue_with({**term, "first_time": first_time})
        assert sync_plans(gateway, changed) == ["promotion code TERM: now term-20-once"]
        assert sync_plans(gateway, changed) == []
        now = gateway.promotion_code("TERM")
        assert now is not None
        assert now["restrictions"]["first_time_transaction"] is first_time


def test_a_portal_that_somebody_changed_is_as_it_should_be_again(gateway: Gateway) -> None:
    sync_plans(gateway, SOLD)
    there = gateway.portal_configuration()
    assert there is not None
    gateway.update_portal_configuration(
        there["id"], {"subscription_cancel": {"enabled": True, "mode": "immediately"}}
    )
    assert sync_plans(gateway, SOLD) == ["portal: changed"]
    now = gateway.portal_configuration()
    assert now is not None
    assert now["features"]["subscription_cancel"]["mode"] == "at_period_end"
    assert sync_plans(gateway, SOLD) == []
