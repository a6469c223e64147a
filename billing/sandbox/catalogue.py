"""What is sold: products and their prices."""

from decimal import Decimal
from typing import Any

from billing.sandbox.errors import Refusal, absent, unsupported
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.search import search
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, includes, metadata, page, public, wanted

PRODUCT = (
    "active description images marketing_features metadata name shippable "
    "statement_descriptor tax_code unit_label url"
)


@serves("POST /v1/products", PRODUCT + " id default_price_data")
def create_product(world: World, params: Params) -> Thing:
    """A product, with its default price if one is described."""
    ident = params.get("id")
    if ident and world.things.peek(ident):
        raise Refusal(f"There is a product '{ident}' already.", code="resource_already_exists", param="id")
    now = world.now()
    product = world.add(
        "product",
        "prod",
        {
            "active": params.get("active", True),
            "created": now,
            "default_price": None,
            "description": params.get("description") or None,
            "images": params.get("images") or [],
            "marketing_features": params.get("marketing_features") or [],
            "metadata": metadata(None, params.get("metadata")),
            "name": params["name"],
            "package_dimensions": None,
            "shippable": params.get("shippable"),
            "statement_descriptor": params.get("statement_descriptor"),
            "tax_code": params.get("tax_code") or None,
            "type": "service",
            "unit_label": params.get("unit_label") or None,
            "updated": now,
            "url": params.get("url") or None,
        },
        ident=ident or fresh_id("prod", 14),
    )
    if "default_price_data" in params:
        product["default_price"] = new_price(
            world, {**params["default_price_data"], "product": product["id"]}
        )["id"]
    world.emit("product.created", product)
    return product


@serves("POST /v1/products/{id}", PRODUCT + " default_price")
def update_product(world: World, params: Params, name: str) -> Thing:
    """Change a product."""
    product = world.alive("product", name)
    if params.get("default_price"):
        price = world.get("price", params["default_price"], "default_price")
        if price["product"] != name:
            raise Refusal("The price is of another product.", param="default_price")
    with world.changing(product, "product.updated"):
        for field in ("active", "name", "shippable", "statement_descriptor"):
            if field in params:
                product[field] = params[field]
        for field in ("description", "unit_label", "url", "tax_code", "default_price"):
            if field in params:
                product[field] = params[field] or None
        for field in ("images", "marketing_features"):
            if field in params:
                product[field] = params[field] or []
        product["metadata"] = metadata(product, params.get("metadata"))
        product["updated"] = world.now()
    return product


@serves("GET /v1/products/{id}")
def retrieve_product(world: World, params: Params, name: str) -> Thing:
    """A product."""
    return world.get("product", name)


@serves("GET /v1/products", PAGING + "active ids url")
def list_products(world: World, params: Params) -> Thing:
    """Products."""
    found = world.looking("product", **wanted(params, "active", "url"))
    if "ids" in params:
        found = (one for one in found if one["id"] in params["ids"])
    return page(world, found, params, "/v1/products")


@serves("GET /v1/products/search", "limit page query")
def search_products(world: World, params: Params) -> Thing:
    """Products by their fields and metadata."""
    return search(world, "product", params, ("active", "description", "name", "url"))


@serves("DELETE /v1/products/{id}")
def delete_product(world: World, params: Params, name: str) -> Thing:
    """Delete a product that has no prices."""
    product = world.alive("product", name)
    if next(world.looking("price", product=name), None):
        raise Refusal("The product has prices and cannot be deleted; set active to false.", param="id")
    world.emit("product.deleted", product)
    world.things.drop(name)
    return {"id": name, "object": "product", "deleted": True}


PRICE = "active currency_options lookup_key metadata nickname tax_behavior transfer_lookup_key"


@serves(
    "POST /v1/prices",
    PRICE + " billing_scheme currency product product_data recurring unit_amount unit_amount_decimal",
)
def create_price(world: World, params: Params) -> Thing:
    """A price of a product that is there or is made with it."""
    if ("product" in params) == ("product_data" in params):
        raise absent("product", "Give product or product_data.")
    if "product_data" in params:
        product = create_product(world, params["product_data"])
    else:
        product = world.get("product", params["product"], "product")
    return new_price(world, {**params, "product": product["id"]})


def new_price(world: World, params: Params) -> Thing:
    """A price, from the parameters of ``POST /v1/prices`` or of a ``price_data``."""
    recurring = params.get("recurring")
    if params.get("billing_scheme", "per_unit") != "per_unit" or "tiers" in params:
        raise unsupported("tiered prices", "billing_scheme")
    if recurring and recurring.get("usage_type", "licensed") != "licensed":
        raise unsupported("prices by usage", "recurring[usage_type]")
    key = params.get("lookup_key")
    _free_lookup_key(world, key, params.get("transfer_lookup_key", False))
    options = {code: _amounts(one) for code, one in (params.get("currency_options") or {}).items()}
    price = world.add(
        "price",
        "price",
        {
            "active": params.get("active", True),
            "billing_scheme": "per_unit",
            "created": world.now(),
            "currency": currency_code(params["currency"]),
            "custom_unit_amount": None,
            "lookup_key": key,
            "metadata": metadata(None, params.get("metadata")),
            "nickname": params.get("nickname"),
            "product": params["product"],
            "recurring": recurring
            and {
                "interval": recurring["interval"],
                "interval_count": recurring.get("interval_count", 1),
                "meter": None,
                "trial_period_days": recurring.get("trial_period_days"),
                "usage_type": "licensed",
            },
            "tax_behavior": params.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            **_amounts(params),
            "_currency_options": options,
        },
    )
    world.emit("price.created", price)
    return price


def currency_code(code: str) -> str:
    if len(code) != 3 or not code.isalpha() or not code.islower():
        raise Refusal(f"Invalid currency: {code}", param="currency")
    return code


def _amounts(params: Params) -> Thing:
    if ("unit_amount" in params) == ("unit_amount_decimal" in params):
        raise absent("unit_amount", "Give unit_amount or unit_amount_decimal.")
    amount = Decimal(params["unit_amount"] if "unit_amount" in params else params["unit_amount_decimal"])
    if amount < 0:
        raise Refusal("Invalid non-negative integer", code="parameter_invalid_integer", param="unit_amount")
    if amount != int(amount):
        raise unsupported("amounts of parts of the smallest unit", "unit_amount_decimal")
    return {"unit_amount": int(amount), "unit_amount_decimal": str(int(amount))}


def _free_lookup_key(world: World, key: str | None, transfer: bool) -> None:
    holder = next(world.looking("price", lookup_key=key), None) if key else None
    if not holder:
        return
    if not transfer:
        raise Refusal(
            f"The price {holder['id']} has the lookup key '{key}' already.",
            code="resource_already_exists",
            param="lookup_key",
        )
    with world.changing(world.own(holder["id"]), "price.updated") as old:
        old["lookup_key"] = None


@includes("price", "currency_options")
def currency_options(world: World, price: Thing) -> Thing:
    """The amounts in all of a price's currencies."""
    own = {"unit_amount": price["unit_amount"], "unit_amount_decimal": price["unit_amount_decimal"]}
    amounts = {price["currency"]: own, **price["_currency_options"]}
    more = {"custom_unit_amount": None, "tax_behavior": price["tax_behavior"]}
    return {code: {**one, **more} for code, one in amounts.items()}


@serves("POST /v1/prices/{price}", PRICE)
def update_price(world: World, params: Params, name: str) -> Thing:
    """Change what may be changed; amounts may not."""
    price = world.get("price", name)
    if params.get("lookup_key") and params["lookup_key"] != price["lookup_key"]:
        _free_lookup_key(world, params["lookup_key"], params.get("transfer_lookup_key", False))
    with world.changing(price, "price.updated"):
        for field in ("active", "tax_behavior"):
            if field in params:
                price[field] = params[field]
        for field in ("lookup_key", "nickname"):
            if field in params:
                price[field] = params[field] or None
        for code, one in (params.get("currency_options") or {}).items():
            price["_currency_options"][code] = _amounts(one)
        price["metadata"] = metadata(price, params.get("metadata"))
    return price


@serves("GET /v1/prices/{price}")
def retrieve_price(world: World, params: Params, name: str) -> Thing:
    """A price."""
    return world.get("price", name)


@serves("GET /v1/prices", PAGING + "active currency lookup_keys product recurring type")
def list_prices(world: World, params: Params) -> Thing:
    """Prices, by lookup keys and other fields."""
    found = world.looking("price", **wanted(params, "active", "currency", "product", "type"))
    if "lookup_keys" in params:
        found = (one for one in found if one["lookup_key"] in params["lookup_keys"])
    for field, value in params.get("recurring", {}).items():
        found = (one for one in found if (one["recurring"] or {}).get(field) == value)
    return page(world, found, params, "/v1/prices")


@serves("GET /v1/prices/search", "limit page query")
def search_prices(world: World, params: Params) -> Thing:
    """Prices by their fields and metadata."""
    return search(world, "price", params, ("active", "currency", "lookup_key", "product", "type"))


def priced(world: World, item: Params, param: str, currency: str | None = None) -> Thing:
    """The price that a line of a request names (``price``) or describes (``price_data``)."""
    if ("price" in item) == ("price_data" in item):
        raise absent(f"{param}[price]", "Give price or price_data.")
    if "price_data" in item:
        data: dict[str, Any] = dict(item["price_data"])
        if "product_data" in data:
            data["product"] = create_product(world, data.pop("product_data"))["id"]
        elif "product" not in data:
            raise absent(f"{param}[price_data][product]", "Give product or product_data.")
        price = new_price(world, data)
        price["active"] = False  # made for one use
        return price
    price = world.get("price", item["price"], f"{param}[price]")
    if not price["active"]:
        raise Refusal("The price is not active.", code="price_inactive", param=f"{param}[price]")
    if not world.seen(price["product"])["active"]:
        raise Refusal("The price's product is not active.", code="product_inactive", param=f"{param}[price]")
    if currency and currency != price["currency"] and currency not in price["_currency_options"]:
        raise Refusal(f"The price has no amount in {currency}.", param=f"{param}[price]")
    return price


def unit_amount(price: Thing, currency: str) -> int:
    """What one unit costs in a currency that the price has."""
    if currency == price["currency"]:
        return int(price["unit_amount"])
    return int(price["_currency_options"][currency]["unit_amount"])


def price_in(price: Thing, currency: str) -> Thing:
    """The price as it is shown on what is sold in a currency."""
    amount = unit_amount(price, currency)
    shown: Thing = public(price) | {
        "currency": currency,
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    return shown
