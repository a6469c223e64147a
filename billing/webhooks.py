"""Webhooks: verified, kept under their id, answered; what they mean is found out later, from Stripe itself.

The caller commits before it answers 2xx, and lets a failed insert be a 500: then Stripe sends it again.
"""

import enum
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from billing.gateway import Data, Gateway, SignatureError
from billing.snapshot import id_of, moment
from billing.tables import Event, EventState, insert_missing

log = structlog.get_logger()

MOST_BYTES = 1_000_000
"""Stripe's events are a hundredth of it."""

OURS = (
    "charge.dispute.",
    "charge.failed",
    "charge.refund",
    "charge.succeeded",
    "checkout.session.",
    "customer.created",
    "customer.deleted",
    "customer.subscription.",
    "customer.updated",
    "invoice.",
    "refund.",
)
"""How the types of the events begin that can change what we store."""


class Outcome(enum.StrEnum):
    """What became of a webhook; the first two are kept."""

    KEPT = "kept"
    REPEATED = "repeated"
    UNKNOWN_TYPE = "unknown_type"
    OTHER_MODE = "other_mode"
    OTHER_ACCOUNT = "other_account"
    UNSIGNED = "unsigned"
    TOO_LARGE = "too_large"

    @property
    def status(self) -> int:
        """The HTTP status to answer with. What is not for us is no error, or Stripe would repeat it."""
        return {Outcome.UNSIGNED: 400, Outcome.TOO_LARGE: 413}.get(self, 200)


def receive(
    session: Session, now: datetime, gateway: Gateway, payload: bytes, signature: str
) -> tuple[Outcome, str]:
    """Keep the event of a webhook; with its id, empty for one that is no event."""
    if len(payload) > MOST_BYTES:
        return too_large()
    try:
        event = gateway.event(payload, signature)
    except SignatureError:
        return _seen(Outcome.UNSIGNED, {})
    if event.get("livemode") is not gateway.live:
        return _seen(Outcome.OTHER_MODE, event)
    if event.get("account"):  # of an account connected to ours
        return _seen(Outcome.OTHER_ACCOUNT, event)
    if not event["type"].startswith(OURS):
        return _seen(Outcome.UNKNOWN_TYPE, event)
    return _seen(Outcome.KEPT if keep(session, now, event) else Outcome.REPEATED, event)


def too_large() -> tuple[Outcome, str]:
    """What to answer to a body that is longer than MOST_BYTES: best before all of it is read."""
    return _seen(Outcome.TOO_LARGE, {})


def keep(session: Session, now: datetime, event: Data) -> bool:
    """Insert the event under its id; False when it is there."""
    told: dict[str, Any] = event["data"]["object"]
    customer = told.get("id") if told.get("object") == "customer" else id_of(told.get("customer"))
    charge = None if customer else id_of(told.get("charge"))
    row = {
        "id": event["id"],
        "type": event["type"][:80],
        "customer": customer,
        "charge": charge,
        "state": EventState.WAITING,
        "attempts": 0,
        "created_at": moment(event["created"]),
        "received_at": now,
    }
    return insert_missing(session, Event, [row]) == 1


def _seen(outcome: Outcome, event: Data) -> tuple[Outcome, str]:
    log.info("webhook", outcome=outcome.value, type=event.get("type", "")[:80], id=event.get("id", ""))
    return outcome, event.get("id", "")
