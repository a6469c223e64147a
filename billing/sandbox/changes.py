"""Changing a subscription: items, quantities, cycle, trial; and what that costs now or later (prorations)."""

from billing.sandbox import collection, invoices, pending
from billing.sandbox.beginnings import extra_lines, taken_back
from billing.sandbox.catalogue import price_in, priced
from billing.sandbox.coupons import redeem
from billing.sandbox.customers import own_method
from billing.sandbox.errors import Refusal
from billing.sandbox.events import difference
from billing.sandbox.items import add_item, find_item, net_amounts, next_end
from billing.sandbox.lines import per
from billing.sandbox.money import portion
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing, clone
from billing.sandbox.subscriptions import ENDED, apply_cancellation, invoice_period, make_invoice, restart
from billing.sandbox.world import World, metadata, public

MONEY = ("items", "trial_end", "billing_cycle_anchor", "discounts", "quantity")
"""Parameters that change what is owed."""


def update(world: World, sub: Thing, params: Params) -> Refusal | None:
    """Change a subscription. Returns why a payment that this caused was refused, when the change stands all
    the same.
    """
    _may_change(sub, params)
    now = world.now(sub)
    before, behavior = clone(sub), params.get("payment_behavior", "allow_incomplete")
    sub["_new"] = True  # one event at the end tells it all
    invoice = change(world, sub, params, now)
    error = None
    if invoice:
        error = collection.advance(world, invoice, pay=behavior != "default_incomplete")
        if invoice["status"] == "open" and sub["collection_method"] == "charge_automatically":
            if behavior == "error_if_incomplete":
                raise taken_back(error)
            if behavior == "pending_if_incomplete":
                pending.put_off(world, sub, before, invoice, now)
            elif sub["status"] in ("active", "trialing"):
                sub["status"] = "past_due"
    sub.pop("_new", None)
    previous = difference(public(before), public(sub))
    if previous:
        world.emit("customer.subscription.updated", sub, previous)
    return error


def _may_change(sub: Thing, params: Params) -> None:
    if sub["status"] in ENDED and params.keys() - {"metadata", "cancellation_details", "expand"}:
        raise Refusal(
            "Of an ended subscription only metadata and cancellation_details change.", code="resource_missing"
        )
    if sub["status"] == "incomplete" and params.keys() & set(MONEY):
        raise Refusal("A subscription whose first payment is not made cannot change.", param="items")
    if params.get("payment_behavior") == "pending_if_incomplete":
        allowed = {
            "items",
            "expand",
            "payment_behavior",
            "proration_behavior",
            "proration_date",
            "trial_end",
            "billing_cycle_anchor",
        }
        if extra := params.keys() - allowed:
            name = min(extra)
            raise Refusal(f"{name} cannot change together with pending_if_incomplete.", param=name)


def change(world: World, sub: Thing, params: Params, now: int) -> Thing | None:
    """Apply a request; returns the invoice that has to be collected at once, if there is one."""
    _plain_fields(world, sub, params)
    when = params.get("proration_date", now)
    _check_date(sub, when, params)
    how = params.get("proration_behavior", "create_prorations")
    unused = credits(world, sub, when) if how != "none" and sub["status"] != "trialing" else {}
    if "discounts" in params:
        customer = world.own(sub["customer"])
        holder = {"subscription": sub["id"]}
        sub["discounts"] = redeem(world, params["discounts"] or [], holder, customer=customer, now=now)
    touched, anew = _items(world, sub, params, now)
    trial = _trial(sub, params, now)
    anew = anew or trial == "over" or (params.get("billing_cycle_anchor") or {}).get("type") == "now"
    if anew:
        restart(world, sub, now)
        touched = list(unused)
    if trial == "longer":
        touched = list(unused)
    for name in touched:
        if name in unused:
            pending_item(world, sub, unused[name])
    if how != "none" and not anew and trial is None and sub["status"] not in ("trialing", "paused"):
        _debit(world, sub, touched, when)
    apply_cancellation(world, sub, params, now)
    if sub["cancel_at_period_end"]:
        sub["cancel_at"] = max(one["current_period_end"] for one in sub["items"]["data"])
    return _invoice_now(world, sub, params, now, anew=anew, always=how == "always_invoice")


def _invoice_now(
    world: World, sub: Thing, params: Params, now: int, *, anew: bool, always: bool
) -> Thing | None:
    customer = world.own(sub["customer"])
    extra = extra_lines(world, sub, params, now)
    if sub["status"] == "unpaid":
        return None
    if anew:
        names = [one["id"] for one in sub["items"]["data"]]
        return invoice_period(world, sub, names, "subscription_update", now)
    lines = invoices.pending_lines(world, customer, sub["currency"], sub) if always else []
    if not lines and not extra:
        return None
    return make_invoice(world, sub, lines + extra, "subscription_update", now)


def _plain_fields(world: World, sub: Thing, params: Params) -> None:
    if params.get("default_payment_method"):
        own_method(world, sub["customer"], params["default_payment_method"], "default_payment_method")
    for field in ("collection_method", "days_until_due", "description", "default_payment_method"):
        if field in params:
            sub[field] = params[field] or None
    if "pause_collection" in params:
        given = params["pause_collection"] or None
        sub["pause_collection"] = given and {
            "behavior": given["behavior"],
            "resumes_at": given.get("resumes_at"),
        }
    trial = params.get("trial_settings", {}).get("end_behavior", {})
    if "missing_payment_method" in trial:
        sub["trial_settings"]["end_behavior"]["missing_payment_method"] = trial["missing_payment_method"]
    for field, value in params.get("payment_settings", {}).items():
        sub["payment_settings"][field] = value or None
    sub["metadata"] = metadata(sub, params.get("metadata"))


def _check_date(sub: Thing, when: int, params: Params) -> None:
    starts = [one["current_period_start"] for one in sub["items"]["data"]]
    ends = [one["current_period_end"] for one in sub["items"]["data"]]
    if "proration_date" in params and not max(starts) <= when <= min(ends):
        raise Refusal("proration_date lies outside of the current period.", param="proration_date")


def _trial(sub: Thing, params: Params, now: int) -> str | None:
    """``over`` when the trial ends now, ``longer`` when it (or a new one) ends later."""
    end = params.get("trial_end")
    if end is None:
        return None
    if end == "now":
        if sub["status"] != "trialing":
            return None
        sub |= {"trial_end": now, "status": "active"}
        return "over"
    if end <= now:
        raise Refusal("The trial must end in the future.", code="timestamp_invalid", param="trial_end")
    sub |= {
        "trial_end": end,
        "trial_start": sub["trial_start"] or now,
        "status": "trialing",
        "billing_cycle_anchor": end,
    }
    sub["_trial_told"] = False
    for item in sub["items"]["data"]:
        item |= {"current_period_end": end, "_debit": None}
        item["current_period_start"] = min(item["current_period_start"], now)
    return "longer"


def _items(world: World, sub: Thing, params: Params, now: int) -> tuple[list[str], bool]:
    """Apply ``items``: which were changed, added or taken away, and whether the cycle begins anew because the
    length of a period changed.
    """
    touched, anew = [], False
    for number, given in enumerate(params.get("items", [])):
        where = f"items[{number}]"
        if "id" not in given:
            item = add_item(world, sub, given, where, (now, None))
            touched.append(item["id"])
            continue
        item = find_item(sub, given["id"], f"{where}[id]")
        touched.append(item["id"])
        if given.get("deleted"):
            sub["items"]["data"].remove(item)
            continue
        anew = _change_item(world, sub, item, given, where) or anew
    if not sub["items"]["data"]:
        raise Refusal("A subscription has at least one item.", param="items")
    sub["items"]["total_count"] = len(sub["items"]["data"])
    return touched, anew


def _change_item(world: World, sub: Thing, item: Thing, given: Params, param: str) -> bool:
    """Apply one element of ``items``; whether the length of the period is another one now."""
    length = item["price"]["recurring"]
    if "price" in given or "price_data" in given:
        price = priced(
            world, {n: given[n] for n in ("price", "price_data") if n in given}, param, sub["currency"]
        )
        if price["type"] != "recurring":
            raise Refusal("The price is paid once and cannot be subscribed to.", param=f"{param}[price]")
        item["price"] = price_in(price, sub["currency"])
    if "quantity" in given:
        if given["quantity"] < 0:
            raise Refusal(
                "Invalid non-negative integer", code="parameter_invalid_integer", param=f"{param}[quantity]"
            )
        item["quantity"] = given["quantity"]
    if "discounts" in given:
        customer, holder = world.own(sub["customer"]), {"subscription_item": item["id"]}
        item["discounts"] = redeem(
            world, given["discounts"] or [], holder, customer=customer, now=world.now(sub)
        )
    item["metadata"] = metadata(item, given.get("metadata"))
    recurring = item["price"]["recurring"]
    return any(recurring[n] != length[n] for n in ("interval", "interval_count"))


def credits(world: World, sub: Thing, when: int) -> dict[str, Thing]:
    """Item → the pending invoice item that gives back what was paid for the time after a moment: the share
    of what was really charged, discounts included.
    """
    found = {}
    for item in sub["items"]["data"]:
        debit = item["_debit"]
        if not debit or not debit["start"] <= when < debit["end"]:
            continue
        amount = -portion(debit["net"], debit["end"] - when, debit["end"] - debit["start"])
        if amount:
            name = world.seen(item["price"]["product"])["name"]
            words = f"Unused time on {item['quantity']} × {name}"
            found[item["id"]] = {
                "amount": amount,
                "credited": _credited(world, debit),
                "description": words,
                "item": item["id"],
                "period": {"start": when, "end": debit["end"]},
                "price": item["price"],
                "quantity": item["quantity"],
            }
    return found


def _debit(world: World, sub: Thing, touched: list[str], when: int) -> None:
    """Charge for the rest of the period what the changed items cost now."""
    net = net_amounts(world, sub)
    for item in sub["items"]["data"]:
        if item["id"] not in touched:
            continue
        start, end = item["current_period_start"], item["current_period_end"]
        whole = next_end(sub, item, start) - start
        amount = portion(net[item["id"]], end - when, max(whole, end - start))
        name, each = world.seen(item["price"]["product"])["name"], per(item["price"], sub["currency"])
        made = pending_item(
            world,
            sub,
            {
                "amount": amount,
                "credited": None,
                "description": f"Remaining time on {item['quantity']} × {name} ({each})",
                "item": item["id"],
                "period": {"start": when, "end": end},
                "price": item["price"],
                "quantity": item["quantity"],
            },
        )
        item["_debit"] = {"start": when, "end": end, "net": amount, "pending": made["id"]}


def _credited(world: World, debit: Thing) -> Thing:
    """What a credit takes back: lines of an invoice, or an item that is on no invoice yet."""
    lines = [debit.get("line")]
    invoice = debit.get("invoice")
    if "pending" in debit:
        item = world.seen(debit["pending"])
        invoice = item["invoice"]
        if not invoice:
            return {"type": "invoice_item", "invoice_item": item["id"], "invoice_line_item_details": None}
        found = world.seen(invoice)["lines"]["data"]
        lines = [one["id"] for one in found if one.get("_invoice_item") == item["id"]]
    details = {"invoice": invoice, "invoice_line_items": lines}
    return {"type": "invoice_line_items", "invoice_line_item_details": details}


def pending_item(world: World, sub: Thing, change: Thing) -> Thing:
    """A proration that waits for the subscription's next invoice. Its amount has the discounts in it
    already.
    """
    price = change["price"]
    now = world.now(sub)
    made = world.add(
        "invoiceitem",
        "ii",
        {
            "amount": change["amount"],
            "created": now,
            "currency": sub["currency"],
            "customer": sub["customer"],
            "date": now,
            "description": change["description"],
            "discountable": False,
            "discounts": [],
            "invoice": None,
            "metadata": {},
            "net_amount": change["amount"],
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": sub["id"], "subscription_item": change["item"]},
            },
            "period": change["period"],
            "pricing": {
                "type": "price_details",
                "price_details": {"price": price["id"], "product": price["product"]},
                "unit_amount_decimal": str(price["unit_amount"]),
            },
            "proration": True,
            "proration_details": {"credited_items": change["credited"], "discount_amounts": []},
            "quantity": change["quantity"],
            "quantity_decimal": str(change["quantity"]),
            "tax_rates": [],
            "test_clock": sub["test_clock"],
        },
    )
    del made["created"]
    world.emit("invoiceitem.created", made)
    return made
