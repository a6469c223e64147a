"""Asking Stripe from a page: an owner comes back to it from paying, or looks at it after the day on which the
plan was to renew or to end, and the webhook that tells of it may be slow, or lost.
"""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError

from billing import delayed, entitlements, refreshing
from billing.customers import BusyError
from billing.gateway import GatewayError
from billing.plans import catalogue
from billing.tables import Customer
from webapp.lessons.edge import machine_now, now
from webapp.money import quota
from webapp.money.edge import gateway, transactions, who
from webapp.platform.db import db

log = structlog.get_logger()

FRESH = timedelta(seconds=10)
"""So long what Stripe said last is taken as it is."""
PAGES_WAIT = timedelta(minutes=1)
"""So long no page asks after one that got no answer."""
PATIENCE_SECONDS = 1.0
"""So long a page waits for another process that is asking about the studio at this moment."""


def catch_up(studio_id: str, page: str) -> None:
    """Ask Stripe about a studio that owes something, whose payer's bank wants a payment confirmed, for which
    a payment is on its way, or whose paid period is over as far as we know, so that ``page`` shows what was
    paid a moment ago. Whatever goes wrong, the page shows what is stored.

    What the request has loaded before is loaded anew.
    """
    moment, on_the_machine = now(), machine_now()
    away: dict[str, datetime] = current_app.extensions.setdefault("stripe_unanswered", {})
    if any(away[whom] > on_the_machine for whom in ("", studio_id) if whom in away):
        return
    if not _is_due(moment, studio_id):
        return
    try:
        refreshing.refresh(
            transactions,
            gateway(hurried=True),
            moment,
            studio_id,
            catalogue(),
            by=f"page:{page}:{who()}",
            patience=PATIENCE_SECONDS,
        )
    except GatewayError as error:
        # Stripe is away for everybody; what it refuses, it refuses for this studio.
        away["" if error.again else studio_id] = on_the_machine + PAGES_WAIT
        log.warning("stripe_troubled", page=page, error=error.code)
    except (BusyError, OperationalError) as error:
        log.info("not_caught_up", page=page, error=type(error).__name__)
    db.session.expire_all()


def _is_due(moment: datetime, studio_id: str) -> bool:
    stored = entitlements.load(db.session, studio_id)
    if not (
        entitlements.owing(stored)
        or entitlements.overtaken(stored, moment)
        or quota.unconfirmed(db.session, studio_id) is not None
        or delayed.on_their_way(db.session, studio_id)
    ):
        return False
    customer = db.session.get(Customer, studio_id)
    if customer is None or customer.stripe_id is None:
        return False
    return customer.projected_at is None or customer.projected_at <= moment - FRESH
