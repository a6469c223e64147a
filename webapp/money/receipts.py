"""Receipts: what was bought, paid, changed, cancelled or resumed, or ended before its time, and is to be told
to the owners.

All is read off what is stored of Stripe, so neither the order of events nor their number matters. One act is
one receipt: a purchase is told with its invoice, and a change of plan with the invoices that it made. Every
invoice of a subscription that took money is told, and each once; one that took none is told with the purchase
or the change that made it, or not at all.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from billing import entitlements
from billing.entitlements import NOT_BEGUN, Source, Stored
from billing.plans import catalogue
from billing.tables import History, Invoice, Purchase, PurchaseKind, Subscription
from billing.timeline import Stretch

KINDS = ("bought", "paid", "changed", "cancelled", "resumed", "ended", "pass", "pack")
LATEST = timedelta(days=7)
"""What is older is told no more: a mail server is away for less, and a comparison comes every night. So long
every page says that the trial is over, too."""
SETTLED = timedelta(seconds=30)
"""So old is what is told: of a change and its invoice one may become known a moment before the other."""
SLOW = timedelta(minutes=5)
"""So much later than it was asked for may the invoice of a change be made, while Stripe is slow."""
_PLAN = ("plan", "interval", "seats")


class Terms(NamedTuple):
    """What is subscribed to."""

    plan: str
    interval: str
    seats: int


@dataclass(frozen=True)
class Receipt:
    """One act. ``id`` is that of the invoice, the purchase, or the change in the history; ``invoices`` are
    all that is told along.

    ``terms`` and ``before`` are those after and before it; ``ends_at`` is the end that a cancellation set, or
    that came, ``followed``: prepaid time goes on from there; ``left``: what gives the studio its plan now
    that it has ended; ``dropped``: the invoices that were voided with it because they were not paid. What
    was ``paid`` for a subscription that was over has that end in ``ends_at``. ``runs``: from when until when
    a prepaid time runs, if that is known by now.
    """

    kind: str
    id: str
    at: datetime
    invoices: tuple[Invoice, ...] = ()
    subscription: Subscription | None = None
    terms: Terms | None = None
    before: Terms | None = None
    ends_at: datetime | None = None
    followed: bool = False
    left: Source | None = None
    dropped: tuple[Invoice, ...] = ()
    purchase: Purchase | None = None
    runs: tuple[datetime, datetime] | None = None

    @property
    def stands(self) -> bool:
        """Whether what was subscribed to then still is: only then is there anything to say of its future."""
        return self.subscription is not None and self.terms == _terms_now(self.subscription)


def studios(session: Session, now: datetime) -> set[str]:
    """The studios for which there may be something to tell."""
    since = now - LATEST
    found = {*session.exec(select(Invoice.studio_id).where(col(Invoice.paid_at) >= since))}
    found |= {*session.exec(select(Purchase.studio_id).where(Purchase.paid_at >= since))}
    changed = select(History.studio_id).where(History.at >= since, History.what == "plan.changed")
    return found | {*session.exec(changed)}


def due(session: Session, now: datetime, studio_id: str, told: Collection[str]) -> list[Receipt]:
    """What is to be told of the studio to whom so much is ``told`` (ids of invoices, purchases and changes),
    as it happened.
    """
    stored = entitlements.load(session, studio_id)
    invoices = session.exec(
        select(Invoice)
        .where(Invoice.studio_id == studio_id, Invoice.status != "draft")
        .order_by(col(Invoice.created_at).desc(), col(Invoice.id))
    ).all()
    prepaid = entitlements.pass_stretches(stored, catalogue())
    found = _purchases(stored.purchases, prepaid, invoices)
    for subscription in stored.subscriptions:
        mine = [invoice for invoice in invoices if invoice.subscription_id == subscription.id]
        changes = session.exec(
            select(History)
            .where(History.studio_id == studio_id, History.object_id == subscription.id)
            .where(History.what == "plan.changed")
            .order_by(col(History.at), col(History.id))
        ).all()
        found += _of_subscription(now, subscription, mine, changes, stored, told)
    return sorted(
        (each for each in found if now - LATEST <= each.at <= now - SETTLED and each.id not in told),
        key=lambda each: each.at,
    )


def _purchases(
    purchases: Sequence[Purchase], prepaid: Sequence[Stretch], invoices: Sequence[Invoice]
) -> list[Receipt]:
    """What was paid once; what an operator gave cost nothing."""
    found = []
    for purchase in purchases:
        if purchase.amount <= 0 or purchase.revoked_at is not None:
            continue
        runs = [(s.begins, s.ends) for s in prepaid if s.id == purchase.id]
        payment = purchase.payment_id
        found.append(
            Receipt(
                purchase.kind.value,
                purchase.id,
                purchase.paid_at,
                tuple(i for i in invoices if payment and i.payment_id == payment and i.status != "void"),
                purchase=purchase,
                runs=(runs[0][0], runs[-1][1]) if runs else None,
            )
        )
    return found


def _of_subscription(
    now: datetime,
    subscription: Subscription,
    invoices: Sequence[Invoice],
    changes: Sequence[History],
    stored: Stored,
    told: Collection[str],
) -> list[Receipt]:
    """What was paid for a subscription, and how it was changed. Of one that is none of what is sold here,
    and so gives nothing, only what was paid is told.
    """
    prepaid = entitlements.pass_stretches(stored, catalogue())
    dropped = _dropped(subscription, invoices)
    invoices = [invoice for invoice in invoices if invoice.status != "void"]
    new_terms = [row for row in changes if any(name in row.after for name in _PLAN)]
    taken: set[str] = set()
    found = []
    for place, row in enumerate(changes):
        kind, terms = _kind(row, subscription, stored), _terms(subscription, changes[place + 1 :])
        if kind is None or not is_sold(terms) or row.id in told or row.at < now - LATEST:
            continue
        along = [i for i in invoices if i.id not in told and _belongs(i, row, new_terms)]
        taken |= {invoice.id for invoice in along}
        day = row.after.get("ended_at" if kind == "ended" else "ends_at")
        ends = datetime.fromisoformat(day) if day else None
        left = entitlements.entitle(stored, now, catalogue()).source if kind == "ended" else None
        found.append(
            Receipt(
                kind,
                row.id,
                row.at,
                tuple(along),
                subscription,
                terms,
                before=_earlier(terms, row),
                ends_at=ends,
                followed=ends is not None and any(s.begins <= ends < s.ends for s in prepaid),
                left=left,
                dropped=dropped if kind == "ended" else (),
            )
        )
    for invoice in invoices:
        first = invoice.reason == "subscription_create"
        if invoice.status != "paid" or invoice.paid_at is None or invoice.id in taken:
            continue
        # A renewal is of what was subscribed to when it was made, however late it is paid.
        then = invoice.created_at if invoice.reason == "subscription_cycle" else invoice.paid_at
        terms = _terms(subscription, [row for row in changes if row.at > then])
        over = subscription.ended_at is not None and subscription.ended_at < invoice.paid_at
        begun = first and is_sold(terms) and not over
        if begun or invoice.paid > 0:
            kind, ended = "bought" if begun else "paid", subscription.ended_at if over else None
            at = invoice.paid_at
            found.append(Receipt(kind, invoice.id, at, (invoice,), subscription, terms, ends_at=ended))
    return found


def _dropped(subscription: Subscription, invoices: Sequence[Invoice]) -> tuple[Invoice, ...]:
    """What a subscription that has ended was not paid, and nobody can pay any more."""
    since = subscription.unpaid_since
    if since is None or subscription.ended_at is None:
        return ()
    return tuple(
        invoice
        for invoice in invoices
        if invoice.status == "void" and invoice.created_at >= since and invoice.total > 0
    )


def is_sold(terms: Terms) -> bool:
    """Whether it is a plan that is sold here."""
    return catalogue().plan(terms.plan) is not None


def _kind(row: History, subscription: Subscription, stored: Stored) -> str | None:
    """What a change of a subscription is to its owners; None: nothing of theirs, or an end that they know
    of.
    """
    if row.after.get("ended_at"):
        return None if _is_known(row, subscription, stored) else "ended"
    if any(name in row.after for name in _PLAN):
        return "changed"
    if "ends_at" in row.after:
        return "cancelled" if row.after["ends_at"] else "resumed"
    return None


def _is_known(row: History, subscription: Subscription, stored: Stored) -> bool:
    """Whether the owners know of an end: it is of what never began, it came as it was told when it was
    cancelled, or they paid a pass instead of what had failed.
    """
    if row.before.get("status", subscription.status) in NOT_BEGUN or subscription.status in NOT_BEGUN:
        return True
    ended = datetime.fromisoformat(row.after["ended_at"])
    announced = subscription.ends_at
    if "ends_at" in row.before:
        announced = datetime.fromisoformat(row.before["ends_at"]) if row.before["ends_at"] else None
    if announced is not None and ended >= announced - SETTLED:
        return True
    failed = subscription.unpaid_since
    passes = [p.paid_at for p in stored.purchases if p.kind is PurchaseKind.PASS and p.amount > 0]
    return failed is not None and any(failed <= paid_at <= ended for paid_at in passes)


def _belongs(invoice: Invoice, row: History, new_terms: Sequence[History]) -> bool:
    """Whether a change made the invoice: it is the one that was noted nearest to its making. A change is
    noted when it is seen, be that hours later, or with the time at which it was asked for, before that.
    """
    if row not in new_terms or invoice.reason != "subscription_update" or invoice.status != "paid":
        return False
    nearest = min(new_terms, key=lambda each: abs(each.at - invoice.created_at))
    return nearest is row and invoice.created_at <= row.at + SLOW


def _terms(subscription: Subscription, later: Sequence[History]) -> Terms:
    """What was subscribed to before these ``later`` changes."""
    terms = _terms_now(subscription)
    for row in reversed(later):
        terms = _earlier(terms, row)
    return terms


def _terms_now(subscription: Subscription) -> Terms:
    return Terms(subscription.plan, subscription.interval, subscription.seats)


def _earlier(terms: Terms, row: History) -> Terms:
    """What was subscribed to before a change."""
    return terms._replace(**{name: row.before[name] for name in _PLAN if name in row.before})
