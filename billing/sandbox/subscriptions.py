"""The life of a subscription: begun, renewed, paid or not, ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from billing.sandbox import collection, invoices
from billing.sandbox.coupons import redeem
from billing.sandbox.errors import Refusal
from billing.sandbox.items import billed, item_lines, new_items, next_end, trial_lines
from billing.sandbox.money import DAY, HOUR, boundary_after, days_later
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata

ENDED = ("canceled", "incomplete_expired")
FIRST_PAYMENT_HOURS = 23
"""How long the first payment may take."""


@contextmanager
def telling(world: World, sub: Thing) -> Iterator[Thing]:
    """Change a subscription, with an event once it has been announced."""
    if sub.get("_new"):
        yield sub
    else:
        with world.changing(sub, "customer.subscription.updated"):
            yield sub


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
        from billing.sandbox.customers import own_method

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
    from billing.sandbox.catalogue import priced, unit_amount
    from billing.sandbox.lines import line

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
        raise _undone(error)


def _undone(error: Refusal | None) -> Refusal:
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


def make_invoice(world: World, sub: Thing, lines: list[Thing], reason: str, now: int) -> Thing:
    """A draft for a subscription, which is its latest invoice from now on; discounts for once are used up
    by it.
    """
    customer = world.own(sub["customer"])
    _drop_expired(world, sub, now)
    starts = [one["period"]["start"] for one in lines] or [now]
    invoice = invoices.draft(
        world,
        customer,
        lines,
        currency=sub["currency"],
        now=now,
        reason=reason,
        sub=sub,
        discounts=sub["discounts"],
        period=(min(starts) if reason == "subscription_cycle" else now, now),
        default_payment_method=None,
        payment_settings={
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": sub["payment_settings"]["payment_method_types"],
        },
    )
    invoices.claim(world, invoice)
    billed(sub, invoice)
    if reason != "subscription_update" or any(one["discountable"] for one in lines):
        for name in list(sub["discounts"]):
            used = any(one["discount"] == name and one["amount"] for one in invoice["total_discount_amounts"])
            if used and world.seen(world.seen(name)["source"]["coupon"])["duration"] == "once":
                _drop_discount(world, sub, name)
    with telling(world, sub):
        sub["latest_invoice"] = invoice["id"]
    world.emit("invoice.created", invoice)
    return invoice


def _drop_expired(world: World, sub: Thing, now: int) -> None:
    for name in list(sub["discounts"]):
        end = world.seen(name)["end"]
        if end is not None and end <= now:
            _drop_discount(world, sub, name)


def _drop_discount(world: World, sub: Thing, name: str) -> None:
    with telling(world, sub):
        sub["discounts"].remove(name)
    world.emit("customer.discount.deleted", world.own(name))


def apply_cancellation(world: World, sub: Thing, params: Params, now: int) -> None:
    """``cancel_at_period_end``, ``cancel_at`` and ``cancellation_details`` of a request."""
    ends = [one["current_period_end"] for one in sub["items"]["data"]]
    if params.get("cancel_at_period_end"):
        if "cancel_at" in params:
            raise Refusal("Give cancel_at or cancel_at_period_end.", param="cancel_at")
        sub |= {
            "cancel_at_period_end": True,
            "cancel_at": max(ends),
            "canceled_at": sub["canceled_at"] or now,
        }
    elif params.get("cancel_at_period_end") is False and sub["cancel_at_period_end"]:
        sub |= {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None}
    at = params.get("cancel_at")
    if at == "":
        sub |= {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None}
    elif at is not None:
        at = {"min_period_end": min(ends), "max_period_end": max(ends)}.get(str(at)) or int(at)
        if at <= now:
            raise Refusal("cancel_at must lie in the future.", code="timestamp_invalid", param="cancel_at")
        sub |= {"cancel_at": at, "canceled_at": now, "cancel_at_period_end": False}
    details = params.get("cancellation_details") or {}
    for field in ("comment", "feedback"):
        if field in details:
            sub["cancellation_details"][field] = details[field] or None
    sub["cancellation_details"]["reason"] = "cancellation_requested" if sub["cancel_at"] else None


def invoice_paid(world: World, sub: Thing, invoice: Thing) -> None:
    """An invoice of the subscription has been paid: what waited for it goes on."""
    intent = world.things.peek(invoice["_intent"]) if invoice["_intent"] else None
    with telling(world, sub):
        save = sub["payment_settings"]["save_default_payment_method"] == "on_subscription"
        if (
            save
            and intent
            and intent["payment_method"]
            and invoice["billing_reason"] == "subscription_create"
        ):
            sub["default_payment_method"] = intent["payment_method"]
        if (sub["status"] == "incomplete" and invoice["billing_reason"] == "subscription_create") or (
            sub["status"] in ("past_due", "unpaid") and invoice["id"] == sub["latest_invoice"]
        ):
            sub["status"] = "active"
        resumed = sub["status"] == "paused" and invoice["id"] == sub.get("_resumes_by")
        if resumed:
            sub |= {"status": "active", "_resumes_by": None}
    if resumed:
        world.emit("customer.subscription.resumed", sub)
    if sub.get("_pending") and sub["_pending"]["invoice"] == invoice["id"]:
        from billing.sandbox.pending import apply_pending

        apply_pending(world, sub)


def invoice_failed(world: World, sub: Thing, invoice: Thing, *, last: bool) -> None:
    """An attempt at an invoice of the subscription failed; ``last`` when no other will follow."""
    if sub["status"] not in ("active", "trialing", "past_due") or sub.get("_new") or sub.get("_pending"):
        return
    after = world.account["_switches"].get("after_retries", "cancel")
    if last and after == "cancel" and invoice["auto_advance"]:
        end(world, sub, world.now(sub), reason="payment_failed")
        return
    with telling(world, sub):
        sub["status"] = "unpaid" if last and after == "unpaid" else "past_due"


def end(world: World, sub: Thing, now: int, *, reason: str | None = None, status: str = "canceled") -> None:
    """The subscription is over."""
    sub |= {"status": status, "ended_at": now, "canceled_at": sub["canceled_at"] or now}
    sub["cancellation_details"]["reason"] = sub["cancellation_details"]["reason"] or reason
    collection.stop_collecting(world, sub)
    if status == "canceled":
        world.emit("customer.subscription.deleted", sub)


def expire(world: World, sub: Thing, now: int) -> None:
    """The first payment never came."""
    with world.changing(sub, "customer.subscription.updated"):
        sub |= {"status": "incomplete_expired", "ended_at": now, "canceled_at": None}
    for invoice in world.find("invoice", _subscription=sub["id"], status="open"):
        collection.void(world, invoice)


def renew(world: World, sub: Thing, now: int) -> None:
    """Some or all of the items' periods are over: the next begin, and an invoice for them is drafted, to be
    finalised in an hour.
    """
    trial = sub["status"] == "trialing"
    if sub["cancel_at"] is not None and sub["cancel_at"] <= now:
        end(world, sub, now)
        return
    if trial and not _may_go_on(world, sub, now):
        return
    over = [one for one in sub["items"]["data"] if one["current_period_end"] <= now]
    with world.changing(sub, "customer.subscription.updated"):
        if trial:
            sub["status"] = "active"
        for item in over:
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] = next_end(sub, item, item["current_period_start"])
        sub["_upcoming_told"] = False
    invoice = invoice_period(world, sub, [one["id"] for one in over], "subscription_cycle", now)
    invoice["automatically_finalizes_at"] = now + HOUR
    if sub["status"] == "unpaid":
        invoice |= {"auto_advance": False, "automatically_finalizes_at": None}
    if sub["pause_collection"]:
        _pause(world, sub, invoice)


def _may_go_on(world: World, sub: Thing, now: int) -> bool:
    """Whether a trial turns into a paid period; without a payment method it may end or pause instead."""
    behavior = sub["trial_settings"]["end_behavior"]["missing_payment_method"]
    customer = world.seen(sub["customer"])
    method = sub["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    if method or behavior == "create_invoice" or sub["collection_method"] == "send_invoice":
        return True
    if behavior == "cancel":
        end(world, sub, now)
    else:
        with world.changing(sub, "customer.subscription.updated"):
            sub["status"] = "paused"
        world.emit("customer.subscription.paused", sub)
    return False


def invoice_period(world: World, sub: Thing, items: list[str], reason: str, now: int) -> Thing:
    """A draft for the current periods of these items, and for what is pending."""
    customer = world.own(sub["customer"])
    lines = item_lines(world, sub, items)
    pending = invoices.pending_lines(world, customer, sub["currency"], sub)
    return make_invoice(world, sub, pending + lines, reason, now)


def _pause(world: World, sub: Thing, invoice: Thing) -> None:
    """Collection is paused: the invoice waits, or is given up or voided at once."""
    behavior = sub["pause_collection"]["behavior"]
    invoice |= {"auto_advance": False, "automatically_finalizes_at": None}
    if behavior == "keep_as_draft":
        return
    invoices.finalize(world, invoice)
    if invoice["amount_due"] == 0:
        collection.mark_paid(world, invoice)
    elif behavior == "void":
        collection.void(world, invoice)
    else:
        collection.give_up_on(world, invoice)


def restart(world: World, sub: Thing, now: int) -> None:
    """New periods begin now, for all items."""
    sub["billing_cycle_anchor"] = now
    for item in sub["items"]["data"]:
        recurring = item["price"]["recurring"]
        end_of = boundary_after(now, recurring["interval"], recurring["interval_count"], now)
        item |= {"current_period_start": now, "current_period_end": end_of}


TRIAL_NOTICE = 3 * DAY
"""How long before a trial's end its event comes."""
