"""Customers and what they have in credit."""

from billing.sandbox.errors import Refusal
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.search import search
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, includes, metadata, page, wanted

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
CUSTOMER = (
    "address balance description email invoice_prefix invoice_settings metadata name "
    "next_invoice_sequence phone "
    "preferred_locales shipping tax_exempt "
)


def address(given: Params | str | None) -> Thing | None:
    """An address with all of its lines."""
    return {name: given.get(name) for name in ADDRESS} if isinstance(given, dict) else None


@serves("POST /v1/customers", CUSTOMER + "payment_method test_clock")
def create_customer(world: World, params: Params) -> Thing:
    """A customer, perhaps on a test clock, perhaps with a payment method."""
    if "test_clock" in params:
        world.get("test_helpers.test_clock", params["test_clock"], "test_clock")
        if sum(1 for _ in world.looking("customer", test_clock=params["test_clock"])) >= 3:
            raise Refusal("A test clock has at most three customers.", param="test_clock")
    customer = world.add(
        "customer",
        "cus",
        {
            "address": None,
            "balance": params.get("balance", 0),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": None,
            "invoice_prefix": params.get("invoice_prefix") or fresh_id("x", 8)[2:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": params.get("test_clock"),
        },
        ident=fresh_id("cus", 14),
    )
    _apply(world, customer, {name: value for name, value in params.items() if name != "invoice_settings"})
    if "payment_method" in params:
        from billing.sandbox.methods import attach

        attach(world, params["payment_method"], customer, "payment_method")
    if "invoice_settings" in params:
        _apply(world, customer, {"invoice_settings": params["invoice_settings"]})
    world.emit("customer.created", customer)
    return customer


def _apply(world: World, customer: Thing, params: Params) -> None:
    for field in ("description", "email", "name", "phone"):
        if field in params:
            customer[field] = params[field] or None
    if "address" in params:
        customer["address"] = address(params["address"])
    if "shipping" in params:
        given = params["shipping"]
        shipping = isinstance(given, dict) and {
            "address": address(given["address"]),
            "name": given["name"],
            "phone": given.get("phone"),
        }
        customer["shipping"] = shipping or None
    for field in ("preferred_locales", "next_invoice_sequence", "invoice_prefix"):
        if field in params:
            customer[field] = params[field]
    if params.get("tax_exempt"):
        customer["tax_exempt"] = params["tax_exempt"]
    customer["metadata"] = metadata(customer, params.get("metadata"))
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        name = settings["default_payment_method"] or None
        if name:
            own_method(world, customer["id"], name, "invoice_settings[default_payment_method]")
        customer["invoice_settings"]["default_payment_method"] = name
    if "footer" in settings:
        customer["invoice_settings"]["footer"] = settings["footer"] or None


def own_method(world: World, customer: str, name: str, param: str) -> Thing:
    """A payment method that is attached to this customer."""
    method = world.get("payment_method", name, param)
    if method["customer"] != customer:
        raise Refusal(
            "The payment method is not attached to this customer.", code="resource_missing", param=param
        )
    return method


@serves("POST /v1/customers/{customer}", CUSTOMER)
def update_customer(world: World, params: Params, name: str) -> Thing:
    """Change a customer."""
    customer = world.alive("customer", name)
    with world.changing(customer, "customer.updated"):
        _apply(world, customer, params)
        if "balance" in params and params["balance"] != customer["balance"]:
            adjust_balance(world, customer, params["balance"] - customer["balance"], "adjustment")
    return customer


@serves("GET /v1/customers/{customer}")
def retrieve_customer(world: World, params: Params, name: str) -> Thing:
    """A customer, or that there was one."""
    customer = world.get("customer", name)
    return {"id": name, "object": "customer", "deleted": True} if customer.get("deleted") else customer


@serves("GET /v1/customers", PAGING + "email test_clock")
def list_customers(world: World, params: Params) -> Thing:
    """Customers; those on test clocks only when the clock is named."""
    where = {"test_clock": params.get("test_clock"), **wanted(params, "email")}
    return page(world, world.looking("customer", **where), params, "/v1/customers")


@serves("GET /v1/customers/search", "limit page query")
def search_customers(world: World, params: Params) -> Thing:
    """Customers by their fields and metadata."""
    return search(world, "customer", params, ("email", "name", "phone"))


@serves("DELETE /v1/customers/{customer}")
def delete_customer(world: World, params: Params, name: str) -> Thing:
    """Delete a customer: subscriptions end at once, payment methods are detached."""
    from billing.sandbox.subscriptions import end

    customer = world.alive("customer", name)
    for one in world.find("subscription", customer=name):
        if one["status"] not in ("canceled", "incomplete_expired"):
            end(world, one, world.now(one), reason="cancellation_requested")
    for method in world.find("payment_method", customer=name):
        method["customer"] = None
    world.emit("customer.deleted", customer)
    customer["deleted"] = True
    return {"id": name, "object": "customer", "deleted": True}


@includes("customer", "subscriptions")
def subscriptions(world: World, customer: Thing) -> Thing:
    """The customer's live subscriptions."""
    found = world.looking("subscription", customer=customer["id"])
    live = (one for one in found if one["status"] not in ("canceled", "incomplete_expired"))
    return page(world, live, {}, f"/v1/customers/{customer['id']}/subscriptions")


def adjust_balance(
    world: World, customer: Thing, amount: int, kind: str, *, currency: str | None = None, **more: str | None
) -> Thing:
    """Add to what a customer owes (positive) or has in credit (negative), with a line in the account's
    book.
    """
    before = customer["balance"]
    customer["balance"] = before + amount
    return world.add(
        "customer_balance_transaction",
        "cbtxn",
        {
            "amount": amount,
            "checkout_session": None,
            "credit_note": None,
            "currency": currency or customer["currency"] or "usd",
            "customer": customer["id"],
            "description": more.get("description"),
            "ending_balance": customer["balance"],
            "invoice": more.get("invoice"),
            "metadata": {},
            "type": kind,
        },
    )


@serves("POST /v1/customers/{customer}/balance_transactions", "amount currency description metadata")
def create_balance_transaction(world: World, params: Params, name: str) -> Thing:
    """Give credit (a negative amount) or take it."""
    customer = world.alive("customer", name)
    with world.changing(customer, "customer.updated"):
        customer["currency"] = customer["currency"] or params["currency"]
        if customer["currency"] != params["currency"]:
            raise Refusal(f"The customer's currency is {customer['currency']}.", param="currency")
        made = adjust_balance(
            world, customer, params["amount"], "adjustment", description=params.get("description")
        )
    made["metadata"] = metadata(None, params.get("metadata"))
    return made


@serves("GET /v1/customers/{customer}/balance_transactions", PAGING + "invoice")
def list_balance_transactions(world: World, params: Params, name: str) -> Thing:
    """The book of a customer's credit."""
    found = world.looking("customer_balance_transaction", customer=name, **wanted(params, "invoice"))
    return page(world, found, params, f"/v1/customers/{name}/balance_transactions")


@serves("GET /v1/customers/{customer}/balance_transactions/{transaction}")
def retrieve_balance_transaction(world: World, params: Params, name: str, transaction: str) -> Thing:
    """One line of that book."""
    return world.get("customer_balance_transaction", transaction)
