"""Buying: Stripe's Checkout for a subscription, a prepaid pass or a pack, and the customer's portal.

Two tabs, two clicks, two owners: one subscription. Whoever begins a Checkout holds the studio, lets every
other one for a subscription expire, and only then looks whether one was paid; so at most one can ever be
completed.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from billing import customers, entitlements
from billing.customers import Hold, Transactions
from billing.gateway import KNOWN, Data, Gateway, GatewayError
from billing.plans import MONTHS, Catalogue, Item
from billing.refreshing import refresh_held

PREPAID_WAYS = ("card", "alipay", "wechat_pay")


class AlreadySubscribedError(Exception):
    """The studio has a subscription: it is changed, not bought again."""


class NotSoldError(ValueError):
    """Nothing is sold under this name, or not so many seats of it."""


@dataclass(frozen=True)
class Order:
    """What is wanted, who wants it (``user:5``), and where they come back to. ``{CHECKOUT_SESSION_ID}`` in
    ``success_url`` is filled in by Stripe.
    """

    item: Item
    seats: int
    by: str
    success_url: str
    cancel_url: str
    locale: str


def start(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, order: Order, sold: Catalogue
) -> str:
    """The address at which to pay. Raises AlreadySubscribedError, NotSoldError, BusyError and GatewayError.

    A prepaid pass is not sold beside a subscription that renews by itself: it would be paid for twice.
    """
    check_seats(order.item, order.seats, sold)
    with customers.holding(transactions, now, studio_id) as hold:
        held = _with_customer(transactions, gateway, hold, order.locale)
        assert held.stripe_id is not None
        same = _other_sessions(gateway, held.stripe_id, order) if order.item.kind == "subscription" else None
        refresh_held(transactions, gateway, now, held, sold, by=order.by)
        with transactions() as session:
            stored = entitlements.load(session, studio_id)
        if order.item.kind == "subscription":
            for unpaid in (s for s in stored.subscriptions if s.status == "incomplete"):
                gateway.cancel_subscription(unpaid.id)
            in_the_way = entitlements.live(stored)
        else:
            renewing = [s for s in entitlements.live(stored) if s.ends_at is None]
            in_the_way = renewing if order.item.kind == "pass" else []
        if in_the_way:
            raise AlreadySubscribedError
        if same is not None:
            return str(same["url"])
        price = gateway.prices([order.item.key]).get(order.item.key)
        if price is None:
            raise GatewayError("plans_not_synced")
        params = _params(studio_id, held.stripe_id, price["id"], order)
        made = gateway.create_session(params, key=f"checkout:{studio_id}:{held.version}")
        return str(made["url"])


def portal(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, return_url: str, locale: str
) -> str:
    """The address of the studio's own pages at Stripe."""
    with customers.holding(transactions, now, studio_id) as hold:
        held = _with_customer(transactions, gateway, hold, locale)
        assert held.stripe_id is not None
        return gateway.portal(held.stripe_id, return_url, locale)


def check_seats(item: Item, seats: int, sold: Catalogue) -> None:
    """Raises NotSoldError when so many are not sold."""
    plan = sold.plan(item.code)
    least, most = (plan.seats.least, plan.seats.most) if plan else (1, 1)
    if not least <= seats <= most:
        raise NotSoldError(f"{item.code}: {least} to {most} seats")


def _with_customer(transactions: Transactions, gateway: Gateway, hold: Hold, locale: str) -> Hold:
    """The hold, with Stripe's customer made if there was none. The key makes it one, whatever is cut off."""
    if hold.stripe_id is not None:
        return hold
    told = {"app": KNOWN, "studio_id": hold.studio_id}
    made = gateway.create_customer(told, key=f"customer:{hold.studio_id}")
    gateway.set_language(made["id"], locale)  # apart, for under a key two owners must ask for the same
    with transactions() as session:
        customers.store(session, hold, stripe_id=made["id"])
    return replace(hold, stripe_id=made["id"])


def _other_sessions(gateway: Gateway, customer_id: str, order: Order) -> Data | None:
    """Let the customer's open Checkouts for a subscription expire, but for one of this very order."""
    same = None
    for session in gateway.sessions(customer_id, status="open"):
        if session["mode"] != "subscription":
            continue
        told = session.get("metadata") or {}
        if same is None and (told.get("item"), told.get("seats")) == (order.item.key, str(order.seats)):
            same = session
        else:
            with suppress(GatewayError):  # paid at this very moment: that shows in a moment
                gateway.expire_session(session["id"])
    return same


def _params(studio_id: str, customer_id: str, price_id: str, order: Order) -> dict[str, Any]:
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
    else:
        told |= {"comments": str(int(item.code) * order.seats)}
    return params | {
        "mode": "payment",
        "allowed_payment_method_types": list(PREPAID_WAYS),
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "payment_intent_data": {"metadata": {"app": KNOWN, "studio_id": studio_id}},
        "invoice_creation": {"enabled": True},
    }
