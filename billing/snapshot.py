"""What Stripe says of one customer, fetched anew, and how it reads as rows of ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from billing.entitlements import ENDED, UNPAID
from billing.gateway import KNOWN, Data, Gateway
from billing.plans import Catalogue
from billing.tables import PAYABLE, PurchaseKind

LOST = "lost"
NOT_PAID = ("canceled", "requires_payment_method")
"""Statuses of a payment that is over without money, once its Checkout is complete."""
DECLINED = ("card_declined", "expired_card", "insufficient_funds")
"""Stripe's codes of a payment that failed because of the card."""


@dataclass
class Snapshot:
    """Stripe's objects as they came. ``refunds`` and ``disputes`` are by charge; ``intents`` are the payments
    of invoices that can still be paid and of what a wallet has not paid yet, by their id.
    """

    customer: Data
    subscriptions: list[Data] = field(default_factory=list)
    invoices: list[Data] = field(default_factory=list)
    sessions: list[Data] = field(default_factory=list)
    charges: list[Data] = field(default_factory=list)
    refunds: dict[str, list[Data]] = field(default_factory=dict)
    disputes: dict[str, list[Data]] = field(default_factory=dict)
    intents: dict[str, Data] = field(default_factory=dict)


def fetch(gateway: Gateway, customer_id: str) -> Snapshot:
    """Ask Stripe: for refunds and disputes where there are any, for payments where an invoice waits. Those of
    Checkouts come with them.
    """
    found = Snapshot(gateway.customer(customer_id))
    if found.customer.get("deleted"):
        return found
    found.subscriptions = gateway.subscriptions(customer_id)
    found.invoices = gateway.invoices(customer_id)
    found.sessions = gateway.checkouts(customer_id)
    found.charges = gateway.charges(customer_id)
    for charge in found.charges:
        if charge["amount_refunded"]:
            found.refunds[charge["id"]] = gateway.refunds(charge["id"])
        if charge["disputed"]:
            found.disputes[charge["id"]] = gateway.disputes(charge["id"])
    for invoice in found.invoices:
        if invoice["status"] in PAYABLE and invoice["attempted"]:
            found.intents |= {payment: gateway.payment(payment) for payment in payments_of(invoice)}
    for session in found.sessions:
        if (payment := _delayed_payment(session)) is not None:
            found.intents[payment] = session["payment_intent"]
    return found


def customer(found: Snapshot) -> dict[str, Any]:
    """Fields of ``tables.Customer``. Of one that is deleted, Stripe tells nothing more."""
    gone = bool(found.customer.get("deleted"))
    return {
        "gone": gone,
        "currency": found.customer.get("currency"),
        "balance": 0 if gone else found.customer["balance"],
    }


def subscriptions(found: Snapshot, sold: Catalogue) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.Subscription``, by id."""
    return {data["id"]: _subscription(data, found, sold) for data in found.subscriptions}


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
        payment, told = _delayed_payment(session), session.get("metadata") or {}
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
        since = _unpaid_since(data, found)
        if data["status"] in UNPAID and data["id"] in paid and since and since <= paid[data["id"]]:
            over.append(data["id"])
    return over


def cancelled_unpaid(found: Snapshot) -> list[str]:
    """Ids of the subscriptions that were cancelled while they were not paid for, as at the portal: Stripe
    would let them run to their announced end, and try the card again until then.
    """
    over = []
    for data in found.subscriptions:
        since, asked = _unpaid_since(data, found), moment(data["canceled_at"])
        announced = data["cancel_at_period_end"] or data["cancel_at"] is not None
        if data["status"] in UNPAID and announced and since and asked and since <= asked:
            over.append(data["id"])
    return over


def left_open(found: Snapshot) -> list[str]:
    """Ids of the invoices that could still be paid although the subscription of ours that they are for is
    over.
    """
    over = {
        data["id"]
        for data in found.subscriptions
        if data["status"] in ENDED and (data.get("metadata") or {}).get("app") == KNOWN
    }
    return [i["id"] for i in found.invoices if i["status"] in PAYABLE and subscription_of(i) in over]


def invoices(found: Snapshot) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.Invoice``, by id."""
    return {data["id"]: _invoice(data, found) for data in found.invoices}


def disputes(found: Snapshot) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.Dispute``, by id."""
    return {
        data["id"]: {
            "charge_id": charge_id,
            "payment_id": id_of(data["payment_intent"]),
            "status": data["status"],
            "reason": data["reason"],
            "currency": data["currency"],
            "amount": data["amount"],
            "created_at": moment(data["created"]),
            "answer_by": moment((data["evidence_details"] or {}).get("due_by")),
        }
        for charge_id, listed in found.disputes.items()
        for data in listed
    }


def subscription_of(invoice: Data) -> str | None:
    """The subscription that an invoice is for."""
    parent = invoice.get("parent") or {}
    return id_of((parent.get("subscription_details") or {}).get("subscription"))


def payments_of(invoice: Data) -> list[str]:
    """Ids of the payments of an invoice, the one by which it is to be paid first."""
    paying = (invoice.get("payments") or {}).get("data", [])
    ordered = sorted(paying, key=lambda one: not one["is_default"])
    ids = [id_of(one["payment"].get("payment_intent")) for one in ordered]
    return [ident for ident in ids if ident]


def moved_by(before: int, after: int) -> tuple[int, int]:
    """What an invoice took from the customer's credit, and what it took over from earlier ones, when the
    balance was so much before it and after. Below zero: what it gave, and what it left to the next.
    """
    return max(0, -before) - max(0, -after), max(0, before) - max(0, after)


def moment(seconds: int | None) -> datetime | None:
    """Stripe's Unix time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def id_of(reference: Any) -> str | None:
    """The id of an object that may stand there as itself."""
    found: str | None = reference["id"] if isinstance(reference, dict) else reference
    return found


def _subscription(data: Data, found: Snapshot, sold: Catalogue) -> dict[str, Any]:
    item = next((one for one in data["items"]["data"] if _code(one, sold)), data["items"]["data"][0])
    price = item["price"]
    ends = data["cancel_at"] or (item["current_period_end"] if data["cancel_at_period_end"] else None)
    return {
        "status": data["status"],
        "paused": bool(data["pause_collection"]),
        "plan": _code(item, sold),
        "interval": price["recurring"]["interval"],
        "seats": 1 if item["quantity"] is None else item["quantity"],  # a metered price has no quantity
        "price_id": price["id"],
        "item_id": item["id"],
        "currency": price["currency"],
        "amount": price["unit_amount"] or 0,
        "discounted": bool(data["discounts"] or item["discounts"] or found.customer.get("discount")),
        "began_at": moment(data["start_date"]),
        "period_begins": moment(item["current_period_start"]),
        "period_ends": moment(item["current_period_end"]),
        "ends_at": moment(ends),
        "ended_at": moment(data["ended_at"]),
        "unpaid_since": _unpaid_since(data, found),
    }


def _unpaid_since(data: Data, found: Snapshot) -> datetime | None:
    """When the oldest invoice of the subscription was made that could not be collected, of those since the
    last that was paid: then it went on, whatever was owed before. While it is ``unpaid``, Stripe leaves what
    is due as drafts. Nothing is owed for a change that is made only when it is paid. Of one that is
    over, what was voided since counts as well: it was not paid, and nobody can pay it any more.
    """
    waits = "subscription_update" if data.get("pending_update") else None
    mine = [invoice for invoice in found.invoices if subscription_of(invoice) == data["id"]]
    paid = max((invoice["created"] for invoice in mine if invoice["status"] == "paid"), default=0)
    drafts = data["status"] == "unpaid"
    owing = [
        invoice["created"]
        for invoice in mine
        if invoice["created"] > paid
        and (
            invoice["status"] in PAYABLE
            or (drafts and invoice["status"] == "draft")
            or _was_dropped(invoice, data)
        )
        and (invoice["attempted"] or drafts)
        and invoice["amount_remaining"] > 0
        and invoice["billing_reason"] != waits
    ]
    return moment(min(owing, default=None))


def _was_dropped(invoice: Data, subscription: Data) -> bool:
    """Whether the invoice was voided because its subscription had ended."""
    voided = invoice["status_transitions"]["voided_at"] if invoice["status"] == "void" else None
    return bool(voided and subscription["ended_at"] and subscription["ended_at"] <= voided)


def _code(item: Data, sold: Catalogue) -> str:
    """The plan that an item of a subscription is for; empty when it is none that is sold here."""
    told = item["price"].get("metadata") or {}
    code = str(told.get("code", ""))
    ours = told.get("app") == KNOWN and told.get("kind") == "subscription"
    return code if ours and sold.plan(code) is not None else ""


def _invoice(data: Data, found: Snapshot) -> dict[str, Any]:
    payments = payments_of(data)
    refunded = sum(c["amount_refunded"] for c in found.charges if id_of(c["payment_intent"]) in payments)
    # A draft has moved nothing yet, and one that is void has given it back.
    moved = data["ending_balance"] is not None and data["status"] != "void"
    used, carried = moved_by(data["starting_balance"], data["ending_balance"]) if moved else (0, 0)
    asked = [found.intents[payment]["status"] for payment in payments if payment in found.intents]
    card = _declined(found, payments) if data["status"] in PAYABLE else {}
    return {
        "subscription_id": subscription_of(data),
        "number": data["number"],
        "status": data["status"],
        "reason": data["billing_reason"] or "",
        "currency": data["currency"],
        "total": data["total"],
        "from_credit": used,
        "carried": carried,
        "paid": data["amount_paid"],
        "refunded": refunded,
        "payment_id": payments[0] if payments else None,
        "unconfirmed": data["status"] in PAYABLE and "requires_action" in asked,
        "declined_brand": card.get("brand"),
        "declined_last4": card.get("last4"),
        "attempts": data["attempt_count"],
        "next_attempt": moment(data["next_payment_attempt"]),
        "page": data.get("hosted_invoice_url"),
        "pdf": data.get("invoice_pdf"),
        "created_at": moment(data["created"]),
        "paid_at": moment(data["status_transitions"]["paid_at"]),
    }


def _delayed_payment(session: Data) -> str | None:
    """The payment of a Checkout of ours that is complete and was not paid then."""
    kind = (session.get("metadata") or {}).get("kind")
    once = session["mode"] == "payment" and kind in list(PurchaseKind)
    if once and session["status"] == "complete" and session["payment_status"] == "unpaid":
        return id_of(session["payment_intent"])
    return None


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


def _declined(found: Snapshot, payments: Sequence[str]) -> Data:
    """The card with which an invoice was tried last, where its bank declined it."""
    for payment in payments:
        error = found.intents.get(payment, {}).get("last_payment_error") or {}
        if error.get("code") in DECLINED:
            return dict((error.get("payment_method") or {}).get("card") or {})
    return {}


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
