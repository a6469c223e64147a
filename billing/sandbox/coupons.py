"""Coupons, promotion codes, and the discounts that come of them."""

import secrets
import string
from collections.abc import Iterable

from billing.sandbox.errors import Refusal, absent
from billing.sandbox.money import percent, step
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, includes, metadata, page, wanted


@serves(
    "POST /v1/coupons",
    "amount_off applies_to currency currency_options duration duration_in_months id "
    "max_redemptions metadata name "
    "percent_off redeem_by",
)
def create_coupon(world: World, params: Params) -> Thing:
    """A coupon: so many per cent or an amount off, once, for some months or for ever."""
    if ("percent_off" in params) == ("amount_off" in params):
        raise absent("percent_off", "Give percent_off or amount_off.")
    if "amount_off" in params and "currency" not in params:
        raise absent("currency", "amount_off needs a currency.")
    share = float(params["percent_off"]) if "percent_off" in params else None
    if share is not None and not 0 < share <= 100:
        raise Refusal("percent_off lies between 0 and 100.", param="percent_off")
    duration = params.get("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in params):
        raise Refusal("duration_in_months goes with a repeating duration.", param="duration_in_months")
    ident = params.get("id") or fresh_id("c", 8)[2:]
    if world.things.peek(ident):
        raise Refusal(f"There is a coupon '{ident}' already.", code="resource_already_exists", param="id")
    options = {code: one["amount_off"] for code, one in (params.get("currency_options") or {}).items()}
    coupon = world.add(
        "coupon",
        "",
        {
            "amount_off": params.get("amount_off"),
            "created": world.now(),
            "currency": params.get("currency"),
            "duration": duration,
            "duration_in_months": params.get("duration_in_months"),
            "max_redemptions": params.get("max_redemptions"),
            "metadata": metadata(None, params.get("metadata")),
            "name": params.get("name"),
            "percent_off": share,
            "redeem_by": params.get("redeem_by"),
            "times_redeemed": 0,
            "valid": True,
            "_products": (params.get("applies_to") or {}).get("products", []),
            "_currency_options": options,
        },
        ident=ident,
    )
    world.emit("coupon.created", coupon)
    return coupon


@includes("coupon", "applies_to")
def applies_to(world: World, coupon: Thing) -> Thing:
    """The products that a coupon is for."""
    return {"products": coupon["_products"]}


@includes("coupon", "currency_options")
def currency_options(world: World, coupon: Thing) -> Thing:
    """What a coupon takes off in its currencies."""
    own = {coupon["currency"]: coupon["amount_off"]} if coupon["amount_off"] else {}
    return {code: {"amount_off": amount} for code, amount in {**own, **coupon["_currency_options"]}.items()}


@serves("POST /v1/coupons/{coupon}", "metadata name")
def update_coupon(world: World, params: Params, name: str) -> Thing:
    """Change a coupon's name or metadata."""
    coupon = world.alive("coupon", name)
    with world.changing(coupon, "coupon.updated"):
        if "name" in params:
            coupon["name"] = params["name"] or None
        coupon["metadata"] = metadata(coupon, params.get("metadata"))
    return coupon


@serves("GET /v1/coupons/{coupon}")
def retrieve_coupon(world: World, params: Params, name: str) -> Thing:
    """A coupon."""
    return world.alive("coupon", name)


@serves("GET /v1/coupons", PAGING)
def list_coupons(world: World, params: Params) -> Thing:
    """Coupons."""
    return page(world, world.looking("coupon"), params, "/v1/coupons")


@serves("DELETE /v1/coupons/{coupon}")
def delete_coupon(world: World, params: Params, name: str) -> Thing:
    """Delete a coupon; discounts that are given already stay."""
    coupon = world.alive("coupon", name)
    world.emit("coupon.deleted", coupon)
    coupon |= {"deleted": True, "valid": False}
    return {"id": name, "object": "coupon", "deleted": True}


@serves(
    "POST /v1/promotion_codes",
    "active code customer expires_at max_redemptions metadata promotion restrictions",
)
def create_promotion_code(world: World, params: Params) -> Thing:
    """A word that a customer types to get a coupon."""
    if "coupon" not in params["promotion"]:
        raise absent("promotion[coupon]", "The promotion needs a coupon.")
    coupon = world.get("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    code = params.get("code") or "".join(
        secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8)
    )
    if any(one["code"].lower() == code.lower() for one in world.looking("promotion_code", active=True)):
        raise Refusal(f"The code {code} is in use.", code="resource_already_exists", param="code")
    if "customer" in params:
        world.get("customer", params["customer"], "customer")
    rules = params.get("restrictions", {})
    made = world.add(
        "promotion_code",
        "promo",
        {
            "active": params.get("active", True),
            "code": code,
            "created": world.now(),
            "customer": params.get("customer"),
            "expires_at": params.get("expires_at"),
            "max_redemptions": params.get("max_redemptions"),
            "metadata": metadata(None, params.get("metadata")),
            "promotion": {"type": "coupon", "coupon": coupon["id"]},
            "restrictions": {
                "first_time_transaction": rules.get("first_time_transaction", False),
                "minimum_amount": rules.get("minimum_amount"),
                "minimum_amount_currency": rules.get("minimum_amount_currency"),
            },
            "times_redeemed": 0,
        },
    )
    world.emit("promotion_code.created", made)
    return made


@serves("POST /v1/promotion_codes/{promotion_code}", "active metadata")
def update_promotion_code(world: World, params: Params, name: str) -> Thing:
    """Switch a code off or on, or change its metadata."""
    code = world.get("promotion_code", name)
    with world.changing(code, "promotion_code.updated"):
        code["active"] = params.get("active", code["active"])
        code["metadata"] = metadata(code, params.get("metadata"))
    return code


@serves("GET /v1/promotion_codes/{promotion_code}")
def retrieve_promotion_code(world: World, params: Params, name: str) -> Thing:
    """A promotion code."""
    return world.get("promotion_code", name)


@serves("GET /v1/promotion_codes", PAGING + "active code coupon customer")
def list_promotion_codes(world: World, params: Params) -> Thing:
    """Promotion codes, by the word (in any case) or the coupon."""
    found = world.looking("promotion_code", **wanted(params, "active", "customer"))
    if "code" in params:
        found = (one for one in found if one["code"].lower() == params["code"].lower())
    if "coupon" in params:
        found = (one for one in found if one["promotion"]["coupon"] == params["coupon"])
    return page(world, found, params, "/v1/promotion_codes")


def usable(world: World, coupon: Thing, now: int, param: str) -> Thing:
    """The coupon, unless it has run out or expired."""
    spent = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    late = coupon["redeem_by"] is not None and now > coupon["redeem_by"]
    if coupon.get("deleted") or spent or late:
        raise Refusal("The coupon has expired.", code="coupon_expired", param=param)
    return coupon


def usable_code(
    world: World, code: Thing, customer: Thing | None, amount: int | None, now: int, param: str
) -> Thing:
    """The coupon of a promotion code that this customer may use for an order of this amount."""
    spent = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
    late = code["expires_at"] is not None and now > code["expires_at"]
    foreign = code["customer"] is not None and (customer is None or customer["id"] != code["customer"])
    if not code["active"] or spent or late or foreign:
        raise Refusal("The promotion code is not valid.", code="promotion_code_invalid", param=param)
    rules = code["restrictions"]
    if rules["first_time_transaction"] and customer and has_paid(world, customer):
        raise Refusal(
            "This promotion code cannot be redeemed because the associated customer has prior transactions.",
            param=param,
            says="promotion_not_first",
        )
    if rules["minimum_amount"] and amount is not None and amount < rules["minimum_amount"]:
        raise Refusal(
            "The order is too small for the promotion code.",
            code="promotion_code_invalid",
            param=param,
            says="promotion_too_small",
        )
    return usable(world, world.own(code["promotion"]["coupon"]), now, param)


def has_paid(world: World, customer: Thing) -> bool:
    """Whether the customer has any successful payment or invoice."""
    charged = world.looking("charge", customer=customer["id"], paid=True)
    paid = world.looking("invoice", customer=customer["id"], status="paid")
    return next(charged, None) is not None or next(paid, None) is not None


def redeem(
    world: World,
    given: Iterable[Params],
    holder: Thing,
    *,
    customer: Thing | None,
    now: int,
    amount: int | None = None,
    param: str = "discounts",
) -> list[str]:
    """Discounts for what a request lists under ``discounts``; ``holder`` says what carries them.

    A discount that the request names by its id stays as it is.
    """
    ids: list[str] = []
    for number, one in enumerate(given):
        where = f"{param}[{number}]"
        if "discount" in one:
            ids.append(world.get("discount", one["discount"], f"{where}[discount]")["id"])
            continue
        code = None
        if "promotion_code" in one:
            code = world.get("promotion_code", one["promotion_code"], f"{where}[promotion_code]")
            coupon = usable_code(world, code, customer, amount, now, f"{where}[promotion_code]")
        elif "coupon" in one:
            coupon = usable(
                world, world.get("coupon", one["coupon"], f"{where}[coupon]"), now, f"{where}[coupon]"
            )
        else:
            raise absent(where, "Give coupon, promotion_code or discount.")
        ids.append(discount(world, coupon, code, holder, customer, now)["id"])
    return ids


def discount(
    world: World, coupon: Thing, code: Thing | None, holder: Thing, customer: Thing | None, now: int
) -> Thing:
    """One use of a coupon."""
    for used in filter(None, (coupon, code)):
        used["times_redeemed"] += 1
        if used["max_redemptions"] is not None and used["times_redeemed"] >= used["max_redemptions"]:
            used["valid" if used is coupon else "active"] = False
    end = step(now, "month", coupon["duration_in_months"], 1) if coupon["duration"] == "repeating" else None
    made: Thing = {
        "id": fresh_id("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": customer and customer["id"],
        "end": end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": code and code["id"],
        "source": {"type": "coupon", "coupon": coupon["id"]},
        "start": now,
        "subscription": None,
        "subscription_item": None,
        **holder,
    }
    world.things.put(made)
    if made["subscription"]:
        world.emit("customer.discount.created", made)
    return made


def amount_off(world: World, discount: Thing, amount: int, product: str, currency: str) -> int | None:
    """What a discount takes from one line in full; None for a coupon of a fixed amount, which is shared by
    lines.
    """
    coupon = world.seen(discount["source"]["coupon"])
    if coupon["_products"] and product not in coupon["_products"]:
        return 0
    if coupon["percent_off"] is None:
        return None
    return percent(amount, coupon["percent_off"])


def fixed_amount(world: World, discount: Thing, currency: str) -> int:
    """What a coupon of a fixed amount takes off in a currency; nothing in one that it does not know."""
    coupon = world.seen(discount["source"]["coupon"])
    if currency == coupon["currency"]:
        return int(coupon["amount_off"])
    return int(coupon["_currency_options"].get(currency, 0))
