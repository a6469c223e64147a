"""The calls about payment intents, charges and the account's book."""

from billing.sandbox.catalogue import currency_code
from billing.sandbox.customers import own_method
from billing.sandbox.errors import Refusal, absent
from billing.sandbox.methods import TYPES, described
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.payments import attempt, new_intent, receive
from billing.sandbox.store import Thing
from billing.sandbox.world import World, metadata, page, wanted

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
COMMON = (
    "customer description metadata payment_method payment_method_data "
    "allowed_payment_method_types receipt_email setup_future_usage "
)
CONFIRM = "error_on_requires_action off_session payment_method_options return_url use_stripe_sdk "


@serves(
    "POST /v1/payment_intents",
    COMMON + CONFIRM + "amount automatic_payment_methods capture_method confirm currency",
)
def create_intent(world: World, params: Params) -> Thing:
    """A payment that is to be made, and perhaps the attempt to make it."""
    if "customer" in params:
        world.get("customer", params["customer"], "customer")
    types = params.get("allowed_payment_method_types") or (
        list(TYPES) if "automatic_payment_methods" in params else ["card"]
    )
    intent = new_intent(
        world,
        params["amount"],
        currency_code(params["currency"]),
        params.get("customer"),
        automatic_payment_methods=params.get("automatic_payment_methods"),
        capture_method=params.get("capture_method", "automatic"),
        description=params.get("description"),
        metadata=params.get("metadata"),
        payment_method_types=types,
        receipt_email=params.get("receipt_email"),
        setup_future_usage=params.get("setup_future_usage") or None,
    )
    _take_method(world, intent, params)
    if params.get("confirm"):
        _confirm(world, intent, params)
    return intent


def _take_method(world: World, intent: Thing, params: Params) -> None:
    method = described(world, params)
    if not method:
        return
    if method["customer"] and method["customer"] != intent["customer"]:
        raise Refusal("The payment method belongs to another customer.", param="payment_method")
    if method["type"] not in intent["payment_method_types"]:
        raise Refusal(f"This payment cannot be made by {method['type']}.", param="payment_method")
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}


def _confirm(world: World, intent: Thing, params: Params) -> None:
    if not intent["payment_method"]:
        raise absent("payment_method", "There is no payment method to pay with.")
    intent["_return_url"] = params.get("return_url")
    off = params.get("off_session", False) not in (False, "false")
    error = attempt(world, intent, world.own(intent["payment_method"]), off_session=off)
    if error:
        raise error
    if intent["status"] == "requires_action" and params.get("error_on_requires_action"):
        raise Refusal(
            "The payment needs authentication.", status=402, kind="card_error", code="authentication_required"
        )


def _expect(intent: Thing, statuses: tuple[str, ...]) -> None:
    if intent["status"] not in statuses:
        raise Refusal(
            f"The payment intent is {intent['status']}.",
            code="payment_intent_unexpected_state",
            param="intent",
        )


@serves("POST /v1/payment_intents/{intent}", COMMON + "amount currency payment_method_options")
def update_intent(world: World, params: Params, name: str) -> Thing:
    """Change a payment that is not made yet."""
    intent = world.get("payment_intent", name)
    if params.keys() - {"metadata", "description", "expand"}:
        _expect(intent, OPEN[:3])
    for field in ("amount", "currency", "description", "receipt_email"):
        if field in params:
            intent[field] = params[field]
    if "allowed_payment_method_types" in params:
        intent["payment_method_types"] = params["allowed_payment_method_types"]
    if "customer" in params:
        intent["customer"] = world.get("customer", params["customer"], "customer")["id"]
    if "setup_future_usage" in params:
        intent["setup_future_usage"] = params["setup_future_usage"] or None
    intent["metadata"] = metadata(intent, params.get("metadata"))
    _take_method(world, intent, params)
    return intent


@serves("POST /v1/payment_intents/{intent}/confirm", COMMON + CONFIRM + "client_secret")
def confirm_intent(world: World, params: Params, name: str) -> Thing:
    """Try to take the money."""
    intent = world.get("payment_intent", name)
    _expect(intent, OPEN[:3])
    _take_method(world, intent, params)
    if params.get("setup_future_usage"):
        intent["setup_future_usage"] = params["setup_future_usage"]
    if intent["payment_method"] and intent["customer"] and world.seen(intent["payment_method"])["customer"]:
        own_method(world, intent["customer"], intent["payment_method"], "payment_method")
    _confirm(world, intent, params)
    return intent


@serves("POST /v1/payment_intents/{intent}/capture", "amount_to_capture metadata")
def capture_intent(world: World, params: Params, name: str) -> Thing:
    """Take money that was set aside."""
    intent = world.get("payment_intent", name)
    _expect(intent, ("requires_capture",))
    amount: int = params.get("amount_to_capture") or intent["amount"]
    if not 0 < amount <= intent["amount"]:
        raise Refusal(
            "More than was set aside cannot be taken.", code="amount_too_large", param="amount_to_capture"
        )
    charge = world.own(intent["latest_charge"])
    intent["amount"] = charge["amount"] = amount
    intent["metadata"] = metadata(intent, params.get("metadata"))
    receive(world, intent, charge)
    return intent


@serves("POST /v1/payment_intents/{intent}/cancel", "cancellation_reason")
def cancel_intent(world: World, params: Params, name: str) -> Thing:
    """Give a payment up."""
    intent = world.get("payment_intent", name)
    _expect(intent, OPEN)
    if intent.get("_invoice"):
        raise Refusal("The payment belongs to an invoice: void that.", code="payment_intent_unexpected_state")
    give_up(world, intent, params.get("cancellation_reason"))
    return intent


def give_up(world: World, intent: Thing, reason: str | None) -> None:
    """The payment will not be made."""
    now = world.now(intent)
    intent |= {"status": "canceled", "canceled_at": now, "cancellation_reason": reason, "next_action": None}
    intent["amount_capturable"] = 0
    world.emit("payment_intent.canceled", intent)


@serves("GET /v1/payment_intents/{intent}", "client_secret")
def retrieve_intent(world: World, params: Params, name: str) -> Thing:
    """A payment intent."""
    return world.get("payment_intent", name)


@serves("GET /v1/payment_intents", PAGING + "customer")
def list_intents(world: World, params: Params) -> Thing:
    """Payment intents."""
    found = world.looking("payment_intent", **wanted(params, "customer"))
    return page(world, found, params, "/v1/payment_intents")


@serves("GET /v1/charges/{charge}")
def retrieve_charge(world: World, params: Params, name: str) -> Thing:
    """A charge."""
    return world.get("charge", name)


@serves("GET /v1/charges", PAGING + "customer payment_intent")
def list_charges(world: World, params: Params) -> Thing:
    """Charges."""
    found = world.looking("charge", **wanted(params, "customer", "payment_intent"))
    return page(world, found, params, "/v1/charges")


@serves("POST /v1/charges/{charge}", "description metadata receipt_email")
def update_charge(world: World, params: Params, name: str) -> Thing:
    """Change what is written on a charge."""
    charge = world.get("charge", name)
    with world.changing(charge, "charge.updated"):
        for field in ("description", "receipt_email"):
            if field in params:
                charge[field] = params[field] or None
        charge["metadata"] = metadata(charge, params.get("metadata"))
    return charge


@serves("GET /v1/balance_transactions/{id}")
def retrieve_entry(world: World, params: Params, name: str) -> Thing:
    """One line of the account's book."""
    return world.get("balance_transaction", name)


@serves("GET /v1/balance_transactions", PAGING + "currency source type")
def list_entries(world: World, params: Params) -> Thing:
    """The account's book."""
    found = world.looking("balance_transaction", **wanted(params, "currency", "source", "type"))
    return page(world, found, params, "/v1/balance_transactions")


@serves("GET /v1/account")
def retrieve_account(world: World, params: Params) -> Thing:
    """The account that the key belongs to."""
    return world.account
