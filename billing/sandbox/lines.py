"""The lines of an invoice, and what discounts take from them."""

from typing import Any

from billing.sandbox import coupons
from billing.sandbox.catalogue import unit_amount
from billing.sandbox.money import shown, spread
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id


def per(price: Thing, currency: str) -> str:
    """Such as ``¥99.00 / month``."""
    amount = shown(unit_amount(price, currency), currency)
    if not price["recurring"]:
        return amount
    count, interval = price["recurring"]["interval_count"], price["recurring"]["interval"]
    return f"{amount} / {interval if count == 1 else f'{count} {interval}s'}"


def line(
    amount: int,
    currency: str,
    description: str,
    period: tuple[int, int],
    *,
    price: Thing | None = None,
    quantity: int = 1,
    parent: Thing | None = None,
    subscription: str | None = None,
    discountable: bool = True,
    metadata: dict[str, str] | None = None,
    discounts: list[str] | None = None,
    unit: int | None = None,
    **own: Any,
) -> Thing:
    """A line without its discounts. ``own`` are fields of the sandbox, such as ``_item``."""
    each = unit if unit is not None else unit_amount(price, currency) if price else amount
    details = {"price_details": {"price": price["id"], "product": price["product"]}} if price else {}
    return {
        "id": fresh_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": discountable,
        "discounts": discounts or [],
        "invoice": None,
        "livemode": False,
        "metadata": dict(metadata or {}),
        "parent": parent,
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": {**details, "type": "price_details", "unit_amount_decimal": str(each)} if price else None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": subscription,
        "subtotal": amount,
        "taxes": [],
        **own,
    }


def item_line(
    sub: Thing, item: Thing, period: tuple[int, int], description: str, amount: int, name: str
) -> Thing:
    """The line of a subscription's item for a period; ``name`` is the product's."""
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": sub["id"],
        "subscription_item": item["id"],
    }
    made = line(
        amount,
        sub["currency"],
        description.format(name=name),
        period,
        price=item["price"],
        quantity=item["quantity"],
        parent={
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": details,
        },
        subscription=sub["id"],
        discountable=amount > 0,
        metadata=sub["metadata"],
        discounts=list(item["discounts"]),
        _item=item["id"],
    )
    made["pricing"]["unit_amount_decimal"] = str(item["price"]["unit_amount"])
    return made


def invoice_item_line(item: Thing) -> Thing:
    """The line that a pending invoice item becomes."""
    sub = (item["parent"] or {}).get("subscription_details", {})
    credited = (item.get("proration_details") or {}).get("credited_items")
    details: Thing = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": credited and credited.get("invoice_line_item_details")},
        "subscription": sub.get("subscription"),
    }
    parent: Thing = {
        "type": "invoice_item_details",
        "invoice_item_details": details,
        "subscription_item_details": None,
    }
    if sub.get("subscription_item"):
        details["subscription_item"] = sub["subscription_item"]
        parent = {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": details,
        }
    made = line(
        item["amount"],
        item["currency"],
        item["description"] or "",
        (item["period"]["start"], item["period"]["end"]),
        quantity=item["quantity"],
        parent=parent,
        subscription=sub.get("subscription"),
        discountable=item["discountable"],
        metadata=item["metadata"],
        discounts=list(item["discounts"]),
        _invoice_item=item["id"],
    )
    made["pricing"] = item["pricing"]
    return made


def discounted(world: World, lines: list[Thing], discounts: list[str], currency: str) -> list[Thing]:
    """Write into each line what discounts take from it; returns the invoice's sums, a discount each.

    One after the other: per cent of what is left of each line, or an amount shared in proportion to what is
    left.
    """
    left = [one["amount"] for one in lines]
    for one in lines:
        one["discount_amounts"] = []
    named: list[str] = list(discounts)
    for one in lines:
        named += [name for name in one["discounts"] if name not in named]
    totals = []
    for name in named:
        discount = world.seen(name)
        reached = [
            n
            for n, one in enumerate(lines)
            if one["discountable"] and left[n] > 0 and (name in discounts or name in one["discounts"])
        ]
        taken = _taken(world, discount, [(n, lines[n], left[n]) for n in reached], currency)
        for n, amount in taken.items():
            left[n] -= amount
            if amount:
                lines[n]["discount_amounts"].append({"amount": amount, "discount": name})
        totals.append({"amount": sum(taken.values()), "discount": name})
    return totals


def _taken(
    world: World, discount: Thing, reached: list[tuple[int, Thing, int]], currency: str
) -> dict[int, int]:
    """Place of a line → what a discount takes from it."""
    taken: dict[int, int] = {}
    shared: list[tuple[int, int]] = []
    for n, one, amount in reached:
        product = ((one["pricing"] or {}).get("price_details") or {}).get("product", "")
        off = coupons.amount_off(world, discount, amount, product, currency)
        if off is None:
            shared.append((n, amount))
        else:
            taken[n] = min(off, amount)
    if shared:
        whole = min(coupons.fixed_amount(world, discount, currency), sum(amount for _, amount in shared))
        taken |= dict(
            zip([n for n, _ in shared], spread(whole, [amount for _, amount in shared]), strict=True)
        )
    return taken
