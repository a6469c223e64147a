"""Taking money: payment intents, and the charges that they make."""

from typing import Any

import segno

from billing.sandbox.cards import BY_NUMBER
from billing.sandbox.errors import Refusal, declined
from billing.sandbox.methods import WALLETS, attach, card_of, refusal
from billing.sandbox.money import DAY, LARGEST, LEAST, percent
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata

SETTLE_SECONDS = 10
"""How long a wallet's money is on its way when it does not come at once."""


def new_intent(world: World, amount: int, currency: str, customer: str | None, **fields: Any) -> Thing:
    """A payment that is to be made."""
    if amount > LARGEST:
        raise Refusal("The amount is too large.", code="amount_too_large", param="amount")
    if amount < LEAST.get(currency, 50):
        raise Refusal("The amount is too small.", code="amount_too_small", param="amount")
    ident = fresh_id("pi")
    intent = world.add(
        "payment_intent",
        "pi",
        {
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{ident}_secret_{fresh_id('x', 20)[2:]}",
            "confirmation_method": "automatic",
            "created": world.now({"customer": customer}),
            "currency": currency,
            "customer": customer,
            "description": None,
            "last_payment_error": None,
            "latest_charge": None,
            "metadata": metadata(None, fields.pop("metadata", None)),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": None,
            "review": None,
            "setup_future_usage": None,
            "shipping": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
            **fields,
        },
        ident=ident,
    )
    world.emit("payment_intent.created", intent)
    return intent


def attempt(world: World, intent: Thing, method: Thing, *, off_session: bool) -> Refusal | None:
    """Try to take the money. Returns the refusal if it is refused; else the intent's status says how it went:
    ``succeeded``, ``requires_action`` (the payer has to do something) or ``requires_capture``.
    """
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    intent["_off_session"] = off_session
    if method["type"] in WALLETS:
        _ask(world, intent, method)
        return None
    card = card_of(method)
    if card.asks == "always" or (card.asks == "unless_set_up" and not method["_set_up"]):
        if off_session and not intent.get("_invoice"):
            return fail(world, intent, refusal("authentication_required"))
        _ask(world, intent, method)
        return None
    return _charge(world, intent, method)


def _ask(world: World, intent: Thing, method: Thing) -> None:
    """Send the payer to a page where the payment is authorised."""
    url = f"{world.base_url}/authenticate/{world.things.account}/{intent['id']}"
    action: Thing = {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": url, "return_url": intent.get("_return_url")},
    }
    if method["type"] == "alipay":
        redirect = {
            "native_data": None,
            "native_url": None,
            "return_url": intent.get("_return_url"),
            "url": url,
        }
        action = {"type": "alipay_handle_redirect", "alipay_handle_redirect": redirect}
    if method["type"] == "wechat_pay":
        picture = segno.make(url, micro=False).svg_data_uri()
        code = {"data": url, "hosted_instructions_url": url, "image_data_url": picture}
        code |= {"image_url_png": picture, "image_url_svg": picture}
        action = {"type": "wechat_pay_display_qr_code", "wechat_pay_display_qr_code": code}
    intent |= {"status": "requires_action", "next_action": action}
    world.emit("payment_intent.requires_action", intent)


def authorise(world: World, intent: Thing, outcome: str) -> Refusal | None:
    """What the payer did on that page: ``pay``, ``refuse``, or with a wallet ``pay_later`` and ``fail_later``
    (the money is on its way and comes, or does not).
    """
    if intent["status"] != "requires_action":
        raise Refusal(f"The payment is {intent['status']}.", code="payment_intent_unexpected_state")
    method = world.own(intent["payment_method"])
    intent["next_action"] = None
    if outcome == "refuse":
        words = "The payer did not authorise the payment."
        code = (
            "payment_intent_authentication_failure"
            if method["type"] == "card"
            else "payment_intent_payment_attempt_failed"
        )
        return fail(world, intent, declined(words, code))
    if outcome in ("pay_later", "fail_later"):
        if method["type"] not in WALLETS:
            raise Refusal("A card's money comes at once.")
        charge = _record(world, intent, method, None)
        charge |= {"status": "pending", "captured": False, "paid": False}
        world.emit("charge.pending", charge)
        intent |= {
            "latest_charge": charge["id"],
            "status": "processing",
            "_settles": outcome,
            "_settles_at": world.now(intent) + SETTLE_SECONDS,
        }
        world.emit("payment_intent.processing", intent)
        _tell(world, intent)
        return None
    if method["type"] == "card":
        method["_set_up"] = method["_set_up"] or bool(intent["setup_future_usage"] or intent.get("_invoice"))
    return _charge(world, intent, method)


def settle(world: World, intent: Thing) -> None:
    """The money that was on its way has come, or has not."""
    intent["_settles_at"] = None
    charge = world.own(intent["latest_charge"])
    if intent["_settles"] == "pay_later":
        charge["status"] = "succeeded"
        receive(world, intent, charge)
    else:
        charge["status"] = "failed"
        reason = declined("The money did not come.", "payment_intent_payment_attempt_failed")
        fail(world, intent, reason, charge)


def _charge(world: World, intent: Thing, method: Thing) -> Refusal | None:
    card = card_of(method) if method["type"] == "card" else None
    if card and card.charge:
        charge = _record(world, intent, method, card.charge)
        return fail(world, intent, refusal(card.charge), charge)
    charge = _record(world, intent, method, None)
    if intent["setup_future_usage"] and intent["customer"] and card:
        method["_set_up"] = True
        attach(world, method["id"], world.own(intent["customer"]), "payment_method")
    intent["latest_charge"] = charge["id"]
    if intent["capture_method"] == "manual":
        charge |= {"captured": False, "amount_captured": 0}
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        world.emit("payment_intent.amount_capturable_updated", intent)
        return None
    receive(world, intent, charge)
    return None


def receive(world: World, intent: Thing, charge: Thing) -> None:
    """The money is here."""
    charge |= {"captured": True, "amount_captured": charge["amount"], "paid": True}
    book = book_entry(world, charge["amount"], charge["currency"], "charge", charge, intent)
    charge["balance_transaction"] = book["id"]
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "amount_capturable": 0,
        "processing": None,
    }
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    _tell(world, intent)
    card = BY_NUMBER.get(world.seen(intent["payment_method"]).get("_number", ""))
    if card and card.dispute:
        from billing.sandbox.disputes import open_dispute

        open_dispute(world, charge, card.dispute)


def fail(world: World, intent: Thing, error: Refusal, charge: Thing | None = None) -> Refusal:
    """The money was refused: write it down, and return the error as a caller gets it."""
    intent |= {"status": "requires_payment_method", "processing": None, "_failed_at": world.now(intent)}
    told = {name: value for name, value in error.error.items() if name != "param"}
    if charge:
        intent["latest_charge"] = told["charge"] = charge["id"]
        world.emit("charge.failed", charge)
    used = world.shown(world.seen(intent["payment_method"]))
    intent["last_payment_error"] = {**told, "payment_method": used}
    intent["payment_method"] = None
    world.emit("payment_intent.payment_failed", intent)
    _tell(world, intent)
    error.error |= told
    error.error["payment_intent"] = world.shown(intent)
    return error


def _tell(world: World, intent: Thing) -> None:
    """Whoever waits for this payment learns how it went."""
    if intent.get("_invoice"):
        from billing.sandbox.collection import payment_went

        payment_went(world, world.own(intent["_invoice"]), intent)
    if intent.get("_session"):
        from billing.sandbox.completion import payment_went as session_went

        session_went(world, world.own(intent["_session"]), intent)


def _record(world: World, intent: Thing, method: Thing, reason: str | None) -> Thing:
    """A charge, ``reason`` saying why it failed."""
    code, words = (None, None)
    if reason:
        told = refusal(reason).error
        code, words = told["code"], told["message"]
    risk = {"risk_level": "normal", "risk_score": 7} if method["type"] == "card" else {}
    return world.add(
        "charge",
        "ch",
        {
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": world.shown(method)["billing_details"],
            "calculated_statement_descriptor": "VERMILION",
            "captured": reason is None,
            "created": world.now(intent),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": code,
            "failure_message": words,
            "fraud_details": {},
            "metadata": dict(intent["metadata"]),
            "on_behalf_of": None,
            "outcome": {
                "advice_code": None,
                "network_advice_code": None,
                "network_decline_code": None,
                "network_status": "declined_by_network" if reason else "approved_by_network",
                "reason": reason,
                "seller_message": words or "Payment complete.",
                "type": "issuer_declined" if reason else "authorized",
                **risk,
            },
            "paid": reason is None,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": _details(method),
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "failed" if reason else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
        },
    )


def _details(method: Thing) -> Thing:
    if method["type"] != "card":
        return {
            "type": method["type"],
            method["type"]: {"fingerprint": None, "transaction_id": fresh_id("txn")},
        }
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {name: method["card"][name] for name in names}
    more = {
        "installments": None,
        "mandate": None,
        "network": card["brand"],
        "three_d_secure": None,
        "wallet": None,
    }
    return {"type": "card", "card": {**card, **more}}


def book_entry(world: World, amount: int, currency: str, kind: str, source: Thing, owner: Thing) -> Thing:
    """A line in the account's book; a charge costs a fee of 2.9% and 30 of the smallest unit."""
    fee = percent(amount, 2.9) + 30 if kind == "charge" else 0
    now = world.now(owner)
    details = [
        {"amount": fee, "application": None, "currency": currency, "description": None, "type": "stripe_fee"}
    ]
    entry = world.add(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": now + 2 * DAY,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": kind if kind != "adjustment" else "dispute",
            "source": source["id"],
            "status": "available" if kind != "charge" else "pending",
            "type": kind,
        },
    )
    del entry["livemode"]
    return entry
