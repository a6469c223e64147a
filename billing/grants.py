"""What an operator gives a studio, with a reason: comments, a prepaid pass, a longer trial.

Gifts are purchases that cost nothing and are not at Stripe, so what they give follows from the same rules.
The reason stands in the history, with who gave it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from billing import allowances, entitlements
from billing.entitlements import Source
from billing.plans import Catalogue
from billing.tables import GIVEN, Purchase, PurchaseKind, Trial, new_id, note

MOST_COMMENTS = 10_000
MOST_MONTHS = 24
MOST_DAYS = 90


class NotGivenError(ValueError):
    """Not possible so. ``code``: ``reason``, ``amount``, ``plan``, ``seats``, ``no_trial``, ``covered`` or
    ``gone``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def give_comments(
    session: Session, now: datetime, studio_id: str, comments: int, sold: Catalogue, *, by: str, reason: str
) -> Purchase:
    """Comments beyond the plan, which do not expire. Raises NotGivenError."""
    if not 1 <= comments <= MOST_COMMENTS:
        raise NotGivenError("amount")
    given = _give(session, now, studio_id, PurchaseKind.PACK, {"comments": comments}, sold, by, reason)
    allowances.grant_pack(session, now, studio_id, given.id, comments, by=by)
    return given


def give_pass(
    session: Session,
    now: datetime,
    studio_id: str,
    plan: str,
    months: int,
    seats: int,
    sold: Catalogue,
    *,
    by: str,
    reason: str,
) -> Purchase:
    """A plan for so many months, laid in time as a prepaid pass is. Raises NotGivenError."""
    wanted = sold.plan(plan)
    if wanted is None or not wanted.passes:
        raise NotGivenError("plan")
    if not 1 <= months <= MOST_MONTHS:
        raise NotGivenError("amount")
    if not wanted.seats.least <= seats <= wanted.seats.most:
        raise NotGivenError("seats")
    what: dict[str, Any] = {"plan": plan, "months": months, "seats": seats}
    return _give(session, now, studio_id, PurchaseKind.PASS, what, sold, by, reason)


def prolong_trial(
    session: Session, now: datetime, studio_id: str, days: int, sold: Catalogue, *, by: str, reason: str
) -> Trial:
    """So many days more of the trial that runs; no comments more. Raises NotGivenError.

    One that is over stays over: what was paid since has begun after it, and would move. Beside something
    that is paid for and counts instead, it would give nothing.
    """
    _check_reason(reason)
    if not 1 <= days <= MOST_DAYS:
        raise NotGivenError("amount")
    trial = session.get(Trial, studio_id, populate_existing=True, with_for_update=True)
    if trial is None or not trial.begins_at <= now < trial.ends_at:
        raise NotGivenError("no_trial")
    if entitlements.entitle(entitlements.load(session, studio_id), now, sold).source is not Source.TRIAL:
        raise NotGivenError("covered")
    before = {"ends_at": trial.ends_at}
    trial.ends_at += timedelta(days=days)
    trial.by = by
    after = {"ends_at": trial.ends_at, "reason": reason}
    note(session, now, studio_id, "trial.prolonged", studio_id, by=by, before=before, after=after)
    session.flush()
    return trial


def take_back(
    session: Session, now: datetime, studio_id: str, grant_id: str, *, by: str, reason: str
) -> Purchase:
    """End what was given. Comments of it that are used or reserved stay so. Raises NotGivenError."""
    _check_reason(reason)
    given = session.get(Purchase, grant_id, populate_existing=True, with_for_update=True)
    if (
        given is None
        or given.studio_id != studio_id
        or not given.id.startswith(GIVEN)
        or given.revoked_at is not None
    ):
        raise NotGivenError("gone")
    given.revoked_at, given.by = now, by
    after = {"revoked_at": now, "reason": reason}
    note(session, now, studio_id, f"{given.kind}.taken_back", given.id, by=by, after=after)
    session.flush()
    if given.kind is PurchaseKind.PACK:
        allowances.grant_pack(session, now, studio_id, given.id, 0, by=by)
    return given


def _give(
    session: Session,
    now: datetime,
    studio_id: str,
    kind: PurchaseKind,
    what: dict[str, Any],
    sold: Catalogue,
    by: str,
    reason: str,
) -> Purchase:
    _check_reason(reason)
    given = Purchase(
        id=f"{GIVEN}{new_id()}",
        studio_id=studio_id,
        kind=kind,
        currency=sold.currencies[0],
        amount=0,
        paid_at=now,
        by=by,
        **what,
    )
    session.add(given)
    note(session, now, studio_id, f"{kind}.given", given.id, by=by, after={**what, "reason": reason})
    session.flush()
    return given


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise NotGivenError("reason")
