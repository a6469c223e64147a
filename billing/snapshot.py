"""What Stripe says of one customer, fetched anew, and how it reads as rows of ours."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from billing.entitlements import ENDED, UNPAID
from billing.gateway import KNOWN, Data, Gateway
from billing.plans import Catalogue
from billing.tables import PAYABLE, PurchaseKind

LOST = "lost"
RENEWS = ("subscription_create", "subscription_cycle")
"""Reasons of the invoices that pay for a period of a subscription."""
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
        if invoice["status"] in PAYABLE:
            found.intents |= {payment: gateway.payment(payment) for payment in payments_of(invoice)}
    for session in found.sessions:
        if (payment := delayed_payment(session)) is not None:
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


def may_end(data: Data, found: Snapshot) -> bool:
    """Whether the subscription is ours to end when it is not paid for: none of something else in the account,
    and none for which a payment is on its way.
    """
    mine = [i for i in found.invoices if i["status"] in PAYABLE and subscription_of(i) == data["id"]]
    return _is_ours(data) and not any(_is_processing(invoice, found) for invoice in mine)


def cancelled_unpaid(found: Snapshot) -> list[str]:
    """Ids of the subscriptions that were cancelled while their present period was not paid, as at the portal:
    Stripe would let them run to their announced end, and try the card again until then.
    """
    over = []
    for data in found.subscriptions:
        since, asked = unpaid_since(data, found), moment(data["canceled_at"])
        announced = data["cancel_at_period_end"] or data["cancel_at"] is not None
        before = since is not None and asked is not None and since <= asked
        if data["status"] in UNPAID and announced and before and _period_unpaid(data, found):
            over.append(data["id"])
    return over


def left_open(found: Snapshot) -> list[str]:
    """Ids of the invoices that could still be paid although the subscription of ours that they are for is
    over. One whose payment is on its way cannot be voided, and one that a person wrote, sends, or gave up,
    is theirs.
    """
    return [i["id"] for i in _of_what_is_over(found, "open") if not _is_processing(i, found)]


def left_advancing(found: Snapshot) -> list[str]:
    """Ids of the drafts that Stripe would make final, and charge, although the subscription of ours that they
    are for is over.
    """
    return [i["id"] for i in _of_what_is_over(found, "draft") if i["auto_advance"]]


def _of_what_is_over(found: Snapshot, status: str) -> list[Data]:
    """The invoices in this status that Stripe charges by itself for subscriptions of ours that are over."""
    over = {data["id"] for data in found.subscriptions if data["status"] in ENDED and _is_ours(data)}
    return [i for i in found.invoices if i["status"] == status and _is_automatic(i, over)]


def invoices(found: Snapshot) -> dict[str, dict[str, Any]]:
    """Fields of ``tables.Invoice``, by id."""
    open_ = left_open(found)
    return {
        data["id"]: {**_invoice(data, found), "left_open": data["id"] in open_} for data in found.invoices
    }


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


def delayed_payment(session: Data) -> str | None:
    """The payment of a Checkout of ours that is complete and was not paid then."""
    kind = (session.get("metadata") or {}).get("kind")
    once = session["mode"] == "payment" and kind in list(PurchaseKind)
    if once and session["status"] == "complete" and session["payment_status"] == "unpaid":
        return id_of(session["payment_intent"])
    return None


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
        "unpaid_since": unpaid_since(data, found),
        "period_unpaid": _period_unpaid(data, found),
    }


def _is_ours(subscription: Data) -> bool:
    """Whether it was bought here: there may be others in the account."""
    return (subscription.get("metadata") or {}).get("app") == KNOWN


def _is_automatic(invoice: Data, subscriptions: Container[str | None]) -> bool:
    """Whether Stripe made the invoice by itself for one of these subscriptions, and charges it by itself."""
    charged = invoice["collection_method"] == "charge_automatically"
    return charged and invoice["billing_reason"] != "manual" and subscription_of(invoice) in subscriptions


def _is_processing(invoice: Data, found: Snapshot) -> bool:
    """Whether the invoice's payment is on its way."""
    asked = [found.intents[payment] for payment in payments_of(invoice) if payment in found.intents]
    return any(intent["status"] == "processing" for intent in asked)


def _period_unpaid(data: Data, found: Snapshot) -> bool:
    """Whether it is ours, and its present period is neither paid nor being paid: the payment of the renewal
    failed, or has yet to be tried, as in the hour after it is due. Something else that is owed, as for seats
    that were added, leaves a period that is paid.
    """
    begins = min(item["current_period_start"] for item in data["items"]["data"])
    renewals = [
        invoice
        for invoice in found.invoices
        if _is_automatic(invoice, (data["id"],))
        and invoice["billing_reason"] in RENEWS
        and invoice["status"] in ("draft", *PAYABLE)
        and invoice["created"] >= begins
        and invoice["amount_remaining"] > 0
    ]
    return bool(renewals) and may_end(data, found)


def unpaid_since(data: Data, found: Snapshot) -> datetime | None:
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
    if data["status"] == "paid" and not any(_has_paid(charge, payments) for charge in found.charges):
        payments = []  # its credit paid it, or somebody outside Stripe
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


def _has_paid(charge: Data, payments: Sequence[str]) -> bool:
    return bool(charge["paid"]) and id_of(charge["payment_intent"]) in payments


def _declined(found: Snapshot, payments: Sequence[str]) -> Data:
    """The card with which an invoice was tried last, where its bank declined it."""
    for payment in payments:
        error = found.intents.get(payment, {}).get("last_payment_error") or {}
        if error.get("code") in DECLINED:
            return dict((error.get("payment_method") or {}).get("card") or {})
    return {}
