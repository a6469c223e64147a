"""Checkout sessions: what is bought, on which terms, until when. ``completion`` is what happens when it is
paid.
"""

from billing.sandbox import coupons
from billing.sandbox.catalogue import price_in, priced
from billing.sandbox.errors import Refusal, absent
from billing.sandbox.lines import discounted, line
from billing.sandbox.methods import WALLETS
from billing.sandbox.money import DAY, HOUR
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, includes, metadata, page, wanted

SESSION = (
    "allow_promotion_codes allowed_payment_method_types automatic_tax "
    "billing_address_collection cancel_url client_reference_id currency customer "
    "customer_creation customer_email customer_update discounts expires_at invoice_creation "
    "line_items locale metadata "
    "mode payment_intent_data payment_method_collection payment_method_options "
    "saved_payment_method_options setup_intent_data submit_type subscription_data success_url ui_mode"
)


@serves("POST /v1/checkout/sessions", SESSION)
def create_session(world: World, params: Params) -> Thing:
    """A page on which somebody can buy. No subscription, invoice or payment exists before it is completed."""
    mode = params.get("mode")
    if mode is None:
        raise absent("mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refusal("The sandbox has the hosted page only.", code="sandbox_unsupported", param="ui_mode")
    if "success_url" not in params:
        raise absent("success_url")
    customer = _customer(world, params)
    now = world.now(customer)
    lines = _lines(world, params, mode)
    currency = lines[0]["currency"] if lines else params.get("currency")
    types = _types(params, mode)
    ident = fresh_id("cs_test", 40)
    session = world.add(
        "checkout.session",
        "cs",
        {
            "adaptive_pricing": {"enabled": False},
            "after_expiration": None,
            "allow_promotion_codes": params.get("allow_promotion_codes"),
            "allowed_payment_method_types": params.get("allowed_payment_method_types"),
            "amount_subtotal": None,
            "amount_total": None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "billing_address_collection": params.get("billing_address_collection"),
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "client_secret": None,
            "collected_information": None,
            "consent": None,
            "consent_collection": None,
            "created": now,
            "currency": currency,
            "currency_conversion": None,
            "custom_fields": [],
            "custom_text": dict.fromkeys(
                ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            ),
            "customer": customer and customer["id"],
            "customer_creation": _creation(params, mode, customer),
            "customer_details": None,
            "customer_email": params.get("customer_email"),
            "discounts": None,
            "expires_at": _expiry(params, now),
            "invoice": None,
            "invoice_creation": _invoice_creation(params, mode),
            "locale": params.get("locale"),
            "metadata": metadata(None, params.get("metadata")),
            "mode": mode,
            "origin_context": None,
            "payment_intent": None,
            "payment_link": None,
            "payment_method_collection": params.get(
                "payment_method_collection", "always" if mode == "subscription" else "if_required"
            ),
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": types,
            "payment_status": "unpaid",
            "permissions": None,
            "phone_number_collection": {"enabled": False},
            "recovered_from": None,
            "saved_payment_method_options": None,
            "setup_intent": None,
            "shipping_address_collection": None,
            "shipping_cost": None,
            "shipping_options": [],
            "status": "open",
            "submit_type": params.get("submit_type"),
            "subscription": None,
            "success_url": params["success_url"],
            "total_details": None,
            "ui_mode": "hosted_page",
            "url": f"{world.base_url}/c/pay/{world.things.account}/{ident}",
            "wallet_options": None,
            "_lines": lines,
            "_given": {
                n: params[n]
                for n in ("subscription_data", "payment_intent_data", "setup_intent_data")
                if n in params
            },
            "_coupons": [],
        },
        ident=ident,
    )
    if params.get("discounts"):
        if params.get("allow_promotion_codes"):
            raise Refusal("Give discounts or allow_promotion_codes.", param="allow_promotion_codes")
        for number, one in enumerate(params["discounts"]):
            apply_discount(world, session, one, f"discounts[{number}]")
    add_up(world, session)
    return session


def _customer(world: World, params: Params) -> Thing | None:
    if "customer" not in params:
        return None
    if "customer_email" in params:
        raise Refusal("Give customer or customer_email.", param="customer_email")
    return world.get("customer", params["customer"], "customer")


def _creation(params: Params, mode: str, customer: Thing | None) -> str | None:
    if customer or mode == "subscription":
        return "always" if mode == "subscription" and not customer else None
    chosen: str = params.get("customer_creation", "if_required")
    return chosen


def _invoice_creation(params: Params, mode: str) -> Thing | None:
    if mode != "payment":
        return None
    given = params.get("invoice_creation", {"enabled": False})
    data = given.get("invoice_data", {})
    names = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    more = {name: data.get(name) or None for name in names}
    return {
        "enabled": given["enabled"],
        "invoice_data": {**more, "metadata": metadata(None, data.get("metadata"))},
    }


def _expiry(params: Params, now: int) -> int:
    at = params.get("expires_at", now + DAY)
    if not now + HOUR // 2 <= at <= now + DAY:
        raise Refusal("A session expires between 30 minutes and 24 hours from now.", param="expires_at")
    return int(at)


def _types(params: Params, mode: str) -> list[str]:
    types = params.get("allowed_payment_method_types", ["card"])
    for number, kind in enumerate(types):
        if kind not in ("card", *WALLETS):
            raise Refusal(
                f"The sandbox has no {kind}.",
                code="sandbox_unsupported",
                param=f"allowed_payment_method_types[{number}]",
            )
        if kind in WALLETS and mode != "payment":
            raise Refusal(f"{kind} is for single payments.", param="allowed_payment_method_types")
    if "wechat_pay" in types and "wechat_pay" not in params.get("payment_method_options", {}):
        where = "payment_method_options[wechat_pay][client]"
        raise absent(where, "WeChat Pay needs to be told the client.")
    return list(types)


def _lines(world: World, params: Params, mode: str) -> list[Thing]:
    given = params.get("line_items", [])
    if mode == "setup":
        if given:
            raise Refusal("Nothing is sold in the mode setup.", param="line_items")
        return []
    if not given:
        raise absent("line_items")
    lines = []
    currency = params.get("currency")
    for number, one in enumerate(given):
        where = f"line_items[{number}]"
        price = priced(world, one, where, currency)
        currency = currency or price["currency"]
        if mode == "payment" and price["type"] == "recurring":
            raise Refusal("A recurring price is not for the mode payment.", param=f"{where}[price]")
        if "quantity" not in one:
            raise absent(
                f"{where}[quantity]",
            )
        if price["currency"] != currency and currency not in price["_currency_options"]:
            raise Refusal("All lines are in one currency.", param=f"{where}[price]")
        product = world.seen(price["product"])
        lines.append(
            {
                "id": fresh_id("li"),
                "object": "item",
                "adjustable_quantity": _adjustable(one),
                "amount_tax": 0,
                "currency": currency,
                "description": product["name"],
                "metadata": metadata(None, one.get("metadata")),
                "price": price_in(price, currency),
                "quantity": one["quantity"],
            }
        )
    if mode == "subscription" and not any(one["price"]["recurring"] for one in lines):
        raise Refusal("The mode subscription needs a recurring price.", param="line_items")
    return lines


def _adjustable(one: Params) -> Thing | None:
    given = one.get("adjustable_quantity")
    if not given:
        return None
    return {
        "enabled": given["enabled"],
        "maximum": given.get("maximum", 99),
        "minimum": given.get("minimum", 0),
    }


def apply_discount(world: World, session: Thing, given: Params, param: str) -> None:
    """Take a coupon or promotion code onto the session; it is used up only when the session completes."""
    customer = world.seen(session["customer"]) if session["customer"] else None
    now = world.now(session)
    subtotal = sum(one["price"]["unit_amount"] * one["quantity"] for one in session["_lines"])
    if "promotion_code" in given:
        code = world.get("promotion_code", given["promotion_code"], f"{param}[promotion_code]")
        coupon = coupons.usable_code(world, code, customer, subtotal, now, f"{param}[promotion_code]")
        if code["restrictions"]["first_time_transaction"] and _is_guest(session):
            raise Refusal("The promotion code is not valid.", code="promotion_code_invalid", param=param)
        session["discounts"] = [{"coupon": None, "promotion_code": code["id"]}]
    elif "coupon" in given:
        coupon = coupons.usable(
            world, world.get("coupon", given["coupon"], f"{param}[coupon]"), now, f"{param}[coupon]"
        )
        session["discounts"] = [{"coupon": coupon["id"], "promotion_code": None}]
    else:
        raise absent(param, "Give coupon or promotion_code.")
    session["_coupons"] = [{**given, "_coupon": coupon["id"]}]


def _is_guest(session: Thing) -> bool:
    """Whether nobody will ever know who paid on this page, nor whether it was the first time."""
    return not session["customer"] and session["customer_creation"] != "always"


def trial_end(world: World, session: Thing) -> int | None:
    """When the trial that the session offers would end."""
    data = session["_given"].get("subscription_data", {})
    if data.get("trial_period_days"):
        return int(world.now(session) + data["trial_period_days"] * DAY)
    end: int | None = data.get("trial_end")
    return end


def add_up(world: World, session: Thing) -> None:
    """The session's sums. On trial the recurring part costs nothing today."""
    free = trial_end(world, session) is not None
    lines = priced_lines(world, session, session["_coupons"], free=free)
    for one, made in zip(session["_lines"], lines, strict=True):
        off = sum(part["amount"] for part in made["discount_amounts"])
        one |= {
            "amount_subtotal": made["amount"],
            "amount_discount": off,
            "amount_total": made["amount"] - off,
        }
    if not lines:
        return
    subtotal = sum(one["amount_subtotal"] for one in session["_lines"])
    off = sum(one["amount_discount"] for one in session["_lines"])
    session |= {"amount_subtotal": subtotal, "amount_total": subtotal - off}
    session["total_details"] = {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}


def priced_lines(
    world: World, session: Thing, coupons_used: list[Thing], *, free: bool = False
) -> list[Thing]:
    """What is bought as lines of an invoice, less what these coupons take off. ``free``: what recurs costs
    nothing.
    """
    lines = []
    for one in session["_lines"]:
        amount = 0 if free and one["price"]["recurring"] else one["price"]["unit_amount"] * one["quantity"]
        price = world.seen(one["price"]["id"])
        lines.append(line(amount, one["currency"], "", (0, 0), price=price, quantity=one["quantity"]))
    would_be = [_as_discount(given) for given in coupons_used]
    for one in would_be:
        world.things.put(one)
    if lines:
        discounted(world, lines, [one["id"] for one in would_be], session["currency"])
    for one in would_be:
        world.things.drop(one["id"])
    return lines


def _as_discount(given: Thing) -> Thing:
    source = {"type": "coupon", "coupon": given["_coupon"]}
    return {"id": fresh_id("di"), "object": "discount", "source": source, "start": 0}


@includes("checkout.session", "line_items")
def line_items(world: World, session: Thing) -> Thing:
    """What is bought."""
    return page(world, session["_lines"], {"limit": 100}, f"/v1/checkout/sessions/{session['id']}/line_items")


@serves("GET /v1/checkout/sessions/{session}/line_items", PAGING)
def list_line_items(world: World, params: Params, name: str) -> Thing:
    """What is bought."""
    session = world.get("checkout.session", name)
    return page(world, session["_lines"], params, f"/v1/checkout/sessions/{name}/line_items")


@serves("GET /v1/checkout/sessions/{session}")
def retrieve_session(world: World, params: Params, name: str) -> Thing:
    """A session."""
    return world.get("checkout.session", name)


@serves("GET /v1/checkout/sessions", PAGING + "customer customer_details payment_intent status subscription")
def list_sessions(world: World, params: Params) -> Thing:
    """Sessions."""
    found = world.looking(
        "checkout.session", **wanted(params, "customer", "payment_intent", "status", "subscription")
    )
    if "customer_details" in params:
        email = params["customer_details"]["email"]
        found = (one for one in found if (one["customer_details"] or {}).get("email") == email)
    return page(world, found, params, "/v1/checkout/sessions")


@serves("POST /v1/checkout/sessions/{session}", "metadata")
def update_session(world: World, params: Params, name: str) -> Thing:
    """Change a session's metadata."""
    session = world.get("checkout.session", name)
    session["metadata"] = metadata(session, params.get("metadata"))
    return session


@serves("POST /v1/checkout/sessions/{session}/expire")
def expire_call(world: World, params: Params, name: str) -> Thing:
    """Nobody can pay on this page any more."""
    session = world.get("checkout.session", name)
    if session["status"] != "open":
        raise Refusal(f"The session is {session['status']}.", param="session")
    expire_session(world, session)
    return session


def expire_session(world: World, session: Thing) -> None:
    """The session's time is over."""
    from billing.sandbox.payment_calls import give_up

    session |= {"status": "expired", "url": None}
    if session.get("_intent"):
        intent = world.own(session["_intent"])
        if intent["status"] not in ("succeeded", "canceled", "processing"):
            give_up(world, intent, "expired")
    world.emit("checkout.session.expired", session)
