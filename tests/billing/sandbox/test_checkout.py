"""Buying on a Checkout page: what it leads to, and the page itself, in both languages."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import stripe

from billing.sandbox.money import step
from tests.billing.conftest import PATIENCE, eventually
from tests.billing.sandbox.shop import DAY, Shop, refused, typed

OK = "http://localhost:1/ok?session={CHECKOUT_SESSION_ID}"


def _session(shop: Shop, **fields: Any) -> Any:
    usual = {"mode": "subscription", "success_url": OK, "cancel_url": "http://localhost:1/no", "locale": "en"}
    if "customer_email" not in fields:
        usual["customer"] = shop.customer
    if fields.get("mode") != "setup":
        usual["line_items"] = [{"price": shop.month, "quantity": 1}]
    return shop.v1.checkout.sessions.create({**usual, **fields})


def _bought(shop: Shop, name: str) -> Any:
    return shop.v1.checkout.sessions.retrieve(name, {"expand": ["subscription", "invoice", "line_items"]})


def test_nothing_is_there_before_it_is_paid(shop: Shop) -> None:
    session = _session(shop)
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 10_000)
    assert (session.invoice, session.subscription, session.payment_intent) == (None, None, None)
    assert shop.v1.subscriptions.list({"status": "all"}).data == []


def test_subscribing(shop: Shop, control: Callable[..., Any]) -> None:
    data = {"metadata": {"studio_id": "7"}}
    session = _session(shop, subscription_data=data, client_reference_id="7")
    control(f"checkout/{session.id}/complete", card="4242424242424242", name="Wang")
    bought = _bought(shop, session.id)
    assert (bought.status, bought.payment_status, bought.url) == ("complete", "paid", None)
    assert (bought.subscription.status, bought.subscription.metadata["studio_id"]) == ("active", "7")
    assert bought.invoice.amount_paid == 10_000
    assert bought.line_items.data[0].price.id == shop.month
    method = shop.v1.payment_methods.retrieve(bought.subscription.default_payment_method)
    assert (method.card.last4, method.customer) == ("4242", shop.customer)
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method is None
    told = shop.events()
    for kind in ("customer.subscription.created", "invoice.paid", "checkout.session.completed"):
        assert kind in told
    with pytest.raises(httpx.HTTPStatusError):
        control(f"checkout/{session.id}/complete", card="4242424242424242")


def test_a_declined_card_can_be_followed_by_a_good_one(shop: Shop, control: Callable[..., Any]) -> None:
    session = _session(shop)
    for number in ("4000000000009995", "4000000000000341", "1234"):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            control(f"checkout/{session.id}/complete", card=number)
        assert caught.value.response.status_code == 402
    assert shop.v1.subscriptions.list({"status": "all"}).data == []
    control(f"checkout/{session.id}/complete", card="4242424242424242")
    assert [one.status for one in shop.v1.subscriptions.list().data] == ["active"]


def test_a_trial_costs_nothing_today(shop: Shop, control: Callable[..., Any]) -> None:
    session = _session(shop, subscription_data={"trial_period_days": 14})
    assert session.amount_total == 0
    control(f"checkout/{session.id}/complete", card="4242424242424242")
    bought = _bought(shop, session.id)
    assert (bought.payment_status, bought.subscription.status) == ("no_payment_required", "trialing")
    shop.pass_days(14.1)
    assert shop.sub(bought.subscription.id).status == "active"


def test_a_new_customer(shop: Shop, control: Callable[..., Any]) -> None:
    session = _session(shop, customer_email="li@example.com")
    control(f"checkout/{session.id}/complete", card="4242424242424242", name="Li")
    bought = _bought(shop, session.id)
    customer = shop.v1.customers.retrieve(bought.customer)
    assert (customer.email, customer.name) == ("li@example.com", "Li")
    assert bought.customer_details.email == "li@example.com"


def test_a_customer_without_an_address_tells_it(shop: Shop, control: Callable[..., Any]) -> None:
    nobody = shop.v1.customers.create({})
    session = _session(shop, customer=nobody.id)
    control(f"checkout/{session.id}/complete", card="4242424242424242", email="li@example.com")
    assert shop.v1.customers.retrieve(nobody.id).email == "li@example.com"
    again = _session(shop, customer=nobody.id)
    control(f"checkout/{again.id}/complete", card="4242424242424242", email="other@example.com")
    assert shop.v1.customers.retrieve(nobody.id).email == "li@example.com"


def test_one_payment(shop: Shop, control: Callable[..., Any]) -> None:
    pack = shop.price(None, 12_900)
    session = _session(
        shop,
        mode="payment",
        line_items=[{"price": pack, "quantity": 2}],
        payment_intent_data={"metadata": {"pack": "100"}},
        invoice_creation={"enabled": True},
    )
    control(f"checkout/{session.id}/complete", card="4242424242424242")
    bought = _bought(shop, session.id)
    assert (bought.payment_status, bought.amount_total, bought.invoice.amount_paid) == (
        "paid",
        25_800,
        25_800,
    )
    assert shop.v1.payment_intents.retrieve(bought.payment_intent).metadata["pack"] == "100"


WALLETS = {
    "allowed_payment_method_types": ["card", "alipay", "wechat_pay"],
    "payment_method_options": {"wechat_pay": {"client": "web"}},
}


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
@pytest.mark.parametrize(("outcome", "event"), [("pay_later", "succeeded"), ("fail_later", "failed")])
def test_money_that_comes_later(
    shop: Shop, control: Callable[..., Any], method: str, outcome: str, event: str
) -> None:
    pack = shop.price(None, 12_900)
    session = _session(shop, mode="payment", line_items=[{"price": pack, "quantity": 1}], **WALLETS)
    control(f"checkout/{session.id}/complete", method=method, outcome=outcome)
    assert (_bought(shop, session.id).status, _bought(shop, session.id).payment_status) == (
        "complete",
        "unpaid",
    )
    shop.pass_days(0.01)
    assert _bought(shop, session.id).payment_status == ("paid" if event == "succeeded" else "unpaid")
    told = [one for one in shop.events() if one.startswith("checkout")]
    assert told == ["checkout.session.completed", f"checkout.session.async_payment_{event}"]


def test_a_wallet_can_pay_at_once_or_refuse(shop: Shop, control: Callable[..., Any]) -> None:
    pack = shop.price(None, 12_900)
    session = _session(shop, mode="payment", line_items=[{"price": pack, "quantity": 1}], **WALLETS)
    control(f"checkout/{session.id}/complete", method="alipay", outcome="refuse")
    assert _bought(shop, session.id).status == "open"
    control(f"checkout/{session.id}/complete", method="alipay", outcome="pay")
    assert _bought(shop, session.id).payment_status == "paid"


def test_what_wallets_cannot_do(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        _session(shop, allowed_payment_method_types=["alipay"])
    pack = [{"price": shop.price(None, 12_900), "quantity": 1}]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _session(shop, mode="payment", line_items=pack, allowed_payment_method_types=["wechat_pay"])
    assert caught.value.param == "payment_method_options[wechat_pay][client]"


def test_saving_a_card(shop: Shop, control: Callable[..., Any]) -> None:
    session = _session(shop, mode="setup", currency="cny")
    control(f"checkout/{session.id}/complete", card="4242424242424242")
    setup = shop.v1.setup_intents.retrieve(_bought(shop, session.id).setup_intent)
    assert setup.status == "succeeded"
    assert shop.v1.payment_methods.retrieve(setup.payment_method).customer == shop.customer


def test_sessions_expire(shop: Shop, control: Callable[..., Any]) -> None:
    session = _session(shop, expires_at=shop.start + 1800)
    shop.pass_days(0.1)
    assert _bought(shop, session.id).status == "expired"
    other = _session(shop)
    assert shop.v1.checkout.sessions.expire(other.id).url is None
    assert shop.events().count("checkout.session.expired") == 2
    with pytest.raises(httpx.HTTPStatusError):
        control(f"checkout/{other.id}/complete", card="4242424242424242")


def test_real_time_passes_too(client: stripe.StripeClient, control: Callable[..., Any]) -> None:
    shop = Shop(client)
    shop.customer = client.v1.customers.create({"name": "No clock"}).id
    shop.card()
    sub = shop.subscribe()
    control("clock", advance=32 * DAY)
    assert [one.status for one in shop.invoices()] == ["paid", "paid"]
    ahead = control("clock")["ahead"]
    assert 32 * DAY - 60 < ahead <= 32 * DAY
    assert shop.item(shop.sub(sub.id)).current_period_start > shop.start
    with pytest.raises(httpx.HTTPStatusError):
        control("clock", to=shop.start)


def test_the_page(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = _session(shop, allow_promotion_codes=True)
    with httpx.Client(timeout=PATIENCE) as person:
        page = person.get(session.url).text
        assert "Subscribe" in page
        assert "¥100.00 / month" in page
        assert "订阅" in person.get(session.url, params={"lang": "zh"}).text
        assert "订阅" in person.get(session.url).text  # remembered
        person.cookies.clear()
        wrong = refused(session.url, act="promotion", promotion_code="nothing")
        assert "The promotion code is not valid." in wrong
        assert "¥75.00" in refused(session.url, act="promotion", promotion_code="hello")
        declined = refused(session.url, **typed("4000 0000 0000 9995"))
        assert "The card ending in 9995 was declined: insufficient funds." in declined
        bank = person.post(session.url, data=typed("4000 0025 0000 3155"))
        address = str(bank.url.join(bank.headers["location"]))
        assert "Authorise" in person.get(address).text
        back = person.post(address, data={"outcome": "refuse"})
        assert "not authorised" in person.get(str(back.url.join(back.headers["location"]))).text
        bank = person.post(session.url, data=typed("4000 0025 0000 3155"))
        landed = person.post(str(bank.url.join(bank.headers["location"])), data={"outcome": "pay"})
        assert landed.headers["location"] == OK.replace("{CHECKOUT_SESSION_ID}", session.id)
        over = person.get(session.url).text
        assert "This has been paid." in over
        assert f'href="{OK.replace("{CHECKOUT_SESSION_ID}", session.id)}"' in over
    bought = _bought(shop, session.id)
    assert (bought.amount_total, bought.subscription.status) == (7_500, "active")
    assert len(shop.v1.subscriptions.list().data) == 1
    paid = [one for one in shop.invoices() if one.status == "paid"]
    assert [one.total for one in paid] == [7_500]


def test_what_was_filled_in_stays_but_for_the_card(shop: Shop) -> None:
    nobody = shop.v1.customers.create({}).id
    session = _session(shop, customer=nobody, allow_promotion_codes=True)
    form = typed("", email="", name="Wang", cvc="987")

    def post(**more: str) -> str:
        return refused(session.url, **{**form, **more})

    assert "Fill in an e-mail address." in post(card="4242 4242 4242 4242")
    form["email"] = "wang@studio.example"
    for page, problem in (
        (post(), "Fill in the number of a card."),
        (post(card="4242"), "This number is none of the test cards."),
        (post(card="4000 0000 0000 0069"), "The card ending in 0069 was declined: expired card."),
        (post(promotion_code="NO"), "The promotion code is not valid."),
    ):
        assert problem in page
        assert 'required value="wang@studio.example"' in page
        assert 'autocomplete="cc-name" value="Wang"' in page
        assert "987" not in page
        assert "0000 0069" not in page.replace("<td>", "")
    with httpx.Client(timeout=PATIENCE, follow_redirects=True) as person:
        bank = person.post(session.url, data={**form, "card": "4000 0025 0000 3155"})
        back = person.post(str(bank.url), data={"outcome": "refuse"}).text
        assert 'autocomplete="cc-name" value="Wang"' in back


def test_the_address_that_is_known_is_there(shop: Shop) -> None:
    page = httpx.get(_session(shop, customer_email="li@example.com").url).text
    assert 'required value="li@example.com"' in page
    assert "wang@example.com" in httpx.get(_session(shop).url).text


def test_the_first_way_to_pay_is_chosen_unless_another_was(shop: Shop) -> None:
    pack = [{"price": shop.price(None, 12_900), "quantity": 1}]
    ways = {**WALLETS, "allowed_payment_method_types": ["wechat_pay", "card"]}
    session = _session(shop, mode="payment", line_items=pack, **ways)
    page = httpx.get(session.url).text
    assert 'value="wechat_pay" checked' in page
    assert "Paid once: it does not renew by itself." in page
    assert 'value="card" checked' in refused(session.url, **typed("1"))


def test_a_code_is_taken_before_anything_is_paid(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = _session(shop, allow_promotion_codes=True)
    page = refused(session.url, **typed("4242 4242 4242 4242", act="pay", promotion_code="hello"))
    assert '<span class="badge">HELLO</span>' in page
    assert "The code is applied." in page
    assert 'name="promotion_code"' not in page
    assert _bought(shop, session.id).status == "open"


@pytest.mark.parametrize(
    ("duration", "renewal"), [("once", "¥100.00"), ("forever", "¥75.00"), ("repeating", "¥75.00")]
)
def test_what_it_renews_at(shop: Shop, duration: str, renewal: str) -> None:
    months = {"duration_in_months": 2} if duration == "repeating" else {}
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": duration, **months}).id
    session = _session(shop, discounts=[{"coupon": coupon}])
    page = httpx.get(session.url).text
    day = datetime.fromtimestamp(step(shop.start, "month", 1, 1), UTC)
    terms = f"Renews on {day:%-d %B %Y} at {renewal}, and every month from then on, until you cancel."
    assert terms in page
    assert 'Due today</td><td class="money">¥75.00' in page
    chinese = httpx.get(session.url, params={"lang": "zh"}).text
    assert f"自动续费，付 {renewal}，此后每月一次，直到您取消。" in chinese


def test_what_follows_a_trial(shop: Shop) -> None:
    quarter = shop.v1.prices.create(
        {
            "product": shop.product,
            "currency": "cny",
            "unit_amount": 27_000,
            "recurring": {"interval": "month", "interval_count": 3},
        }
    ).id
    lines = [{"price": quarter, "quantity": 1}]
    session = _session(shop, line_items=lines, subscription_data={"trial_period_days": 14})
    page = httpx.get(session.url).text
    assert "From then on ¥270.00 every 3 months, until you cancel." in page
    assert "¥270.00 every 3 months</span>" in page


def test_how_many_can_be_chosen_on_the_page(shop: Shop) -> None:
    many = {"enabled": True, "minimum": 1, "maximum": 5}
    session = _session(shop, line_items=[{"price": shop.month, "quantity": 1, "adjustable_quantity": many}])
    line = shop.v1.checkout.sessions.line_items.list(session.id).data[0].id
    good = typed("4242424242424242")
    assert "That many cannot be bought." in refused(session.url, **good, **{f"quantity:{line}": "6"})
    assert httpx.post(session.url, data={**good, f"quantity:{line}": "3"}).status_code == 303
    assert shop.item(_bought(shop, session.id).subscription).quantity == 3


def test_a_page_of_nobody(sandbox_url: str) -> None:
    assert httpx.get(f"{sandbox_url}/c/pay/acct_none/cs_none").status_code == 404


def test_the_ticker_settles_by_itself(client: stripe.StripeClient, control: Callable[..., Any]) -> None:
    shop = Shop(client)
    shop.customer = client.v1.customers.create({"name": "No clock"}).id
    pack = shop.price(None, 12_900)
    session = _session(shop, mode="payment", line_items=[{"price": pack, "quantity": 1}], **WALLETS)
    control(f"checkout/{session.id}/complete", method="alipay", outcome="pay_later")
    eventually(lambda: _bought(shop, session.id).payment_status == "paid")
