"""Whatever happens to events on their way, what is stored and what a studio may do is what Stripe says.

The soak's orders are those of the seeds 100 to 2099, or of the environment's ``ORDERS``, such as ``300-699``:
so it can be divided between processes, and taken up again where it was left.
"""

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from billing import snapshot, tables
from billing.bought import purchases
from billing.entitlements import Stored, entitle, load
from billing.gateway import Gateway
from billing.reconcile import reconcile
from billing.tables import Allowance, Customer, Dispute, Event, Invoice, Purchase, PurchaseKind, Subscription
from tests.billing import plain
from tests.billing.books import check
from tests.billing.control import Control
from tests.billing.history import History
from tests.billing.post import Post
from tests.billing.shop import SOLD, Shop
from webapp.platform.db import new_id, open_engine

ROUNDS = 3
MOVES = 3


def soaked() -> list[int]:
    """The first seeds of the soak's tens."""
    first, _, last = os.environ.get("ORDERS", "100-2099").partition("-")
    return list(range(int(first), int(last or first) + 1, 10))


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_any_order_of_events_ends_as_stripe_says(
    engine_of: sa.Engine, sandbox_url: str, catalogue_key: str, first: int
) -> None:
    for seed in range(first, first + 10):
        one_order(engine_of, sandbox_url, catalogue_key, seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", soaked())
def test_two_thousand_orders(engine_of: sa.Engine, sandbox_url: str, catalogue_key: str, first: int) -> None:
    for seed in range(first, first + 10):
        one_order(engine_of, sandbox_url, catalogue_key, seed)


@pytest.fixture
def engine_of(request: pytest.FixtureRequest, first: int) -> Iterator[sa.Engine]:
    """SQLite; every fifth time PostgreSQL."""
    name = "postgres_settings" if first // 10 % 5 == 4 else "settings"
    engine = open_engine(request.getfixturevalue(name))
    yield engine
    engine.dispose()


def one_order(engine: sa.Engine, url: str, catalogue_key: str, seed: int) -> None:
    """One history on an account of its own, with one way of its events to us."""
    rng = random.Random(seed)
    key = f"sk_test_{secrets.token_hex(12)}"
    gateway = Gateway(key, ["whsec_x"], url)
    shop = Shop(engine, gateway, Control(url, key), new_id())
    shop.control("copy", of=catalogue_key)
    shop.control("switches", after_retries=rng.choice(("cancel", "unpaid", "past_due")))
    currency = rng.choice(("usd", "usd", "cny"))
    history, post = History(shop, rng, currency), Post(shop, "whsec_x", rng)
    shop.start(f"subscription-teacher-month-{currency}")  # from here on the studio has a customer
    if rng.random() < 0.5:
        history.begin_trial()
    try:
        for _ in range(ROUNDS):
            for _ in range(MOVES):
                history.move()
                post.collect()
                post.deliver()
            shop.wait(minutes=1)  # what wallets owe arrives now, and not while we compare
            post.collect()
            post.arrive()
            if post.lost:
                reconcile(shop.transactions, gateway, shop.now(), SOLD)
                assert reconcile(shop.transactions, gateway, shop.now(), SOLD).mended == []
                post.lost = False
            compare(shop, currency)
    except BaseException as error:
        error.add_note(f"seed {seed}: {history.told}")
        raise
    finally:
        post.stop()


def compare(shop: Shop, currency: str) -> None:
    """Stored state and entitlements are Stripe's, asked anew."""
    found = snapshot.fetch(shop.gateway, shop.stripe_id())
    now = shop.now()
    with shop.transactions() as session:
        stored = load(session, shop.studio_id)
        rows(stored.subscriptions, snapshot.subscriptions(found, SOLD))
        rows(stored.purchases, purchases(found, shop.studio_id))
        invoices = session.exec(select(Invoice).where(Invoice.studio_id == shop.studio_id)).all()
        rows(invoices, snapshot.invoices(found))
        customer = session.get_one(Customer, shop.studio_id)
        rows([customer], {shop.studio_id: snapshot.customer(found)}, key="studio_id")
        fresh = Stored(
            trial=stored.trial,
            subscriptions=[
                Subscription(id=id_, studio_id="s", by="", **fields)
                for id_, fields in sorted(snapshot.subscriptions(found, SOLD).items())
            ],
            purchases=[
                Purchase(id=id_, studio_id="s", by="", **fields)
                for id_, fields in sorted(purchases(found, shop.studio_id).items())
            ],
        )
        mine, theirs = entitle(stored, now, SOLD), entitle(fresh, now, SOLD)
        for what in ("plan", "seats", "source", "source_id", "month", "granted", "ends_at", "grace_until"):
            assert getattr(mine, what) == getattr(theirs, what), what
        check(session)
        told(session, shop, stored.subscriptions)
        counted(found, invoices, stored.purchases, currency)
        packs = session.exec(
            select(Allowance).where(Allowance.studio_id == shop.studio_id, Allowance.is_pack)
        ).all()
        bought = [p for p in fresh.purchases if p.kind is PurchaseKind.PACK]
        assert {p.source for p in packs} == {p.id for p in bought}
        for pack in packs:
            (purchase,) = [p for p in bought if p.id == pack.source]
            assert purchase.revoked_at or pack.granted == purchase.comments
        disputes = session.exec(select(Dispute).where(Dispute.studio_id == shop.studio_id)).all()
        rows(disputes, snapshot.disputes(found))
    moves = shop.v1.customers.balance_transactions.list(shop.stripe_id(), {"limit": 100}).data
    plain.check_credit(moves, customer, invoices)
    plain.check_disputes(shop.v1.disputes.list({"limit": 100}).data, disputes)
    plain.check(found, stored.trial, now, mine)


def told(session: Session, shop: Shop, subscriptions: Sequence[Subscription]) -> None:
    """The history, read from its beginning, ends with what is stored, and each line of it names who or what
    caused it: a person, an event that came, a return, or reconciliation.
    """
    lines = session.exec(select(tables.History).where(tables.History.studio_id == shop.studio_id)).all()
    known = {f"event:{event_id}" for event_id in session.exec(select(Event.id))}
    assert {line.by for line in lines} <= known | {"user:1", "return:cs", "reconciliation", "plan:free"}
    for subscription in subscriptions:
        of_this = [line for line in lines if line.object_id == subscription.id]
        assert [line.what for line in of_this].count("plan.begun") == 1
        for name in ("status", "plan", "seats", "interval"):
            values = [(line.before.get(name), line.after[name]) for line in of_this if name in line.after]
            assert Counter(before for before, _ in values) + Counter([getattr(subscription, name)]) == (
                Counter(after for _, after in values) + Counter([None])
            ), (subscription.id, name)


def counted(
    found: snapshot.Snapshot, invoices: Sequence[Invoice], purchases: Sequence[Purchase], currency: str
) -> None:
    """To the cent: what our invoices and purchases say was paid and given back is what was charged and
    refunded.
    """
    charges = [charge for charge in found.charges if charge["paid"]]
    assert {charge["currency"] for charge in charges} <= {currency}
    assert sum(invoice.paid for invoice in invoices) == sum(charge["amount"] for charge in charges)
    by_payment = {charge["payment_intent"]: charge for charge in charges}
    for purchase in purchases:
        charge = by_payment[purchase.payment_id]
        given_back = sum(refund["amount"] for refund in found.refunds.get(charge["id"], []))
        assert (purchase.amount, purchase.refunded) == (charge["amount"], given_back)


def rows(stored: Any, wanted: dict[str, dict[str, Any]], key: str = "id") -> None:
    there = {getattr(row, key): row for row in stored}
    assert there.keys() == wanted.keys()
    for id_, fields in wanted.items():
        for name, value in fields.items():
            assert getattr(there[id_], name) == value, (id_, name)
