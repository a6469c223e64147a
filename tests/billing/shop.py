"""A shop at the sandbox: our own gateway and functions over HTTP, the buyer's side through the sandbox's
controls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session
from stripe import InvalidRequestError

from billing import buying, entitlements, inbox, refreshing, webhooks
from billing.beforehand import Beforehand, beforehand
from billing.buying import NotToldError, Order
from billing.entitlements import Entitlement
from billing.gateway import Data, Gateway
from billing.plans import catalogue
from billing.projection import Change
from billing.tables import Customer, Subscription
from tests.billing.control import Control

SOLD = catalogue()
STUDIO = "studio"


class Shop:
    """One studio's dealings. ``control`` is the sandbox's (see ``conftest``)."""

    def __init__(
        self, engine: sa.Engine, gateway: Gateway, control: Control, studio_id: str = STUDIO
    ) -> None:
        self.engine, self.gateway, self.control = engine, gateway, control
        self.studio_id = studio_id

    @property
    def v1(self) -> Any:
        """Stripe's client itself, for what only others do: the buyer, the operator in Stripe's dashboard."""
        return self.gateway._v1

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def now(self) -> datetime:
        """The time at the sandbox."""
        return datetime.fromtimestamp(self.control.now(), UTC)

    def wait(self, **time: float) -> None:
        """Let time pass there: ``wait(days=3)``."""
        self.control("clock", advance=int(timedelta(**time).total_seconds()))

    def order(self, key: str, seats: int = 1, by: str = "user:1") -> Order:
        return Order(
            SOLD.item(f"vermilion-{key}"),
            seats,
            by,
            "http://localhost/bought?session={CHECKOUT_SESSION_ID}",
            "http://localhost/pricing",
            "en",
        )

    def start(self, key: str, seats: int = 1, by: str = "user:1") -> str:
        """Begin to buy, knowing whatever there is to know; the Checkout session's id."""
        order, url = self.order(key, seats, by), ""
        while not url:  # what a wallet does meanwhile has to be told, too
            try:
                url = self.begin(order)
            except NotToldError:
                told = self.to_know(order).ids
                assert not told <= order.known
                order = replace(order, known=order.known | told)
        customer = self.stripe_id()
        (session,) = [s for s in self.gateway.sessions(customer, status="open") if s["url"] == url]
        return str(session["id"])

    def begin(self, order: Order) -> str:
        """Begin to buy what is ordered; the address at which it is paid."""
        return buying.start(self.transactions, self.gateway, self.now(), self.studio_id, order, SOLD)

    def to_know(self, order: Order) -> Beforehand:
        """What the buyer should know before."""
        with self.transactions() as session:
            stored = entitlements.load(session, self.studio_id)
            return beforehand(session, self.now(), self.studio_id, stored, order.item, order.seats, SOLD)

    def pay(self, session_id: str, card: str = "4242424242424242", **how: Any) -> Data:
        """The buyer pays on Stripe's page."""
        told = {"card": card} if "method" not in how else {}
        done: Data = self.control(
            f"checkout/{session_id}/complete", email="o@studio.example", name="O", **told, **how
        )
        return done

    def buy(self, key: str, seats: int = 1, **how: Any) -> None:
        """Begin, pay and come back."""
        self.pay(self.start(key, seats), **how)
        self.refresh()

    def refresh(self, by: str = "return:cs") -> list[Change]:
        return refreshing.refresh(self.transactions, self.gateway, self.now(), self.studio_id, SOLD, by=by)

    def stripe_id(self) -> str:
        with self.transactions() as session:
            return str(session.get_one(Customer, self.studio_id).stripe_id)

    def entitled(self, at: datetime | None = None) -> Entitlement:
        with self.transactions() as session:
            return entitlements.entitle(entitlements.load(session, self.studio_id), at or self.now(), SOLD)

    def live(self) -> list[Subscription]:
        """The live subscriptions, as they are stored."""
        with self.transactions() as session:
            return entitlements.live(entitlements.load(session, self.studio_id))

    def subscription(self) -> Subscription:
        """The one live subscription."""
        (row,) = self.live()
        return row

    def hear(self, payload: bytes, signature: str) -> webhooks.Outcome:
        """A webhook arrives."""
        with self.transactions() as session:
            return webhooks.receive(session, self.now(), self.gateway, payload, signature)[0]

    def work(self, event_id: str) -> None:
        """A worker looks at an event."""
        inbox.process(self.transactions, self.gateway, self.now(), event_id, SOLD)

    def use_card(self, number: str) -> None:
        """The buyer puts in another card, in the portal."""
        customer = self.stripe_id()
        card = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        method = self.v1.payment_methods.create({"type": "card", "card": card})
        self.v1.payment_methods.attach(method.id, {"customer": customer})
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
        for subscription in self.gateway.subscriptions(customer):
            if subscription["status"] not in entitlements.ENDED:
                try:
                    self.v1.subscriptions.update(subscription["id"], {"default_payment_method": method.id})
                except InvalidRequestError:  # a worker has ended it since it was listed
                    assert self.v1.subscriptions.retrieve(subscription["id"]).status == "canceled"
