"""Invoices that are not there yet: what a change would cost, what the next renewal will say."""

from billing.sandbox import invoices
from billing.sandbox.beginnings import begin
from billing.sandbox.changes import change
from billing.sandbox.coupons import redeem
from billing.sandbox.errors import Refusal, absent
from billing.sandbox.items import next_end
from billing.sandbox.lines import line
from billing.sandbox.operations import Params, serves
from billing.sandbox.store import Thing, clone
from billing.sandbox.subscriptions import ENDED, invoice_period, make_invoice
from billing.sandbox.world import World, fresh_id, public


def scratch(world: World) -> World:
    """A world in which anything may be tried: nothing of it is kept."""
    other = World(world.things.store, world.things.account, world.base_url)
    other.things.changed = clone(world.things.changed)
    other.moment = world.moment
    return other


def as_preview(invoice: Thing) -> Thing:
    """An invoice as a preview: it has an id that nobody can ask for, and is never finalised."""
    ident = fresh_id("upcoming_in")
    for one in invoice["lines"]["data"]:
        one["invoice"] = ident
    url = f"/v1/invoices/{ident}/lines"
    return {**invoice, "id": ident, "auto_advance": False, "lines": {**invoice["lines"], "url": url}}


@serves(
    "POST /v1/invoices/create_preview",
    "automatic_tax currency customer discounts invoice_items preview_mode subscription subscription_details",
)
def create_preview(world: World, params: Params) -> Thing:
    """What would be invoiced if a change were made (``subscription_details``), or at the next renewal."""
    other = scratch(world)
    details = params.get("subscription_details", {})
    if "subscription" in params:
        sub = other.get("subscription", params["subscription"], "subscription")
        if sub["status"] in ENDED:
            raise Refusal("The subscription has ended.", code="invoice_upcoming_none", param="subscription")
        invoice = _of_subscription(other, sub, params, details)
    else:
        if "customer" not in params:
            raise absent("customer", "Give customer or subscription.")
        customer = other.get("customer", params["customer"], "customer")
        invoice = _of_customer(other, customer, params, details)
    preview: Thing = public(as_preview(invoice))
    return preview


def _extra_lines(world: World, customer: Thing, params: Params, currency: str) -> list[Thing]:
    lines, now = [], world.now(customer)
    for one in params.get("invoice_items", []):
        amount = one.get("amount", one.get("unit_amount", 0) * one.get("quantity", 1))
        lines.append(
            line(amount, currency, one.get("description", ""), (now, now), quantity=one.get("quantity", 1))
        )
    return lines


def _of_customer(world: World, customer: Thing, params: Params, details: Params) -> Thing:
    """The first invoice of a subscription that would begin now, or the customer's pending items."""
    if "items" in details:
        given: Params = {
            name: details[name] for name in ("items", "trial_end", "billing_mode") if name in details
        }
        given |= {"discounts": params.get("discounts"), "currency": params.get("currency")}
        sub = begin(world, customer, given, behavior="default_incomplete")
        return world.own(sub["latest_invoice"])
    currency = params.get("currency") or customer["currency"] or "usd"
    lines = invoices.pending_lines(world, customer, currency, None) + _extra_lines(
        world, customer, params, currency
    )
    if not lines:
        raise Refusal("There is nothing to invoice.", code="invoice_upcoming_none", status=404)
    return invoices.draft(
        world, customer, lines, currency=currency, now=world.now(customer), reason="upcoming"
    )


def _of_subscription(world: World, sub: Thing, params: Params, details: Params) -> Thing:
    customer = world.own(sub["customer"])
    if params.get("discounts"):
        sub["discounts"] = redeem(
            world, params["discounts"], {"subscription": sub["id"]}, customer=customer, now=world.now(sub)
        )
    extra = _extra_lines(world, customer, params, sub["currency"])
    if details:
        sub["_new"] = True
        invoice = change(world, sub, _as_update(details), world.now(sub))
        if invoice and params.get("preview_mode") != "recurring":
            if extra:
                invoices.set_lines(world, invoice, invoice["lines"]["data"] + extra)
            return invoice
    return upcoming(world, sub, extra)


def _as_update(details: Params) -> Params:
    given = {
        name: value for name, value in details.items() if name not in ("cancel_now", "billing_cycle_anchor")
    }
    if details.get("billing_cycle_anchor", {}).get("type") == "now":
        given["billing_cycle_anchor"] = {"type": "now"}
    return given


def upcoming(world: World, sub: Thing, extra: list[Thing]) -> Thing:
    """The next renewal's invoice, in a world that is thrown away."""
    sub["_new"] = True
    moment = min(one["current_period_end"] for one in sub["items"]["data"])
    if sub["cancel_at"] is not None and sub["cancel_at"] <= moment:
        customer = world.own(sub["customer"])
        lines = invoices.pending_lines(world, customer, sub["currency"], sub) + extra
        if not lines:
            raise Refusal(
                "The subscription ends: nothing is invoiced any more.",
                code="invoice_upcoming_none",
                status=404,
            )
        return make_invoice(world, sub, lines, "upcoming", moment)
    over = [one for one in sub["items"]["data"] if one["current_period_end"] <= moment]
    for item in over:
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = next_end(sub, item, item["current_period_start"])
    invoice = invoice_period(world, sub, [one["id"] for one in over], "upcoming", moment)
    if extra:
        invoices.set_lines(world, invoice, invoice["lines"]["data"] + extra)
    return invoice


def tell_upcoming(world: World, sub: Thing) -> None:
    """The event that announces a renewal."""
    other = scratch(world)
    invoice = as_preview(upcoming(other, other.own(sub["id"]), []))
    world.emit("invoice.upcoming", {name: value for name, value in invoice.items() if name != "id"})
