"""Buying at the sandbox, through our own functions and Stripe's own client."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from billing import allowances, buying, customers
from billing.buying import AlreadySubscribedError, NotSoldError
from billing.customers import HoldLostError
from billing.entitlements import Source
from billing.gateway import GatewayError
from billing.tables import Customer, History, Invoice, Subscription
from tests.billing.shop import SOLD, STUDIO, Shop

MONTHLY, YEARLY = "subscription-teacher-month-usd", "subscription-teacher-year-usd"
PASS = "pass-teacher-month-usd"
SEATS = "subscription-studio-month-usd"
AUTHENTICATES, FAILS_LATER = "4000002500003155", "4000000000000341"


def test_a_subscription_is_there_when_the_buyer_comes_back(shop: Shop) -> None:
    shop.buy(MONTHLY)
    entitled = shop.entitled()
    assert (entitled.plan, entitled.source, entitled.granted) == ("teacher", Source.SUBSCRIPTION, 400)
    with shop.transactions() as session:
        invoice = session.exec(select(Invoice)).one()
        assert (invoice.total, invoice.currency, invoice.status) == (1200, "usd", "paid")
        assert invoice.pdf
        assert session.exec(select(History.by).where(History.what == "plan.begun")).one() == "return:cs"
    assert shop.refresh() == []


def test_stripe_is_told_who_buys_once(shop: Shop) -> None:
    def start(email: str, name: str = "") -> None:
        order = replace(shop.order(MONTHLY), email=email, name=name)
        buying.start(shop.transactions, shop.gateway, shop.now(), STUDIO, order, SOLD)

    start("")
    assert shop.gateway.customer(shop.stripe_id())["email"] is None
    start("owner@studio.example")
    start("other@studio.example", "Willow")
    there = shop.gateway.customer(shop.stripe_id())
    assert (there["email"], there["name"]) == ("owner@studio.example", "Willow")


def test_an_invoice_is_made_out_to_the_studio(shop: Shop) -> None:
    order = replace(shop.order(MONTHLY), email="owner@studio.example", name="Willow")
    shop.begin(order)
    (session,) = shop.gateway.sessions(shop.stripe_id(), status="open")
    shop.pay(session["id"])
    (invoice,) = shop.gateway.invoices(shop.stripe_id())
    assert invoice["customer_name"] == "Willow"


def test_a_pass_is_offered_to_wallets_first(shop: Shop) -> None:
    ways = [shop.gateway.session(shop.start(key))["payment_method_types"] for key in (PASS, "pack-100-usd")]
    assert ways == [["wechat_pay", "alipay", "card"], ["card", "alipay", "wechat_pay"]]


def test_who_has_a_subscription_is_not_sold_another(shop: Shop) -> None:
    shop.buy(MONTHLY)
    for key in (MONTHLY, YEARLY, "pass-teacher-month-usd"):
        with pytest.raises(AlreadySubscribedError):
            shop.start(key)
    with pytest.raises(NotSoldError):
        shop.start(SEATS, seats=1)


def test_the_same_again_is_the_same_checkout_and_another_lets_the_first_expire(shop: Shop) -> None:
    first = shop.start(MONTHLY)
    assert shop.start(MONTHLY) == first
    other = shop.start(YEARLY)
    assert shop.gateway.session(first)["status"] == "expired"
    shop.pay(other)
    with pytest.raises(AlreadySubscribedError):
        shop.start(MONTHLY)


@pytest.mark.parametrize(("first", "then"), [(PASS, MONTHLY), (MONTHLY, PASS)])
def test_a_pass_and_a_subscription_are_not_both_paid_from_two_tabs(shop: Shop, first: str, then: str) -> None:
    pack, before = shop.start("pack-100-usd"), shop.start(first)
    after = shop.start(then)
    with pytest.raises(httpx.HTTPStatusError):
        shop.pay(before)
    shop.pay(after)
    shop.pay(pack)
    shop.refresh()
    paid = {MONTHLY: 1200, PASS: 1300}[then]
    assert sorted(charge["amount"] for charge in shop.gateway.charges(shop.stripe_id())) == [400, paid]


@pytest.mark.parametrize("key", [PASS, "pack-100-usd"])
def test_the_same_from_two_tabs_is_one_checkout_until_it_is_paid(shop: Shop, key: str) -> None:
    first = shop.start(key)
    assert shop.start(key, by="user:2") == first
    shop.pay(first)
    assert shop.start(key) != first


def test_another_pass_from_another_tab_closes_no_page(shop: Shop) -> None:
    first, other = shop.start(PASS), shop.start("pass-teacher-year-usd")
    assert {shop.gateway.session(session_id)["status"] for session_id in (first, other)} == {"open"}


def test_two_passes_follow_one_another(shop: Shop) -> None:
    for _ in range(2):
        shop.buy(PASS)
    assert (shop.entitled().ends_at - shop.now()).days >= 58  # type: ignore[operator]


def test_a_pass_leaves_nothing_to_pay_of_a_subscription_that_the_bank_asks_about(shop: Shop) -> None:
    shop.pay(shop.start(MONTHLY), card=AUTHENTICATES)
    shop.refresh()
    asked = _bank_page(shop)
    shop.buy(PASS)
    with pytest.raises(httpx.HTTPStatusError):
        shop.control(f"authenticate/{asked}", outcome="pay")
    assert [charge["amount"] for charge in shop.gateway.charges(shop.stripe_id())] == [1300]


def test_two_owners_with_two_tabs_each_end_with_one_subscription(shop: Shop) -> None:
    def click(number: int) -> str:
        try:
            return shop.start(MONTHLY if number % 2 else YEARLY, by=f"user:{number // 2}")
        except AlreadySubscribedError:
            return ""

    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(click, range(4)))
    for session_id in sorted(sessions - {""}):
        if shop.gateway.session(session_id)["status"] == "open":
            shop.pay(session_id)
    shop.refresh()
    assert len(shop.gateway.subscriptions(shop.stripe_id())) == 1
    assert len(list(shop.gateway.customers())) == 1


def test_paying_in_one_tab_while_the_other_begins_anew_ends_with_one_subscription(shop: Shop) -> None:
    for turn in range(4):
        session_id = shop.start(MONTHLY)

        def pay(session_id: str = session_id) -> None:
            with suppress(httpx.HTTPStatusError):  # the other tab let it expire
                shop.pay(session_id)

        def begin() -> None:
            with suppress(AlreadySubscribedError):
                shop.pay(shop.start(YEARLY))

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(pay), pool.submit(begin)]:
                done.result()
        shop.refresh()
        live = [s for s in shop.gateway.subscriptions(shop.stripe_id()) if s["status"] == "active"]
        assert len(live) == 1, turn
        shop.gateway.cancel_subscription(live[0]["id"])


def test_while_a_checkout_cannot_be_closed_no_other_is_opened(shop: Shop) -> None:
    first = shop.start(MONTHLY)
    call = "POST /v1/checkout/sessions/{session}/expire"
    shop.control("switches", faults=[{"call": call, "kind": "error", "times": 9}])
    with pytest.raises(GatewayError):
        shop.start(YEARLY)
    shop.control("switches", faults=[])
    assert [s["id"] for s in shop.gateway.sessions(shop.stripe_id(), status="open")] == [first]


def test_who_lost_the_studio_meanwhile_leaves_no_checkout_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = shop.gateway.create_session

    def slowly(params: dict[str, object], *, key: str) -> dict[str, object]:
        made = create(params, key=key)
        with shop.transactions() as session:
            customers.take(session, shop.now() + timedelta(minutes=5), STUDIO)
        return made

    monkeypatch.setattr(shop.gateway, "create_session", slowly)
    with pytest.raises(HoldLostError):
        shop.start(MONTHLY)
    assert shop.gateway.sessions(shop.stripe_id(), status="open") == []


def _bank_page(shop: Shop) -> str:
    """The payment that waits for its payer at the bank."""
    intents = shop.v1.payment_intents.list({"customer": shop.stripe_id()}).data
    return next(str(intent.id) for intent in intents if intent.status == "requires_action")


def test_a_second_click_while_the_bank_asks_takes_nothing_from_who_pays(shop: Shop) -> None:
    first = shop.start(MONTHLY)
    shop.pay(first, card=AUTHENTICATES)
    shop.refresh()
    assert shop.start(MONTHLY) == first
    shop.control(f"authenticate/{_bank_page(shop)}", outcome="pay")
    shop.refresh()
    assert shop.entitled().source is Source.SUBSCRIPTION


def test_another_order_while_the_bank_asks_leaves_nothing_to_pay_for_the_first(shop: Shop) -> None:
    shop.pay(shop.start(MONTHLY), card=AUTHENTICATES)
    shop.refresh()
    asked = _bank_page(shop)
    second = shop.start(YEARLY)
    with pytest.raises(httpx.HTTPStatusError):
        shop.control(f"authenticate/{asked}", outcome="pay")
    shop.pay(second)
    shop.refresh()
    assert shop.subscription().interval == "year"
    assert [charge["amount"] for charge in shop.gateway.charges(shop.stripe_id())] == [12000]


def test_what_was_begun_elsewhere_and_never_paid_cannot_be_paid_any_more(shop: Shop) -> None:
    shop.start(MONTHLY)
    price = shop.gateway.prices([f"vermilion-{MONTHLY}"])[f"vermilion-{MONTHLY}"]["id"]
    begun = shop.v1.subscriptions.create(
        {
            "customer": shop.stripe_id(),
            "items": [{"price": price}],
            "payment_behavior": "default_incomplete",
        }
    )
    shop.buy(YEARLY)
    assert shop.subscription().interval == "year"
    invoices = shop.gateway.invoices(shop.stripe_id())
    assert [i["status"] for i in invoices if i["id"] == begun.latest_invoice] == ["void"]
    assert shop.gateway.subscription(begun.id)["status"] in ("canceled", "incomplete_expired")


def test_a_pass_by_wechat_arrives_later_and_stacks(shop: Shop) -> None:
    session_id = shop.start("pass-teacher-month-cny")
    shop.pay(session_id, method="wechat_pay", outcome="pay_later")
    shop.refresh()
    assert shop.entitled().source is Source.FREE
    shop.wait(minutes=1)
    shop.refresh()
    first = shop.entitled()
    assert (first.source, first.plan) == (Source.PASS, "teacher")
    shop.buy("pass-teacher-month-cny")
    assert shop.entitled().month == first.month
    assert shop.entitled().ends_at > first.ends_at  # type: ignore[operator]


def test_who_prepays_instead_of_a_payment_that_failed_is_charged_for_that_no_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.use_card(FAILS_LATER)
    shop.wait(days=32)
    shop.refresh()
    session_id = shop.start("pass-teacher-month-usd")
    shop.refresh()
    assert shop.subscription().status == "past_due"  # so far nothing is prepaid
    shop.pay(session_id, method="alipay", outcome="pay_later")
    shop.refresh()
    assert shop.entitled().source is Source.SUBSCRIPTION
    shop.wait(minutes=1)
    shop.refresh()
    entitled = shop.entitled()
    assert (entitled.source, entitled.grace_until, shop.live()) == (Source.PASS, None, [])
    assert shop.refresh() == []
    shop.use_card("4242424242424242")
    shop.wait(days=20)  # in which Stripe would have tried again
    shop.refresh()
    assert [c["amount"] for c in shop.gateway.charges(shop.stripe_id()) if c["paid"]] == [1300, 1200]
    assert shop.entitled().source is Source.PASS


def test_a_subscription_that_was_paid_after_all_goes_on_and_the_pass_waits(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.use_card(FAILS_LATER)
    shop.wait(days=32)
    session_id = shop.start("pass-teacher-month-usd")
    shop.use_card("4242424242424242")
    (owed,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
    shop.v1.invoices.pay(owed["id"])
    shop.pay(session_id)
    shop.refresh()
    assert shop.subscription().status == "active"
    assert shop.entitled().source is Source.SUBSCRIPTION
    shop.use_card(FAILS_LATER)  # another time, of which that pass knows nothing
    shop.wait(days=32)
    shop.refresh()
    assert shop.subscription().status == "past_due"


def test_a_wallet_that_fails_later_gives_nothing(shop: Shop) -> None:
    shop.pay(shop.start("pass-teacher-month-cny"), method="alipay", outcome="fail_later")
    shop.wait(minutes=1)
    shop.refresh()
    assert shop.entitled().source is Source.FREE


def test_a_pack_adds_comments_and_its_refund_takes_them_back(shop: Shop) -> None:
    shop.buy("pack-100-usd")
    with shop.transactions() as session:
        assert allowances.balance(session, STUDIO, shop.entitled()).left == 120
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.v1.refunds.create({"charge": charge["id"]})
    shop.refresh()
    with shop.transactions() as session:
        assert allowances.balance(session, STUDIO, shop.entitled()).left == 20


def test_a_lost_dispute_ends_the_pass(shop: Shop) -> None:
    shop.buy("pass-teacher-year-usd")
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    shop.refresh()
    assert shop.entitled().source is Source.PASS
    (dispute,) = shop.gateway.disputes(charge["id"])
    shop.v1.disputes.close(dispute["id"])
    shop.refresh()
    assert shop.entitled().source is Source.FREE


def test_an_answer_that_was_lost_makes_nothing_twice(shop: Shop) -> None:
    for call in ("POST /v1/customers", "POST /v1/checkout/sessions"):
        shop.control("switches", faults=[{"call": call, "kind": "lose_answer", "times": 1}])
        session_id = shop.start(MONTHLY)
    assert len(list(shop.gateway.customers())) == 1
    assert [s["id"] for s in shop.gateway.sessions(shop.stripe_id())] == [session_id]


def test_while_stripe_fails_nothing_is_held_or_stored(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.control("switches", faults=[{"call": "GET /v1/subscriptions", "kind": "error", "times": 9}])
    with pytest.raises(GatewayError) as raised:
        shop.refresh()
    assert raised.value.again
    shop.control("switches", faults=[])
    with shop.transactions() as session:
        assert session.get_one(Customer, STUDIO).lease_until is None
    assert shop.refresh() == []


def test_the_portal_is_reached(shop: Shop) -> None:
    address = buying.portal(
        shop.transactions, shop.gateway, shop.now(), STUDIO, "http://localhost/plan", "zh", SOLD, by="user:1"
    )
    assert address.startswith("http")


@pytest.mark.parametrize("before", ["pack-100-usd", MONTHLY])
def test_who_has_paid_before_has_no_first_term(shop: Shop, before: str) -> None:
    shop.buy(before)
    for subscription in shop.gateway.subscriptions(shop.stripe_id()):
        shop.gateway.cancel_subscription(subscription["id"])
    session_id = shop.start(MONTHLY)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        shop.pay(session_id, promotion_code="FIRSTTERM")
    error = caught.value.response.json()["error"]
    assert "the associated customer has prior transactions" in error["message"]
    assert (error["type"], "code" in error) == ("invalid_request_error", False)
    url = str(shop.gateway.session(session_id)["url"])
    page = httpx.post(url, data={"promotion_code": "firstterm"}, follow_redirects=True)
    assert "This code is for a first payment only, and you have paid before." in page.text


def test_a_declined_card_leaves_the_first_term(shop: Shop) -> None:
    session_id = shop.start(MONTHLY)
    with pytest.raises(httpx.HTTPStatusError):
        shop.pay(session_id, FAILS_LATER)
    shop.pay(session_id, promotion_code="FIRSTTERM")
    assert shop.gateway.session(session_id)["amount_total"] == 960


def test_a_promotion_code_is_taken(shop: Shop) -> None:
    shop.pay(shop.start(MONTHLY), promotion_code="FIRSTTERM")
    shop.refresh()
    with shop.transactions() as session:
        assert session.exec(select(Invoice.total)).one() == 960


def test_a_customer_deleted_at_stripe_has_nothing_any_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.v1.customers.delete(shop.stripe_id())
    shop.refresh()
    assert shop.entitled().source is Source.FREE
    with shop.transactions() as session:
        assert session.exec(select(Subscription.status)).one() == "canceled"


def test_who_was_deleted_at_stripe_can_buy_again(shop: Shop) -> None:
    shop.buy(MONTHLY)
    before = shop.stripe_id()
    shop.v1.customers.delete(before)
    shop.buy(YEARLY)
    assert shop.stripe_id() != before
    assert shop.subscription().interval == "year"
    assert len(list(shop.gateway.customers())) == 1
