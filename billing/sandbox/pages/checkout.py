"""The Checkout page, and the page that stands for a bank or wallet."""

from typing import Any

from flask import redirect, request, url_for

from billing.sandbox.checkout import trial_end
from billing.sandbox.completion import complete, take_code
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import fail_setup, finish_setup
from billing.sandbox.pages import pages, price_words, shows, told, trouble, visiting
from billing.sandbox.pages.words import Words
from billing.sandbox.payments import authorise
from billing.sandbox.store import Thing
from billing.sandbox.world import World


def _page(world: World, session: Thing, words: Words, error: str | None) -> Any:
    customer = world.seen(session["customer"]) if session["customer"] else None
    saved = list(world.looking("payment_method", customer=session["customer"], type="card"))
    then = [one for one in session["_lines"] if one["price"]["recurring"]]
    end = trial_end(world, session)
    return shows(
        "checkout.html",
        words,
        customer=customer,
        error=error,
        free=session["mode"] == "payment" and session["amount_total"] == 0,
        lines=[(one, price_words(words, one["price"])) for one in session["_lines"]],
        saved=saved if customer else [],
        session=session,
        then=then,
        trial=end and words.date(end),
    )


@pages.route("/c/pay/<account>/<name>", methods=["GET", "POST"])
def checkout_page(account: str, name: str) -> Any:
    """Buy."""
    error = None
    if request.method == "POST":
        try:
            with visiting(account) as world:
                session = world.get("checkout.session", name)
                if session["status"] == "open" and request.form.get("act") == "promotion":
                    take_code(world, session, request.form["promotion_code"])
                elif session["status"] == "open":
                    complete(world, session, _given())
        except Refusal as refusal:
            error = refusal
    with visiting(account) as world:
        session = world.get("checkout.session", name)
        words = Words(session["locale"])
        if session["status"] == "complete" and request.method == "POST":
            return redirect(landing(session), code=303)
        if session["status"] != "open":
            return shows(
                "closed.html", words, paid=session["status"] == "complete", back=session["cancel_url"]
            )
        waiting = world.things.peek(session.get("_intent") or "") or {}
        if request.method == "POST" and error is None and waiting.get("status") == "requires_action":
            return redirect(url_for("pages.bank_page", account=account, name=waiting["id"]), code=303)
        failed = waiting.get("last_payment_error") or waiting.get("last_setup_error")
        return _page(world, session, words, told(words, error) or trouble(words, failed))


def _given() -> Thing:
    form = request.form
    given: Thing = {name: form[name].strip() for name in ("card", "email", "name") if form.get(name)}
    given["method"] = form.get("method", "card")
    if given["method"].startswith("pm_"):
        given |= {"saved": given["method"], "method": "card"}
    prefix = "quantity:"
    quantities = {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}
    return {**given, "quantities": {name: value for name, value in quantities.items() if value.isdigit()}}


def landing(session: Thing) -> str:
    """Where a person goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


@pages.route("/authenticate/<account>/<name>", methods=["GET", "POST"])
def bank_page(account: str, name: str) -> Any:
    """Authorise a payment, or the setting up of a card."""
    with visiting(account) as world:
        thing = world.things.peek(name)
        if thing is None or thing["object"] not in ("payment_intent", "setup_intent"):
            raise Refusal("There is no such page.", status=404)
        session = world.things.peek(thing.get("_session") or "") or {}
        words = Words(session.get("locale"))
        if request.method == "GET" and thing["status"] == "requires_action":
            wallet = (
                thing["object"] == "payment_intent" and world.seen(thing["payment_method"])["type"] != "card"
            )
            return shows("authenticate.html", words, thing=thing, wallet=wallet)
        if thing["status"] == "requires_action":
            outcome = request.form.get("outcome", "refuse")
            thing = world.own(name)
            if thing["object"] == "payment_intent":
                authorise(world, thing, outcome)
            else:
                (finish_setup if outcome == "pay" else fail_setup)(world, thing)
        return redirect(_after(world, thing, account), code=303)


def _after(world: World, thing: Thing, account: str) -> str:
    """Where the person came from."""
    if thing.get("_session"):
        session = world.own(thing["_session"])
        if session["status"] == "complete":
            return landing(session)
        return url_for("pages.checkout_page", account=account, name=session["id"])
    if thing.get("_portal"):
        return url_for("pages.portal_home", account=account, name=thing["_portal"])
    if thing.get("_invoice"):
        return url_for("pages.invoice_page", account=account, name=thing["_invoice"])
    return str(thing.get("_return_url") or url_for("pages.done_page"))


@pages.get("/done")
def done_page() -> Any:
    """Nothing more to do."""
    return shows("closed.html", Words(None), paid=True, back=None)
