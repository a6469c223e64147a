"""Payments of which the Checkout is complete and the money is not there: WeChat Pay and Alipay may tell later
how it went. Nothing is owed for them, and they entitle to nothing.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from billing.entitlements import NOT_BEGUN
from billing.tables import DelayedPayment, Purchase, PurchaseKind, Subscription

TOLD = timedelta(days=14)
"""So long it is told that one failed: who teaches once a week comes by twice."""


def on_their_way(session: Session, studio_id: str, kind: PurchaseKind | None = None) -> list[DelayedPayment]:
    """The payments that may still come, of this kind if one is told, the oldest first."""
    return [row for row in _of(session, studio_id) if not row.failed and kind in (None, row.kind)]


def prepaying(session: Session, studio_id: str) -> bool:
    """Whether a prepaid pass is on its way: nobody should be asked meanwhile to pay for what it replaces, or
    for the time that it covers.
    """
    return bool(on_their_way(session, studio_id, PurchaseKind.PASS))


def failed(session: Session, now: datetime, studio_id: str) -> list[DelayedPayment]:
    """The payments that failed and of which there is still something to say: for TOLD, and not once the like
    was bought since. For a prepaid pass a subscription is as good. What was bought before it failed is no
    second try: whoever paid two passes has one.
    """
    rows = _of(session, studio_id)
    return [
        row
        for row in rows
        if row.failed
        and now - row.changed_at < TOLD
        and not any(other.kind == row.kind and other.begun_at > row.changed_at for other in rows)
        and not _made_up_for(session, row)
    ]


def _of(session: Session, studio_id: str) -> list[DelayedPayment]:
    rows = select(DelayedPayment).where(DelayedPayment.studio_id == studio_id)
    return list(session.exec(rows.order_by(col(DelayedPayment.begun_at), col(DelayedPayment.id))))


def _made_up_for(session: Session, row: DelayedPayment) -> bool:
    bought = select(Purchase.id).where(
        Purchase.studio_id == row.studio_id, Purchase.kind == row.kind, Purchase.paid_at > row.changed_at
    )
    subscribed = select(Subscription.id).where(
        Subscription.studio_id == row.studio_id,
        Subscription.began_at > row.changed_at,
        col(Subscription.status).not_in(NOT_BEGUN),
    )
    ways = [bought, subscribed] if row.kind is PurchaseKind.PASS else [bought]
    return any(session.exec(way).first() is not None for way in ways)
