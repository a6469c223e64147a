"""The portal: one customer's plan, cards and invoices."""

import time
from typing import Any

from flask import redirect, request, url_for

from billing.sandbox.catalogue import price_in
from billing.sandbox.changes import update
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import is_needed, usual_method
from billing.sandbox.operations import Params
from billing.sandbox.pages import closed, pages, price_words, shows, told_lines, trouble, visiting
from billing.sandbox.pages.tries import put_aside, tried
from billing.sandbox.pages.words import Words
from billing.sandbox.previews import create_preview
from billing.sandbox.store import Thing
from billing.sandbox.subscription_calls import cancel_subscription
from billing.sandbox.subscriptions import ENDED
from billing.sandbox.world import World


class Visit:
    """A customer in the portal: the session, what it allows, its words."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.session = world.get("billing_portal.session", name)
        if self.session["_until"] < time.time() + world.account["_ahead"]:
            raise Refusal("The portal session has expired.", status=404)
        self.customer = world.own(self.session["customer"])
        self.features: Thing = world.seen(self.session["configuration"])["features"]
        usual = next(iter(self.customer["preferred_locales"]), None)
        self.words = Words(self.session["locale"] or usual, self.customer)

    def must(self, feature: str) -> Thing:
        """A feature that is on."""
        if not self.features[feature]["enabled"]:
            raise Refusal("The portal does not allow this.", status=403)
        found: Thing = self.features[feature]
        return found

    def subscription(self, name: str) -> Thing:
        """One of the customer's live subscriptions."""
        sub = self.world.get("subscription", name)
        if sub["customer"] != self.customer["id"] or sub["status"] in ENDED:
            raise Refusal("There is no such subscription.", status=404)
        return sub

    def page(self, template: str, **fields: Any) -> Any:
        """A page of the portal."""
        return shows(template, self.words, visit=self, session=self.session, **fields)

    def home(self, notice: str | None = None) -> str:
        """The address of the first page."""
        account, name = self.world.things.account, self.session["id"]
        return url_for("pages.portal_home", account=account, name=name, notice=notice)

    def finished(self, kind: str, notice: str) -> Any:
        """What was done may have been all that the session was for."""
        flow = self.session["flow"]
        if flow and flow["type"].startswith(kind) and flow["after_completion"]["type"] == "redirect":
            return redirect(flow["after_completion"]["redirect"]["return_url"], code=303)
        if (
            flow
            and flow["type"].startswith(kind)
            and flow["after_completion"]["type"] == "hosted_confirmation"
        ):
            return closed(self.words, "done", back=self.session["return_url"])
        return redirect(self.home(notice), code=303)


@pages.get("/p/session/<account>/<name>")
def portal_home(account: str, name: str) -> Any:
    """The first page, or the one that the session is for."""
    with visiting(account) as world:
        visit = Visit(world, name)
        flow = visit.session["flow"]
        if flow and "notice" not in request.args and "home" not in request.args:
            kind = flow["type"]
            where: dict[str, Any] = {"account": account, "name": name}
            if kind == "payment_method_update":
                return redirect(url_for("pages.portal_card", **where))
            where["sub"] = flow[kind]["subscription"]
            if kind == "subscription_update_confirm":
                item = flow[kind]["items"][0]
                where |= {"price": item["price"] or "", "quantity": item["quantity"]}
            page = "portal_cancel" if kind == "subscription_cancel" else "portal_plan"
            return redirect(url_for(f"pages.{page}", **where))
        notice = request.args.get("notice")
        customer = visit.customer
        invoices = [
            one for one in world.looking("invoice", customer=customer["id"]) if one["status"] != "draft"
        ]
        subs = [
            one
            for one in world.looking("subscription", customer=customer["id"])
            if one["status"] not in ENDED
        ]
        return visit.page(
            "portal.html",
            invoices=invoices,
            methods=[
                (one, is_needed(world, customer, one["id"]))
                for one in world.looking("payment_method", customer=customer["id"])
            ],
            notice=notice if notice and visit.words.knows(notice) else None,
            subs=[(one, _plan_words(world, visit.words, one), _owed(world, one)) for one in subs],
            usual=usual_method(world, customer),
        )


def _owed(world: World, sub: Thing) -> str | None:
    """Where to pay what a subscription's last payment left open."""
    late = sub["status"] in ("past_due", "unpaid", "incomplete") and sub["latest_invoice"]
    invoice = world.seen(sub["latest_invoice"]) if late else None
    return invoice["hosted_invoice_url"] if invoice and invoice["status"] == "open" else None


def _plan_words(world: World, words: Words, sub: Thing) -> list[str]:
    told = []
    for item in sub["items"]["data"]:
        product = world.seen(item["price"]["product"])["name"]
        many = f"{item['quantity']} × " if item["quantity"] != 1 else ""
        told.append(words("offer", what=f"{many}{product}", price=price_words(words, item["price"])))
    return told


@pages.route("/p/session/<account>/<name>/details", methods=["POST"])
def portal_details(account: str, name: str) -> Any:
    """Name and e-mail."""
    with visiting(account) as world:
        visit = Visit(world, name)
        allowed = visit.must("customer_update")["allowed_updates"]
        with world.changing(visit.customer, "customer.updated"):
            for field in ("name", "email"):
                if field in allowed and request.form.get(field):
                    visit.customer[field] = request.form[field].strip()
        return redirect(visit.home("saved"), code=303)


@pages.route("/p/session/<account>/<name>/cancel/<sub>", methods=["GET", "POST"])
def portal_cancel(account: str, name: str, sub: str) -> Any:
    """End the plan, at the end of its period or at once."""
    with visiting(account) as world:
        visit = Visit(world, name)
        feature, found = visit.must("subscription_cancel"), visit.subscription(sub)
        later = feature["mode"] == "at_period_end"
        end = max(one["current_period_end"] for one in found["items"]["data"])
        if request.method == "GET":
            options = (
                feature["cancellation_reason"]["options"] if feature["cancellation_reason"]["enabled"] else []
            )
            return visit.page(
                "cancel.html", sub=found, later=later, end=visit.words.date(end), options=options
            )
        details: Params = {}
        if request.form.get("feedback") in feature["cancellation_reason"]["options"]:
            details["feedback"] = request.form["feedback"]
        if request.form.get("comment"):
            details["comment"] = request.form["comment"][:1000]
        if later:
            update(world, found, {"cancel_at_period_end": True, "cancellation_details": details})
        else:
            prorate = feature["proration_behavior"] != "none"
            cancel_subscription(world, {"cancellation_details": details, "prorate": prorate}, sub)
        return visit.finished("subscription_cancel", "done")


@pages.post("/p/session/<account>/<name>/keep/<sub>")
def portal_keep(account: str, name: str, sub: str) -> Any:
    """Take a cancellation back."""
    with visiting(account) as world:
        visit = Visit(world, name)
        visit.must("subscription_cancel")
        update(world, visit.subscription(sub), {"cancel_at_period_end": False, "cancel_at": ""})
        return redirect(visit.home("saved"), code=303)


def _offers(visit: Visit, feature: Thing, sub: Thing) -> list[Thing]:
    """The prices to which the subscription may change, in its currency."""
    offers = []
    for product in feature["products"]:
        for name in product["prices"]:
            price = visit.world.seen(name)
            if price["active"] and sub["currency"] in (price["currency"], *price["_currency_options"]):
                shown = price_in(price, sub["currency"])
                named = visit.world.seen(product["product"])["name"]
                offers.append({"price": shown, "name": named, "many": product["adjustable_quantity"]})
    return offers


def _change_of(feature: Thing, sub: Thing, offers: list[Thing], given: Any) -> Params | None:
    """The change that a form or an address asks for, as parameters; None when it asks for none."""
    item = sub["items"]["data"][0]
    price = given.get("price") or item["price"]["id"]
    offer = next((one for one in offers if one["price"]["id"] == price), None)
    quantity = int(given.get("quantity") or item["quantity"])
    if offer is None or (price == item["price"]["id"] and quantity == item["quantity"]):
        return None
    allowed = feature["default_allowed_updates"]
    if price != item["price"]["id"] and "price" not in allowed:
        return None
    many = offer["many"]
    if quantity != item["quantity"] and ("quantity" not in allowed or not many["enabled"]):
        return None
    if many["enabled"] and not many["minimum"] <= quantity <= (many["maximum"] or quantity):
        return None
    change: Params = {"items": [{"id": item["id"], "price": price, "quantity": quantity}]}
    if feature["billing_cycle_anchor"] == "now":
        change["billing_cycle_anchor"] = {"type": "now"}
    if sub["status"] == "trialing" and feature["trial_update_behavior"] == "end_trial":
        change["trial_end"] = "now"
    return {**change, "proration_behavior": feature["proration_behavior"]}


@pages.get("/p/session/<account>/<name>/plan/<sub>")
def portal_plan(account: str, name: str, sub: str) -> Any:
    """Change the plan or how many: choose, and see what it costs."""
    with visiting(account) as world:
        visit = Visit(world, name)
        feature, found = visit.must("subscription_update"), visit.subscription(sub)
        offers = _offers(visit, feature, found)
        change = _change_of(feature, found, offers, request.args)
        asked = {"subscription": sub, "subscription_details": change}
        preview = create_preview(world, asked) if change else None
        return visit.page(
            "plan.html",
            chosen=change and change["items"][0],
            error=trouble(visit.words, tried(visit.session)["error"]),
            item=found["items"]["data"][0],
            offers=[(one, price_words(visit.words, one["price"])) for one in offers],
            lines=told_lines(world, visit.words, preview["lines"]["data"]) if preview else [],
            preview=preview,
            sub=found,
        )


@pages.post("/p/session/<account>/<name>/plan/<sub>")
def portal_change(account: str, name: str, sub: str) -> Any:
    """Confirm a change of the plan, whose price has been seen."""
    asked = {field: request.form[field] for field in ("price", "quantity") if field in request.form}
    where: dict[str, Any] = {"account": account, "name": name, "sub": sub, **asked}
    try:
        with visiting(account) as world:
            visit = Visit(world, name)
            feature, found = visit.must("subscription_update"), visit.subscription(sub)
            change = _change_of(feature, found, _offers(visit, feature, found), asked)
            if change:
                update(world, found, {**change, "payment_behavior": "error_if_incomplete"})
                return visit.finished("subscription_update", "saved")
    except Refusal as refusal:
        with visiting(account) as world:
            put_aside(Visit(world, name).session, refusal)
        where["tried"] = "1"
    return redirect(url_for("pages.portal_plan", **where), code=303)
