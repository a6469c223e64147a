"""Rows as they are stored after a projection, made by hand, and moments to put them at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.entitlements import Entitlement, Stored, entitle
from billing.plans import catalogue
from billing.tables import Purchase, PurchaseKind, Subscription, Trial

SOLD = catalogue()


def at(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def subscription(**changes: Any) -> Subscription:
    """A monthly Teacher subscription from 10 January 2026 on, in its first period."""
    values: dict[str, Any] = {
        "id": "sub_1",
        "studio_id": "studio",
        "status": "active",
        "plan": "teacher",
        "interval": "month",
        "seats": 1,
        "price_id": "price_1",
        "item_id": "si_1",
        "currency": "usd",
        "amount": 1200,
        "began_at": at(1, 10),
        "period_begins": at(1, 10),
        "period_ends": at(2, 10),
        "by": "event:evt_1",
    }
    return Subscription(**{**values, **changes})


def purchase(number: int, paid_at: datetime, **changes: Any) -> Purchase:
    """A Teacher pass for a month."""
    values: dict[str, Any] = {
        "id": f"cs_{number}",
        "studio_id": "studio",
        "kind": PurchaseKind.PASS,
        "plan": "teacher",
        "months": 1,
        "currency": "cny",
        "amount": 7200,
        "paid_at": paid_at,
        "by": f"event:evt_{number}",
    }
    return Purchase(**{**values, **changes})


def trial(begins_at: datetime) -> Trial:
    return Trial(
        studio_id="studio",
        payer="p",
        plan="teacher",
        begins_at=begins_at,
        ends_at=begins_at + timedelta(days=14),
        by="user:1",
    )


def free(now: datetime) -> Entitlement:
    return entitle(Stored(), now, SOLD)
