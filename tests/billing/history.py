"""A studio's true history at the sandbox, one random move after another: what buyers, owners, the operator
and time do. What a move may not do at that moment it leaves.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from stripe import InvalidRequestError

from billing import changing, ledger
from billing.buying import AlreadySubscribedError, ReadOnlyError
from billing.changing import NoChangeError
from billing.customers import BusyError
from billing.gateway import DeclinedError
from billing.trials import begin
from tests.billing.shop import SOLD, Shop

GOOD, FAILS_ON_CHARGE = "4242424242424242", "4000000000000341"
ASKS_FIRST, ALWAYS_ASKS = "4000002500003155", "4000002760003184"
REFUSALS = (AlreadySubscribedError, ReadOnlyError, NoChangeError, DeclinedError, BusyError)


class History:
    """Moves of one studio, which pays in one currency. ``told`` remembers them, for whoever looks at a
    failure.
    """

    def __init__(self, shop: Shop, rng: random.Random, currency: str) -> None:
        self.shop, self.rng = shop, rng
        sold = [item for item in SOLD.items() if item.currency == currency]
        self._renewing = [item for item in sold if item.kind == "subscription"]
        self._once = [item for item in sold if item.kind != "subscription"]
        self.told: list[str] = []
        self._drawings = 0

    def move(self) -> None:
        """Let something happen."""
        moves = [
            *(self.subscribe,) * 3,
            *(self.pay_once,) * 2,
            *(self.pass_time,) * 4,
            *(self.change,) * 3,
            self.bad_card,
            *(self.good_card,) * 2,
            self.asking_card,
            *(self.confirm,) * 2,
            self.cancel,
            self.cancel_at_portal,
            self.resume,
            self.end_now,
            self.refund,
            self.dispute,
            self.draft,
        ]
        what = self.rng.choice(moves)
        self.told.append(what.__name__)
        try:
            what()
        except REFUSALS as error:
            self.told[-1] += f" ({type(error).__name__})"

    def begin_trial(self) -> None:
        with self.shop.transactions() as session:
            begin(session, self.shop.now(), self.shop.studio_id, self.shop.studio_id, SOLD, by="user:1")

    def subscribe(self) -> None:
        """Buy, and perhaps never come back to our page, or not from the bank's."""
        item = self.rng.choice(self._renewing)
        seats = self.rng.randrange(2, 5) if item.code == "studio" else 1
        card = self.rng.choice((GOOD, GOOD, ASKS_FIRST))
        self.shop.pay(self.shop.start(item.key.removeprefix("vermilion-"), seats), card)
        self._come_back()

    def pay_once(self) -> None:
        """A pass or a pack, by card or by a wallet whose payment arrives later, or never."""
        item = self.rng.choice(self._once)
        seats = 2 if item.code == "studio" else 1
        session_id = self.shop.start(item.key.removeprefix("vermilion-"), seats)
        how: dict[str, Any] = self.rng.choice(
            [
                {},
                {"method": "alipay", "outcome": "pay_later"},
                {"method": "wechat_pay", "outcome": "fail_later"},
            ]
        )
        self.shop.pay(session_id, **how)
        self._come_back()

    def pass_time(self) -> None:
        self.shop.wait(hours=self.rng.choice((1, 26, 24 * 8, 24 * 32)))

    def change(self) -> None:
        """Another plan, period or number of seats: by our page."""
        item = self.rng.choice(self._renewing)
        seats = self.rng.randrange(2, 5) if item.code == "studio" else 1
        shop, at = self.shop, changing.to_second(self.shop.now())
        shop.refresh()
        there = shop.live()
        if len(there) != 1:
            raise NoChangeError
        quote = changing.quote(shop.gateway, there[0], item, seats, at, SOLD)
        args = (shop.transactions, shop.gateway, shop.now(), shop.studio_id, item, seats, at)
        changing.change(*args, quote.due, quote.credit, SOLD, by="user:1")

    def bad_card(self) -> None:
        """The card in use will fail from now on."""
        self.shop.use_card(FAILS_ON_CHARGE)

    def asking_card(self) -> None:
        """The bank of the card in use wants every payment confirmed from now on."""
        self.shop.use_card(ALWAYS_ASKS)

    def confirm(self) -> None:
        """The payer confirms on the bank's page what waits for that, or refuses to."""
        if customer := self._customer():
            for intent in self.shop.v1.payment_intents.list({"customer": customer, "limit": 100}).data:
                if intent.status == "requires_action":
                    outcome = self.rng.choice(("pay", "pay", "refuse"))
                    self.shop.control(f"authenticate/{intent.id}", outcome=outcome)

    def good_card(self) -> None:
        """In the portal: another card, and what is open is paid."""
        self.shop.use_card(GOOD)
        if customer := self._customer():
            for invoice in self.shop.gateway.invoices(customer):
                if invoice["status"] == "open":
                    try:
                        self.shop.v1.invoices.pay(invoice["id"])
                    except InvalidRequestError:  # a worker has just seen that its plan is over
                        assert self.shop.v1.invoices.retrieve(invoice["id"]).status == "void"

    def cancel(self) -> None:
        self._of_ours(changing.cancel)

    def cancel_at_portal(self) -> None:
        """There it is to end with its period, whether or not that is paid."""
        for subscription in self._live():
            if subscription["cancel_at"] is None:
                with self._unless_over(subscription["id"]):
                    self.shop.v1.subscriptions.update(subscription["id"], {"cancel_at_period_end": True})

    def resume(self) -> None:
        self._of_ours(changing.resume)

    def end_now(self) -> None:
        """The operator ends the subscription in Stripe's dashboard."""
        for subscription in self._live():
            self.shop.gateway.cancel_subscription(subscription["id"])

    def refund(self) -> None:
        """The operator pays something that was paid once back, all or a part."""
        for charge in self._paid_once():
            amount = charge["amount"] if self.rng.random() < 0.7 else charge["amount"] // 3
            self.shop.v1.refunds.create({"charge": charge["id"], "amount": amount})

    def dispute(self) -> None:
        """A buyer disputes what was paid once, and the operator gives in, or not yet."""
        for charge in self._paid_once():
            self.shop.control("disputes", charge=charge["id"], reason="fraudulent")
            if self.rng.random() < 0.5:
                (there,) = self.shop.gateway.disputes(charge["id"])
                self.shop.v1.disputes.close(there["id"])

    def draft(self) -> None:
        """A class is drafted, and half of it accepted."""
        drawings = [f"{self.shop.studio_id[:8]}{self._drawings + i:04}" for i in range(30)]
        self._drawings += 30
        now = self.shop.now()
        with self.shop.transactions() as session:
            got = ledger.reserve(
                session, now, self.shop.studio_id, drawings, self.shop.entitled(now), by="user:1"
            )
            for drawing in got.covered[::2]:
                ledger.drafted(session, now + timedelta(seconds=9), drawing)
                ledger.commit(session, now + timedelta(seconds=30), drawing)

    def _come_back(self) -> None:
        if self.rng.random() < 0.3:
            self.shop.refresh()

    @contextmanager
    def _unless_over(self, subscription_id: str) -> Iterator[None]:
        """A worker may have ended it since it was listed: one that was to end and is not paid."""
        try:
            yield
        except InvalidRequestError:
            assert self.shop.v1.subscriptions.retrieve(subscription_id).status == "canceled"

    def _of_ours(self, what: Any) -> None:
        shop = self.shop
        what(shop.transactions, shop.gateway, shop.now(), shop.studio_id, SOLD, by="user:1")

    def _customer(self) -> str | None:
        return self.shop.stripe_id()

    def _live(self) -> list[Any]:
        customer = self._customer()
        every = self.shop.gateway.subscriptions(customer) if customer else []
        return [s for s in every if s["status"] not in ("canceled", "incomplete_expired")]

    def _paid_once(self) -> list[Any]:
        """The newest charge that no subscription made and nobody has taken back, if there is one."""
        customer = self._customer()
        if customer is None:
            return []
        once = {s["payment_intent"] for s in self.shop.gateway.sessions(customer) if s["mode"] == "payment"}
        return [
            charge
            for charge in self.shop.gateway.charges(customer)
            if charge["payment_intent"] in once
            and charge["paid"]
            and not charge["disputed"]
            and not charge["amount_refunded"]
        ][:1]
