"""Getting an invoice's money: attempts, retries, and what an invoice can become without being paid."""

from billing.sandbox.customers import adjust_balance
from billing.sandbox.errors import Refusal
from billing.sandbox.invoices import finalize
from billing.sandbox.money import days_later
from billing.sandbox.payment_calls import give_up
from billing.sandbox.payments import attempt
from billing.sandbox.store import Thing
from billing.sandbox.world import World

RETRY_DAYS = [3, 5, 7]
"""Days from each failed attempt to the next; a switch can change them."""


def method_for(world: World, invoice: Thing) -> Thing | None:
    """What an invoice is paid with: its own, its subscription's, or its customer's default payment method."""
    sub = world.seen(invoice["_subscription"]) if invoice["_subscription"] else {}
    customer = world.seen(invoice["customer"])
    names = (
        invoice["default_payment_method"],
        sub.get("default_payment_method"),
        customer["invoice_settings"]["default_payment_method"],
    )
    name = next(filter(None, names), None)
    return world.own(name) if name else None


def advance(world: World, invoice: Thing, *, pay: bool = True) -> Refusal | None:
    """Finalise a draft and go on with it: paid at once if nothing is due, else the card is tried."""
    finalize(world, invoice)
    if invoice["amount_due"] == 0:
        mark_paid(world, invoice)
        return None
    if invoice["collection_method"] == "send_invoice":
        world.emit("invoice.sent", invoice)
        return None
    return collect(world, invoice) if pay else None


def collect(
    world: World, invoice: Thing, method: Thing | None = None, *, off_session: bool = True
) -> Refusal | None:
    """One attempt to take the money. Returns why it was refused, if it was."""
    invoice |= {
        "attempted": True,
        "attempt_count": invoice["attempt_count"] + 1,
        "next_payment_attempt": None,
    }
    intent = world.own(invoice["_intent"])
    method = method or method_for(world, invoice)
    if method is None:
        _failed(world, invoice)
        return Refusal(
            "There is no payment method to pay with.", code="missing", param="payment_method", keeps=True
        )
    error = attempt(world, intent, method, off_session=off_session)
    if error is None and intent["status"] == "requires_action":
        _failed(world, invoice, asks=True)
    return error


def payment_went(world: World, invoice: Thing, intent: Thing) -> None:
    """The invoice's payment has been made or refused."""
    if intent["status"] == "succeeded":
        mark_paid(world, invoice)
    elif intent["status"] == "requires_payment_method":
        _failed(world, invoice)


def mark_paid(world: World, invoice: Thing, *, elsewhere: bool = False) -> None:
    """Nothing is owed any more."""
    from billing.sandbox.subscriptions import invoice_paid

    now, amount = world.now(invoice), invoice["amount_due"]
    invoice |= {
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
    }
    if elsewhere:
        invoice |= {"amount_paid_off_stripe": amount}
    invoice["status_transitions"]["paid_at"] = now
    for payment in world.find("invoice_payment", invoice=invoice["id"], status="open"):
        payment |= {"status": "paid", "amount_paid": amount}
        payment["status_transitions"]["paid_at"] = now
        world.emit("invoice_payment.paid", payment)
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
    _delinquent(world, invoice["customer"], invoice)
    if invoice["_subscription"]:
        invoice_paid(world, world.own(invoice["_subscription"]), invoice)


def _failed(world: World, invoice: Thing, *, asks: bool = False) -> None:
    """An attempt failed, or waits for the payer: plan the next one, and tell the subscription."""
    from billing.sandbox.subscriptions import invoice_failed

    days = world.account["_switches"].get("retry_days", RETRY_DAYS)
    sub = world.own(invoice["_subscription"]) if invoice["_subscription"] else None
    first = sub is not None and sub["status"] in ("incomplete", "incomplete_expired")
    done = invoice["attempt_count"] > len(days) or not invoice["auto_advance"]
    if not first and not done and invoice["attempt_count"]:
        invoice["next_payment_attempt"] = days_later(world.now(invoice), days[invoice["attempt_count"] - 1])
    world.emit("invoice.payment_failed", invoice)
    if asks:
        world.emit("invoice.payment_action_required", invoice)
    if not first:
        _delinquent(world, invoice["customer"], invoice)
    if sub:
        invoice_failed(world, sub, invoice, last=done)


def _delinquent(world: World, name: str, invoice: Thing) -> None:
    customer = world.own(name)
    if customer.get("deleted"):
        return
    owing = any(
        one["status"] in ("open", "uncollectible") and one["attempted"] and one["id"] != invoice["id"]
        for one in world.looking("invoice", customer=name)
    )
    owing = owing or (invoice["status"] == "open" and invoice["attempted"])
    if owing != customer["delinquent"]:
        with world.changing(customer, "customer.updated"):
            customer["delinquent"] = owing


def void(world: World, invoice: Thing) -> None:
    """The invoice is as if it had never been asked for."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal("Only an open invoice can be voided.", code="invoice_not_editable", param="invoice")
    if invoice["_intent"] and world.own(invoice["_intent"])["status"] == "processing":
        words = "The invoice's payment is processing: it can be voided when that has failed."
        raise Refusal(words, code="invoice_not_editable", param="invoice")
    _stop(world, invoice, "void_invoice")
    _give_back(world, invoice)
    invoice |= {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = world.now(invoice)
    world.emit("invoice.voided", invoice)
    _delinquent(world, invoice["customer"], invoice)


def _give_back(world: World, invoice: Thing) -> None:
    """The customer's balance is as if it had never been applied to the invoice."""
    moved, customer = invoice["ending_balance"] - invoice["starting_balance"], world.own(invoice["customer"])
    if moved and not customer.get("deleted"):
        kind, currency = "unapplied_from_invoice", invoice["currency"]
        with world.changing(customer, "customer.updated"):
            adjust_balance(world, customer, -moved, kind, currency=currency, invoice=invoice["id"])


def give_up_on(world: World, invoice: Thing) -> None:
    """Nobody will pay it."""
    if invoice["status"] != "open":
        raise Refusal("Only an open invoice can be given up.", code="invoice_not_editable", param="invoice")
    invoice |= {"status": "uncollectible", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["marked_uncollectible_at"] = world.now(invoice)
    world.emit("invoice.marked_uncollectible", invoice)


def stop_collecting(world: World, sub: Thing) -> None:
    """After a subscription's end nobody tries to take money for it by itself."""
    for invoice in world.find("invoice", _subscription=sub["id"]):
        if invoice["status"] in ("draft", "open") and invoice["auto_advance"]:
            with world.changing(invoice, "invoice.updated"):
                invoice |= {
                    "auto_advance": False,
                    "next_payment_attempt": None,
                    "automatically_finalizes_at": None,
                }


def _stop(world: World, invoice: Thing, reason: str) -> None:
    for payment in world.find("invoice_payment", invoice=invoice["id"], status="open"):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = world.now(invoice)
    if invoice["_intent"]:
        intent = world.own(invoice["_intent"])
        if intent["status"] not in ("succeeded", "canceled"):
            give_up(world, intent, reason)
