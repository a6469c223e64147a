"""Payments by a wallet that arrive later, or never: what is known of them meanwhile, and what a buyer is told
before they pay for the like.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from billing import delayed
from billing.buying import AlreadySubscribedError, NotToldError
from billing.reconcile import reconcile
from billing.tables import Customer, DelayedPayment, History, Purchase, PurchaseKind
from tests.billing.rows import at, purchase, subscription
from tests.billing.shop import SOLD, STUDIO, Shop

PASS, YEAR, PACK = "pass-teacher-month-cny", "pass-teacher-year-cny", "pack-100-cny"
PLAN = "subscription-teacher-month-cny"


def pay_later(shop: Shop, key: str, outcome: str = "pay_later", seats: int = 1) -> str:
    session_id = shop.start(key, seats)
    shop.pay(session_id, method="wechat_pay", outcome=outcome)
    shop.refresh()
    return session_id


def on_their_way(shop: Shop) -> list[str]:
    with shop.transactions() as session:
        return [row.id for row in delayed.on_their_way(session, STUDIO)]


def failed(shop: Shop, **later: float) -> list[str]:
    with shop.transactions() as session:
        return [row.id for row in delayed.failed(session, shop.now() + timedelta(**later), STUDIO)]


@pytest.mark.parametrize("key", [PASS, PACK])
def test_what_is_paid_later_is_on_its_way_until_it_is_bought(shop: Shop, key: str) -> None:
    session_id = pay_later(shop, key)
    with shop.transactions() as session:
        row = session.exec(select(DelayedPayment)).one()
    assert row.method == "wechat_pay"
    item = SOLD.item(f"vermilion-{key}")
    assert (row.id, row.kind, row.amount, row.currency) == (session_id, item.kind, item.amount, "cny")
    assert abs(row.begun_at - shop.now()) < timedelta(minutes=1)
    assert shop.refresh() == []
    shop.wait(minutes=1)
    shop.refresh()
    assert (on_their_way(shop), failed(shop)) == ([], [])
    assert shop.refresh() == []


def test_what_fails_later_is_noted_with_who_told(shop: Shop) -> None:
    session_id = pay_later(shop, PASS, "fail_later")
    assert (on_their_way(shop), failed(shop)) == ([session_id], [])
    shop.wait(minutes=1)
    shop.refresh(by="event:evt_9")
    assert (on_their_way(shop), failed(shop)) == ([], [session_id])
    with shop.transactions() as session:
        noted = session.exec(select(History).where(History.what == "pass.failed")).one()
    assert (noted.object_id, noted.by) == (session_id, "event:evt_9")
    assert shop.refresh() == []


def test_what_no_webhook_told_of_is_found_by_reconciliation(shop: Shop) -> None:
    session_id = pay_later(shop, PASS, "fail_later")
    shop.wait(minutes=1)
    reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
    assert failed(shop) == [session_id]
    assert reconcile(shop.transactions, shop.gateway, shop.now(), SOLD).mended == []


def test_a_page_that_was_left_is_no_payment(shop: Shop) -> None:
    session_id = shop.start(PASS)
    shop.pay(session_id, method="alipay")  # its code is shown, and never scanned
    shop.refresh()
    shop.wait(days=2)
    shop.refresh()
    assert shop.gateway.session(session_id)["status"] == "expired"
    assert (on_their_way(shop), failed(shop)) == ([], [])


def test_a_failure_is_told_until_the_like_is_bought_again(shop: Shop) -> None:
    pay_later(shop, PASS, "fail_later")
    shop.wait(minutes=1)
    shop.refresh()
    shop.buy(PACK)
    assert len(failed(shop)) == 1
    shop.wait(minutes=1)
    pay_later(shop, PASS)
    assert failed(shop) == []  # another is on its way
    shop.wait(minutes=1)
    shop.refresh()
    assert failed(shop) == []


def test_a_failure_is_told_for_two_weeks(shop: Shop) -> None:
    pay_later(shop, PASS, "fail_later")
    shop.wait(minutes=1)
    shop.refresh()
    assert len(failed(shop, days=13)) == 1
    assert failed(shop, days=14) == []


def test_of_two_that_were_paid_the_one_that_fails_is_told_of(shop: Shop) -> None:
    first = pay_later(shop, PASS, "fail_later")
    shop.buy(PASS)  # while the first is on its way
    shop.wait(minutes=1)
    shop.refresh()
    assert failed(shop) == [first]


@pytest.mark.parametrize(("kind", "rows"), [(PurchaseKind.PASS, 0), (PurchaseKind.PACK, 1)])
def test_a_subscription_is_as_good_as_a_pass_that_failed(
    books: Session, kind: PurchaseKind, rows: int
) -> None:
    there = {"currency": "cny", "amount": 7200, "failed": True, "by": "event:evt_1"}
    row = DelayedPayment(
        id="cs_1", studio_id=STUDIO, kind=kind, begun_at=at(1, 1), changed_at=at(1, 2), **there
    )
    books.add_all([row, subscription(began_at=at(1, 3), status="incomplete")])
    assert len(delayed.failed(books, at(1, 4), STUDIO)) == 1
    books.add(subscription(id="sub_2", began_at=at(1, 3)))
    assert len(delayed.failed(books, at(1, 4), STUDIO)) == rows


@pytest.mark.parametrize(
    ("first", "then", "asks"),
    [(PASS, PASS, True), (PASS, YEAR, True), (PASS, PLAN, True), (PACK, PACK, True), (PASS, PACK, False)],
)
def test_the_like_of_what_is_on_its_way_is_sold_to_who_knows(
    shop: Shop, first: str, then: str, asks: bool
) -> None:
    coming = pay_later(shop, first)
    order = shop.order(then, by="user:2")
    if asks:
        with pytest.raises(NotToldError):
            shop.begin(order)
        assert shop.gateway.sessions(shop.stripe_id(), status="open") == []
    assert shop.to_know(order).ids == ({coming} if asks else set())
    shop.pay(shop.start(then, by="user:2"))
    shop.refresh()
    shop.wait(minutes=1)
    shop.refresh()
    assert len([c for c in shop.gateway.charges(shop.stripe_id()) if c["paid"]]) == 2


def test_what_began_meanwhile_is_told_though_something_else_is_known(shop: Shop) -> None:
    known = frozenset({pay_later(shop, PASS)})
    shop.pay(shop.start(YEAR), method="alipay", outcome="pay_later")  # and nobody has come back from it
    order = replace(shop.order(PASS), known=known)
    with pytest.raises(NotToldError):
        shop.begin(order)
    assert shop.to_know(order).ids - known != set()


def test_no_page_is_closed_for_who_has_not_been_told(shop: Shop) -> None:
    first, other = shop.start(PASS), shop.start(YEAR)
    shop.pay(first, method="alipay", outcome="pay_later")  # and nobody has come back from it
    with pytest.raises(NotToldError):
        shop.begin(shop.order(PLAN))
    assert shop.gateway.session(other)["status"] == "open"
    told = replace(shop.order(PLAN), known=shop.to_know(shop.order(PLAN)).ids)
    shop.begin(told)
    assert shop.gateway.session(other)["status"] == "expired"


def test_who_has_a_plan_hears_that_before_anything_else(shop: Shop) -> None:
    shop.buy(PLAN)
    with shop.transactions() as session:
        session.add(purchase(1, shop.now()))
    with pytest.raises(AlreadySubscribedError):
        shop.begin(shop.order(PLAN))


def test_who_is_asked_first_is_nobody_at_stripe_yet(shop: Shop) -> None:
    with shop.transactions() as session:
        session.add(purchase(1, shop.now(), id="grant_1"))
    with pytest.raises(NotToldError):
        shop.begin(shop.order(PLAN))
    with shop.transactions() as session:
        assert session.get_one(Customer, STUDIO).stripe_id is None


def test_a_page_for_a_pass_that_ends_no_plan_is_not_used_again_once_one_is_owed(shop: Shop) -> None:
    shop.buy(PLAN)
    with pytest.raises(AlreadySubscribedError):
        shop.start(PASS)
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at_period_end": True})
    first = shop.start(PASS)
    shop.v1.subscriptions.update(shop.subscription().id, {"cancel_at_period_end": False})
    shop.use_card("4000000000000341")
    shop.wait(days=32)
    second = shop.start(PASS)
    assert second != first
    assert shop.gateway.session(second)["metadata"]["instead_of"]


def test_who_is_told_only_now_finds_every_other_page_still_open(shop: Shop) -> None:
    other = shop.start("pass-studio-year-cny", seats=2)
    shop.pay(shop.start(PASS), method="alipay", outcome="pay_later")  # and nobody has come back from it
    order = shop.order(PLAN)
    with pytest.raises(NotToldError):
        shop.begin(order)
    assert shop.gateway.session(other)["status"] == "open"
    shop.begin(replace(order, known=shop.to_know(order).ids))
    assert shop.gateway.session(other)["status"] == "expired"


def test_a_payment_that_failed_is_not_asked_after_by_itself_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = pay_later(shop, PASS, "fail_later")
    shop.wait(minutes=1)

    def ask(*_args: object) -> None:
        pytest.fail("it comes with its Checkout")

    monkeypatch.setattr(shop.gateway, "payment", ask)
    shop.refresh()
    assert failed(shop) == [session_id]


def test_prepaid_time_begins_when_its_money_comes_and_not_when_the_wallet_was_asked(shop: Shop) -> None:
    pay_later(shop, PASS)
    asked = shop.now()
    shop.wait(minutes=1)
    shop.refresh()
    charge = shop.gateway.charges(shop.stripe_id())[0]
    entry = shop.v1.balance_transactions.retrieve(charge["balance_transaction"]["id"])
    with shop.transactions() as session:
        paid_at = session.exec(select(Purchase.paid_at)).one()
    assert charge["created"] < entry.created == paid_at.timestamp()
    assert paid_at > asked
