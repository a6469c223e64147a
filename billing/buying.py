"""Buying: Stripe's Checkout for a subscription, a prepaid pass or a pack, and the customer's portal.

Two tabs, two clicks, two owners: one subscription, and no pass paid beside it. Whoever begins a Checkout for
either holds the studio, lets every other one for a subscription expire (and for a subscription those for a
pass), and only then looks whether one was paid; so at most one can ever be completed. Who lost the hold
meanwhile lets their own expire. The same once more leads to the page that is open, a pass or a pack, too:
two tabs are no two purchases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from billing import customers, entitlements
from billing.beforehand import beforehand
from billing.customers import Hold, HoldLostError, Transactions
from billing.entitlements import Stored
from billing.gateway import KNOWN, Data, Gateway, GatewayError
from billing.plans import MONTHS, Catalogue, Item
from billing.refreshing import refresh_held
from billing.tables import PAYABLE, Invoice, Subscription

CARD_FIRST = ("card", "alipay", "wechat_pay")
WALLETS_FIRST = ("wechat_pay", "alipay", "card")
"""How what is paid once can be paid, the way that we would choose first: a pass is for who has no card."""


class AlreadySubscribedError(Exception):
    """The studio has a subscription: it is changed, not bought again."""


class ReadOnlyError(Exception):
    """Nothing is drafted for the studio until it has paid, so a pack would give it nothing."""


class NotToldError(Exception):
    """There is something that the buyer should know first, and has not been told (``beforehand``)."""


class NotSoldError(ValueError):
    """Nothing is sold under this name, or not so many seats of it."""


@dataclass(frozen=True)
class Order:
    """What is wanted, who wants it (``user:5``), and where they come back to. ``{CHECKOUT_SESSION_ID}`` in
    ``success_url`` is filled in by Stripe. ``email`` is where Stripe writes to, and ``name`` for whom its
    invoices are, unless it knows already. ``known``: what of ``Beforehand.ids`` the buyer has been told.
    """

    item: Item
    seats: int
    by: str
    success_url: str
    cancel_url: str
    locale: str
    email: str = ""
    name: str = ""
    known: frozenset[str] = frozenset()


def start(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, order: Order, sold: Catalogue
) -> str:
    """The address at which to pay. Raises AlreadySubscribedError, ReadOnlyError, NotToldError, NotSoldError,
    BusyError and GatewayError.

    A prepaid pass is not sold beside a subscription that renews by itself: it would be paid for twice. Bought
    instead of one whose payment failed, it ends that one as soon as it is paid (``refreshing``).
    """
    check_seats(order.item, order.seats, sold)
    with customers.holding(transactions, now, studio_id) as hold:
        _look(transactions, now, studio_id, order, sold)
        who = {"email": order.email, "name": order.name}
        held = _with_customer(transactions, gateway, now, hold, sold, by=order.by, locale=order.locale, **who)
        assert held.stripe_id is not None
        same, others = _open_sessions(gateway, held.stripe_id, order)
        # What was begun elsewhere may have been paid; who is told of it only now may turn back, so nothing is
        # closed yet.
        refresh_held(transactions, gateway, now, held, sold, by=order.by)
        stored = _look(transactions, now, studio_id, order, sold)
        if others:
            for other in others:
                _close(gateway, other)
            # One of them may have been paid just before it was closed.
            refresh_held(transactions, gateway, now, held, sold, by=order.by)
            stored = _look(transactions, now, studio_id, order, sold)
        subscribing = order.item.kind == "subscription"
        if order.item.kind == "pack" and not entitlements.entitle(stored, now, sold).drafts:
            raise ReadOnlyError
        if order.item.kind == "pass" or (subscribing and same is None):  # else it may be being paid there
            give_up_incomplete(transactions, gateway, stored.subscriptions)
        if _in_the_way(stored, order.item):
            raise AlreadySubscribedError
        owing = [s.id for s in entitlements.owing(stored)] if order.item.kind == "pass" else []
        if same is not None:
            if same["metadata"].get("instead_of", "") == " ".join(owing):
                return str(same["url"])
            _close(gateway, same)
        price = gateway.prices([order.item.key]).get(order.item.key)
        if price is None:
            raise GatewayError("plans_not_synced")
        params = _params(studio_id, held.stripe_id, price["id"], order, owing)
        made = gateway.create_session(params, key=held.key("checkout"))
        try:
            with transactions() as session:
                customers.store(session, held)
        except HoldLostError:  # who has it now knows nothing of this page
            gateway.expire_session(made["id"])
            raise
        return str(made["url"])


def portal(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    studio_id: str,
    return_url: str,
    locale: str,
    sold: Catalogue,
    *,
    by: str,
) -> str:
    """The address of the studio's own pages at Stripe. Raises BusyError and GatewayError."""
    with customers.holding(transactions, now, studio_id) as hold:
        held = _with_customer(transactions, gateway, now, hold, sold, by=by, locale=locale)
        assert held.stripe_id is not None
        return gateway.portal(held.stripe_id, return_url, locale)


def check_seats(item: Item, seats: int, sold: Catalogue) -> None:
    """Raises NotSoldError when so many are not sold."""
    plan = sold.plan(item.code)
    least, most = (plan.seats.least, plan.seats.most) if plan else (1, 1)
    if not least <= seats <= most:
        raise NotSoldError(f"{item.code}: {least} to {most} seats")


def _look(transactions: Transactions, now: datetime, studio_id: str, order: Order, sold: Catalogue) -> Stored:
    """What is stored. NotToldError where there is something in it that the buyer should be told first."""
    with transactions() as session:
        stored = entitlements.load(session, studio_id)
        told = beforehand(session, now, studio_id, stored, order.item, order.seats, sold)
    if not told.ids <= order.known and not _in_the_way(stored, order.item):
        raise NotToldError
    return stored


def _in_the_way(stored: Stored, item: Item) -> bool:
    """Whether there is a subscription beside which this is not sold."""
    if item.kind == "subscription":
        return bool(entitlements.live(stored))
    return item.kind == "pass" and bool(entitlements.renewing(stored))


def _with_customer(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    hold: Hold,
    sold: Catalogue,
    *,
    by: str,
    locale: str,
    **who: str,
) -> Hold:
    """The hold, with Stripe's customer made if there was none, or if the one there was is deleted. The key
    makes it one, whatever is cut off. ``who``: their ``name`` and ``email``, where Stripe knows none.
    """
    key = f"customer:{hold.studio_id}"
    if hold.stripe_id is not None:
        there = gateway.customer(hold.stripe_id)
        if not there.get("deleted"):
            news = {name: value for name, value in who.items() if value and not there.get(name)}
            if news:
                gateway.introduce(hold.stripe_id, locale, **news)
            return hold
        refresh_held(transactions, gateway, now, hold, sold, by=by)  # what it had is over
        key += f":after:{hold.stripe_id}"
    told = {"app": KNOWN, "studio_id": hold.studio_id}
    made = gateway.create_customer(told, key=key)
    # Apart, for under a key two owners must ask for the same.
    gateway.introduce(made["id"], locale, **{name: value for name, value in who.items() if value})
    with transactions() as session:
        customers.store(session, hold, stripe_id=made["id"], gone=False, currency=None)
    return replace(hold, stripe_id=made["id"])


def close_all(gateway: Gateway, customer_id: str) -> None:
    """Let every open Checkout of the customer expire. Raises GatewayError while one can still be paid."""
    if not gateway.customer(customer_id).get("deleted"):
        for session in gateway.sessions(customer_id, status="open"):
            _close(gateway, session)


def give_up_incomplete(
    transactions: Transactions, gateway: Gateway, subscriptions: Sequence[Subscription]
) -> None:
    """End subscriptions whose first payment is still open. Their invoices are voided first: that fails when
    one is being paid at this very moment, and afterwards nobody can pay for what has ended.
    """
    incomplete = [subscription.id for subscription in subscriptions if subscription.status == "incomplete"]
    which = select(Invoice.id).where(
        col(Invoice.subscription_id).in_(incomplete), col(Invoice.status).in_(PAYABLE)
    )
    with transactions() as session:
        open_ = session.exec(which).all()
    for invoice_id in open_:
        gateway.void_invoice(invoice_id)
    for subscription_id in incomplete:
        gateway.cancel_subscription(subscription_id)  # unless it ended with its invoice


def _open_sessions(gateway: Gateway, customer_id: str, order: Order) -> tuple[Data | None, list[Data]]:
    """Of the customer's open Checkouts one of this very order, and those that are not to be paid beside it:
    for a pass those for a subscription, for a subscription those for a pass, too.
    """
    closes = {"subscription": ("subscription", "pass"), "pass": ("subscription",), "pack": ()}
    same, others = None, []
    for session in gateway.sessions(customer_id, status="open"):
        told = session.get("metadata") or {}
        kind = "subscription" if session["mode"] == "subscription" else told.get("kind")
        if same is None and (told.get("item"), told.get("seats")) == (order.item.key, str(order.seats)):
            same = session
        elif kind in closes[order.item.kind]:
            others.append(session)
    return same, others


def _close(gateway: Gateway, session: Data) -> None:
    try:
        gateway.expire_session(session["id"])
    except GatewayError as error:
        if error.again:  # it can still be paid
            raise
        # It is over, or paid at this very moment: that shows in a moment.


def _params(
    studio_id: str, customer_id: str, price_id: str, order: Order, owing: Sequence[str]
) -> dict[str, Any]:
    item = order.item
    told = {
        "app": KNOWN,
        "studio_id": studio_id,
        "kind": item.kind,
        "item": item.key,
        "seats": str(order.seats),
        "by": order.by,
    }
    params: dict[str, Any] = {
        "customer": customer_id,
        "client_reference_id": studio_id,
        "line_items": [{"price": price_id, "quantity": order.seats}],
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "locale": order.locale,
        "metadata": told,
    }
    if item.kind == "subscription":
        return params | {
            "mode": "subscription",
            "allow_promotion_codes": True,
            "subscription_data": {"metadata": {"app": KNOWN, "studio_id": studio_id, "by": order.by}},
        }
    if item.kind == "pass":
        assert item.interval is not None
        told |= {"plan": item.code, "months": str(MONTHS[item.interval])}
        if owing:
            told |= {"instead_of": " ".join(owing)}
    else:
        told |= {"comments": str(int(item.code) * order.seats)}
    return params | {
        "mode": "payment",
        "allowed_payment_method_types": list(WALLETS_FIRST if item.kind == "pass" else CARD_FIRST),
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "payment_intent_data": {"metadata": {"app": KNOWN, "studio_id": studio_id}},
        "invoice_creation": {"enabled": True},
    }
