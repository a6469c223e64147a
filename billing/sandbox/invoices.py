"""Invoices: what they say, from a draft to the final paper. Collecting the money is in ``collection``."""

from typing import Any

from billing.sandbox.customers import adjust_balance
from billing.sandbox.errors import Refusal
from billing.sandbox.lines import discounted, invoice_item_line
from billing.sandbox.money import LEAST, days_later
from billing.sandbox.payments import new_intent
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, includes, page


def draft(
    world: World,
    customer: Thing,
    lines: list[Thing],
    *,
    currency: str,
    now: int,
    reason: str = "manual",
    sub: Thing | None = None,
    discounts: list[str] | None = None,
    period: tuple[int, int] | None = None,
    **fields: Any,
) -> Thing:
    """A new draft with these lines."""
    settings = sub or {"collection_method": "charge_automatically", "days_until_due": None}
    days = fields.pop("days_until_due", settings["days_until_due"])
    collection = fields.pop("collection_method", settings["collection_method"])
    ident = fresh_id("in")
    parent = None
    if sub:
        details = {"metadata": dict(sub["metadata"]), "subscription": sub["id"]}
        parent = {"type": "subscription_details", "quote_details": None, "subscription_details": details}
    invoice = world.add(
        "invoice",
        "in",
        {
            "account_country": "US",
            "account_name": "Vermilion",
            "account_tax_ids": None,
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_paid_off_stripe": 0,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": True,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "automatically_finalizes_at": None,
            "billing_reason": reason,
            "collection_method": collection,
            "created": now,
            "currency": currency,
            "custom_fields": None,
            "customer": customer["id"],
            "customer_account": None,
            "customer_address": customer["address"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": customer["phone"],
            "customer_shipping": customer["shipping"],
            "customer_tax_exempt": customer["tax_exempt"],
            "customer_tax_ids": [],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": list(discounts or []),
            "due_date": days_later(now, days) if days is not None else None,
            "effective_at": None,
            "ending_balance": None,
            "footer": customer["invoice_settings"]["footer"],
            "from_invoice": None,
            "hosted_invoice_url": None,
            "invoice_pdf": None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "metadata": {},
            "next_payment_attempt": None,
            "number": None,
            "on_behalf_of": None,
            "parent": parent,
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            "period_end": (period or (now, now))[1],
            "period_start": (period or (now, now))[0],
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": customer["balance"],
            "statement_descriptor": None,
            "status": "draft",
            "status_transitions": dict.fromkeys(
                ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
            ),
            "test_clock": customer["test_clock"],
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
            "webhooks_delivered_at": None,
            "_subscription": sub and sub["id"],
            "_intent": None,
            **fields,
        },
        ident=ident,
    )
    customer["currency"] = customer["currency"] or currency
    set_lines(world, invoice, lines)
    return invoice


def set_lines(world: World, invoice: Thing, lines: list[Thing]) -> None:
    """Put lines on a draft and add everything up."""
    for one in lines:
        one["invoice"] = invoice["id"]
    sums = discounted(world, lines, invoice["discounts"], invoice["currency"])
    subtotal = sum(one["amount"] for one in lines)
    total = subtotal - sum(one["amount"] for one in sums)
    url = f"/v1/invoices/{invoice['id']}/lines"
    invoice["lines"] = {
        "object": "list",
        "data": lines,
        "has_more": False,
        "total_count": len(lines),
        "url": url,
    }
    invoice |= {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_excluding_tax": total,
    }
    invoice["total_discount_amounts"] = sums
    due, ending = what_is_due(invoice)
    invoice |= {"amount_due": due, "amount_remaining": due, "_ending_balance": ending}


def what_is_due(invoice: Thing) -> tuple[int, int]:
    """What has to be paid, and the customer's balance afterwards, from the total and the balance before."""
    total, balance = invoice["total"], invoice["starting_balance"]
    due = total + balance
    if due <= 0:
        return 0, due
    if due < LEAST.get(invoice["currency"], 50):
        return 0, due  # too small to be charged: owed until the next invoice
    return due, 0


def pending_lines(world: World, customer: Thing, currency: str, sub: Thing | None) -> list[Thing]:
    """Lines of the customer's pending invoice items, those of a subscription with those of none. The items
    belong to the invoice only when it has been made (``claim``).
    """
    found = [
        one
        for one in world.find("invoiceitem", customer=customer["id"], invoice=None, currency=currency)
        if (one["parent"] or {}).get("subscription_details", {}).get("subscription") == (sub and sub["id"])
        or (sub is not None and one["parent"] is None)
    ]
    return [invoice_item_line(one) for one in reversed(found)]


def claim(world: World, invoice: Thing) -> None:
    """The invoice items on an invoice are its own from now on."""
    for one in invoice["lines"]["data"]:
        if one.get("_invoice_item"):
            item = world.own(one["_invoice_item"])
            if item["invoice"] != invoice["id"]:
                item["invoice"] = invoice["id"]


def finalize(world: World, invoice: Thing) -> None:
    """The draft becomes a paper that can no longer change, with a number and, if something is due, a
    payment.
    """
    if invoice["status"] != "draft":
        raise Refusal("The invoice is not a draft.", code="invoice_not_editable", param="invoice")
    customer, now = world.own(invoice["customer"]), world.now(invoice)
    invoice["starting_balance"] = customer["balance"]
    due, ending = what_is_due(invoice)
    _make_final(world, invoice, customer, now)
    invoice |= {"amount_due": due, "amount_remaining": due, "ending_balance": ending}
    if ending != customer["balance"]:
        small = due == 0 and invoice["total"] + invoice["starting_balance"] > 0
        kind = "invoice_too_small" if small else "applied_to_invoice"
        with world.changing(customer, "customer.updated"):
            change = ending - customer["balance"]
            adjust_balance(world, customer, change, kind, currency=invoice["currency"], invoice=invoice["id"])
    if due:
        prepare_payment(world, invoice)
    world.emit("invoice.finalized", invoice)


def _make_final(world: World, invoice: Thing, customer: Thing, now: int) -> None:
    address = f"{world.base_url}/invoice/{world.things.account}/{invoice['id']}"
    invoice |= {
        "automatically_finalizes_at": None,
        "effective_at": now,
        "hosted_invoice_url": address,
        "invoice_pdf": f"{address}/pdf",
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
        "status": "open",
    }
    customer["next_invoice_sequence"] += 1
    invoice["status_transitions"]["finalized_at"] = now


def prepare_payment(world: World, invoice: Thing) -> None:
    """A payment intent for what is due, tied to the invoice."""
    sub = world.things.peek(invoice["_subscription"]) if invoice["_subscription"] else None
    intent = new_intent(
        world,
        invoice["amount_due"],
        invoice["currency"],
        invoice["customer"],
        description="Subscription update" if sub else "Payment for invoice",
        setup_future_usage="off_session"
        if sub and invoice["billing_reason"] == "subscription_create"
        else None,
        payment_method_types=(invoice["payment_settings"] or {}).get("payment_method_types") or ["card"],
        _invoice=invoice["id"],
    )
    invoice["_intent"] = intent["id"]
    _tie(world, invoice, intent)


def _tie(world: World, invoice: Thing, intent: Thing) -> None:
    world.add(
        "invoice_payment",
        "inpay",
        {
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "created": world.now(invoice),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        },
    )


@includes("invoice", "payments")
def payments(world: World, invoice: Thing) -> Thing:
    """The payments of an invoice."""
    found = world.looking("invoice_payment", invoice=invoice["id"])
    return page(world, found, {}, f"/v1/invoices/{invoice['id']}/payments")


@includes("invoice", "confirmation_secret")
def confirmation_secret(world: World, invoice: Thing) -> Thing | None:
    """What a page needs to confirm the payment."""
    if not invoice["_intent"]:
        return None
    return {"type": "payment_intent", "client_secret": world.seen(invoice["_intent"])["client_secret"]}


def finalize_paid(world: World, invoice: Thing, intent: Thing) -> None:
    """Make an invoice final for a payment that has been made already."""
    customer, now = world.own(invoice["customer"]), world.now(invoice)
    _make_final(world, invoice, customer, now)
    invoice |= {"amount_due": invoice["total"], "ending_balance": customer["balance"]}
    invoice["starting_balance"] = customer["balance"]
    invoice["_intent"] = intent["id"]
    _tie(world, invoice, intent)
    world.emit("invoice.finalized", invoice)
