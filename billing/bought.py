"""What was paid once, and what a wallet has yet to pay: how Stripe's Checkouts of a customer read as rows of
ours.
"""

from datetime import datetime
from typing import Any

from billing.entitlements import UNPAID
from billing.gateway import Data
from billing.snapshot import LOST, Snapshot, delayed_payment, id_of, may_end, moment, unpaid_since
from billing.tables import PurchaseKind

NOT_PAID = ("canceled", "requires_payment_method")
"""Statuses of a payment that is over without money, once its Checkout is complete."""


def purchases(found: Snapshot, studio_id: str) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.Purchase`` of what is paid and ours, by the Checkout session's id."""
    made = {}
    for session in found.sessions:
        told = session.get("metadata") or {}
        paid = session["payment_status"] in ("paid", "no_payment_required")
        ours = told.get("studio_id") == studio_id and told.get("kind") in list(PurchaseKind)
        if session["mode"] == "payment" and session["status"] == "complete" and paid and ours:
            made[session["id"]] = _purchase(session, told, found)
    return made


def delayed(found: Snapshot, studio_id: str) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.DelayedPayment`` of what is ours, by the Checkout session's id."""
    made = {}
    for session in found.sessions:
        payment, told = delayed_payment(session), session.get("metadata") or {}
        if payment is not None and told.get("studio_id") == studio_id:
            intent = found.intents[payment]
            made[session["id"]] = {
                **_sold(session, told),
                "method": _method(intent),
                "failed": intent["status"] in NOT_PAID,
                "begun_at": moment(intent["created"]),
            }
    return made


def replaced(found: Snapshot, studio_id: str) -> list[str]:
    """Ids of the subscriptions that are not paid for, and instead of which a pass was paid since then. One
    that was paid after all, and fails another time, is not among them.
    """
    bought = purchases(found, studio_id)
    paid: dict[str, datetime] = {}  # subscription → when something was last paid instead
    for session in found.sessions:
        purchase = bought.get(session["id"])
        if purchase and purchase["revoked_at"] is None:
            for name in (session.get("metadata") or {}).get("instead_of", "").split():
                paid[name] = max(purchase["paid_at"], paid.get(name, purchase["paid_at"]))
    over = []
    for data in found.subscriptions:
        since = unpaid_since(data, found)
        bought_since = data["id"] in paid and since is not None and since <= paid[data["id"]]
        if data["status"] in UNPAID and bought_since and may_end(data, found):
            over.append(data["id"])
    return over


def _method(intent: Data) -> str:
    """How it is paid, or was tried to be."""
    tried = intent.get("last_payment_error") or {}
    used = intent.get("payment_method") or tried.get("payment_method") or {}
    return str(used.get("type", ""))


def _sold(session: Data, told: Data) -> dict[str, Any]:
    """What a Checkout sells, and for how much."""
    return {
        "kind": PurchaseKind(told["kind"]),
        "plan": told.get("plan", ""),
        "months": int(told.get("months", 0)),
        "seats": int(told.get("seats", 1)),
        "comments": int(told.get("comments", 0)),
        "currency": session["currency"],
        "amount": session["amount_total"],
    }


def _came(charge: Data) -> int:
    """When a charge's money came: a wallet may have been asked for it days before."""
    booked = charge.get("balance_transaction")
    return int(booked["created"] if isinstance(booked, dict) else charge["created"])


def _purchase(session: Data, told: Data, found: Snapshot) -> dict[str, Any]:
    payment = id_of(session["payment_intent"])
    charges = [c for c in found.charges if c["paid"] and id_of(c["payment_intent"]) == payment]
    charge = charges[0] if payment and charges else None
    ended = []
    if charge is not None:
        if charge["refunded"]:
            ended += [max(r["created"] for r in found.refunds[charge["id"]])]
        ended += [d["created"] for d in found.disputes.get(charge["id"], []) if d["status"] == LOST]
    return {
        **_sold(session, told),
        "refunded": charge["amount_refunded"] if charge else 0,
        "payment_id": payment,
        "paid_at": moment(_came(charge) if charge else session["created"]),
        "revoked_at": moment(min(ended, default=None)),
    }
