"""Where drafting meets the quota: what the lessons and the desk call, each in the transaction of what it is
for.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, func, or_, select

from billing import allowances, entitlements, grants, ledger, trials
from billing.allowances import Balance
from billing.entitlements import Entitlement
from billing.plans import catalogue
from billing.tables import PAYABLE, Invoice, Subscription, Trial
from webapp.lessons.tables import Drawing, DrawingState
from webapp.money.edge import sells, settings, who
from webapp.platform import jobs

UNDRAFTED = timedelta(minutes=10)
"""So old, a reservation without a draft and without a job that writes one is given back."""


class Standing(NamedTuple):
    """What a studio may do now, and what is left of it."""

    entitlement: Entitlement
    balance: Balance

    @property
    def more_at(self) -> datetime:
        """When new comments come: with the next month, or with what follows when the plan ends before."""
        over, ends = self.balance.month.ends, self.entitlement.ends_at
        return min(over, ends) if ends else over


class Underway(NamedTuple):
    """What the comments of the plan are taken for and are not used yet: so many drawings are being
    ``drafted``, so many are ``ready`` and not accepted. So many more are ``measured`` first, and take theirs
    then.
    """

    drafted: int
    ready: int
    measured: int


def underway(session: Session, studio_id: str, here: Standing) -> Underway:
    """What the studio has under way."""
    drafted = allowances.undrafted(session, studio_id, here.entitlement)
    measured = session.exec(
        select(func.count()).where(
            Drawing.studio_id == studio_id, Drawing.state == DrawingState.RECEIVED, col(Drawing.wanted)
        )
    ).one()
    return Underway(drafted, max(0, here.balance.reserved - drafted), measured)


def standing(session: Session, now: datetime, studio_id: str) -> Standing | None:
    """None where nothing is sold: then nothing is limited."""
    entitled = limits(session, now, studio_id)
    if entitled is None:
        return None
    return Standing(entitled, allowances.balance(session, studio_id, entitled))


def limits(session: Session, now: datetime, studio_id: str) -> Entitlement | None:
    """What the studio is entitled to now; None where nothing is sold: then nothing is limited."""
    return entitlement(session, now, studio_id) if sells() else None


def entitlement(session: Session, now: datetime, studio_id: str) -> Entitlement:
    """What the studio is entitled to now."""
    return entitlements.entitle(entitlements.load(session, studio_id), now, catalogue())


def is_read_only(session: Session, now: datetime, studio_id: str) -> bool:
    """Whether nobody drafts for the studio until it has paid."""
    entitled = limits(session, now, studio_id)
    return entitled is not None and not entitled.drafts


def unconfirmed(session: Session, studio_id: str) -> Invoice | None:
    """The newest invoice of the studio whose payment the payer's bank wants confirmed; of a subscription that
    is over nothing is asked for.
    """
    over = select(Subscription.id).where(
        Subscription.studio_id == studio_id, col(Subscription.status).in_(entitlements.ENDED)
    )
    of = col(Invoice.subscription_id)
    return session.exec(
        select(Invoice)
        .where(Invoice.studio_id == studio_id, col(Invoice.status).in_(PAYABLE), col(Invoice.unconfirmed))
        .where(or_(of.is_(None), of.not_in(over)))
        .order_by(col(Invoice.created_at).desc())
        .limit(1)
    ).first()


def owed(session: Session, studio_id: str) -> Invoice | None:
    """The invoice that is to be paid for the studio's subscription to go on: the one that the payer's bank
    wants confirmed, else the oldest that was tried in vain. None where nothing is owed, or none is known.

    A subscription that is ``unpaid`` goes on with its newest alone, which Stripe has left as a draft unless
    it is the very first of them (``changing.pay``).
    """
    owing = entitlements.owing(entitlements.load(session, studio_id))
    newest = session.exec(
        select(Invoice)
        .where(col(Invoice.subscription_id).in_([s.id for s in owing if s.status == "unpaid"]))
        .where(Invoice.status != "void")
        .order_by(col(Invoice.created_at).desc())
        .limit(1)
    ).first()
    if newest is not None and newest.status in ("draft", *PAYABLE):
        return newest
    asked = unconfirmed(session, studio_id)
    if asked is not None:
        return asked
    return session.exec(
        select(Invoice)
        .where(Invoice.studio_id == studio_id, col(Invoice.status).in_(PAYABLE), Invoice.attempts > 0)
        .where(col(Invoice.subscription_id).in_([s.id for s in owing]))
        .order_by(col(Invoice.created_at))
        .limit(1)
    ).first()


def trial_ended(session: Session, now: datetime, studio_id: str) -> datetime | None:
    """When the studio's trial ended, where no plan was paid before or since; a pack is none, and neither is
    a gift.
    """
    stored = entitlements.load(session, studio_id)
    if stored.trial is None or entitlements.plan_was_paid(stored):
        return None
    return stored.trial.ends_at if stored.trial.ends_at <= now else None


class Ended(NamedTuple):
    """The last plan that a studio had, until ``day``. ``why`` it is over: it was ``unpaid``, its time was
    ``prepaid``, or it was just ``over``, as when it was cancelled.
    """

    day: datetime
    plan: str
    why: str


def last_plan(session: Session, now: datetime, studio_id: str) -> Ended | None:
    """What a studio with Free had last that was paid or given; what was taken back is none."""
    stored, sold = entitlements.load(session, studio_id), catalogue()
    paid_late = _paid_late(session, studio_id)
    found = []
    for there in stored.subscriptions:
        day = there.ended_at or there.ends_at
        if day is None or day > now or there.status in entitlements.NOT_BEGUN or not there.plan:
            continue
        unpaid = there.unpaid_since is not None and there.id not in paid_late
        found.append(Ended(day, there.plan, "unpaid" if unpaid else "over"))
    kept = {purchase.id: purchase for purchase in stored.purchases if purchase.revoked_at is None}
    for stretch in entitlements.pass_stretches(stored, sold):
        if stretch.id in kept and stretch.ends <= now:
            found.append(Ended(stretch.ends, kept[stretch.id].plan, "prepaid"))
    return max(found, default=None)


def _paid_late(session: Session, studio_id: str) -> set[str | None]:
    """The subscriptions for which something was paid when they were over: of them nobody says that nothing
    was charged.
    """
    of, which = col(Invoice.subscription_id), col(Subscription.id)
    return {
        *session.exec(
            select(of)
            .join(Subscription, which == of)
            .where(Invoice.studio_id == studio_id, col(Invoice.paid_at) > col(Subscription.ended_at))
        )
    }


def reserve(session: Session, now: datetime, studio_id: str, drawing_ids: Sequence[str]) -> list[str]:
    """Take one comment for each drawing that has none yet, in this order; the drawings for which nothing was
    left.
    """
    if not sells() or not drawing_ids:
        return []
    entitled = entitlement(session, now, studio_id)
    return ledger.reserve(session, now, studio_id, drawing_ids, entitled, by=who()).refused


def may_reword(session: Session, now: datetime, studio_id: str, drawing_id: str) -> bool:
    """Whether sentences may be written anew for a drawing: it has its comment, and the studio may draft."""
    entitled = limits(session, now, studio_id)
    return entitled is None or (entitled.drafts and ledger.covers(session, drawing_id))


def drafted(session: Session, now: datetime, drawing_id: str, *, accepted: bool) -> None:
    """The drawing has drafts. ``accepted``: the teacher was faster, with words of their own."""
    ledger.drafted(session, now, drawing_id)
    if accepted:
        ledger.commit(session, now, drawing_id)


def accept(session: Session, now: datetime, drawing_id: str) -> None:
    """The drawing's comment is accepted, perhaps again."""
    ledger.commit(session, now, drawing_id)


def give_back(session: Session, drawing_id: str) -> None:
    """Drafting failed; a drawing that has drafts from before keeps its comment."""
    ledger.release(session, drawing_id)


def sweep(session: Session, now: datetime) -> int:
    """Give back what is reserved for drawings that nobody drafts any more, erased ones for example; how
    many.
    """
    stale = ledger.without_drafts(session, now - UNDRAFTED)
    if not stale:
        return 0
    coming = {job.args["drawing"] for job in jobs.unfinished(session, jobs.DRAFTING, "draft")}
    return ledger.release_stale(session, set(stale) - coming, now - UNDRAFTED)


def begin_trial(session: Session, now: datetime, studio_id: str, email: str, *, by: str) -> None:
    """Begin a new studio's trial, unless this person had one elsewhere, be it under another address."""
    had = select(Trial.studio_id).where(Trial.by == by)
    if sells() and session.exec(had).first() is None:
        trials.begin(session, now, studio_id, payer(email), catalogue(), by=by)


def give_seats(session: Session, now: datetime, studio_id: str, seats: int, *, by: str) -> None:
    """Give a studio of the demo a year of the smallest plan that has so many seats."""
    if sells():
        plan = next(plan for plan in catalogue().plans if plan.seats.most >= seats)
        grants.give_pass(session, now, studio_id, plan.code, 12, seats, catalogue(), by=by, reason="demo")


def payer(email: str) -> str:
    """An opaque code of a person, the same after they deleted everything and came back."""
    name, _, host = email.strip().casefold().rpartition("@")
    key = settings().secret("secret_key").encode()
    return hmac.new(key, f"{name.partition('+')[0]}@{host}".encode(), hashlib.sha256).hexdigest()
