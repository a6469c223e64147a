"""What a studio may do: one pure function of what is stored and the time.

Of everything that is paid for or given at a moment the largest counts: a subscription, a prepaid pass, the
trial; with none of them, Free. A subscription whose payment failed keeps access for the grace period; after
it the studio can read everything and draft nothing until it pays or cancels.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, select

from billing.months import Month, calendar_month, month_from
from billing.plans import Catalogue, Rank
from billing.tables import Purchase, PurchaseKind, Subscription, Trial
from billing.timeline import Cover, Paid, Stretch, Waiting, lay_out, waiting

ENDED = ("canceled", "incomplete_expired")
"""Statuses from which a subscription never comes back."""
NOT_BEGUN = ("incomplete", "incomplete_expired")
"""Statuses of one whose first payment has not come."""
UNPAID = ("past_due", "unpaid")
"""Statuses of one that had begun and is not paid for any more."""


class Source(enum.StrEnum):
    """What gives the plan. ``none``: payment has failed for longer than the grace period."""

    SUBSCRIPTION = "subscription"
    PASS = "pass"  # noqa: S105 - a prepaid pass, not a password
    TRIAL = "trial"
    FREE = "free"
    NONE = "none"


@dataclass(frozen=True)
class Stored:
    """All that is stored of a studio and matters here."""

    trial: Trial | None = None
    subscriptions: Sequence[Subscription] = ()
    purchases: Sequence[Purchase] = ()


@dataclass(frozen=True)
class Entitlement:
    """What a studio may do at one moment.

    ``granted`` comments in ``month``, for ``seats`` teachers. ``ends_at``: when it stops by itself, None
    while it renews; ``followed``: a prepaid pass runs then, or a subscription that lay under it, so that
    nobody need do anything. ``grace_until``: a payment failed, and drafting stops then. ``source_id`` and
    ``by``: what gives it, and who or what caused that.
    """

    plan: str
    seats: int
    source: Source
    source_id: str
    month: Month
    granted: int
    by: str
    ends_at: datetime | None = None
    followed: bool = False
    grace_until: datetime | None = None

    @property
    def drafts(self) -> bool:
        """Whether new drawings may be drafted at all."""
        return self.source is not Source.NONE


def load(session: Session, studio_id: str) -> Stored:
    """What is stored of a studio, also where another transaction has changed it meanwhile."""
    subscriptions = select(Subscription).where(Subscription.studio_id == studio_id).order_by(Subscription.id)
    purchases = select(Purchase).where(Purchase.studio_id == studio_id).order_by(Purchase.id)
    fresh = {"populate_existing": True}
    return Stored(
        trial=session.get(Trial, studio_id),
        subscriptions=session.exec(subscriptions.execution_options(**fresh)).all(),
        purchases=session.exec(purchases.execution_options(**fresh)).all(),
    )


def entitle(stored: Stored, now: datetime, sold: Catalogue) -> Entitlement:
    """What these rows entitle to at this moment."""
    able = [_subscription(s, now, sold) for s in _known(stored, sold) if has_access(s, now, sold)]
    able += [found for found in (_pass(stored, now, sold), _trial(stored, now, sold)) if found is not None]
    if able:  # the first of equals: a subscription before a pass before the trial
        best = max(able, key=lambda found: sold.rank(found.plan, found.seats))
        return replace(best, followed=_is_followed(best.ends_at, stored, sold))
    month = calendar_month(now)
    # One that was cancelled before its payment failed waits for none, however long it is until its end.
    waiting = [s for s in owing(stored) if s.ends_at is None]
    if waiting:
        return Entitlement(sold.free.code, 1, Source.NONE, waiting[0].id, month, 0, waiting[0].by)
    return Entitlement(sold.free.code, 1, Source.FREE, "free", month, sold.free.comments, "plan:free")


def has_access(subscription: Subscription, now: datetime, sold: Catalogue) -> bool:
    """Whether the subscription gives access now: ``active``, or ``past_due`` within the grace period. At the
    end that was announced it is over, whether or not Stripe has said so by then.
    """
    over = [subscription.ends_at, subscription.ended_at]
    if subscription.paused or any(moment is not None and moment <= now for moment in over):
        return False
    if subscription.status in ("active", "trialing"):
        return True
    return subscription.status == "past_due" and now < grace_until(subscription, sold)


def grace_until(subscription: Subscription, sold: Catalogue) -> datetime:
    """When a subscription that is not paid for stops to give access."""
    return (subscription.unpaid_since or subscription.period_begins) + sold.grace


def live(stored: Stored) -> list[Subscription]:
    """The subscriptions that have begun and are not over, whatever they give: another must not be bought."""
    return [s for s in stored.subscriptions if s.status not in (*ENDED, *NOT_BEGUN)]


def plan_was_paid(stored: Stored) -> bool:
    """Whether a plan was ever paid: a subscription that had begun, or a pass."""
    begun = any(s.status not in NOT_BEGUN for s in stored.subscriptions)
    return begun or any(p.kind is PurchaseKind.PASS and p.amount > 0 for p in stored.purchases)


def overtaken(stored: Stored, now: datetime) -> list[Subscription]:
    """The live subscriptions whose period, or announced end, is over: what became of them Stripe knows, and
    we do not yet.
    """
    return [s for s in live(stored) if min(s.period_ends, s.ends_at or s.period_ends) <= now]


def owing(stored: Stored) -> list[Subscription]:
    """The subscriptions that are not paid for."""
    return [s for s in stored.subscriptions if s.status in UNPAID and not s.paused]


def renewing(stored: Stored) -> list[Subscription]:
    """The live subscriptions that are paid for and renew by themselves: nobody need prepay beside them."""
    return [s for s in live(stored) if s.ends_at is None and (s.paused or s.status not in UNPAID)]


def pass_stretches(stored: Stored, sold: Catalogue, also: Sequence[Cover] = ()) -> list[Stretch]:
    """When each prepaid pass ran, runs and will run; or would, if there were ``also`` these covers."""
    return lay_out(*_laid(stored, sold, also))


def passes_waiting(stored: Stored, sold: Catalogue, also: Sequence[Cover] = ()) -> list[Waiting]:
    """The prepaid passes, or what is left of them, that wait for the end of a subscription that renews; or
    would, if there were ``also`` these covers.
    """
    return waiting(*_laid(stored, sold, also))


def _laid(stored: Stored, sold: Catalogue, also: Sequence[Cover]) -> tuple[list[Paid], list[Cover]]:
    """What lies on the time line: the passes, and what covers as much."""
    passes = [
        Paid(p.id, _rank(p, sold), p.months, p.paid_at, p.revoked_at)
        for p in stored.purchases
        if p.kind is PurchaseKind.PASS and sold.plan(p.plan)
    ]
    covers = [*also]
    covers += [Cover(rank(s, sold), s.began_at, _covers_until(s, sold)) for s in _known(stored, sold)]
    if stored.trial is not None:
        trial = stored.trial
        covers.append(Cover(sold.rank(trial.plan, 1), trial.begins_at, trial.ends_at))
    return passes, [cover for cover in covers if cover.ends is None or cover.begins < cover.ends]


def rank(subscription: Subscription, sold: Catalogue) -> Rank:
    """The place of a subscription among the plans."""
    return sold.rank(subscription.plan, subscription.seats)


def _is_followed(ends: datetime | None, stored: Stored, sold: Catalogue) -> bool:
    if ends is None:
        return False
    if any(has_access(subscription, ends, sold) for subscription in _known(stored, sold)):
        return True
    return any(stretch.begins <= ends < stretch.ends for stretch in pass_stretches(stored, sold))


def _known(stored: Stored, sold: Catalogue) -> list[Subscription]:
    return [s for s in stored.subscriptions if sold.plan(s.plan) is not None]


def _covers_until(subscription: Subscription, sold: Catalogue) -> datetime | None:
    """Until when a subscription is access, as far as it is known now. Nobody says since when one is
    ``unpaid`` or paused: then it covers nothing since the trouble began, so that what is prepaid runs.
    """
    if subscription.status in NOT_BEGUN:
        return subscription.began_at
    if subscription.status == "paused" or subscription.paused:
        return subscription.period_begins
    if subscription.status == "unpaid":
        return subscription.unpaid_since or subscription.period_begins
    known = [subscription.ends_at, subscription.ended_at]
    failed = subscription.status in ENDED and subscription.unpaid_since is not None
    if failed or subscription.status == "past_due":
        known.append(grace_until(subscription, sold))
    return min((moment for moment in known if moment is not None), default=None)


def _subscription(subscription: Subscription, now: datetime, sold: Catalogue) -> Entitlement:
    plan = sold.plan(subscription.plan)
    assert plan is not None
    owing = subscription.status == "past_due"
    return Entitlement(
        plan=plan.code,
        seats=subscription.seats,
        source=Source.SUBSCRIPTION,
        source_id=subscription.id,
        # From its first day on, not from the period's: changing between monthly and yearly moves the period,
        # and must not begin another month's comments.
        month=month_from(subscription.began_at, now),
        granted=plan.comments * subscription.seats,
        by=subscription.by,
        ends_at=subscription.ends_at,
        grace_until=grace_until(subscription, sold) if owing else None,
    )


def _pass(stored: Stored, now: datetime, sold: Catalogue) -> Entitlement | None:
    """What the pass that runs now gives; it ends when the last of those that follow it without a gap does."""
    stretches = pass_stretches(stored, sold)
    running = next((s for s in stretches if s.begins <= now < s.ends), None)
    if running is None:
        return None
    purchase = next(p for p in stored.purchases if p.id == running.id)
    plan = sold.plan(purchase.plan)
    assert plan is not None
    ends = running.ends
    for stretch in stretches:
        ends = stretch.ends if stretch.begins == ends else ends
    return Entitlement(
        plan=plan.code,
        seats=purchase.seats,
        source=Source.PASS,
        source_id=purchase.id,
        month=running.month(now),
        granted=plan.comments * purchase.seats,
        by=purchase.by,
        ends_at=ends,
    )


def _trial(stored: Stored, now: datetime, sold: Catalogue) -> Entitlement | None:
    """What the trial gives while it runs: one month's comments for the whole of it."""
    trial = stored.trial
    if trial is None or not trial.begins_at <= now < trial.ends_at:
        return None
    plan = sold.plan(trial.plan)
    assert plan is not None
    return Entitlement(
        plan=plan.code,
        seats=1,
        source=Source.TRIAL,
        source_id="trial",
        month=Month(0, trial.begins_at, trial.ends_at),
        granted=plan.comments,
        by=trial.by,
        ends_at=trial.ends_at,
    )


def _rank(purchase: Purchase, sold: Catalogue) -> Rank:
    return sold.rank(purchase.plan, purchase.seats)
