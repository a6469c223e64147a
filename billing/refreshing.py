"""Asking Stripe about a studio and storing the answer: the one way in which its state comes to us, for
worker, return page, reconciliation and our own changes alike.

One answer settles all events of the customer that came before it was asked for, so a burst costs one asking.
What the answer shows to be over is made so first. A subscription whose payment failed, and which was
cancelled since, or instead of which a pass was paid, is ended: a card that is good again must not be charged
for it. An invoice that was left open of a subscription that has ended is voided, and a draft of one stays a
draft: nobody pays for nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from billing import bought, customers, projection, snapshot
from billing.customers import Hold, Transactions
from billing.gateway import Gateway, GatewayError
from billing.plans import Catalogue
from billing.tables import Event, EventState

log = structlog.get_logger()


def refresh(
    transactions: Transactions,
    gateway: Gateway,
    now: datetime,
    studio_id: str,
    sold: Catalogue,
    *,
    by: str,
    patience: float | None = None,
) -> list[projection.Change]:
    """Hold the studio, then ask, then store. Raises BusyError and GatewayError; then nothing is stored."""
    with customers.holding(transactions, now, studio_id, patience) as hold:
        return refresh_held(transactions, gateway, now, hold, sold, by=by)


def refresh_held(
    transactions: Transactions, gateway: Gateway, now: datetime, hold: Hold, sold: Catalogue, *, by: str
) -> list[projection.Change]:
    """The same for who holds the studio already."""
    if hold.stripe_id is None:
        return []
    with transactions() as session:
        covered = list(
            session.exec(
                select(Event.id).where(Event.customer == hold.stripe_id, Event.state == EventState.WAITING)
            )
        )
    found = _fetch(gateway, hold.stripe_id, hold.studio_id)
    with transactions() as session:
        customers.store(session, hold, projected_at=now)
        changes = projection.project(session, now, hold.studio_id, found, sold, by=by)
        settle(session, now, covered, EventState.DONE)
    return changes


def _fetch(gateway: Gateway, customer_id: str, studio_id: str) -> snapshot.Snapshot:
    """What Stripe says, once what is over is so there, too."""
    found = snapshot.fetch(gateway, customer_id)
    if over := {*bought.replaced(found, studio_id), *snapshot.cancelled_unpaid(found)}:
        for subscription_id in sorted(over):
            gateway.cancel_subscription(subscription_id)
        found = snapshot.fetch(gateway, customer_id)
    drafts = snapshot.left_advancing(found)
    for invoice_id in drafts:
        gateway.keep_draft(invoice_id)
    voided = [invoice_id for invoice_id in snapshot.left_open(found) if _void(gateway, invoice_id)]
    return snapshot.fetch(gateway, customer_id) if drafts or voided else found


def _void(gateway: Gateway, invoice_id: str) -> bool:
    """Whether it is void now. Where Stripe refuses, it may be paid at this very moment; reconciliation lists
    what was paid so, and what stays open.
    """
    try:
        gateway.void_invoice(invoice_id)
    except GatewayError as error:
        if error.again:
            raise
        log.warning("void_refused", invoice=invoice_id, error=error.code)
        return False
    return True


def settle(session: Session, now: datetime, event_ids: Sequence[str], state: EventState) -> None:
    """These events need nothing more."""
    session.exec(
        sa.update(Event)
        .where(col(Event.id).in_(event_ids), col(Event.state) == EventState.WAITING)
        .values(state=state, done_at=now, error=None)
        .execution_options(synchronize_session=False)
    )
