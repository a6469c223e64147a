"""Payment methods: what a customer pays with."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from billing.sandbox.cards import (
    BY_NUMBER,
    CARDS,
    REFUSALS,
    WRONG,
    Card,
    decline_code,
    faults,
    full_year,
    numbered,
)
from billing.sandbox.customers import ADDRESS, own_method
from billing.sandbox.errors import Refusal, absent, declined, unsupported
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata, page, wanted

WALLETS = ("alipay", "wechat_pay")
"""Methods by which a person pays somewhere else and comes back."""

TYPES = ("card", *WALLETS)


def card_of(method: Thing) -> Card:
    """The test card behind a payment method."""
    return BY_NUMBER[method["_number"]]


def new_method(world: World, params: Params, param: str = "") -> Thing:
    """A payment method from the parameters of ``POST /v1/payment_methods`` or a ``payment_method_data``."""
    kind = params.get("type", "card")
    if kind not in TYPES:
        raise unsupported(f"the payment method {kind}", f"{param}[type]" if param else "type")
    details = {
        name: (params.get("billing_details") or {}).get(name) or None for name in ("email", "name", "phone")
    }
    given = (params.get("billing_details") or {}).get("address") or {}
    fields: Thing = {
        "allow_redisplay": params.get("allow_redisplay", "unspecified"),
        "billing_details": {
            **details,
            "address": {name: given.get(name) for name in ADDRESS},
            "tax_id": None,
        },
        "created": world.now(),
        "customer": None,
        "metadata": metadata(None, params.get("metadata")),
        "type": kind,
    }
    if kind != "card":
        return world.add("payment_method", "pm", {**fields, kind: {}})
    card = params.get("card") or {}
    if card.get("token"):
        found = CARDS.get("pm_card_" + card["token"].removeprefix("tok_"))
    else:
        found = numbered(card.get("number", ""))
    wrong = faults(found, card, datetime.fromtimestamp(world.now(), UTC))
    if found is None or wrong:
        raise declined(WRONG[wrong[0].code], wrong[0].code, param=f"card[{wrong[0].param}]")
    return world.add("payment_method", "pm", {**fields, **_card_fields(found, card)})


def test_method(world: World, name: str) -> Thing:
    """A new payment method with the test card of this name, such as ``pm_card_visa``."""
    return new_method(world, {"card": {"number": CARDS[name].number}})


def _card_fields(card: Card, given: Params) -> Thing:
    shown = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": given.get("exp_month", 12),
        "exp_year": full_year(given.get("exp_year", 2034)),
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return {"card": shown, "_number": card.number, "_set_up": False}


def refusal(reason: str, **more: object) -> Refusal:
    """The error of a card that refuses for a reason."""
    code, message = REFUSALS[reason]
    return declined(message, code, decline_code(reason), **more)


def attach(world: World, name: str, customer: Thing, param: str) -> Thing:
    """Attach a payment method, or a test card by its name, to a customer; a card may refuse."""
    method = test_method(world, name) if name in CARDS else world.get("payment_method", name, param)
    if method["customer"] == customer["id"]:
        return method
    if method["customer"] or method.get("_detached"):
        raise Refusal(
            "The payment method was attached before and cannot be attached to this customer.", param=param
        )
    if method["type"] == "card" and (reason := card_of(method).attach):
        raise refusal(reason)
    if method["type"] in WALLETS:
        raise Refusal(f"A payment method of type {method['type']} cannot be attached.", param=param)
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def described(world: World, params: Params) -> Thing | None:
    """The payment method that a request names or describes."""
    if "payment_method_data" in params:
        return new_method(world, params["payment_method_data"], "payment_method_data")
    name = params.get("payment_method")
    if not name:
        return None
    return test_method(world, name) if name in CARDS else world.get("payment_method", name, "payment_method")


@serves("POST /v1/payment_methods", "alipay allow_redisplay billing_details card metadata type wechat_pay")
def create_method(world: World, params: Params) -> Thing:
    """A payment method that is not attached to anybody."""
    return new_method(world, params)


@serves("POST /v1/payment_methods/{payment_method}", "allow_redisplay billing_details card metadata")
def update_method(world: World, params: Params, name: str) -> Thing:
    """Change what may change: the holder's details, the card's date."""
    method = world.get("payment_method", name)
    with world.changing(method, "payment_method.updated"):
        for field, value in (params.get("billing_details") or {}).items():
            method["billing_details"][field] = value or None
        for field in ("exp_month", "exp_year"):
            if field in (params.get("card") or {}):
                method["card"][field] = params["card"][field]
        method["allow_redisplay"] = params.get("allow_redisplay", method["allow_redisplay"])
        method["metadata"] = metadata(method, params.get("metadata"))
    return method


@serves("POST /v1/payment_methods/{payment_method}/attach", "customer")
def attach_method(world: World, params: Params, name: str) -> Thing:
    """Attach."""
    if "customer" not in params:
        raise absent("customer")
    return attach(world, name, world.get("customer", params["customer"], "customer"), "payment_method")


@serves("POST /v1/payment_methods/{payment_method}/detach")
def detach_method(world: World, params: Params, name: str) -> Thing:
    """Detach; it can never be attached again, and is nobody's default any more."""
    method = world.get("payment_method", name)
    if not method["customer"]:
        raise Refusal("The payment method is not attached to a customer.", param="payment_method")
    owner = world.own(method["customer"])
    with world.changing(method, "payment_method.detached"):
        method["customer"] = None
        method["_detached"] = True
    if owner["invoice_settings"]["default_payment_method"] == name:
        with world.changing(owner, "customer.updated"):
            owner["invoice_settings"]["default_payment_method"] = None
    for one in world.find("subscription", customer=owner["id"], default_payment_method=name):
        with world.changing(one, "customer.subscription.updated"):
            one["default_payment_method"] = None
    return method


@serves("GET /v1/payment_methods/{payment_method}")
def retrieve_method(world: World, params: Params, name: str) -> Thing:
    """A payment method; asked for by a test card's name, a new one with that card."""
    return test_method(world, name) if name in CARDS else world.get("payment_method", name)


@serves("GET /v1/payment_methods", PAGING + "customer type")
def list_methods(world: World, params: Params) -> Thing:
    """Payment methods of a customer."""
    where = wanted(params, "customer", "type")
    return page(world, world.looking("payment_method", **where), params, "/v1/payment_methods")


@serves("GET /v1/customers/{customer}/payment_methods", PAGING + "type")
def list_customer_methods(world: World, params: Params, name: str) -> Thing:
    """Payment methods of a customer."""
    world.alive("customer", name)
    found = world.looking("payment_method", customer=name, **wanted(params, "type"))
    return page(world, found, params, f"/v1/customers/{name}/payment_methods")


@serves("GET /v1/customers/{customer}/payment_methods/{payment_method}")
def retrieve_customer_method(world: World, params: Params, name: str, method: str) -> Thing:
    """One of them."""
    return own_method(world, name, method, "payment_method")


SETUP = (
    "automatic_payment_methods confirm customer description metadata payment_method "
    "payment_method_data allowed_payment_method_types return_url usage use_stripe_sdk"
)


@serves("POST /v1/setup_intents", SETUP)
def create_setup(world: World, params: Params) -> Thing:
    """Set up a payment method for later payments."""
    if "customer" in params:
        world.get("customer", params["customer"], "customer")
    method = described(world, params)
    ident = fresh_id("seti")
    setup = world.add(
        "setup_intent",
        "seti",
        {
            "automatic_payment_methods": params.get("automatic_payment_methods"),
            "cancellation_reason": None,
            "client_secret": f"{ident}_secret_{fresh_id('x', 20)[2:]}",
            "created": world.now(wanted(params, "customer")),
            "customer": params.get("customer"),
            "description": params.get("description"),
            "last_setup_error": None,
            "latest_attempt": None,
            "mandate": None,
            "metadata": metadata(None, params.get("metadata")),
            "next_action": None,
            "payment_method": method and method["id"],
            "payment_method_options": {},
            "payment_method_types": params.get("allowed_payment_method_types", ["card"]),
            "status": "requires_confirmation" if method else "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        },
        ident=ident,
    )
    world.emit("setup_intent.created", setup)
    if params.get("confirm"):
        confirm_setup_intent(world, setup)
    return setup


@serves(
    "POST /v1/setup_intents/{intent}/confirm", "payment_method payment_method_data return_url use_stripe_sdk"
)
def confirm_setup(world: World, params: Params, name: str) -> Thing:
    """Confirm."""
    setup = world.get("setup_intent", name)
    if setup["status"] in ("succeeded", "canceled"):
        raise Refusal(f"The setup intent is {setup['status']}.", code="setup_intent_unexpected_state")
    method = described(world, params)
    if method:
        setup["payment_method"] = method["id"]
    confirm_setup_intent(world, setup)
    return setup


def confirm_setup_intent(world: World, setup: Thing) -> None:
    """Try the card: it may be set up, ask its holder to authenticate, or refuse."""
    if not setup["payment_method"]:
        raise absent("payment_method", "There is no payment method to confirm.")
    method = world.own(setup["payment_method"])
    card = card_of(method)
    if card.attach:
        error = refusal(card.attach)
        setup |= {
            "status": "requires_payment_method",
            "last_setup_error": error.error,
            "payment_method": None,
        }
        world.emit("setup_intent.setup_failed", setup)
        raise error
    if card.asks and not method["_set_up"]:
        url = f"{world.base_url}/authenticate/{world.things.account}/{setup['id']}"
        setup["status"] = "requires_action"
        setup["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": None},
        }
        world.emit("setup_intent.requires_action", setup)
        return
    finish_setup(world, setup)


def finish_setup(world: World, setup: Thing) -> None:
    """The holder has agreed: the method is the customer's and may be charged in the holder's absence."""
    method = world.own(setup["payment_method"])
    method["_set_up"] = True
    if setup["customer"]:
        attach(world, method["id"], world.own(setup["customer"]), "payment_method")
    setup |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    world.emit("setup_intent.succeeded", setup)
    if setup.get("_portal"):
        use_everywhere(world, world.own(setup["customer"]), method["id"])
    if setup.get("_session"):
        from billing.sandbox.completion import setup_went

        setup_went(world, world.own(setup["_session"]), setup)


def use_everywhere(world: World, customer: Thing, name: str) -> None:
    """A card that was given or chosen in the portal is the customer's default, and that of each live
    subscription.
    """
    with world.changing(customer, "customer.updated"):
        customer["invoice_settings"]["default_payment_method"] = name
    for sub in list(_live(world, customer)):
        if sub["default_payment_method"]:
            with world.changing(world.own(sub["id"]), "customer.subscription.updated") as changed:
                changed["default_payment_method"] = name


def usual_method(world: World, customer: Thing) -> str | None:
    """The method that is charged unless another is said: the customer's default, else that of the newest live
    subscription, where Checkout keeps it.
    """
    of_plans = (sub["default_payment_method"] for sub in _live(world, customer))
    name: str | None = customer["invoice_settings"]["default_payment_method"]
    return name or next(filter(None, of_plans), None)


def is_needed(world: World, customer: Thing, name: str) -> bool:
    """Whether a live subscription is charged by this method, or by default would be."""
    live = list(_live(world, customer))
    named = name in (sub["default_payment_method"] for sub in live)
    return named or (bool(live) and name == usual_method(world, customer))


def _live(world: World, customer: Thing) -> Iterator[Thing]:
    for sub in world.looking("subscription", customer=customer["id"]):
        if sub["status"] not in ("canceled", "incomplete_expired"):
            yield sub


def fail_setup(world: World, setup: Thing) -> None:
    """The holder did not authenticate."""
    error = declined("The card's holder did not authenticate.", "setup_intent_authentication_failure").error
    setup |= {"status": "requires_payment_method", "next_action": None, "payment_method": None}
    setup["last_setup_error"] = error | {"type": "invalid_request_error"}
    world.emit("setup_intent.setup_failed", setup)


@serves("POST /v1/setup_intents/{intent}/cancel", "cancellation_reason")
def cancel_setup(world: World, params: Params, name: str) -> Thing:
    """Cancel."""
    setup = world.get("setup_intent", name)
    if setup["status"] in ("succeeded", "canceled"):
        raise Refusal(f"The setup intent is {setup['status']}.", code="setup_intent_unexpected_state")
    setup |= {
        "status": "canceled",
        "next_action": None,
        "cancellation_reason": params.get("cancellation_reason"),
    }
    world.emit("setup_intent.canceled", setup)
    return setup


@serves("GET /v1/setup_intents/{intent}", "client_secret")
def retrieve_setup(world: World, params: Params, name: str) -> Thing:
    """A setup intent."""
    return world.get("setup_intent", name)


@serves("GET /v1/setup_intents", PAGING + "customer payment_method")
def list_setups(world: World, params: Params) -> Thing:
    """Setup intents."""
    where = wanted(params, "customer", "payment_method")
    return page(world, world.looking("setup_intent", **where), params, "/v1/setup_intents")
