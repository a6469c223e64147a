"""The calls about invoices and invoice items."""

from billing.sandbox import collection, invoices
from billing.sandbox.catalogue import unit_amount
from billing.sandbox.coupons import redeem
from billing.sandbox.customers import own_method
from billing.sandbox.errors import Refusal, absent
from billing.sandbox.lines import invoice_item_line
from billing.sandbox.money import HOUR
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata, page, wanted


@serves(
    "POST /v1/invoices",
    "auto_advance automatic_tax collection_method currency customer days_until_due "
    "default_payment_method description "
    "discounts footer metadata pending_invoice_items_behavior subscription",
)
def create_invoice(world: World, params: Params) -> Thing:
    """A draft, with the customer's pending items only if it is said (``include``)."""
    if "customer" not in params:
        raise absent("customer")
    customer = world.get("customer", params["customer"], "customer")
    sub = (
        world.get("subscription", params["subscription"], "subscription")
        if "subscription" in params
        else None
    )
    now = world.now(customer)
    currency = params.get("currency") or (sub or customer)["currency"] or "usd"
    take = params.get("pending_invoice_items_behavior", "include" if sub else "exclude") == "include"
    lines = invoices.pending_lines(world, customer, currency, sub) if take else []
    invoice = invoices.draft(
        world,
        customer,
        lines,
        currency=currency,
        now=now,
        sub=sub,
        discounts=redeem(world, params.get("discounts") or [], {}, customer=customer, now=now),
        collection_method=params.get("collection_method", "charge_automatically"),
        days_until_due=params.get("days_until_due"),
        auto_advance=params.get("auto_advance", False),
        description=params.get("description"),
        footer=params.get("footer"),
        metadata=metadata(None, params.get("metadata")),
    )
    if params.get("default_payment_method"):
        invoice["default_payment_method"] = own_method(
            world, customer["id"], params["default_payment_method"], "default_payment_method"
        )["id"]
    if invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = now + HOUR
    invoices.claim(world, invoice)
    world.emit("invoice.created", invoice)
    return invoice


@serves(
    "POST /v1/invoices/{invoice}", "auto_advance default_payment_method description discounts footer metadata"
)
def update_invoice(world: World, params: Params, name: str) -> Thing:
    """Change a draft; of a finalised invoice only a few fields."""
    invoice = world.get("invoice", name)
    if invoice["status"] != "draft" and params.keys() & {"description", "discounts", "footer"}:
        raise Refusal("The invoice is final and cannot change.", code="invoice_not_editable", param="invoice")
    with world.changing(invoice, "invoice.updated"):
        for field in ("description", "footer"):
            if field in params:
                invoice[field] = params[field] or None
        if "auto_advance" in params:
            draft = params["auto_advance"] and invoice["status"] == "draft"
            invoice["auto_advance"] = params["auto_advance"]
            invoice["automatically_finalizes_at"] = world.now(invoice) + HOUR if draft else None
        if "default_payment_method" in params:
            method = own_method(
                world, invoice["customer"], params["default_payment_method"], "default_payment_method"
            )
            invoice["default_payment_method"] = method["id"]
        if "discounts" in params:
            customer = world.own(invoice["customer"])
            given, now = params["discounts"] or [], world.now(invoice)
            invoice["discounts"] = redeem(world, given, {"invoice": name}, customer=customer, now=now)
            invoices.set_lines(world, invoice, invoice["lines"]["data"])
        invoice["metadata"] = metadata(invoice, params.get("metadata"))
    return invoice


@serves("DELETE /v1/invoices/{invoice}")
def delete_invoice(world: World, params: Params, name: str) -> Thing:
    """Delete a draft that no subscription made."""
    invoice = world.get("invoice", name)
    if invoice["status"] != "draft" or invoice["_subscription"]:
        raise Refusal(
            "Only a draft of one's own can be deleted.", code="invoice_not_editable", param="invoice"
        )
    for item in world.find("invoiceitem", invoice=name):
        item["invoice"] = None
    world.emit("invoice.deleted", invoice)
    world.things.drop(name)
    return {"id": name, "object": "invoice", "deleted": True}


@serves("GET /v1/invoices/{invoice}")
def retrieve_invoice(world: World, params: Params, name: str) -> Thing:
    """An invoice."""
    return world.get("invoice", name)


@serves("GET /v1/invoices", PAGING + "collection_method customer status subscription")
def list_invoices(world: World, params: Params) -> Thing:
    """Invoices."""
    where = wanted(params, "collection_method", "customer", "status")
    if "subscription" in params:
        where["_subscription"] = params["subscription"]
    return page(world, world.looking("invoice", **where), params, "/v1/invoices")


@serves("GET /v1/invoices/search", "limit page query")
def search_invoices(world: World, params: Params) -> Thing:
    """Invoices by their fields and metadata."""
    from billing.sandbox.search import search

    return search(world, "invoice", params, ("customer", "number", "status", "total", "currency"))


@serves("GET /v1/invoices/{invoice}/lines", PAGING)
def list_lines(world: World, params: Params, name: str) -> Thing:
    """The lines of an invoice."""
    return page(world, world.get("invoice", name)["lines"]["data"], params, f"/v1/invoices/{name}/lines")


@serves("POST /v1/invoices/{invoice}/finalize", "auto_advance")
def finalize_invoice(world: World, params: Params, name: str) -> Thing:
    """Make a draft final now; with ``auto_advance`` the money is tried for later."""
    invoice = world.get("invoice", name)
    invoices.finalize(world, invoice)
    if "auto_advance" in params:
        invoice["auto_advance"] = params["auto_advance"]
    if invoice["amount_due"] == 0:
        collection.mark_paid(world, invoice)
    elif invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically":
        invoice["next_payment_attempt"] = world.now(invoice) + HOUR
    return invoice


@serves("POST /v1/invoices/{invoice}/pay", "forgive off_session paid_out_of_band payment_method")
def pay_invoice(world: World, params: Params, name: str) -> Thing:
    """Try to take the money now; a draft is made final first."""
    invoice = world.get("invoice", name)
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
        if invoice["amount_due"] == 0:
            collection.mark_paid(world, invoice)
            return invoice
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(f"The invoice is {invoice['status']}.", code="invoice_not_editable", param="invoice")
    if params.get("paid_out_of_band"):
        collection.mark_paid(world, invoice, elsewhere=True)
        return invoice
    method = None
    if "payment_method" in params:
        method = own_method(world, invoice["customer"], params["payment_method"], "payment_method")
    error = collection.collect(world, invoice, method, off_session=params.get("off_session", True))
    if error:
        raise error
    if invoice["status"] != "paid":
        raise Refusal(
            "The payment needs authentication.",
            status=402,
            kind="card_error",
            code="invoice_payment_intent_requires_action",
            keeps=True,
        )
    return invoice


@serves("POST /v1/invoices/{invoice}/void")
def void_invoice(world: World, params: Params, name: str) -> Thing:
    """Void."""
    invoice = world.get("invoice", name)
    collection.void(world, invoice)
    return invoice


@serves("POST /v1/invoices/{invoice}/mark_uncollectible")
def give_up_invoice(world: World, params: Params, name: str) -> Thing:
    """Give up."""
    invoice = world.get("invoice", name)
    collection.give_up_on(world, invoice)
    return invoice


@serves("POST /v1/invoices/{invoice}/send")
def send_invoice(world: World, params: Params, name: str) -> Thing:
    """Say that it was sent; the sandbox sends no mail."""
    invoice = world.get("invoice", name)
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    world.emit("invoice.sent", invoice)
    return invoice


@serves("GET /v1/invoice_payments", PAGING + "invoice payment status")
def list_payments(world: World, params: Params) -> Thing:
    """Payments of invoices; ``payment`` finds the one of a payment intent."""
    found = world.looking("invoice_payment", **wanted(params, "invoice", "status"))
    if "payment" in params:
        intent = params["payment"].get("payment_intent")
        found = (one for one in found if one["payment"]["payment_intent"] == intent)
    return page(world, found, params, "/v1/invoice_payments")


@serves("GET /v1/invoice_payments/{invoice_payment}")
def retrieve_payment(world: World, params: Params, name: str) -> Thing:
    """One payment of an invoice."""
    return world.get("invoice_payment", name)


@serves(
    "POST /v1/invoiceitems",
    "amount currency customer description discountable invoice metadata period pricing quantity subscription",
)
def create_item(world: World, params: Params) -> Thing:
    """Something to be paid: on this draft, or on the customer's next invoice."""
    if "customer" not in params:
        raise absent("customer")
    customer = world.get("customer", params["customer"], "customer")
    now, price = world.now(customer), None
    if "pricing" in params:
        price = world.get("price", params["pricing"]["price"], "pricing[price]")
    quantity = params.get("quantity", 1)
    currency = params.get("currency") or (price or customer)["currency"] or "usd"
    if price is None and "amount" not in params:
        raise absent("amount", "Give amount or pricing.")
    each = unit_amount(price, currency) if price else params["amount"]
    sub = (
        world.get("subscription", params["subscription"], "subscription")["id"]
        if "subscription" in params
        else None
    )
    item = world.add(
        "invoiceitem",
        "ii",
        {
            "amount": each * quantity if price else each,
            "currency": currency,
            "customer": customer["id"],
            "date": now,
            "description": params.get("description") or (price and world.seen(price["product"])["name"]),
            "discountable": params.get("discountable", True),
            "discounts": [],
            "invoice": None,
            "metadata": metadata(None, params.get("metadata")),
            "net_amount": each * quantity if price else each,
            "parent": sub and {"type": "subscription_details", "subscription_details": {"subscription": sub}},
            "period": params.get("period") or {"start": now, "end": now},
            "pricing": price
            and {
                "type": "price_details",
                "price_details": {"price": price["id"], "product": price["product"]},
                "unit_amount_decimal": str(each),
            },
            "proration": False,
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "tax_rates": [],
            "test_clock": customer["test_clock"],
        },
        ident=fresh_id("ii"),
    )
    del item["created"]
    if "invoice" in params:
        invoice = world.get("invoice", params["invoice"], "invoice")
        if invoice["status"] != "draft":
            raise Refusal("The invoice is not a draft.", code="invoice_not_editable", param="invoice")
        item["invoice"] = invoice["id"]
        invoices.set_lines(world, invoice, invoice["lines"]["data"] + [invoice_item_line(item)])
    world.emit("invoiceitem.created", item)
    return item


@serves("GET /v1/invoiceitems/{invoiceitem}")
def retrieve_item(world: World, params: Params, name: str) -> Thing:
    """An invoice item."""
    return world.get("invoiceitem", name)


@serves("GET /v1/invoiceitems", PAGING + "customer invoice pending")
def list_items(world: World, params: Params) -> Thing:
    """Invoice items."""
    found = world.looking("invoiceitem", **wanted(params, "customer", "invoice"))
    if "pending" in params:
        found = (one for one in found if (one["invoice"] is None) == params["pending"])
    return page(world, found, params, "/v1/invoiceitems")


@serves("DELETE /v1/invoiceitems/{invoiceitem}")
def delete_item(world: World, params: Params, name: str) -> Thing:
    """Delete an item that is on no invoice yet."""
    item = world.get("invoiceitem", name)
    if item["invoice"]:
        raise Refusal("The item is on an invoice.", code="invoice_not_editable", param="invoiceitem")
    world.emit("invoiceitem.deleted", item)
    world.things.drop(name)
    return {"id": name, "object": "invoiceitem", "deleted": True}
