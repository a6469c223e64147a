"""Reconciliation: compare with Stripe, mend what is safe, list the rest for the operator.

Safe is what Stripe knows better: rows that differ from it, events that never came, customers whose creation
was cut off. What only a person can decide is listed every time until it is gone. Run again it mends nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, func, select

from billing import entitlements, inbox
from billing.customers import BusyError, Transactions
from billing.gateway import Gateway, GatewayError, NotThereError
from billing.plans import Catalogue
from billing.projection import Change
from billing.refreshing import refresh
from billing.snapshot import LOST
from billing.tables import (
    Allowance,
    Comparison,
    Customer,
    Dispute,
    Event,
    EventState,
    Invoice,
    Subscription,
    Unit,
    UnitState,
)
from billing.webhooks import OURS, keep

log = structlog.get_logger()

Clock = Callable[[], datetime]

REMEMBERED = timedelta(days=30)
"""So long Stripe keeps its events."""
KEPT = timedelta(days=90)
"""So long it is remembered what a comparison found."""
LATE = timedelta(hours=6)
"""So long an event may wait for its worker before an operator should know."""
OPEN_DISPUTE = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


@dataclass(frozen=True, order=True)
class Finding:
    """One difference. ``kind`` is a short code; ``studio_id`` is empty where none is known."""

    kind: str
    studio_id: str
    object_id: str
    detail: str = ""


AT_STRIPE = (
    "busy",
    "customer_unknown_to_stripe",
    "not_compared",
    "orphan_customer",
    "second_customer",
    "unknown_to_stripe",
)
"""The kinds of findings that only asking Stripe shows."""


@dataclass
class Report:
    """What was mended, and what is left for the operator."""

    mended: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)


def reconcile(transactions: Transactions, gateway: Gateway, now: datetime, sold: Catalogue) -> Report:
    """Compare everything, and keep what was found. Raises GatewayError when Stripe cannot be reached."""
    report = Report()
    for _piece in in_pieces(transactions, gateway, lambda: now, sold, report):
        pass
    return report


def in_pieces(
    transactions: Transactions, gateway: Gateway, clock: Clock, sold: Catalogue, report: Report
) -> Iterator[None]:
    """The same piece by piece, for who has something else to do in between. What is found is written into
    ``report``; it is kept with the last piece. ``clock`` is asked at each: all of them may take hours.
    """
    yield from _customers(transactions, gateway, report)
    yield from _events(transactions, gateway, clock, sold, report)
    with transactions() as session:
        studios = session.exec(
            select(Customer.studio_id)
            .where(col(Customer.stripe_id).is_not(None))
            .order_by(Customer.studio_id)
        ).all()
    for studio_id in studios:
        try:
            changes = refresh(transactions, gateway, clock(), studio_id, sold, by="reconciliation")
        except BusyError:
            report.left.append(Finding("busy", studio_id, studio_id))
        except NotThereError:
            report.left.append(Finding("customer_unknown_to_stripe", studio_id, studio_id))
        except GatewayError as error:
            report.left.append(Finding("not_compared", studio_id, studio_id, error.code))
        except Exception as error:  # one studio's trouble must not keep the others from being compared
            log.error("not_compared", studio=studio_id, error=type(error).__name__)
            report.left.append(Finding("not_compared", studio_id, studio_id, type(error).__name__))
        else:
            for change in changes:
                if change.after:
                    detail = " ".join(sorted(change.after))
                    report.mended.append(Finding("row", studio_id, change.id, detail))
                elif not _is_paid_elsewhere(gateway, change):
                    detail = change.table.lower()
                    report.left.append(Finding("unknown_to_stripe", studio_id, change.id, detail))
        yield
    with transactions() as session:
        report.left += sorted(_for_people(session, clock()))
        _keep(session, clock(), report)


def last(session: Session) -> Comparison | None:
    """The newest comparison."""
    return session.exec(select(Comparison).order_by(col(Comparison.at).desc()).limit(1)).first()


def outstanding(session: Session, now: datetime) -> list[Finding]:
    """What is left for the operator at this moment: what only Stripe shows, as the last comparison saw it,
    and what our own rows show now.
    """
    compared = last(session)
    seen = [Finding(**one) for one in compared.left] if compared else []
    return sorted([found for found in seen if found.kind in AT_STRIPE] + _for_people(session, now))


def _keep(session: Session, now: datetime, report: Report) -> None:
    session.exec(sa.delete(Comparison).where(col(Comparison.at) < now - KEPT))
    mended, left = ([asdict(found) for found in listed] for listed in (report.mended, report.left))
    session.add(Comparison(at=now, mended=mended, left=left))


def _customers(transactions: Transactions, gateway: Gateway, report: Report) -> Iterator[None]:
    """Customers at Stripe that say to be a studio of ours."""
    for customer in gateway.customers():
        yield
        studio_id = (customer.get("metadata") or {}).get("studio_id")
        if not studio_id or customer.get("deleted"):
            continue
        with transactions() as session:
            there = session.get(Customer, studio_id)
            if there is None:
                report.left.append(Finding("orphan_customer", studio_id, customer["id"]))
            elif there.stripe_id is None:
                inbox.adopt(session, customer)
                report.mended.append(Finding("customer", studio_id, customer["id"]))
            elif there.stripe_id != customer["id"]:
                report.left.append(Finding("second_customer", studio_id, customer["id"]))


def _events(
    transactions: Transactions, gateway: Gateway, clock: Clock, sold: Catalogue, report: Report
) -> Iterator[None]:
    """Events that Stripe could not deliver, and those that came and are still waiting or given up."""
    for event in gateway.undelivered(int((clock() - REMEMBERED).timestamp())):
        yield
        if event["type"].startswith(OURS) and not event.get("account"):
            with transactions() as session:
                if keep(session, clock(), event):
                    report.mended.append(Finding("event", "", event["id"], event["type"]))
    with transactions() as session:
        session.exec(
            sa.update(Event).where(col(Event.state) == EventState.FAILED).values(state=EventState.WAITING)
        )
    with transactions() as session:
        waiting = session.exec(
            select(Event.id).where(Event.state == EventState.WAITING).order_by(col(Event.received_at))
        ).all()
    for event_id in waiting:
        yield
        try:
            inbox.process(transactions, gateway, clock(), event_id, sold)
        except BusyError:
            continue  # whoever holds the studio, or the sweeper, will do it
        except Exception as error:  # it is noted with the event
            log.error("event_failed", id=event_id, error=type(error).__name__)


def _is_paid_elsewhere(gateway: Gateway, change: Change) -> bool:
    """Whether something was paid by a customer that the studio had before this one."""
    if change.table != "Purchase":
        return False
    try:
        return bool(gateway.session(change.id)["payment_status"] != "unpaid")
    except GatewayError:
        return False


def _for_people(session: Session, now: datetime) -> list[Finding]:
    """What only a person can decide, from our own rows."""
    found = []
    subscriptions: dict[str, list[Subscription]] = {}
    for row in session.exec(select(Subscription).where(col(Subscription.status).not_in(entitlements.ENDED))):
        subscriptions.setdefault(row.studio_id, []).append(row)
    for studio_id, rows in subscriptions.items():
        live = entitlements.live(entitlements.Stored(subscriptions=rows))
        if len(live) > 1:
            ids = sorted(row.id for row in live)
            found.append(Finding("two_subscriptions", studio_id, ids[0], " ".join(ids[1:])))
        found += [Finding("unknown_price", studio_id, row.id, row.price_id) for row in live if not row.plan]
        found += [
            Finding("dispute_lost", studio_id, row.id, lost) for row in live for lost in _lost(session, row)
        ]
    found += [Finding("paid_when_over", i.studio_id, i.id) for i in _paid_when_over(session)]
    for open_ in session.exec(select(Invoice).where(col(Invoice.left_open))):
        found.append(Finding("open_when_over", open_.studio_id, open_.id))
    for dispute in session.exec(select(Dispute).where(col(Dispute.status).in_(OPEN_DISPUTE))):
        found.append(Finding("dispute", dispute.studio_id, dispute.id, dispute.status))
    for event in session.exec(select(Event).where(Event.state == EventState.FAILED)):
        found.append(Finding("event_failed", "", event.id, event.error or ""))
    late = select(Event).where(
        Event.state == EventState.WAITING,
        Event.attempts == 0,  # else Stripe was away: it is tried again
        col(Event.received_at) < now - LATE,
    )
    found += [Finding("event_waits", "", event.id, event.type) for event in session.exec(late)]
    return found + _books(session)


def _lost(session: Session, subscription: Subscription) -> list[str]:
    """Disputes that were lost about what pays for the subscription's present period."""
    return list(
        session.exec(
            select(Dispute.id)
            .join(Invoice, col(Invoice.payment_id) == Dispute.payment_id)
            .where(
                Invoice.subscription_id == subscription.id,
                col(Invoice.created_at) >= subscription.period_begins,
                Dispute.status == LOST,
            )
            .order_by(Dispute.id)
        )
    )


def _paid_when_over(session: Session) -> Sequence[Invoice]:
    """Invoices that were paid when their subscription had ended, and whose payer has not had the money back:
    refunded, or won in a dispute. What was paid outside Stripe has no payment there.
    """
    won = select(Dispute.payment_id).where(
        Dispute.status == LOST, col(Dispute.payment_id) == col(Invoice.payment_id)
    )
    return session.exec(
        select(Invoice)
        .join(Subscription, col(Subscription.id) == Invoice.subscription_id)
        .where(
            col(Invoice.paid_at) > col(Subscription.ended_at),
            Invoice.refunded < Invoice.paid,
            col(Invoice.payment_id).is_not(None),
            ~won.exists(),
        )
        .order_by(Invoice.id)
    ).all()


def _books(session: Session) -> list[Finding]:
    """Allowances whose counts are not those of their units. There are none, unless somebody wrote by hand."""
    units = session.exec(
        select(Unit.allowance_id, Unit.state, func.count()).group_by(Unit.allowance_id, Unit.state)
    )
    there = {(allowance_id, state): count for allowance_id, state, count in units}
    found = []
    for row in session.exec(select(Allowance)):
        committed = there.get((row.id, UnitState.COMMITTED), 0)
        held = there.get((row.id, UnitState.RESERVED), 0)
        if (row.used, row.reserved) != (committed, held):
            detail = f"{row.used}+{row.reserved} counted, {committed}+{held} there"
            found.append(Finding("books", row.studio_id, row.id, detail))
    return found
