"""Changing a subscription: another plan, period or number of seats, cancelling and resuming.

What a change costs now is shown before it is made, and what is charged is what was shown: Stripe counts both
from the same second, and a change that would cost anything else by now is not made. One that must be paid now
and is not, is not made; one whose payment the payer's bank wants confirmed waits for it, and Stripe drops it
when that does not come within a day.

Once Stripe has said that something is done, it is, even when it cannot be asked what came of it: the event
tells that. When it says nothing, nobody knows (UnansweredError).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from billing import allowances, buying, customers, entitlements
from billing.customers import BusyError, Hold, Transactions
from billing.gateway import (
    Data,
    Gateway,
    GatewayError,
    UnansweredError,
    UnconfirmedError,
)
from billing.months import month_from
from billing.plans import Catalogue, Item
from billing.refreshing import refresh_held
from billing.snapshot import id_of, moment, moved_by
from billing.tables import PAYABLE, Subscription

log = structlog.get_logger()

SHOWN = timedelta(minutes=30)
"""So long ago a quote may have been made when it is taken. An older second, or one to come, would let a buyer
choose what a change costs.
"""


class NoChangeError(Exception):
    """There is no subscription that could be changed so: none, one that is not paid, or not for what was
    shown.
    """


class TooMuchUsedError(NoChangeError):
    """The change would grant fewer comments a month, ``granted``, than are ``taken`` of this quota month,
    used or reserved. From ``day`` on, when the next one begins, it can be made.
    """

    def __init__(self, taken: int, granted: int, day: datetime) -> None:
        super().__init__()
        self.taken, self.granted, self.day = taken, granted, day


@dataclass(frozen=True)
class Line:
    """A line of the invoice that a change would make; ``amount`` below zero is given back. ``text`` is
    Stripe's, in whatever language; empty for what is of the subscription itself, for ``begins`` to ``ends``.
    """

    text: str
    amount: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Quote:
    """What a change costs at once: the lines, less ``discount`` and what is paid from the credit there is
    (``credit_used``), with what is ``carried`` over from earlier invoices (below zero: to the next), make
    what is ``due``, which is charged to the ``card``. ``credit`` is what the change adds to the credit for
    the next invoices, and ``kept`` what is there of it afterwards. ``at`` is the second it was counted for.
    The period ends at ``until`` then: it renews, or is over where it ``ends``.
    """

    item: Item
    seats: int
    at: datetime
    currency: str
    due: int
    credit: int
    lines: list[Line]
    until: datetime
    discount: int = 0
    credit_used: int = 0
    carried: int = 0
    kept: int = 0
    ends: bool = False
    card: Data | None = None

    @property
    def strands(self) -> bool:
        """Whether the credit is one that no invoice would ever be paid from: the plan is cancelled, and stays
        so. Such a change is not made.
        """
        return self.ends and self.credit > 0


def quote(
    gateway: Gateway, subscription: Subscription, item: Item, seats: int, at: datetime, sold: Catalogue
) -> Quote:
    """What the change would cost. Raises NoChangeError, NotSoldError and GatewayError."""
    _check(subscription, item, seats, sold)
    how = _change(gateway, subscription, item, seats, at)
    made = _quote(gateway, subscription, item, seats, at, how)
    return replace(made, card=gateway.card(subscription.id)) if made.due else made


def _quote(
    gateway: Gateway, subscription: Subscription, item: Item, seats: int, at: datetime, how: dict[str, Any]
) -> Quote:
    invoice = gateway.preview({"subscription": subscription.id, "subscription_details": how})
    due, before = invoice["amount_due"], invoice["starting_balance"]
    after = before + invoice["total"] - due
    used, carried = moved_by(before, after)
    lines = [_line(line) for line in invoice["lines"]["data"]]
    return Quote(
        item,
        seats,
        at,
        invoice["currency"],
        due=due,
        credit=max(0, -used),
        lines=lines,
        until=_until(subscription, item, lines),
        discount=sum(discount["amount"] for discount in invoice["total_discount_amounts"] or []),
        credit_used=max(0, used),
        carried=carried,
        kept=max(0, -after),
        ends=subscription.ends_at is not None,
    )


def _until(subscription: Subscription, item: Item, lines: list[Line]) -> datetime:
    """When the period ends after a change: another length of it begins a new one. A day on which the plan was
    to end in any case stays.
    """
    if subscription.ends_at is not None and subscription.ends_at != subscription.period_ends:
        return subscription.ends_at
    begun = [line.ends for line in lines if not line.text and line.amount >= 0]
    if item.interval == subscription.interval or not begun:
        return subscription.period_ends
    return max(begun)


def check_used(
    session: Session, now: datetime, subscription: Subscription, item: Item, seats: int, sold: Catalogue
) -> None:
    """Raises TooMuchUsedError. A larger plan grants its whole month at once: whoever has used that would get
    the money for it back with a smaller one.
    """
    before, after = sold.plan(subscription.plan), sold.plan(item.code)
    if before is None or after is None:
        return
    month = month_from(subscription.began_at, now)
    taken = allowances.taken(session, subscription.studio_id, subscription.id, month.number)
    granted = after.comments * seats
    if granted < min(taken, before.comments * subscription.seats):
        raise TooMuchUsedError(taken, granted, month.ends)


def change(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    studio_id: str,
    item: Item,
    seats: int,
    at: datetime,
    due: int,
    credit: int,
    sold: Catalogue,
    *,
    by: str,
) -> str:
    """Change as quoted ``at`` then, for the ``due`` and ``credit`` that were shown. Empty when it is done;
    else the address at which the payer has to confirm the payment first. Raises NoChangeError, NotSoldError,
    BusyError, GatewayError, and DeclinedError when the payment failed: then nothing is changed. After
    UnansweredError it may be.
    """
    if at.tzinfo is None or not now - SHOWN <= at <= now:
        raise NoChangeError
    with customers.holding(transactions, now, studio_id) as hold:
        subscription = _current(transactions, gateway, now, hold, sold, by)
        _check(subscription, item, seats, sold)
        with transactions() as session:
            check_used(session, now, subscription, item, seats, sold)
        how = _change(gateway, subscription, item, seats, at)
        costs = _quote(gateway, subscription, item, seats, at, how)
        if (costs.due, costs.credit) != (due, credit) or costs.strands:
            raise NoChangeError
        try:
            paid = {**how, "payment_behavior": "error_if_incomplete"}
            _apply(transactions, gateway, now, hold, subscription, paid, sold, by)
        except UnconfirmedError:
            waiting = {**how, "payment_behavior": "pending_if_incomplete"}
            made = _apply(transactions, gateway, now, hold, subscription, waiting, sold, by, again="-waiting")
            invoice = id_of(made["latest_invoice"])
            with _answering():
                return str(gateway.invoice(invoice)["hosted_invoice_url"] or "") if invoice else ""
        return ""


def pay(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, sold: Catalogue, *, by: str
) -> str:
    """The page at which the invoice is paid that makes an ``unpaid`` subscription go on: its latest, however
    many are older. Stripe leaves that as a draft; now it is made final. Raises NoChangeError, BusyError and
    GatewayError.
    """
    with customers.holding(transactions, now, studio_id) as hold:
        subscription = _current(transactions, gateway, now, hold, sold, by)
        latest = id_of(gateway.subscription(subscription.id)["latest_invoice"])
        if subscription.status != "unpaid" or latest is None:
            raise NoChangeError
        invoice = gateway.invoice(latest)
        if invoice["status"] == "draft":
            invoice = gateway.finalize_invoice(latest)
            _look(transactions, gateway, now, hold, sold, by)
        if invoice["status"] not in PAYABLE:  # a credit has paid it, for example
            raise NoChangeError
        return str(invoice["hosted_invoice_url"])


def cancel(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, sold: Catalogue, *, by: str
) -> None:
    """Have the subscription end with what is paid. One whose period is not paid ends at once, and what is
    open of it is voided, so that no later try charges who has cancelled. Raises NoChangeError, BusyError and
    GatewayError; after UnansweredError it may.
    """
    with customers.holding(transactions, now, studio_id) as hold:
        subscription = _current(transactions, gateway, now, hold, sold, by)
        if subscription.period_unpaid:
            with _answering():
                gateway.cancel_subscription(subscription.id)
            _look(transactions, gateway, now, hold, sold, by)  # which voids
        elif subscription.ends_at is None:
            _apply(transactions, gateway, now, hold, subscription, {"cancel_at_period_end": True}, sold, by)


def resume(
    transactions: Transactions, gateway: Gateway, now: datetime, studio_id: str, sold: Catalogue, *, by: str
) -> None:
    """Take a cancellation back in time. Raises NoChangeError, BusyError and GatewayError; after
    UnansweredError it may be.
    """
    with customers.holding(transactions, now, studio_id) as hold:
        subscription = _current(transactions, gateway, now, hold, sold, by)
        if subscription.ends_at is not None:
            there = gateway.subscription(subscription.id)
            params: Data = {"cancel_at_period_end": False}
            if not there["cancel_at_period_end"]:  # the portal, or somebody at Stripe, set a day
                params = {"cancel_at": ""}
            _apply(transactions, gateway, now, hold, subscription, params, sold, by)


def end(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    studio_id: str,
    sold: Catalogue,
    *,
    by: str,
    only: str = "",
) -> int:
    """End whatever the studio subscribes to at once, or ``only`` the subscription of this id; how many there
    were. If no single one is meant, nothing can be paid any more either that was begun: open Checkouts
    expire, and a subscription whose first payment is still open is given up.

    Raises BusyError and GatewayError; after UnansweredError they may be ended.
    """
    with customers.holding(transactions, now, studio_id) as hold:
        if not only and hold.stripe_id is not None:
            buying.close_all(gateway, hold.stripe_id)
        refresh_held(transactions, gateway, now, hold, sold, by=by)
        with transactions() as session:
            stored = entitlements.load(session, studio_id)
        if not only:
            buying.give_up_incomplete(transactions, gateway, stored.subscriptions)
        there = [s for s in entitlements.live(stored) if only in ("", s.id)]
        for subscription in there:
            with _answering():
                gateway.cancel_subscription(subscription.id)
        _look(transactions, gateway, now, hold, sold, by)
    return len(there)


def to_second(now: datetime) -> datetime:
    """Stripe counts in whole seconds."""
    return now.replace(microsecond=0)


def _current(
    transactions: Transactions, gateway: Gateway, now: datetime, hold: Hold, sold: Catalogue, by: str
) -> Subscription:
    """The one live subscription, as Stripe has it now."""
    refresh_held(transactions, gateway, now, hold, sold, by=by)
    with transactions() as session:
        there = entitlements.live(entitlements.load(session, hold.studio_id))
    if len(there) != 1:
        raise NoChangeError
    return there[0]


def _apply(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    hold: Hold,
    subscription: Subscription,
    params: dict[str, Any],
    sold: Catalogue,
    by: str,
    *,
    again: str = "",
) -> Data:
    """The subscription after the change. ``again`` tells another try under the same hold from the first."""
    with _answering():
        made = gateway.update_subscription(subscription.id, params, key=hold.key(f"change{again}"))
    _look(transactions, gateway, now, hold, sold, by)
    return made


@contextmanager
def _answering() -> Iterator[None]:
    """Around a call after which something may be charged, changed or ended, answered or not."""
    try:
        yield
    except GatewayError as error:
        if error.again:
            raise UnansweredError(error.code, again=True) from error
        raise


def _look(
    transactions: Transactions, gateway: Gateway, now: datetime, hold: Hold, sold: Catalogue, by: str
) -> None:
    """Store what came of a change that is made."""
    try:
        refresh_held(transactions, gateway, now, hold, sold, by=by)
    except (GatewayError, BusyError) as error:
        log.warning("change_not_seen", studio=hold.studio_id, error=type(error).__name__)


def _check(subscription: Subscription, item: Item, seats: int, sold: Catalogue) -> None:
    buying.check_seats(item, seats, sold)
    same = (subscription.plan, subscription.interval, subscription.seats) == (item.code, item.interval, seats)
    payable = subscription.status in ("active", "trialing") and not subscription.paused
    if item.kind != "subscription" or item.currency != subscription.currency or same or not payable:
        raise NoChangeError


def _line(line: Data) -> Line:
    ours = (line["parent"] or {}).get("subscription_item_details")
    begins, ends = moment(line["period"]["start"]), moment(line["period"]["end"])
    assert begins is not None
    assert ends is not None
    return Line("" if ours else line["description"] or "", line["amount"], begins, ends)


def _change(
    gateway: Gateway, subscription: Subscription, item: Item, seats: int, at: datetime
) -> dict[str, Any]:
    price = gateway.prices([item.key]).get(item.key)
    if price is None:
        raise GatewayError("plans_not_synced")
    within = min(max(at, subscription.period_begins), subscription.period_ends)
    assert moment(int(within.timestamp())) == within
    return {
        "items": [{"id": subscription.item_id, "price": price["id"], "quantity": seats}],
        "proration_behavior": "always_invoice",
        "proration_date": int(within.timestamp()),
    }
