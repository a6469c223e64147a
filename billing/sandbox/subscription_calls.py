"""The calls about subscriptions and their items."""

from collections.abc import Iterator

from billing.sandbox import collection, invoices
from billing.sandbox.beginnings import begin
from billing.sandbox.changes import credits, pending_item, update
from billing.sandbox.errors import Refusal, absent, missing
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.search import search
from billing.sandbox.store import Thing
from billing.sandbox.subscriptions import (
    ENDED,
    apply_cancellation,
    end,
    invoice_period,
    make_invoice,
    restart,
)
from billing.sandbox.world import World, page, wanted

COMMON = (
    "add_invoice_items automatic_tax billing_cycle_anchor cancel_at cancel_at_period_end collection_method "
    "days_until_due default_payment_method description discounts items metadata off_session payment_behavior "
    "payment_settings proration_behavior trial_end trial_settings "
)


@serves("POST /v1/subscriptions", COMMON + "billing_mode currency customer trial_period_days")
def create_subscription(world: World, params: Params) -> Thing:
    """Subscribe a customer."""
    for name in ("customer", "items"):
        if name not in params:
            raise absent(name)
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise Refusal("pending_if_incomplete is for updates.", param="payment_behavior")
    customer = world.get("customer", params["customer"], "customer")
    return begin(world, customer, params)


@serves(
    "POST /v1/subscriptions/{subscription_exposed_id}",
    COMMON + "cancellation_details pause_collection proration_date",
)
def update_subscription(world: World, params: Params, name: str) -> Thing:
    """Change a subscription."""
    sub = world.get("subscription", name)
    update(world, sub, params)
    return sub


@serves("GET /v1/subscriptions/{subscription_exposed_id}")
def retrieve_subscription(world: World, params: Params, name: str) -> Thing:
    """A subscription."""
    return world.get("subscription", name)


@serves("GET /v1/subscriptions", PAGING + "collection_method customer price status test_clock")
def list_subscriptions(world: World, params: Params) -> Thing:
    """Subscriptions; those that have ended only when the status asks for them."""
    found = world.looking("subscription", **wanted(params, "collection_method", "customer", "test_clock"))
    return page(world, _of_status(found, params), params, "/v1/subscriptions")


def _of_status(found: Iterator[Thing], params: Params) -> Iterator[Thing]:
    status = params.get("status")
    for one in found:
        if "price" in params and params["price"] not in [i["price"]["id"] for i in one["items"]["data"]]:
            continue
        if status == "ended":
            fits = one["status"] in ENDED
        elif status in (None, "all"):
            fits = status == "all" or one["status"] not in ENDED
        else:
            fits = one["status"] == status
        if fits:
            yield one


@serves("GET /v1/subscriptions/search", "limit page query")
def search_subscriptions(world: World, params: Params) -> Thing:
    """Subscriptions by their status and metadata."""
    return search(world, "subscription", params, ("status", "canceled_at"))


@serves("DELETE /v1/subscriptions/{subscription_exposed_id}", "cancellation_details invoice_now prorate")
def cancel_subscription(world: World, params: Params, name: str) -> Thing:
    """End a subscription now."""
    sub = world.get("subscription", name)
    if sub["status"] in ENDED:
        raise missing("subscription", name, "id", status=404)
    now = world.now(sub)
    apply_cancellation(world, sub, {"cancellation_details": params.get("cancellation_details")}, now)
    if params.get("prorate") and sub["status"] in ("active", "past_due"):
        for change in credits(world, sub, now).values():
            pending_item(world, sub, change)
    end(world, sub, now, reason="cancellation_requested")
    if params.get("invoice_now"):
        customer = world.own(sub["customer"])
        lines = invoices.pending_lines(world, customer, sub["currency"], sub)
        if lines:
            collection.advance(world, make_invoice(world, sub, lines, "subscription_update", now))
    return sub


@serves("DELETE /v1/subscriptions/{subscription_exposed_id}/discount")
def delete_discount(world: World, params: Params, name: str) -> Thing:
    """Take the first discount away."""
    sub = world.get("subscription", name)
    if not sub["discounts"]:
        raise missing("discount", name, "id", status=404)
    with world.changing(sub, "customer.subscription.updated"):
        discount = world.own(sub["discounts"].pop(0))
    world.emit("customer.discount.deleted", discount)
    return {**discount, "deleted": True}


@serves(
    "POST /v1/subscriptions/{subscription}/resume", "billing_cycle_anchor payment_behavior proration_behavior"
)
def resume_subscription(world: World, params: Params, name: str) -> Thing:
    """Go on with a paused subscription: a new period begins, and it is active when that is paid."""
    sub = world.get("subscription", name)
    if sub["status"] != "paused":
        raise Refusal("Only a paused subscription can be resumed.", param="subscription")
    now = world.now(sub)
    with world.changing(sub, "customer.subscription.updated"):
        restart(world, sub, now)
    names = [one["id"] for one in sub["items"]["data"]]
    invoice = invoice_period(world, sub, names, "subscription_update", now)
    sub["_resumes_by"] = invoice["id"]
    collection.advance(world, invoice)
    return sub


def _holder(world: World, name: str) -> tuple[Thing, Thing]:
    """The subscription that has an item, and the item."""
    for sub in world.looking("subscription"):
        for item in sub["items"]["data"]:
            if item["id"] == name:
                return world.own(sub["id"]), item
    raise missing("subscription_item", name, "id", status=404)


ITEM = "discounts metadata payment_behavior price price_data proration_behavior proration_date quantity"


@serves("POST /v1/subscription_items", ITEM + " subscription")
def create_item(world: World, params: Params) -> Thing:
    """Add an item to a subscription."""
    if "subscription" not in params:
        raise absent("subscription")
    sub = world.get("subscription", params["subscription"], "subscription")
    update(world, sub, _as_update(params, {}))
    made: Thing = sub["items"]["data"][-1]
    return made


def _as_update(params: Params, item: Params) -> Params:
    fields = ("discounts", "metadata", "price", "price_data", "quantity")
    how = wanted(params, "payment_behavior", "proration_behavior", "proration_date")
    return {**how, "items": [{**item, **wanted(params, *fields)}]}


@serves("POST /v1/subscription_items/{item}", ITEM + " off_session")
def update_item(world: World, params: Params, name: str) -> Thing:
    """Change an item."""
    sub, _ = _holder(world, name)
    update(world, sub, _as_update(params, {"id": name}))
    return next(one for one in sub["items"]["data"] if one["id"] == name)


@serves("DELETE /v1/subscription_items/{item}", "payment_behavior proration_behavior proration_date")
def delete_item(world: World, params: Params, name: str) -> Thing:
    """Take an item away."""
    sub, _ = _holder(world, name)
    update(world, sub, _as_update(params, {"id": name, "deleted": True}))
    return {"id": name, "object": "subscription_item", "deleted": True}


@serves("GET /v1/subscription_items/{item}")
def retrieve_item(world: World, params: Params, name: str) -> Thing:
    """An item."""
    return _holder(world, name)[1]


@serves("GET /v1/subscription_items", PAGING + "subscription")
def list_items(world: World, params: Params) -> Thing:
    """The items of a subscription."""
    sub = world.get("subscription", params["subscription"], "subscription")
    return page(world, sub["items"]["data"], params, "/v1/subscription_items")
