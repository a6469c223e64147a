"""What a Checkout session will cost after today."""

from typing import NamedTuple

from billing.sandbox.checkout import priced_lines, trial_end
from billing.sandbox.money import step
from billing.sandbox.store import Thing
from billing.sandbox.world import World


class Renewal(NamedTuple):
    """What will be paid at ``first``, and again after each period; ``recurring`` is a price's."""

    first: int
    amount: int
    recurring: Thing


def renewals(world: World, session: Thing) -> list[Renewal]:
    """What is paid after today, until somebody cancels: one for each length of period."""
    now, found = world.now(session), []
    data = session["_given"].get("subscription_data", {})
    for recurring in _lengths(session):
        interval, count = recurring["interval"], recurring["interval_count"]
        first = trial_end(world, session) or data.get("billing_cycle_anchor") or step(now, interval, count, 1)
        lasting = [one for one in session["_coupons"] if _lasts(world.seen(one["_coupon"]), now, first)]
        lines = zip(session["_lines"], priced_lines(world, session, lasting), strict=True)
        amount = sum(
            made["amount"] - sum(part["amount"] for part in made["discount_amounts"])
            for one, made in lines
            if one["price"]["recurring"] == recurring
        )
        found.append(Renewal(first, amount, recurring))
    return found


def _lengths(session: Thing) -> list[Thing]:
    lengths: list[Thing] = []
    for one in session["_lines"]:
        if one["price"]["recurring"] and one["price"]["recurring"] not in lengths:
            lengths.append(one["price"]["recurring"])
    return lengths


def _lasts(coupon: Thing, now: int, moment: int) -> bool:
    """Whether a coupon that is used now takes something off at a later moment, too."""
    if coupon["duration"] == "repeating":
        return step(now, "month", coupon["duration_in_months"], 1) > moment
    return bool(coupon["duration"] == "forever")
