"""What is wrong with a form is said at its fields, in both languages, on an address of its own."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import stripe

from tests.billing.conftest import PATIENCE
from tests.billing.sandbox.shop import Shop, refused, typed

GOOD = "4242 4242 4242 4242"
OK = "http://localhost:1/ok"


def checkout(shop: Shop, **fields: Any) -> Any:
    line = {"price": shop.month, "quantity": 1}
    usual = {"mode": "subscription", "customer": shop.customer, "line_items": [line], "success_url": OK}
    return shop.v1.checkout.sessions.create({**usual, "locale": "en", **fields})


def portal(shop: Shop) -> Any:
    features = {"payment_method_update": {"enabled": True}}
    allowed = shop.v1.billing_portal.configurations.create({"features": features}).id
    return shop.v1.billing_portal.sessions.create(
        {"customer": shop.customer, "configuration": allowed, "locale": "en"}
    )


def last_month() -> str:
    now = datetime.now(UTC)
    return f"{now.month - 1:02}/{now.year}" if now.month > 1 else f"12/{now.year - 1}"


@pytest.mark.parametrize(
    ("field", "said", "english", "chinese"),
    [
        ("card", {"card": ""}, "Fill in the number of a card.", "请填写卡号。"),
        ("card", {"card": "4242 4242 4242 4241"}, "none of the test cards", "这不是测试卡号"),
        ("expiry", {"expiry": "12 / 20"}, "This card has expired.", "这张卡已过期。"),
        ("expiry", {"expiry": last_month()}, "This card has expired.", "这张卡已过期。"),
        ("expiry", {"expiry": ""}, "Fill in month and year", "请填写月和年"),
        ("expiry", {"expiry": "12"}, "Fill in month and year", "请填写月和年"),
        ("expiry", {"expiry": "13/34"}, "There is no such month.", "没有这个月份"),
        ("expiry", {"expiry": "12/2199"}, "No card is valid for so long.", "请核对年份"),
        ("cvc", {"cvc": ""}, "three digits", "三位数字"),
        ("cvc", {"cvc": "12"}, "three digits", "三位数字"),
        ("cvc", {"cvc": "1234"}, "three digits", "三位数字"),
        ("cvc", {"card": "3782 822463 10005"}, "four digits", "四位数字"),
    ],
)
def test_what_is_wrong_with_a_card_is_said_at_its_field(
    shop: Shop, field: str, said: dict[str, str], english: str, chinese: str
) -> None:
    session = checkout(shop)
    page = refused(session.url, **typed(GOOD, name="Wang") | said)
    where = f'aria-describedby="{field}-fault" autofocus'
    assert where in page
    assert page.count('aria-invalid="true"') == 1
    assert english in page.partition(f'id="{field}-fault"')[2].partition("</p>")[0]
    assert 'autocomplete="cc-name" value="Wang"' in page
    if said != {"card": ""} and "none of" not in english:
        assert f'value="{said.get("card", GOOD)}"' in page
        assert f'value="{said.get("expiry", "12 / 34")}"' in page
    again = httpx.get(session.url, params={"tried": "1", "lang": "zh"}, timeout=PATIENCE).text
    assert chinese in again.partition(f'id="{field}-fault"')[2].partition("</p>")[0]
    assert shop.v1.subscriptions.list({"status": "all"}).data == []


def test_all_that_is_wrong_is_said_at_once(shop: Shop) -> None:
    nobody = shop.v1.customers.create({}).id
    page = refused(checkout(shop, customer=nobody).url, method="card", card="", expiry="", cvc="")
    for field in ("email", "card", "expiry", "cvc"):
        assert f'id="{field}-fault"' in page
    assert page.count("autofocus") == 1


@pytest.mark.parametrize("expiry", ["12/34", "1234", "12 / 2034", "1/34", "１２／３４"])
def test_a_date_may_be_typed_in_many_ways(shop: Shop, expiry: str) -> None:
    session = checkout(shop)
    said = typed("４２４２ 4242 4242 4242", expiry=expiry)
    assert httpx.post(session.url, data=said, timeout=PATIENCE).headers["location"] == OK
    method = shop.v1.payment_methods.list({"customer": shop.customer}).data[0]
    assert method.card.exp_year == 2034


def test_a_number_that_may_be_a_real_cards_is_not_kept(shop: Shop) -> None:
    page = refused(checkout(shop).url, **typed("4111 1111 1111 1111", expiry="12/20", cvc="987"))
    assert "4111" not in page
    assert "987" not in page
    assert 'value="12/20"' not in page


def test_each_page_answers_a_refused_form_with_an_address_of_its_own(shop: Shop) -> None:
    shop.card("pm_card_chargeCustomerFail")
    shop.subscribe()
    owed = shop.invoices()[0].hosted_invoice_url
    for url in (checkout(shop).url, f"{portal(shop).url}/card", owed):
        for said, words in (
            (typed(GOOD, expiry="1/20"), "This card has expired."),
            (typed("4000 0000 0000 0002"), "was declined: the bank gives no reason."),
        ):
            answer = httpx.post(url, data=said, timeout=PATIENCE)
            assert answer.status_code == 303
            there = str(answer.url.join(answer.headers["location"]))
            for _ in range(2):  # and once more, as Back and reload do
                page = httpx.get(there, headers={"Accept-Language": "en"}, timeout=PATIENCE)
                assert words in page.text
                assert "?lang=zh&amp;tried=1" in page.text
        assert "declined" not in page.text.partition("<main>")[0]
        chinese = httpx.get(there, params={"tried": "1", "lang": "zh"}, timeout=PATIENCE).text
        assert "被拒绝：发卡行没有说明原因" in chinese


def test_a_promotion_code_that_was_entered_can_be_removed(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = checkout(shop, allow_promotion_codes=True)
    assert 'value="drop_code"' not in httpx.get(session.url, timeout=PATIENCE).text
    page = refused(session.url, **typed("", name="Wang", promotion_code="HELLO"))
    assert "¥75.00" in page
    # Enter in a field presses the first button, which must not remove it.
    assert page.index("hidden formnovalidate") < page.index('value="drop_code"')
    page = refused(session.url, **typed("", name="Wang", act="drop_code"))
    assert "The code is removed." in page
    assert "¥75.00" not in page
    assert 'name="promotion_code"' in page
    assert 'autocomplete="cc-name" value="Wang"' in page
    assert httpx.post(session.url, data=typed(GOOD), timeout=PATIENCE).headers["location"] == OK
    assert [one.total for one in shop.invoices()] == [10_000]
    assert shop.v1.coupons.retrieve(coupon).times_redeemed == 0


def test_what_the_shop_gave_is_not_the_buyers_to_remove(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    session = checkout(shop, discounts=[{"coupon": coupon}])
    assert 'value="drop_code"' not in httpx.get(session.url, timeout=PATIENCE).text
    httpx.post(session.url, data={"act": "drop_code"}, timeout=PATIENCE)
    assert shop.v1.checkout.sessions.retrieve(session.id).amount_total == 7_500


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"exp_year": 2020}, "invalid_expiry_year", "card[exp_year]"),
        ({"exp_year": 20}, "invalid_expiry_year", "card[exp_year]"),
        ({"exp_year": 2199}, "invalid_expiry_year", "card[exp_year]"),
        ({"exp_month": 13}, "invalid_expiry_month", "card[exp_month]"),
        ({"cvc": "12"}, "invalid_cvc", "card[cvc]"),
        ({"number": "4242424242424241"}, "incorrect_number", "card[number]"),
    ],
)
def test_the_api_refuses_them_too(shop: Shop, given: dict[str, Any], code: str, param: str) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", **given}
    with pytest.raises(stripe.CardError) as caught:
        shop.v1.payment_methods.create({"type": "card", "card": card})
    assert (caught.value.code, caught.value.param) == (code, param)


def test_the_customers_default_card_is_chosen_where_cards_come_first(shop: Shop) -> None:
    mine = shop.card()
    shop.v1.payment_methods.attach("pm_card_mastercard", {"customer": shop.customer})  # newer, no default
    pack = [{"price": shop.price(None, 12_900), "quantity": 1}]
    session = checkout(shop, mode="payment", line_items=pack)
    page = httpx.get(session.url, timeout=PATIENCE).text
    assert f'value="{mine}" checked' in page
    assert page.count(" checked") == 1
    assert '•••• 4242 <span class="quiet">(default)</span>' in page
    ways = {"allowed_payment_method_types": ["alipay", "card"]}
    page = httpx.get(checkout(shop, mode="payment", line_items=pack, **ways).url, timeout=PATIENCE).text
    assert 'value="alipay" checked' in page
    ways = {"allowed_payment_method_types": ["alipay"]}
    page = httpx.get(checkout(shop, mode="payment", line_items=pack, **ways).url, timeout=PATIENCE).text
    assert mine not in page


def test_the_card_of_a_subscription_is_the_default_of_who_has_no_other(shop: Shop) -> None:
    assert httpx.post(checkout(shop).url, data=typed(GOOD), timeout=PATIENCE).headers["location"] == OK
    (card,) = shop.v1.payment_methods.list({"customer": shop.customer}).data
    pack = [{"price": shop.price(None, 12_900), "quantity": 1}]
    session = checkout(shop, mode="payment", line_items=pack)
    assert f'value="{card.id}" checked' in httpx.get(session.url, timeout=PATIENCE).text
    answer = httpx.post(session.url, data={"method": card.id}, timeout=PATIENCE)
    assert answer.headers["location"] == OK


def test_another_customers_card_pays_for_nobody_else(shop: Shop) -> None:
    stranger = shop.v1.customers.create({"email": "li@example.com"}).id
    theirs = shop.v1.payment_methods.attach("pm_card_visa", {"customer": stranger}).id
    assert "This could not be done." in refused(checkout(shop).url, method=theirs)
