"""Power is cut after any one thing that was done, at Stripe or in the database: what is begun again ends as
if nothing had happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import Session, select

from billing import buying, changing, inbox, refreshing, webhooks
from billing.entitlements import Source
from billing.gateway import Data, Gateway
from billing.tables import Allowance, Customer, Event, EventState, History
from tests.billing.shop import SOLD, Shop

MONTHLY, SEATS = "subscription-teacher-month-usd", "subscription-studio-month-usd"
YEARLY, PASS = "subscription-teacher-year-usd", "pass-teacher-month-usd"


class PowerCutError(BaseException):
    """Nothing that this process does after it counts."""


class Doomed(Gateway):
    """A process that ends after so many commits and calls that changed something; what else it asked makes
    no difference to anyone. ``done``: whether it came to its end before.
    """

    def __init__(self, shop: Shop, steps: int, key: str, url: str) -> None:
        super().__init__(key, [], url)
        self._shop, self._steps = shop, steps
        self.done = False

    def live_through(self, what: Callable[["Doomed"], Any]) -> None:
        try:
            what(self)
            self.done = True
        except PowerCutError:
            # Its lease runs out, by the machine's time; and what it asked for is a while ago.
            with self._shop.transactions() as session:
                if customer := session.get(Customer, self._shop.studio_id):
                    customer.lease_until = None
            self._shop.wait(minutes=2)

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        if not self._steps:
            raise PowerCutError
        with self._shop.transactions() as session:
            yield session
        self._step()

    def _step(self) -> None:
        self._steps -= 1
        if not self._steps:
            raise PowerCutError

    def _do(self, call: Any, params: Data, *, key: str | None = None) -> Data:
        made = super()._do(call, params, key=key)
        self._step()
        return made

    def _change(self, call: Any, object_id: str, params: Data, *, key: str | None = None) -> Data:
        changed = super()._change(call, object_id, params, key=key)
        self._step()
        return changed

    def expire_session(self, session_id: str) -> None:
        super().expire_session(session_id)
        self._step()

    def void_invoice(self, invoice_id: str) -> None:
        super().void_invoice(invoice_id)
        self._step()

    def cancel_subscription(self, subscription_id: str) -> None:
        super().cancel_subscription(subscription_id)
        self._step()


Lives = Callable[[], Iterator[tuple[Shop, Doomed]]]


@pytest.fixture
def lives(shop: Shop, stripe_key: str, sandbox_url: str) -> Lives:
    """A studio and a process for each place at which it can be cut off, and a last one that is not."""

    def each() -> Iterator[tuple[Shop, Doomed]]:
        for steps in count(1):
            studio = Shop(shop.engine, shop.gateway, shop.control, f"studio{steps}")
            doomed = Doomed(studio, steps, stripe_key, sandbox_url)
            yield studio, doomed
            if doomed.done:
                assert steps > 4
                return

    return each


def test_buying(lives: Lives) -> None:
    for studio, doomed in lives():

        def start(of: Doomed, studio: Shop = studio) -> None:
            order = studio.order(MONTHLY)
            buying.start(of.transactions, of, studio.now(), studio.studio_id, order, SOLD)

        doomed.live_through(start)
        session_id = studio.start(MONTHLY)
        assert len(studio.gateway.sessions(studio.stripe_id(), status="open")) == 1
        studio.pay(session_id)
        studio.refresh()
        assert studio.subscription().status == "active"
        ours = [c for c in studio.gateway.customers() if c["metadata"]["studio_id"] == studio.studio_id]
        assert [c["id"] for c in ours] == [studio.stripe_id()]


def begun_elsewhere(studio: Shop) -> str:
    """A subscription whose first payment is still open; its invoice."""
    price = studio.gateway.prices([f"vermilion-{MONTHLY}"])[f"vermilion-{MONTHLY}"]["id"]
    wanted = {
        "customer": studio.stripe_id(),
        "items": [{"price": price}],
        "payment_behavior": "default_incomplete",
    }
    return str(studio.v1.subscriptions.create(wanted).latest_invoice)


def cannot_be_paid(studio: Shop, sessions: Sequence[str], invoice_id: str) -> None:
    assert {studio.gateway.session(session_id)["status"] for session_id in sessions} == {"expired"}
    assert studio.gateway.invoice(invoice_id)["status"] == "void"


def test_ordering_something_else(lives: Lives) -> None:
    for studio, doomed in lives():
        sessions = [studio.start(MONTHLY), studio.start(PASS)]
        sessions.append(str(_again(studio, MONTHLY)["id"]))
        invoice_id = begun_elsewhere(studio)

        def start(of: Doomed, studio: Shop = studio) -> None:
            order = studio.order(YEARLY)
            buying.start(of.transactions, of, studio.now(), studio.studio_id, order, SOLD)

        doomed.live_through(start)
        session_id = studio.start(YEARLY)
        cannot_be_paid(studio, sessions, invoice_id)
        (open_,) = studio.gateway.sessions(studio.stripe_id(), status="open")
        assert open_["id"] == session_id
        studio.pay(session_id)
        studio.refresh()
        assert studio.subscription().interval == "year"
        assert [charge["amount"] for charge in studio.gateway.charges(studio.stripe_id())] == [12000]


def _again(studio: Shop, key: str) -> Data:
    """Another Checkout, as one that lost the studio would leave it behind."""
    item = f"vermilion-{key}"
    told = {"studio_id": studio.studio_id, "kind": "subscription", "item": item, "seats": "1"}
    params = {
        "customer": studio.stripe_id(),
        "line_items": [{"price": studio.gateway.prices([item])[item]["id"], "quantity": 1}],
        "mode": "subscription",
        "success_url": "http://localhost/bought",
        "metadata": told,
    }
    return studio.gateway.create_session(params, key=f"left:{studio.studio_id}")


def test_prepaying_instead_of_a_payment_that_failed(lives: Lives) -> None:
    for studio, doomed in lives():
        studio.buy(MONTHLY)
        studio.use_card("4000000000000341")
        studio.wait(days=32)
        studio.refresh()
        studio.pay(studio.start(PASS))

        def hear(of: Doomed, studio: Shop = studio) -> None:
            refreshing.refresh(of.transactions, of, studio.now(), studio.studio_id, SOLD, by="event:evt_1")

        doomed.live_through(hear)
        studio.refresh()
        assert (studio.live(), studio.entitled().source) == ([], Source.PASS)
        studio.use_card("4242424242424242")
        studio.wait(days=20)  # in which Stripe would have tried again
        assert studio.refresh() == []
        paid = [c["amount"] for c in studio.gateway.charges(studio.stripe_id()) if c["paid"]]
        assert paid == [1300, 1200]
        with studio.transactions() as session:
            told = select(History.after).where(History.studio_id == studio.studio_id)
            ends = [after for after in session.exec(told) if after.get("status") == "canceled"]
        assert len(ends) == 1


def test_ending(lives: Lives) -> None:
    for studio, doomed in lives():
        sessions = [studio.start(PASS), studio.start("pack-100-usd")]
        studio.buy(MONTHLY)
        sessions.append(studio.start("pack-100-usd"))
        invoice_id = begun_elsewhere(studio)

        def end(of: Gateway, transactions: Any, studio: Shop = studio) -> None:
            changing.end(transactions, of, studio.now(), studio.studio_id, SOLD, by="operator:1")

        doomed.live_through(lambda of, end=end: end(of, of.transactions))
        end(studio.gateway, studio.transactions)
        cannot_be_paid(studio, sessions, invoice_id)
        there = studio.gateway.subscriptions(studio.stripe_id())
        assert {subscription["status"] for subscription in there} <= {"canceled", "incomplete_expired"}
        assert (studio.live(), studio.refresh()) == ([], [])
        assert studio.entitled().source is Source.FREE


def test_changing(lives: Lives) -> None:
    item = SOLD.item(f"vermilion-{SEATS}")
    for studio, doomed in lives():
        studio.buy(MONTHLY)
        at = changing.to_second(studio.now())
        quote = changing.quote(studio.gateway, studio.subscription(), item, 2, at, SOLD)

        def change(of: Gateway, transactions: Any, studio: Shop = studio, quote: Any = quote) -> None:
            args = (studio.studio_id, item, 2, quote.at, quote.due, quote.credit)
            changing.change(transactions, of, studio.now(), *args, SOLD, by="user:1")

        doomed.live_through(lambda of, change=change: change(of, of.transactions))
        studio.refresh()
        if studio.subscription().plan == "teacher":
            change(studio.gateway, studio.transactions)
        assert (studio.subscription().plan, studio.subscription().seats) == ("studio", 2)
        charged = [charge["amount"] for charge in studio.gateway.charges(studio.stripe_id())]
        assert charged == [quote.due, 1200]


def test_hearing_of_a_payment(lives: Lives) -> None:
    for studio, doomed in lives():
        studio.pay(studio.start("pack-100-usd"))
        event_id = f"evt_{studio.studio_id}"

        def hear(of: Doomed, studio: Shop = studio, event_id: str = event_id) -> None:
            with of.transactions() as session:
                webhooks.keep(session, studio.now(), _event(event_id, studio))
            inbox.process(of.transactions, of, studio.now(), event_id, SOLD)

        doomed.live_through(hear)
        with studio.transactions() as session:
            webhooks.keep(session, studio.now(), _event(event_id, studio))  # Stripe got no answer
            overdue = inbox.overdue(session, studio.now() + timedelta(minutes=9))
        assert overdue == ([] if _state(studio, event_id) is EventState.DONE else [event_id])
        for waiting in overdue:
            studio.work(waiting)
        assert _state(studio, event_id) is EventState.DONE
        with studio.transactions() as session:
            of_studio = Allowance.studio_id == studio.studio_id
            assert session.exec(select(Allowance.granted).where(of_studio)).all() == [100]
            told = select(History.by).where(
                History.studio_id == studio.studio_id, History.what == "quota.pack"
            )
            assert session.exec(told).all() == [f"event:{event_id}"]


def _event(event_id: str, studio: Shop) -> Mapping[str, Any]:
    told = {"object": "invoice", "customer": studio.stripe_id()}
    return {"id": event_id, "type": "invoice.paid", "created": 1_770_000_000, "data": {"object": told}}


def _state(studio: Shop, event_id: str) -> EventState:
    with studio.transactions() as session:
        return session.get_one(Event, event_id).state
