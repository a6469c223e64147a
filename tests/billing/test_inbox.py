"""What becomes of events that came: ours, somebody else's, and those that make trouble."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from billing import customers, inbox, projection
from billing.customers import BusyError
from billing.gateway import Gateway
from billing.tables import Event, EventState
from tests.billing.rows import SOLD, at
from tests.billing.shop import STUDIO, Shop

NOW = at(3, 10)


def came(shop: Shop, event_id: str = "evt_1", at: datetime | None = None, **fields: object) -> str:
    """An event that was kept; its id."""
    moment = at or shop.now()
    with shop.transactions() as session:
        session.add(Event(id=event_id, type="invoice.paid", created_at=moment, received_at=moment, **fields))
    return event_id


def event(shop: Shop, event_id: str = "evt_1") -> Event:
    with shop.transactions() as session:
        return session.get_one(Event, event_id)


def test_one_asking_settles_what_waits_of_the_same_customer_and_nothing_else(shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    for number in range(3):
        came(shop, f"evt_{number}", customer=shop.stripe_id())
    came(shop, "evt_other", customer="cus_other")
    shop.work("evt_1")
    states = [event(shop, name).state for name in ("evt_0", "evt_1", "evt_2", "evt_other")]
    assert states == [EventState.DONE] * 3 + [EventState.WAITING]


@pytest.mark.parametrize(
    "of",
    [
        {},  # of nobody, such as a guest's payment
        {"customer": "cus_nobody"},
        {"charge": "ch_nobody"},
    ],
)
def test_what_is_of_no_customer_of_ours_is_put_aside_and_logged(shop: Shop, of: dict[str, str]) -> None:
    came(shop, **of)
    with capture_logs() as logs:
        shop.work("evt_1")
    assert event(shop).state is EventState.FOREIGN
    assert [(line["event"], line["id"]) for line in logs] == [("foreign_event", "evt_1")]


def test_another_shops_customer_in_our_account_is_foreign_and_so_is_what_only_claims_to_be_ours(
    shop: Shop,
) -> None:
    for number, told in enumerate(({"app": "hats"}, {"app": "vermilion", "studio_id": "unheard-of"})):
        made = shop.gateway.create_customer(told, key=f"k{number}")
        shop.work(came(shop, f"evt_{number}", customer=made["id"]))
        assert event(shop, f"evt_{number}").state is EventState.FOREIGN


def test_a_dispute_finds_its_customer_by_the_charge(shop: Shop) -> None:
    shop.buy("pass-teacher-month-usd")
    (charge,) = shop.gateway.charges(shop.stripe_id())
    shop.control("disputes", charge=charge["id"], reason="fraudulent")
    shop.work(came(shop, charge=charge["id"]))
    assert (event(shop).state, event(shop).customer) == (EventState.DONE, shop.stripe_id())


def test_while_stripe_is_away_an_event_waits_longer_each_time_and_is_given_up_at_last(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.start("subscription-teacher-month-usd")
    came(shop, at=NOW, customer=shop.stripe_id())
    monkeypatch.setattr("billing.gateway.RETRIES", 0)
    away = Gateway("sk_test_x", [], "http://127.0.0.1:9")
    for minutes in (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        assert event(shop).state is EventState.WAITING
        turn = NOW + timedelta(minutes=minutes)
        with shop.transactions() as session:
            assert inbox.overdue(session, turn - timedelta(seconds=1)) == []
            assert inbox.overdue(session, turn) == ["evt_1"]
        inbox.process(shop.transactions, away, turn, "evt_1", SOLD)
    assert (event(shop).state, event(shop).error) == (EventState.FAILED, "APIConnectionError")


def test_an_event_that_breaks_something_of_ours_is_not_tried_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.start("subscription-teacher-month-usd")
    came(shop, customer=shop.stripe_id())

    def broken(*_args: object, **_more: object) -> None:
        raise KeyError("unheard_of")

    with monkeypatch.context() as patched:
        patched.setattr(projection, "project", broken)
        for _ in range(inbox.ATTEMPTS):
            with pytest.raises(KeyError):
                shop.work("evt_1")
        shop.work("evt_1")  # given up
    assert (event(shop).state, event(shop).error) == (EventState.FAILED, "KeyError")
    with Session(shop.engine) as session:
        assert inbox.overdue(session, shop.now() + timedelta(days=9)) == []


def test_a_studio_that_is_held_is_no_failure(shop: Shop) -> None:
    shop.start("subscription-teacher-month-usd")
    came(shop, customer=shop.stripe_id())
    with customers.holding(shop.transactions, shop.now(), STUDIO), pytest.raises(BusyError):
        shop.work("evt_1")
    assert (event(shop).state, event(shop).attempts) == (EventState.WAITING, 0)


def test_what_arrives_while_stripe_is_asked_is_asked_about_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.start("subscription-teacher-month-usd")
    came(shop, customer=shop.stripe_id())
    customer = Gateway.customer

    def meanwhile(gateway: Gateway, customer_id: str) -> dict[str, object]:
        came(shop, "evt_2", customer=customer_id)
        return customer(gateway, customer_id)

    with monkeypatch.context() as patched:
        patched.setattr(Gateway, "customer", meanwhile)
        shop.work("evt_1")
    assert [event(shop, name).state for name in ("evt_1", "evt_2")] == [EventState.DONE, EventState.WAITING]
    with Session(shop.engine) as session:
        assert session.exec(select(Event.id).where(Event.state == EventState.WAITING)).all() == ["evt_2"]
