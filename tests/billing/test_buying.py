"""Buying, changing, failing and recovering at the sandbox, through our own functions and Stripe's own
client.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from billing import buying, changing, ledger
from billing.buying import AlreadySubscribedError, NotSoldError
from billing.changing import NoChangeError
from billing.entitlements import Source
from billing.gateway import DeclinedError, GatewayError
from billing.tables import Customer, History, Invoice, Subscription
from tests.billing.shop import SOLD, STUDIO, Shop

MONTHLY, YEARLY = "subscription-teacher-month-usd", "subscription-teacher-year-usd"
SEATS = "subscription-studio-month-usd"
REFUSES_LATER, AUTHENTICATES = "4000000000000341", "4000002500003155"


def change(shop: Shop, key: str, seats: int = 1) -> changing.Quote:
    """Change as quoted; the quote."""
    at = changing.to_second(shop.now())
    item = SOLD.item(f"vermilion-{key}")
    quote = changing.quote(shop.gateway, shop.subscription(), item, seats, at, SOLD)
    changing.change(shop.transactions, shop.gateway, shop.now(), STUDIO, item, seats, at, SOLD, by="user:1")
    return quote


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


def test_an_upgrade_costs_what_was_shown_and_keeps_the_month(shop: Shop) -> None:
    shop.buy(MONTHLY)
    month = shop.entitled().month
    shop.wait(days=10)
    quote = change(shop, SEATS, seats=3)
    entitled = shop.entitled()
    assert (entitled.plan, entitled.granted, entitled.seats, entitled.month) == ("studio", 1500, 3, month)
    with shop.transactions() as session:
        newest = session.exec(select(Invoice).order_by(Invoice.created_at.desc())).first()  # type: ignore[attr-defined]
        assert newest is not None
        assert newest.total == newest.paid == quote.due > 0
        assert sum(line.amount for line in quote.lines) == quote.due
        told = session.exec(select(History).where(History.what == "plan.changed")).all()
        assert [(row.by, row.after["plan"]) for row in told] == [("user:1", "studio")]


def test_a_smaller_plan_leaves_a_credit_and_takes_no_comment_back(shop: Shop) -> None:
    shop.buy(SEATS, seats=2)
    drawings = [f"d{i}" for i in range(450)]
    with shop.transactions() as session:
        got = ledger.reserve(session, shop.now(), STUDIO, drawings, shop.entitled(), by="user:1")
        assert got.refused == []
    quote = change(shop, MONTHLY)
    assert (quote.due, quote.credit > 0) == (0, True)
    with shop.transactions() as session:
        assert ledger.balance(session, STUDIO, shop.entitled()).left == 0
    back = change(shop, SEATS, seats=2)  # is paid from that credit
    assert back.balance > 0
    assert sum(line.amount for line in back.lines) - back.discount - back.balance == back.due


def test_from_monthly_to_yearly_does_not_begin_another_month_of_comments(shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.wait(days=3)
    month = shop.entitled().month
    change(shop, YEARLY)
    entitled = shop.entitled()
    assert entitled.month == month
    assert (shop.subscription().period_ends - shop.now()).days >= 363
    assert shop.entitled(shop.now() + timedelta(days=200)).month.number > 5


def test_a_change_to_what_is_there_or_in_another_currency_is_refused(shop: Shop) -> None:
    shop.buy(MONTHLY)
    for key in (MONTHLY, "subscription-teacher-year-cny", "pass-teacher-month-usd"):
        with pytest.raises(NoChangeError):
            change(shop, key)


def test_cancel_and_resume(shop: Shop) -> None:
    shop.buy(MONTHLY)
    args = (shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD)
    changing.cancel(*args, by="user:1")
    assert shop.entitled().ends_at == shop.subscription().period_ends
    changing.resume(*args, by="user:2")
    assert shop.entitled().ends_at is None
    changing.cancel(*args, by="user:1")
    shop.wait(days=32)
    shop.refresh(by="event:evt_x")
    assert shop.entitled().source is Source.FREE
    with pytest.raises(NoChangeError):
        changing.resume(*args, by="user:1")
    shop.buy(MONTHLY)  # again
    assert shop.entitled().source is Source.SUBSCRIPTION


def test_a_card_that_fails_later_gives_grace_then_reads_only_then_a_new_card_mends_it(shop: Shop) -> None:
    shop.control("switches", after_retries="past_due")
    shop.buy(MONTHLY)
    customer = shop.stripe_id()
    _use_card(shop, customer, REFUSES_LATER)
    shop.wait(days=32)
    shop.refresh()
    entitled = shop.entitled()
    assert (entitled.source, entitled.grace_until is not None) == (Source.SUBSCRIPTION, True)
    late = shop.entitled(shop.now() + timedelta(days=20))
    assert (late.source, late.drafts) == (Source.NONE, False)
    with pytest.raises(NoChangeError):
        change(shop, SEATS, seats=2)
    _use_card(shop, customer, "4242424242424242")
    (open_,) = [i for i in shop.gateway.invoices(customer) if i["status"] == "open"]
    _client(shop).invoices.pay(open_["id"])
    shop.refresh()
    assert (shop.entitled().grace_until, shop.entitled().source) == (None, Source.SUBSCRIPTION)


def test_a_declined_upgrade_changes_nothing(shop: Shop) -> None:
    shop.buy(MONTHLY)
    _use_card(shop, shop.stripe_id(), REFUSES_LATER)
    with pytest.raises(DeclinedError):
        change(shop, SEATS, seats=3)
    shop.refresh()
    assert shop.entitled().plan == "teacher"


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


def test_a_wallet_that_fails_later_gives_nothing(shop: Shop) -> None:
    shop.pay(shop.start("pass-teacher-month-cny"), method="alipay", outcome="fail_later")
    shop.wait(minutes=1)
    shop.refresh()
    assert shop.entitled().source is Source.FREE


def test_a_pack_adds_comments_and_its_refund_takes_them_back(shop: Shop) -> None:
    shop.buy("pack-100-usd")
    with shop.transactions() as session:
        assert ledger.balance(session, STUDIO, shop.entitled()).left == 120
    (charge,) = shop.gateway.charges(shop.stripe_id())
    _client(shop).refunds.create({"charge": charge["id"]})
    shop.refresh()
    with shop.transactions() as session:
        assert ledger.balance(session, STUDIO, shop.entitled()).left == 20


def test_a_lost_dispute_ends_the_pass(shop: Shop) -> None:
    shop.buy("pass-teacher-year-usd")
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    shop.refresh()
    assert shop.entitled().source is Source.PASS
    (dispute,) = shop.gateway.disputes(charge["id"])
    _client(shop).disputes.close(dispute["id"])
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
        shop.transactions, shop.gateway, shop.now(), STUDIO, "http://localhost/plan", "zh"
    )
    assert address.startswith("http")


def test_a_promotion_code_is_taken(shop: Shop) -> None:
    shop.pay(shop.start(MONTHLY), promotion_code="FIRSTTERM")
    shop.refresh()
    with shop.transactions() as session:
        assert session.exec(select(Invoice.total)).one() == 960


def test_a_studio_that_ends_is_charged_no_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    args = (shop.transactions, shop.gateway, shop.now(), STUDIO, SOLD)
    assert changing.end(*args, by="operator:1") == 1
    assert changing.end(*args, by="operator:1") == 0
    (there,) = shop.gateway.subscriptions(shop.stripe_id())
    assert there["status"] == "canceled"
    assert shop.entitled().source is Source.FREE


def test_a_customer_deleted_at_stripe_has_nothing_any_more(shop: Shop) -> None:
    shop.buy(MONTHLY)
    _client(shop).customers.delete(shop.stripe_id())
    shop.refresh()
    assert shop.entitled().source is Source.FREE
    with shop.transactions() as session:
        assert session.exec(select(Subscription.status)).one() == "canceled"


def _client(shop: Shop):  # type: ignore[no-untyped-def]
    """Stripe's client itself, for what only others do: the buyer, or the operator in Stripe's dashboard."""
    return shop.gateway._v1


def _use_card(shop: Shop, customer: str, number: str) -> None:
    """The buyer puts in another card, in the portal."""
    method = _client(shop).payment_methods.create(
        {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}}
    )
    _client(shop).payment_methods.attach(method.id, {"customer": customer})
    _client(shop).customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
    for subscription in shop.gateway.subscriptions(customer):
        if subscription["default_payment_method"]:
            _client(shop).subscriptions.update(subscription["id"], {"default_payment_method": method.id})
