"""Store what Stripe says of a studio: rows become what was fetched, whatever they were. Nothing else writes
them.

Done again with the same answer it changes nothing, so it does not matter which event it was that asked, how
often, or in which order. Changes of plan and quota go to the history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from billing import allowances, bought, snapshot
from billing.entitlements import ENDED
from billing.plans import Catalogue
from billing.snapshot import Snapshot
from billing.tables import (
    Customer,
    DelayedPayment,
    Dispute,
    Invoice,
    Purchase,
    PurchaseKind,
    Row,
    Subscription,
    note,
)

TOLD = ("status", "paused", "plan", "seats", "interval", "ends_at", "ended_at", "unpaid_since")
"""Of a subscription, what changes the plan."""

Stored = TypeVar("Stored", bound=Row)


@dataclass(frozen=True)
class Change:
    """A row that was made or changed. ``before`` is empty for a new one, ``after`` for one that Stripe does
    not know of: that is left as it is, for a person to look at.
    """

    table: str
    id: str
    before: dict[str, Any]
    after: dict[str, Any]


def project(
    session: Session, now: datetime, studio_id: str, found: Snapshot, sold: Catalogue, *, by: str
) -> list[Change]:
    """Make the studio's rows what Stripe says. Hold the studio, from before the fetching on."""
    session.flush()
    customer = snapshot.customer(found)
    gone = customer["gone"]
    changes = _upsert(session, Customer, "studio_id", studio_id, {studio_id: customer}, {})
    # With a customer Stripe cancels what it had.
    wanted = _all_over(session, now, studio_id) if gone else snapshot.subscriptions(found, sold)
    subscriptions = _upsert(session, Subscription, "id", studio_id, wanted, {"by": by})
    _tell_subscriptions(session, now, studio_id, subscriptions, by)
    paid = bought.purchases(found, studio_id)
    purchases = _upsert(session, Purchase, "id", studio_id, paid, {"by": by})
    _tell_purchases(session, now, studio_id, purchases, by)
    changes += subscriptions + purchases + _fill_packs(session, now, studio_id, by)
    changes += _delayed(session, now, studio_id, bought.delayed(found, studio_id), by)
    invoices = _upsert(session, Invoice, "id", studio_id, snapshot.invoices(found), {})
    disputes = _upsert(session, Dispute, "id", studio_id, snapshot.disputes(found), {})
    _tell_money_back(session, now, studio_id, invoices, disputes, by)
    if not gone:
        changes += _drop_drafts(session, studio_id, {invoice["id"] for invoice in found.invoices})
        changes += _unknown(session, studio_id, {*wanted, *paid})
    session.flush()
    return changes + invoices + disputes


def _upsert(
    session: Session,
    table: type[Stored],
    key: str,
    studio_id: str,
    wanted: Mapping[str, Mapping[str, Any]],
    when_changed: Mapping[str, Any],
) -> list[Change]:
    """Write what differs. ``when_changed`` is written along, and is no difference by itself."""
    rows = session.exec(
        select(table)
        .where(getattr(table, "studio_id") == studio_id)  # noqa: B009 - Row itself has no such column
        .execution_options(populate_existing=True)
    )
    there = {getattr(row, key): row for row in rows}
    changes = []
    for row_id, fields in wanted.items():
        row = there.get(row_id)
        if row is None:
            row = table(**{"studio_id": studio_id, key: row_id, **fields, **when_changed})
            session.add(row)
            changes.append(Change(table.__name__, row_id, {}, dict(fields)))
            continue
        differ = {name: value for name, value in fields.items() if getattr(row, name) != value}
        if differ:
            before = {name: getattr(row, name) for name in differ}
            for name, value in {**differ, **when_changed}.items():
                setattr(row, name, value)
            changes.append(Change(table.__name__, row_id, before, differ))
    return changes


def _all_over(session: Session, now: datetime, studio_id: str) -> dict[str, dict[str, Any]]:
    rows = session.exec(
        select(Subscription).where(
            Subscription.studio_id == studio_id, col(Subscription.status).not_in(ENDED)
        )
    )
    return {row.id: {"status": "canceled", "ended_at": now} for row in rows}


def _tell_subscriptions(
    session: Session, now: datetime, studio_id: str, changes: Sequence[Change], by: str
) -> None:
    for change in changes:
        after = {name: change.after[name] for name in TOLD if name in change.after}
        before = {name: change.before[name] for name in TOLD if name in change.before}
        if after:
            what = "plan.changed" if change.before else "plan.begun"
            note(session, now, studio_id, what, change.id, by=by, before=before, after=after)


def _tell_money_back(
    session: Session,
    now: datetime,
    studio_id: str,
    invoices: Sequence[Change],
    disputes: Sequence[Change],
    by: str,
) -> None:
    """Note what was refunded of an invoice, and how a dispute goes. Neither changes a subscription: that
    lasts until it is ended at Stripe.
    """
    for change in invoices:
        before, after = change.before.get("refunded", 0), change.after.get("refunded", 0)
        if before != after:
            row = session.get_one(Invoice, change.id)
            told = {"refunded": after, "amount": row.total, "currency": row.currency}
            note(
                session,
                now,
                studio_id,
                "invoice.refunded",
                row.id,
                by=by,
                before={"refunded": before},
                after=told,
            )
    for change in disputes:
        if "status" in change.after:
            disputed = session.get_one(Dispute, change.id)
            told = {"status": disputed.status, "amount": disputed.amount, "currency": disputed.currency}
            what, before = "dispute.opened", {}
            if change.before:
                what, before = "dispute.changed", {"status": change.before["status"]}
            note(session, now, studio_id, what, disputed.id, by=by, before=before, after=told)


def _tell_purchases(
    session: Session, now: datetime, studio_id: str, changes: Sequence[Change], by: str
) -> None:
    for change in changes:
        row = session.get_one(Purchase, change.id)
        told = change.after if change.before else {"amount": row.amount}
        if {"amount", "refunded"} & set(told):
            told = {**told, "currency": row.currency}
        what = "changed" if change.before else "paid"
        note(session, now, studio_id, f"{row.kind}.{what}", row.id, by=by, before=change.before, after=told)


def _delayed(
    session: Session, now: datetime, studio_id: str, wanted: Mapping[str, Mapping[str, Any]], by: str
) -> list[Change]:
    """Keep what is not paid yet, note what failed, and forget what was paid: that is a purchase now."""
    when_changed = {"by": by, "changed_at": now}
    changes = _upsert(session, DelayedPayment, "id", studio_id, wanted, when_changed)
    for change in changes:
        if change.after.get("failed"):
            row = session.get_one(DelayedPayment, change.id)
            told = {"amount": row.amount, "currency": row.currency}
            note(session, now, studio_id, f"{row.kind}.failed", row.id, by=by, after=told)
    for row in session.exec(select(DelayedPayment).where(DelayedPayment.studio_id == studio_id)).all():
        if row.id not in wanted:
            session.delete(row)
            changes.append(Change("DelayedPayment", row.id, {"failed": row.failed}, {"status": "over"}))
    return changes


def _fill_packs(session: Session, now: datetime, studio_id: str, by: str) -> list[Change]:
    """Have each pack hold what it should. All of them, each time: one that was refunded kept what was
    reserved of it, and gives that up when it is released.
    """
    session.flush()
    changes = []
    packs = select(Purchase).where(Purchase.studio_id == studio_id, Purchase.kind == PurchaseKind.PACK)
    for pack in session.exec(packs.order_by(col(Purchase.paid_at), col(Purchase.id))):
        comments = 0 if pack.revoked_at else pack.comments
        if allowances.grant_pack(session, now, studio_id, pack.id, comments, by=by, paid_at=pack.paid_at):
            changes.append(Change("Allowance", pack.id, {}, {"granted": comments}))
    return changes


def _drop_drafts(session: Session, studio_id: str, there: set[str]) -> list[Change]:
    """Forget drafts of invoices that were deleted at Stripe; nothing else can be deleted there."""
    drafts = select(Invoice).where(Invoice.studio_id == studio_id, Invoice.status == "draft")
    gone = [row for row in session.exec(drafts) if row.id not in there]
    for row in gone:
        session.delete(row)
    return [Change("Invoice", row.id, {"status": "draft"}, {"status": "deleted"}) for row in gone]


def _unknown(session: Session, studio_id: str, there: set[str]) -> list[Change]:
    """Rows that entitle to something, have an id of Stripe's, and are not among what Stripe told."""
    subscriptions = session.exec(
        select(Subscription.id).where(
            Subscription.studio_id == studio_id, col(Subscription.status).not_in(ENDED)
        )
    )
    purchases = session.exec(
        select(Purchase.id).where(
            Purchase.studio_id == studio_id,
            col(Purchase.revoked_at).is_(None),
            col(Purchase.id).startswith("cs_", autoescape=True),
        )
    )
    found = [("Subscription", row_id) for row_id in subscriptions]
    found += [("Purchase", row_id) for row_id in purchases]
    return [Change(table, row_id, {"id": row_id}, {}) for table, row_id in found if row_id not in there]
