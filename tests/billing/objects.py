"""Stripe's objects as plain data, with the fields that we read, for functions that take what was fetched."""

from datetime import datetime
from typing import Any

from billing.gateway import Data


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def customer(**changes: Any) -> Data:
    return {
        "id": "cus_1",
        "object": "customer",
        "currency": "usd",
        "balance": 0,
        "discount": None,
        "metadata": {"studio_id": "studio"},
    } | changes


def subscription(began: datetime, ends: datetime, **changes: Any) -> Data:
    """A monthly Teacher subscription."""
    item = {
        "id": "si_1",
        "quantity": changes.pop("quantity", 1),
        "discounts": [],
        "current_period_start": unix(began),
        "current_period_end": unix(ends),
        "price": {
            "id": "price_1",
            "currency": "usd",
            "unit_amount": 1200,
            "recurring": {"interval": "month"},
            "metadata": {"app": "vermilion", "kind": "subscription", "code": changes.pop("code", "teacher")},
        },
    }
    return {
        "id": "sub_1",
        "status": "active",
        "start_date": unix(began),
        "cancel_at": None,
        "cancel_at_period_end": False,
        "ended_at": None,
        "pause_collection": None,
        "discounts": [],
        "items": {"data": [item]},
        "metadata": {"app": "vermilion"},
    } | changes


def invoice(created: datetime, **changes: Any) -> Data:
    """A paid invoice of the subscription."""
    return {
        "id": "in_1",
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "number": "A-1",
        "status": "paid",
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "auto_advance": False,
        "currency": "usd",
        "total": 1200,
        "amount_paid": 1200,
        "amount_remaining": 0,
        "starting_balance": 0,
        "ending_balance": 0,
        "attempted": True,
        "attempt_count": 1,
        "next_payment_attempt": None,
        "hosted_invoice_url": "https://pay.example/in_1",
        "invoice_pdf": "https://pay.example/in_1.pdf",
        "created": unix(created),
        "status_transitions": {"paid_at": unix(created), "voided_at": None},
    } | changes


def session(number: int, created: datetime, **told: str) -> Data:
    """A Checkout session that is complete and paid: of a Teacher pass for a month, or what ``told`` says."""
    return {
        "id": f"cs_{number}",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{number}",
        "currency": "cny",
        "amount_total": 7200,
        "created": unix(created),
        "metadata": {"studio_id": "studio", "kind": "pass", "plan": "teacher", "months": "1", **told},
    }


def charge(number: int, created: datetime, **changes: Any) -> Data:
    return {
        "id": f"ch_{number}",
        "payment_intent": f"pi_{number}",
        "paid": True,
        "created": unix(created),
        "amount_refunded": 0,
        "refunded": False,
        "disputed": False,
    } | changes
