"""The studios of which there may be something to tell their owners. It is asked every minute, so what every
studio is entitled to is not computed for that: these few know of whom it may matter.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from billing import delayed
from billing.entitlements import UNPAID
from billing.months import add_months
from billing.tables import DelayedPayment, Purchase, PurchaseKind, Subscription, Trial
from webapp.money import receipts


def concerned(session: Session, now: datetime, before_the_end: timedelta) -> set[str]:
    """Those who bought or changed something, who owe something, whose payment failed, and whose trial or
    prepaid time has ended or ends so soon.
    """
    soon, told_of = now + before_the_end, now - receipts.LATEST
    trials = select(Trial.studio_id).where(col(Trial.ends_at).between(told_of, soon))
    owing = select(Subscription.studio_id).where(col(Subscription.status).in_(UNPAID))
    failed = select(DelayedPayment.studio_id).where(
        col(DelayedPayment.failed), DelayedPayment.changed_at > now - delayed.TOLD
    )
    found = receipts.studios(session, now)
    for which in (trials, owing, failed):
        found |= {*session.exec(which)}
    passes = select(Purchase.studio_id, Purchase.paid_at, Purchase.months).where(
        Purchase.kind == PurchaseKind.PASS, col(Purchase.revoked_at).is_(None)
    )
    # One that was held up ends later than this, and none ends earlier.
    return found | {
        studio_id for studio_id, paid, months in session.exec(passes) if add_months(paid, months) <= soon
    }
