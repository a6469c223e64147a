"""The items of a subscription: what is sold, for which period, and what was last charged for it."""

from billing.sandbox.catalogue import price_in, priced
from billing.sandbox.coupons import redeem
from billing.sandbox.errors import Refusal, absent
from billing.sandbox.lines import discounted, item_line, line, per
from billing.sandbox.money import boundary_after, portion
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata


def new_items(world: World, sub: Thing, given: list[Params], period: tuple[int, int | None]) -> None:
    """Give a new subscription its items, and its currency if it has none yet."""
    if not given:
        raise absent("items", "A subscription has at least one item.")
    url = f"/v1/subscription_items?subscription={sub['id']}"
    sub["items"] = {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": url}
    for number, one in enumerate(given):
        add_item(world, sub, one, f"items[{number}]", period)


def add_item(world: World, sub: Thing, given: Params, param: str, period: tuple[int, int | None]) -> Thing:
    """One more item. Without an end, its period goes to the next boundary of the subscription's cycle."""
    price = priced(world, given, param, sub["currency"])
    sub["currency"] = sub["currency"] or price["currency"]
    _check(sub, price, param)
    start, end = period
    item: Thing = {
        "id": fresh_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": start,
        "current_period_end": 0,
        "current_period_start": start,
        "discounts": [],
        "metadata": metadata(None, given.get("metadata")),
        "price": price_in(price, sub["currency"]),
        "quantity": given.get("quantity", 1),
        "subscription": sub["id"],
        "tax_rates": [],
        "_debit": None,
    }
    item["current_period_end"] = end or next_end(sub, item, start)
    sub["items"]["data"].append(item)
    sub["items"]["total_count"] = len(sub["items"]["data"])
    customer = world.own(sub["customer"])
    item["discounts"] = redeem(
        world, given.get("discounts") or [], {"subscription_item": item["id"]}, customer=customer, now=start
    )
    return item


def _check(sub: Thing, price: Thing, param: str) -> None:
    if price["type"] != "recurring":
        raise Refusal("The price is paid once and cannot be subscribed to.", param=f"{param}[price]")
    if sub["currency"] not in (price["currency"], *price["_currency_options"]):
        raise Refusal("All prices of a subscription are in one currency.", param=f"{param}[price]")
    if any(one["price"]["id"] == price["id"] for one in sub["items"]["data"]):
        raise Refusal("The subscription has an item with this price already.", param=f"{param}[price]")
    if len(sub["items"]["data"]) >= 20:
        raise Refusal("A subscription has at most 20 items.", param="items")


def next_end(sub: Thing, item: Thing, moment: int) -> int:
    """The end of the item's period that begins at a moment, by the subscription's anchor."""
    recurring = item["price"]["recurring"]
    return boundary_after(
        sub["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], moment
    )


def find_item(sub: Thing, name: str, param: str) -> Thing:
    """An item of a subscription by its id."""
    found: Thing | None = next((one for one in sub["items"]["data"] if one["id"] == name), None)
    if found is None:
        raise Refusal(f"The subscription has no item '{name}'.", code="resource_missing", param=param)
    return found


def full_amount(item: Thing) -> int:
    """What an item costs for a whole period, before discounts."""
    return int(item["price"]["unit_amount"] * item["quantity"])


def item_lines(world: World, sub: Thing, items: list[str], *, partial: bool = False) -> list[Thing]:
    """Lines for the current periods of these items. ``partial``: the period is shorter than a whole one (it
    ends at the first boundary of the cycle) and costs that share.
    """
    lines = []
    for item in sub["items"]["data"]:
        if item["id"] not in items:
            continue
        start, end = item["current_period_start"], item["current_period_end"]
        amount = full_amount(item)
        if partial:
            recurring = item["price"]["recurring"]
            whole = boundary_after(start, recurring["interval"], recurring["interval_count"], start) - start
            amount = portion(amount, min(end - start, whole), whole)
        words = f"{item['quantity']} × {{name}} ({per(item['price'], sub['currency'])})"
        name = world.seen(item["price"]["product"])["name"]
        lines.append(item_line(sub, item, (start, end), words, amount, name))
    return lines


def trial_lines(world: World, sub: Thing) -> list[Thing]:
    """Lines of nothing for a trial."""
    names = [(one, world.seen(one["price"]["product"])["name"]) for one in sub["items"]["data"]]
    return [
        item_line(
            sub, one, (one["current_period_start"], one["current_period_end"]), "Trial: {name}", 0, name
        )
        for one, name in names
    ]


def billed(sub: Thing, invoice: Thing) -> None:
    """Remember on each item what was charged for it, after discounts, and for when: credits go by that."""
    for one in invoice["lines"]["data"]:
        if one.get("_item"):
            item = next((i for i in sub["items"]["data"] if i["id"] == one["_item"]), None)
            if item is not None:
                net = one["amount"] - sum(off["amount"] for off in one["discount_amounts"])
                item["_debit"] = {**one["period"], "net": net, "invoice": invoice["id"], "line": one["id"]}


def net_amounts(world: World, sub: Thing) -> dict[str, int]:
    """Item → what a whole period of it costs now, after the subscription's discounts."""
    lines = []
    for item in sub["items"]["data"]:
        price = world.seen(item["price"]["id"])
        amount = full_amount(item)
        made = line(
            amount, sub["currency"], "", (0, 0), price=price, quantity=item["quantity"], _item=item["id"]
        )
        made["discounts"] = list(item["discounts"])
        lines.append(made)
    discounted(world, lines, sub["discounts"], sub["currency"])
    return {one["_item"]: one["amount"] - sum(o["amount"] for o in one["discount_amounts"]) for one in lines}
