"""The life of a subscription: renewed, paid or not, ended. How it begins is in ``beginnings``."""

from collections.abc import Iterator
from contextlib import contextmanager

from billing.sandbox import collection, invoices
from billing.sandbox.errors import Refusal
from billing.sandbox.items import billed, item_lines, next_end
from billing.sandbox.money import DAY, HOUR, boundary_after
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing
from billing.sandbox.world import World

ENDED = ("canceled", "incomplete_expired")


@contextmanager
def telling(world: World, sub: Thing) -> Iterator[Thing]:
    """Change a subscription, with an event once it has been announced."""
    if sub.get("_new"):
        yield sub
    else:
        with world.changing(sub, "customer.subscription.updated"):
            yield sub


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
