"""Changes that wait for their payment (``pending_if_incomplete``)."""

from billing.sandbox import collection
from billing.sandbox.money import HOUR
from billing.sandbox.store import Thing, clone
from billing.sandbox.world import World, public

HOURS = 23
"""How long such a change waits."""

CHANGED = ("items", "billing_cycle_anchor", "trial_end", "trial_start", "status")


def put_off(world: World, sub: Thing, before: Thing, invoice: Thing, now: int) -> None:
    """Put the subscription back to what it was; the change is kept until its invoice is paid."""
    after = {field: clone(sub[field]) for field in CHANGED}
    sub |= {field: clone(before[field]) for field in CHANGED}
    expires = now + HOURS * HOUR
    sub["_pending"] = {"invoice": invoice["id"], "after": after, "expires_at": expires}
    sub["pending_update"] = {
        "billing_cycle_anchor": None,
        "expires_at": expires,
        "subscription_items": public(after["items"]["data"]),
        "trial_end": None,
        "trial_from_plan": None,
    }
    invoice |= {"auto_advance": False, "next_payment_attempt": None}


def apply_pending(world: World, sub: Thing) -> None:
    """Its invoice is paid: the change stands."""
    with world.changing(sub, "customer.subscription.updated"):
        sub |= sub.pop("_pending")["after"]
        sub["pending_update"] = None
    world.emit("customer.subscription.pending_update_applied", sub)


def expire_pending(world: World, sub: Thing) -> None:
    """It was not paid in time: the change is dropped, its invoice voided."""
    waiting = sub.pop("_pending")
    with world.changing(sub, "customer.subscription.updated"):
        sub["pending_update"] = None
    collection.void(world, world.own(waiting["invoice"]))
    world.emit("customer.subscription.pending_update_expired", sub)
