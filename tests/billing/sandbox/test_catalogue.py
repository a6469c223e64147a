"""Products, prices, coupons and promotion codes."""

import pytest
import stripe

from tests.billing.conftest import client_for
from tests.billing.control import Control
from tests.billing.sandbox.shop import Shop


def test_a_lookup_key_has_one_price(shop: Shop) -> None:
    fields = {
        "product": shop.product,
        "currency": "usd",
        "unit_amount": 900,
        "recurring": {"interval": "month"},
    }
    first = shop.v1.prices.create({**fields, "lookup_key": "teacher"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.prices.create({**fields, "lookup_key": "teacher"})
    assert caught.value.param == "lookup_key"
    second = shop.v1.prices.create({**fields, "lookup_key": "teacher", "transfer_lookup_key": True})
    assert [one.id for one in shop.v1.prices.list({"lookup_keys": ["teacher", "x"]}).data] == [second.id]
    assert shop.v1.prices.retrieve(first.id).lookup_key is None


def test_a_price_has_amounts_in_currencies(shop: Shop) -> None:
    price = shop.v1.prices.create(
        {
            "product_data": {"name": "Pack"},
            "currency": "cny",
            "unit_amount": 9900,
            "currency_options": {"usd": {"unit_amount": 1500}},
            "expand": ["currency_options"],
        }
    )
    options = price.to_dict()["currency_options"]
    assert {code: one["unit_amount"] for code, one in options.items()} == {"cny": 9900, "usd": 1500}
    assert "currency_options" not in shop.v1.prices.retrieve(price.id).to_dict()
    session = {
        "mode": "payment",
        "line_items": [{"price": price.id, "quantity": 2}],
        "success_url": "http://x/",
    }
    assert shop.v1.checkout.sessions.create({**session, "currency": "usd"}).amount_total == 3000
    assert shop.v1.checkout.sessions.create(session).amount_total == 19800
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.create({**session, "currency": "eur"})


def test_what_is_not_active_is_not_sold(shop: Shop) -> None:
    shop.card()
    shop.v1.prices.update(shop.month, {"active": False})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.subscribe()
    assert caught.value.param == "items[0][price]"
    shop.v1.products.update(shop.product, {"active": False})
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe(shop.dear)


def test_coupons_take_off_what_they_say(shop: Shop) -> None:
    shop.card()
    quarter = shop.v1.coupons.create({"percent_off": 25, "duration": "forever"})
    three = shop.v1.coupons.create({"amount_off": 300, "currency": "cny", "duration": "once"})
    sub = shop.subscribe(discounts=[{"coupon": quarter.id}, {"coupon": three.id}])
    first = shop.invoices()[0]
    assert (first.subtotal, first.total) == (10_000, 7_200)
    assert sorted(one.amount for one in first.total_discount_amounts) == [300, 2_500]
    shop.pass_days(32)
    assert shop.invoices()[1].total == 7_500  # the one that is for once is used up
    discount = shop.v1.subscriptions.retrieve(sub.id, {"expand": ["discounts"]}).discounts[0]
    assert discount.source.coupon == quarter.id


def test_a_coupon_for_months_ends(shop: Shop) -> None:
    shop.card()
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 2})
    shop.subscribe(discounts=[{"coupon": coupon.id}])
    shop.pass_days(100)
    assert [one.total for one in shop.invoices()] == [5_000, 5_000, 10_000, 10_000]


def test_a_coupon_for_one_product(shop: Shop) -> None:
    shop.card()
    other = shop.v1.products.create({"name": "Seats"}).id
    seat = shop.v1.prices.create(
        {"product": other, "currency": "cny", "unit_amount": 500, "recurring": {"interval": "month"}}
    ).id
    coupon = shop.v1.coupons.create(
        {"percent_off": 100, "duration": "forever", "applies_to": {"products": [other]}}
    )
    shop.subscribe(
        items=[{"price": shop.month}, {"price": seat, "quantity": 3}], discounts=[{"coupon": coupon.id}]
    )
    assert shop.invoices()[0].total == 10_000


def test_coupons_run_out(shop: Shop) -> None:
    shop.card()
    coupon = shop.v1.coupons.create({"percent_off": 10, "max_redemptions": 1})
    shop.subscribe(discounts=[{"coupon": coupon.id}])
    assert shop.v1.coupons.retrieve(coupon.id).valid is False
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.subscribe(shop.dear, discounts=[{"coupon": coupon.id}])
    assert caught.value.code == "coupon_expired"


def test_promotion_codes(shop: Shop) -> None:
    shop.card()
    coupon = shop.v1.coupons.create({"percent_off": 10}).id
    promotion = {"type": "coupon", "coupon": coupon}
    other = shop.v1.customers.create({"name": "B"}).id
    code = shop.v1.promotion_codes.create({"promotion": promotion, "code": "HELLO", "customer": other})
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.promotion_codes.create({"promotion": promotion, "code": "hello"})
    assert shop.v1.promotion_codes.list({"code": "hello"}).data[0].id == code.id
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe(discounts=[{"promotion_code": code.id}])
    shop.v1.promotion_codes.update(code.id, {"active": False})
    first = {"first_time_transaction": True}
    code = shop.v1.promotion_codes.create({"promotion": promotion, "code": "HELLO", "restrictions": first})
    assert shop.subscribe(discounts=[{"promotion_code": code.id}]).status == "active"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.subscribe(shop.dear, discounts=[{"promotion_code": code.id}])
    assert (caught.value.code, caught.value.param) == (None, "discounts[0][promotion_code]")
    guest = {
        "mode": "payment",
        "line_items": [{"price": shop.price(None, 5_000), "quantity": 1}],
        "success_url": "http://localhost:1/",
        "discounts": [{"promotion_code": code.id}],
    }
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.create(guest)
    assert shop.v1.checkout.sessions.create({**guest, "customer_creation": "always"}).amount_total == 4_500


def test_another_account_sells_the_same_and_has_nothing_else_of_it(
    sandbox_url: str, client: stripe.StripeClient, stripe_key: str
) -> None:
    shop = Shop(client)
    key = f"{stripe_key}b"
    Control(sandbox_url, key)("copy", of=stripe_key)
    other = client_for(sandbox_url, key)
    assert [price.id for price in other.v1.prices.list().data] == [shop.year, shop.dear, shop.month]
    assert other.v1.customers.list().data == other.v1.events.list().data == []
    other.v1.products.update(shop.product, {"name": "Other"})
    assert client.v1.products.retrieve(shop.product).name == "Teacher"
