"""What happens when somebody pays on a Checkout page."""

from billing.sandbox import collection, coupons, invoices
from billing.sandbox.beginnings import begin
from billing.sandbox.checkout import add_up, apply_discount
from billing.sandbox.customers import create_customer, own_method
from billing.sandbox.errors import Refusal
from billing.sandbox.lines import line
from billing.sandbox.methods import attach, confirm_setup_intent, create_setup, new_method
from billing.sandbox.operations import Params
from billing.sandbox.payments import attempt, new_intent
from billing.sandbox.store import Thing
from billing.sandbox.subscriptions import expire
from billing.sandbox.world import World


def complete(world: World, session: Thing, given: Params) -> None:
    """Submit the page's form. ``given``: ``method`` (``card`` unless said), ``card`` (its number; perhaps
    ``exp_month``, ``exp_year`` and ``cvc``), or ``saved`` (a saved payment method), ``email``, ``name``,
    ``promotion_code`` (the word), ``quantities`` (line → number).

    Afterwards the session is complete, or its payment waits for the payer, or a refusal says why not: then
    the same page can be tried again.
    """
    if session["status"] != "open":
        raise Refusal(f"The session is {session['status']}.", param="session")
    if given.get("promotion_code"):
        take_code(world, session, given["promotion_code"])
    for name, number in (given.get("quantities") or {}).items():
        change_quantity(world, session, name, int(number))
    customer = _customer(world, session, given)
    try:
        method = _method(world, session, customer, given)
    except Refusal as refusal:
        refusal.keeps = False  # nothing was tried yet
        raise
    _details(world, session, customer, method, given)
    if session["mode"] == "setup":
        _set_up(world, session, customer, method)
    elif session["mode"] == "subscription":
        _subscribe(world, session, customer, method)
    else:
        _pay(world, session, customer, method)


def take_code(world: World, session: Thing, word: str) -> None:
    """The person typed a promotion code."""
    found = next(
        (
            one
            for one in world.looking("promotion_code", active=True)
            if one["code"].lower() == word.strip().lower()
        ),
        None,
    )
    if not session["allow_promotion_codes"] or found is None:
        raise Refusal(
            "The promotion code is not valid.", code="promotion_code_invalid", param="promotion_code"
        )
    apply_discount(world, session, {"promotion_code": found["id"]}, "promotion_code")
    add_up(world, session)


def drop_code(world: World, session: Thing) -> None:
    """The person wants no promotion code after all. What the shop itself gave stays."""
    if session["allow_promotion_codes"]:
        session |= {"discounts": None, "_coupons": []}
        add_up(world, session)


def change_quantity(world: World, session: Thing, name: str, number: int) -> None:
    """The person changed how many."""
    one = next((one for one in session["_lines"] if one["id"] == name), None)
    rule = one and one["adjustable_quantity"]
    if not one or not rule or not rule["enabled"] or not rule["minimum"] <= number <= rule["maximum"]:
        raise Refusal("That many cannot be bought.", param="quantities", says="quantity_refused")
    one["quantity"] = number
    add_up(world, session)


def _customer(world: World, session: Thing, given: Params) -> Thing | None:
    """Who pays: the session's customer, a new one, or nobody in particular (a guest)."""
    if session["customer"]:
        return world.own(session["customer"])
    if session["customer_creation"] != "always" and session["mode"] == "payment":
        return None
    person = {"email": given.get("email") or session["customer_email"], "name": given.get("name")}
    customer = create_customer(world, {name: value for name, value in person.items() if value})
    session["customer"] = customer["id"]
    return customer


def _keep_address(world: World, session: Thing) -> None:
    """A customer whose e-mail address was not known has told it. Not before anything comes of it: what was
    refused may have been mistyped.
    """
    customer = world.own(session["customer"]) if session["customer"] else None
    email = (session["customer_details"] or {}).get("email")
    if customer and email and not customer["email"]:
        with world.changing(customer, "customer.updated"):
            customer["email"] = email


def _method(world: World, session: Thing, customer: Thing | None, given: Params) -> Thing | None:
    free = session["mode"] != "setup" and not session["amount_total"]
    if free and (session["mode"] == "payment" or session["payment_method_collection"] == "if_required"):
        return None
    if given.get("saved"):
        return own_method(world, str(session["customer"]), given["saved"], "saved")
    kind = given.get("method", "card")
    if kind not in session["payment_method_types"]:
        raise Refusal(f"This page does not take {kind}.", param="method")
    owner = {"email": given.get("email") or (customer or {}).get("email"), "name": given.get("name")}
    card: Params = {name: given[name] for name in ("exp_month", "exp_year", "cvc") if name in given}
    card["number"] = given.get("card", "")
    return new_method(world, {"type": kind, "card": card, "billing_details": owner})


def _details(
    world: World, session: Thing, customer: Thing | None, method: Thing | None, given: Params
) -> None:
    email = (customer or {}).get("email") or given.get("email") or session["customer_email"]
    address = method["billing_details"]["address"] if method else None
    session["customer_details"] = {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": given.get("name") or (customer or {}).get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _use_coupons(world: World, session: Thing, customer: Thing | None) -> list[Params]:
    """What the session's discounts are as parameters of a subscription or an invoice."""
    return [
        {name: value for name, value in one.items() if not name.startswith("_")}
        for one in session["_coupons"]
    ]


def _set_up(world: World, session: Thing, customer: Thing | None, method: Thing | None) -> None:
    assert method is not None
    data = session["_given"].get("setup_intent_data", {})
    fields = {"payment_method": method["id"], "metadata": data.get("metadata", {})}
    if customer:
        fields["customer"] = customer["id"]
    setup = create_setup(world, fields)
    setup["_session"] = session["id"]
    session["setup_intent"] = session["_intent"] = setup["id"]
    confirm_setup_intent(world, setup)
    if setup["status"] == "succeeded":
        finish(world, session)


def setup_went(world: World, session: Thing, setup: Thing) -> None:
    """The card's holder has come back from their bank."""
    if setup["status"] == "succeeded" and session["status"] == "open":
        finish(world, session)


def _subscribe(world: World, session: Thing, customer: Thing | None, method: Thing | None) -> None:
    """Begin the subscription; if its payment is refused, nothing of it stays but the refusal."""
    assert customer is not None
    data = session["_given"].get("subscription_data", {})
    recurring = [one for one in session["_lines"] if one["price"]["recurring"]]
    once = [one for one in session["_lines"] if not one["price"]["recurring"]]
    fields: Params = {
        **{name: data[name] for name in data if name in SUBSCRIPTION_DATA},
        "currency": session["currency"],
        "discounts": _use_coupons(world, session, customer),
        "items": [{"price": one["price"]["id"], "quantity": one["quantity"]} for one in recurring],
        "add_invoice_items": [{"price": one["price"]["id"], "quantity": one["quantity"]} for one in once],
        "payment_settings": {"save_default_payment_method": "on_subscription"},
    }
    _keep_address(world, session)  # its invoice goes there; a refusal takes all of this back
    _wake(world, session)
    earlier = world.things.get(session.get("_subscription") or "")
    if earlier and earlier["status"] == "incomplete":
        expire(world, earlier, world.now(earlier))  # an attempt on this page whose payment was not authorised
    sub = begin(world, customer, fields, behavior="default_incomplete")
    sub["_session"] = session["id"]
    invoice = world.things.get(sub["latest_invoice"]) if sub["latest_invoice"] else None
    session["_subscription"] = sub["id"]
    if not invoice or invoice["status"] == "paid":
        if method:
            attach(world, method["id"], customer, "payment_method")
            sub["default_payment_method"] = method["id"]
            method["_set_up"] = True
        _subscribed(world, session, sub)
        return
    assert method is not None
    intent = world.own(invoice["_intent"])
    intent |= {"_session": session["id"], "setup_future_usage": "off_session"}
    session["_intent"] = intent["id"]
    error = collection.collect(world, invoice, method, off_session=False)
    if error:
        error.keeps = False
        raise error


SUBSCRIPTION_DATA = (
    "billing_cycle_anchor", "billing_mode", "description", "metadata", "proration_behavior", "trial_end",
    "trial_period_days", "trial_settings",
)  # fmt: skip


def _wake(world: World, session: Thing) -> None:
    """Prices that were described in the session itself may be bought once more, namely now."""
    for one in session["_lines"]:
        price = world.own(one["price"]["id"])
        price["active"] = True


def _subscribed(world: World, session: Thing, sub: Thing) -> None:
    session |= {"subscription": sub["id"], "invoice": sub["latest_invoice"]}
    finish(world, session)


def _pay(world: World, session: Thing, customer: Thing | None, method: Thing | None) -> None:
    if method is None:
        _spend_coupons(world, session, customer)
        finish(world, session)
        return
    data = session["_given"].get("payment_intent_data", {})
    fields = {
        name: data.get(name) for name in ("description", "metadata", "receipt_email", "setup_future_usage")
    }
    if session.get("_intent"):
        intent = world.own(session["_intent"])
    else:
        types = session["payment_method_types"]
        amount, currency = session["amount_total"], session["currency"]
        name = str(customer["id"]) if customer else None
        intent = new_intent(
            world, amount, currency, name, payment_method_types=types, _session=session["id"], **fields
        )
        session["_intent"] = session["payment_intent"] = intent["id"]
    intent["amount"] = session["amount_total"]
    error = attempt(world, intent, method, off_session=False)
    if error:
        raise error


def payment_went(world: World, session: Thing, intent: Thing) -> None:
    """The session's payment was made, is on its way, or was refused."""
    if session["status"] == "open":
        if session["mode"] == "subscription":
            if intent["status"] == "succeeded":
                _subscribed(world, session, world.own(session["_subscription"]))
            return
        if intent["status"] in ("succeeded", "processing"):
            customer = world.own(session["customer"]) if session["customer"] else None
            _spend_coupons(world, session, customer)
            finish(world, session, paid=intent["status"] == "succeeded")
        return
    if session["status"] == "complete" and session["payment_status"] == "unpaid":
        if intent["status"] == "succeeded":
            session["payment_status"] = "paid"
            _paper(world, session, intent)
            world.emit("checkout.session.async_payment_succeeded", session)
        elif intent["status"] == "requires_payment_method":
            world.emit("checkout.session.async_payment_failed", session)


def _spend_coupons(world: World, session: Thing, customer: Thing | None) -> None:
    now = world.now(session)
    given = _use_coupons(world, session, customer)
    coupons.redeem(world, given, {"checkout_session": session["id"]}, customer=customer, now=now)


def finish(world: World, session: Thing, *, paid: bool = True) -> None:
    """The session is complete."""
    free = session["mode"] == "setup" or session["amount_total"] == 0
    status = "no_payment_required" if free else "paid" if paid else "unpaid"
    session |= {"status": "complete", "payment_status": status, "url": None}
    _keep_address(world, session)
    if session["mode"] == "payment" and paid and session["payment_intent"]:
        _paper(world, session, world.own(session["payment_intent"]))
    for one in session["_lines"]:
        if one["price"].get("active") is False:
            world.own(one["price"]["id"])["active"] = False
    world.emit("checkout.session.completed", session)


def _paper(world: World, session: Thing, intent: Thing) -> None:
    """An invoice for a single payment, already paid, when the session wants one."""
    if not (session["invoice_creation"] or {}).get("enabled") or not session["customer"]:
        return
    customer, data = world.own(session["customer"]), session["invoice_creation"]["invoice_data"]
    now = world.now(session)
    lines = [
        line(
            one["amount_total"],
            one["currency"],
            one["description"],
            (now, now),
            price=world.seen(one["price"]["id"]),
            quantity=one["quantity"],
        )
        for one in session["_lines"]
    ]
    invoice = invoices.draft(
        world,
        customer,
        lines,
        currency=session["currency"],
        now=now,
        description=data["description"],
        footer=data["footer"],
        metadata=dict(data["metadata"]),
        starting_balance=0,
    )
    world.emit("invoice.created", invoice)
    invoices.finalize_paid(world, invoice, intent)
    collection.mark_paid(world, invoice)
    session["invoice"] = invoice["id"]
