"""How a subscription begins: its items, its trial, its first invoice."""

from billing.sandbox import collection, invoices
from billing.sandbox.catalogue import priced, unit_amount
from billing.sandbox.coupons import redeem
from billing.sandbox.customers import own_method
from billing.sandbox.errors import Refusal
from billing.sandbox.items import item_lines, new_items, trial_lines
from billing.sandbox.lines import line
from billing.sandbox.money import HOUR, days_later
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing
from billing.sandbox.subscriptions import apply_cancellation, make_invoice
from billing.sandbox.world import World, fresh_id, metadata

FIRST_PAYMENT_HOURS = 23
"""How long the first payment may take."""


def begin(world: World, customer: Thing, params: Params, *, behavior: str | None = None) -> Thing:
    """A new subscription with its first invoice, from the parameters of ``POST /v1/subscriptions``.

    ``behavior`` overrides ``payment_behavior``.
    """
    now = world.now(customer)
    behavior = behavior or params.get("payment_behavior", "allow_incomplete")
    sub = _blank(world, customer, params, now)
    trial_end = _trial_end(params, now)
    anchor = trial_end or params.get("billing_cycle_anchor") or now
    sub |= {"billing_cycle_anchor": anchor, "trial_start": now if trial_end else None, "trial_end": trial_end}
    new_items(world, sub, params["items"], (now, trial_end) if trial_end else (now, None))
    sub["discounts"] = redeem(
        world, params.get("discounts") or [], {"subscription": sub["id"]}, customer=customer, now=now
    )
    apply_cancellation(world, sub, params, now)
    extra = extra_lines(world, sub, params, now)
    if trial_end:
        sub["status"] = "trialing"
        lines = trial_lines(world, sub)
    else:
        partial = params.get("billing_cycle_anchor") is not None
        wanted = not partial or params.get("proration_behavior") != "none"
        lines = (
            item_lines(world, sub, [i["id"] for i in sub["items"]["data"]], partial=partial) if wanted else []
        )
    if lines or extra:
        _first_invoice(world, customer, sub, lines + extra, behavior, now)
    elif not trial_end:
        sub["status"] = "active"
    del sub["_new"]
    world.emit("customer.subscription.created", sub)
    return sub


def _blank(world: World, customer: Thing, params: Params, now: int) -> Thing:
    if params.get("billing_mode", {}).get("type", "flexible") != "flexible":
        raise Refusal(
            "The sandbox has the billing mode flexible only.",
            code="sandbox_unsupported",
            param="billing_mode",
        )
    mode = params.get("billing_mode", {}).get("flexible", {})
    settings = params.get("payment_settings") or {}
    method = params.get("default_payment_method")
    if method:
        own_method(world, customer["id"], method, "default_payment_method")
    trial = (params.get("trial_settings") or {}).get("end_behavior", {})
    ident = fresh_id("sub")
    return world.add(
        "subscription",
        "sub",
        {
            "application": None,
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": now,
            "billing_cycle_anchor_config": None,
            "billing_mode": {
                "type": "flexible",
                "flexible": {"proration_discounts": mode.get("proration_discounts", "included")},
            },
            "billing_schedules": [],
            "billing_thresholds": None,
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "cancellation_details": {"comment": None, "feedback": None, "reason": None},
            "collection_method": params.get("collection_method", "charge_automatically"),
            "created": now,
            "currency": params.get("currency"),
            "customer": customer["id"],
            "customer_account": None,
            "days_until_due": params.get("days_until_due"),
            "default_payment_method": method,
            "default_source": None,
            "default_tax_rates": [],
            "description": params.get("description"),
            "discounts": [],
            "ended_at": None,
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "items": {},
            "latest_invoice": None,
            "metadata": metadata(None, params.get("metadata")),
            "next_pending_invoice_item_invoice": None,
            "on_behalf_of": None,
            "pause_collection": None,
            "payment_settings": {
                "payment_method_options": None,
                "payment_method_types": settings.get("payment_method_types") or None,
                "save_default_payment_method": settings.get("save_default_payment_method", "off"),
            },
            "pending_invoice_item_interval": None,
            "pending_setup_intent": None,
            "pending_update": None,
            "schedule": None,
            "start_date": now,
            "status": "incomplete",
            "test_clock": customer["test_clock"],
            "transfer_data": None,
            "trial_end": None,
            "trial_settings": {
                "end_behavior": {
                    "billing_cycle_anchor": None,
                    "missing_payment_method": trial.get("missing_payment_method", "create_invoice"),
                }
            },
            "trial_start": None,
            "_new": True,
        },
        ident=ident,
    )


def _trial_end(params: Params, now: int) -> int | None:
    if "trial_end" in params and "trial_period_days" in params:
        raise Refusal("Give trial_end or trial_period_days.", param="trial_end")
    end = params.get("trial_end")
    if params.get("trial_period_days"):
        end = days_later(now, params["trial_period_days"])
    if end in (None, "now"):
        return None
    end = int(end)
    if end <= now:
        raise Refusal("The trial must end in the future.", code="timestamp_invalid", param="trial_end")
    return end


def extra_lines(world: World, sub: Thing, params: Params, now: int) -> list[Thing]:
    """Lines for ``add_invoice_items``: things that are paid once, on the next invoice."""
    lines = []
    for number, one in enumerate(params.get("add_invoice_items") or []):
        price = priced(world, one, f"add_invoice_items[{number}]", sub["currency"])
        quantity = one.get("quantity", 1)
        name = world.seen(price["product"])["name"]
        amount = unit_amount(price, sub["currency"]) * quantity
        made = line(
            amount, sub["currency"], name, (now, now), price=price, quantity=quantity, subscription=sub["id"]
        )
        lines.append(made)
    return lines


def _first_invoice(
    world: World, customer: Thing, sub: Thing, lines: list[Thing], behavior: str, now: int
) -> None:
    lines += invoices.pending_lines(world, customer, sub["currency"], sub)
    invoice = make_invoice(world, sub, lines, "subscription_create", now)
    automatic = sub["collection_method"] == "charge_automatically"
    if not automatic:
        sub["status"] = "trialing" if sub["trial_end"] else "active"
        invoice["automatically_finalizes_at"] = now + HOUR
        return
    if (
        invoice["amount_due"]
        and behavior != "default_incomplete"
        and not collection.method_for(world, invoice)
    ):
        raise Refusal(
            "The customer has no default payment method.",
            code="resource_missing",
            param="default_payment_method",
        )
    sub["_first_payment_by"] = now + FIRST_PAYMENT_HOURS * HOUR
    error = collection.advance(world, invoice, pay=behavior != "default_incomplete")
    if behavior == "error_if_incomplete" and sub["status"] == "incomplete":
        raise taken_back(error)


def taken_back(error: Refusal | None) -> Refusal:
    """A refusal that takes everything back that was done before it."""
    if error is None:
        return Refusal(
            "The payment needs authentication.",
            status=402,
            kind="card_error",
            code="subscription_payment_intent_requires_action",
        )
    error.keeps = False
    error.status = 402
    return error
