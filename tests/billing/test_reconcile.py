"""Reconciliation mends what is safe, lists the rest, and run again mends nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from billing import customers
from billing.reconcile import Finding, Report, in_pieces, reconcile
from billing.tables import (
    Allowance,
    Comparison,
    Customer,
    Event,
    EventState,
    History,
    Subscription,
)
from tests.billing.rows import at, purchase, subscription
from tests.billing.shop import SOLD, STUDIO, Shop


def compare(shop: Shop) -> Report:
    """Compare; and again, which must mend nothing and leave the same."""
    first = reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
    again = reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
    assert (again.mended, again.left) == ([], first.left)
    return first


def kinds(findings: list[Finding]) -> list[str]:
    return [found.kind for found in findings]


def buy_unheard(shop: Shop, key: str = "subscription-teacher-month-usd", seats: int = 1) -> None:
    """It is paid, and nobody comes back or tells."""
    shop.pay(shop.start(key, seats))


def test_what_was_never_heard_of_is_mended(shop: Shop) -> None:
    buy_unheard(shop)
    assert shop.entitled().plan == "free"
    report = compare(shop)
    assert set(kinds(report.mended)) == {"row"}
    assert report.left == []


def test_what_is_found_late_in_a_long_comparison_is_dated_late(shop: Shop) -> None:
    buy_unheard(shop)
    began = shop.now()
    moments = [began]
    for _piece in in_pieces(shop.transactions, shop.gateway, lambda: moments[-1], SOLD, Report()):
        moments.append(moments[-1] + timedelta(minutes=10))
    with shop.transactions() as session:
        dated = session.exec(select(History.at).where(History.what == "plan.begun")).one()
        kept = session.exec(select(Comparison.at)).one()
    assert began + timedelta(minutes=10) <= dated < kept == moments[-1]
    assert shop.entitled().plan == "teacher"


def test_a_row_that_somebody_changed_becomes_what_stripe_says(shop: Shop) -> None:
    buy_unheard(shop)
    compare(shop)
    with shop.transactions() as session:
        session.exec(sa.update(Subscription).values(status="canceled", seats=7))
    report = compare(shop)
    assert [found.detail for found in report.mended] == ["seats status"]
    assert shop.subscription().seats == 1


def test_a_credit_that_is_not_what_stripe_has_is_mended(shop: Shop) -> None:
    buy_unheard(shop)
    shop.v1.customers.update(shop.stripe_id(), {"balance": -700})
    compare(shop)
    with shop.transactions() as session:
        session.exec(sa.update(Customer).values(balance=-70000))
    assert [found.detail for found in compare(shop).mended] == ["balance"]
    with shop.transactions() as session:
        assert session.get_one(Customer, STUDIO).credit == 700


def test_two_live_subscriptions_are_left_for_the_operator(shop: Shop) -> None:
    buy_unheard(shop)
    customer = shop.stripe_id()
    (first,) = shop.gateway.subscriptions(customer)
    price = first["items"]["data"][0]["price"]["id"]
    shop.v1.subscriptions.create(
        {
            "customer": customer,
            "items": [{"price": price}],
            "default_payment_method": first["default_payment_method"],
        }
    )
    assert kinds(compare(shop).left) == ["two_subscriptions"]


def test_a_price_that_is_not_ours_is_listed(shop: Shop) -> None:
    buy_unheard(shop)
    (there,) = shop.gateway.subscriptions(shop.stripe_id())
    other = shop.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Hat"},
        }
    )
    item = there["items"]["data"][0]["id"]
    shop.v1.subscriptions.update(there["id"], {"items": [{"id": item, "price": other.id}]})
    assert kinds(compare(shop).left) == ["unknown_price"]


def test_orphans_are_listed_and_a_customer_cut_off_is_adopted(shop: Shop) -> None:
    buy_unheard(shop)
    shop.gateway.create_customer({"app": "vermilion", "studio_id": "nobody"}, key="k1")
    shop.gateway.create_customer({"app": "vermilion", "studio_id": STUDIO}, key="k2")
    shop.gateway.create_customer({"app": "hats"}, key="k3")
    with shop.transactions() as session:
        customers.ensure(session, shop.now(), "cut-off")
    cut_off = shop.gateway.create_customer({"app": "vermilion", "studio_id": "cut-off"}, key="k4")
    report = compare(shop)
    assert sorted(kinds(report.left)) == ["orphan_customer", "second_customer"]
    assert "customer" in kinds(report.mended)
    with shop.transactions() as session:
        assert session.get_one(Customer, "cut-off").stripe_id == cut_off["id"]


def test_an_open_dispute_is_listed_until_it_is_closed(shop: Shop) -> None:
    buy_unheard(shop, "pack-100-usd")
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    assert kinds(compare(shop).left) == ["dispute"]
    (dispute,) = shop.gateway.disputes(charge["id"])
    shop.v1.disputes.close(dispute["id"])
    assert compare(shop).left == []


def test_an_event_that_was_given_up_is_tried_again(shop: Shop) -> None:
    buy_unheard(shop)
    with shop.transactions() as session:
        for number, customer in enumerate((shop.stripe_id(), "cus_nobody")):
            session.add(
                Event(
                    id=f"evt_{number}",
                    type="invoice.paid",
                    customer=customer,
                    state=EventState.FAILED,
                    attempts=10,
                    created_at=at(1, 1),
                    received_at=at(1, 1),
                )
            )
    compare(shop)
    with shop.transactions() as session:
        assert session.exec(select(Event.state).order_by(Event.id)).all() == [
            EventState.DONE,
            EventState.FOREIGN,
        ]


def test_events_that_reached_nobody_are_kept_and_settled(shop: Shop) -> None:
    shop.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]})
    buy_unheard(shop)
    report = compare(shop)
    assert "event" in kinds(report.mended)
    with shop.transactions() as session:
        assert set(session.exec(select(Event.state))) == {EventState.DONE}


def test_counts_that_somebody_changed_are_listed(shop: Shop) -> None:
    with shop.transactions() as session:
        session.add(Allowance(studio_id=STUDIO, source="free", begins_at=at(1, 1), granted=20, used=3))
    assert kinds(compare(shop).left) == ["books"]


def test_a_subscription_that_stripe_does_not_know_is_left_for_the_operator(shop: Shop) -> None:
    buy_unheard(shop, "pass-teacher-month-usd")
    compare(shop)
    with shop.transactions() as session:
        session.add(subscription(id="sub_by_hand", studio_id=STUDIO))
        session.add(purchase(9, at(1, 5), id="cs_by_hand", studio_id=STUDIO))
    left = [(found.kind, found.object_id) for found in compare(shop).left]
    assert left == [("unknown_to_stripe", "sub_by_hand"), ("unknown_to_stripe", "cs_by_hand")]


def test_what_an_earlier_customer_paid_stays_and_is_no_difference(shop: Shop) -> None:
    shop.buy("pass-teacher-month-usd")
    shop.v1.customers.delete(shop.stripe_id())
    shop.buy("pack-100-usd")
    assert compare(shop).left == []
    assert shop.entitled().plan == "teacher"


def test_a_pack_that_somebody_changed_holds_what_was_paid_again(shop: Shop) -> None:
    shop.buy("pack-100-usd")
    with shop.transactions() as session:
        session.exec(sa.update(Allowance).values(granted=900))
    assert [found.detail for found in compare(shop).mended] == ["granted"]
    with shop.transactions() as session:
        assert session.exec(select(Allowance.granted)).one() == 100


def test_one_studios_trouble_keeps_nobody_else_from_being_compared(shop: Shop) -> None:
    other = Shop(shop.engine, shop.gateway, shop.control, "another")
    for one in (shop, other):
        buy_unheard(one)
    (theirs,) = shop.gateway.subscriptions(shop.stripe_id())
    with shop.transactions() as session:  # somebody wrote the id of one studio's into a third's row
        session.add(subscription(id=theirs["id"], studio_id="third"))
    report = compare(shop)
    assert [(found.kind, found.studio_id) for found in report.left] == [("not_compared", STUDIO)]
    assert other.entitled().plan == "teacher"


def test_a_studio_that_another_process_holds_is_left_for_the_next_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy_unheard(shop)
    monkeypatch.setattr(customers, "PATIENCE_SECONDS", 0.1)

    @contextmanager
    def held() -> Iterator[None]:
        with shop.transactions() as session:
            hold = customers.take(session, shop.now() + timedelta(minutes=5), STUDIO)
        yield
        with shop.transactions() as session:
            customers.store(session, hold, lease_until=None)

    with held():
        report = reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
    assert kinds(report.left) == ["busy"]
    with Session(shop.engine) as session:
        assert session.exec(select(Subscription)).all() == []
