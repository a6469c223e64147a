"""The Checkout page, and the page that stands for a bank or wallet."""

from typing import Any

from flask import redirect, request, url_for

from billing.sandbox.checkout import trial_end
from billing.sandbox.completion import complete, drop_code, take_code
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import fail_setup, finish_setup, usual_method
from billing.sandbox.money import shown
from billing.sandbox.pages import (
    closed,
    every,
    pages,
    price_words,
    shows,
    trouble,
    visiting,
)
from billing.sandbox.pages.tries import Unfilled, put_aside, tried, typed_card
from billing.sandbox.pages.words import Words
from billing.sandbox.payments import authorise
from billing.sandbox.renewals import renewals
from billing.sandbox.store import Thing
from billing.sandbox.world import World


def _page(world: World, session: Thing, words: Words, failed: Thing) -> Any:
    """The form as it stands. ``failed``: the error of the last payment that was tried, if any."""
    customer = world.seen(session["customer"]) if session["customer"] else None
    takes_cards = customer and "card" in session["payment_method_types"]
    saved = list(world.looking("payment_method", customer=session["customer"], type="card"))
    saved = saved if takes_cards else []
    last = tried(session)
    kept = {"email": session["customer_email"], **_kept(session, last, failed)}
    usual = usual_method(world, customer) if customer else None
    ways = [*(one["id"] for one in saved), *session["payment_method_types"]]
    first = session["payment_method_types"][0]
    preferred = usual if first == "card" and usual in ways else first
    return shows(
        "checkout.html",
        words,
        at=last["at"],
        chosen=kept["method"] if kept.get("method") in ways else preferred,
        code=_code(world, session),
        customer=customer,
        error=None if last["at"] or last["notice"] else trouble(words, last["error"] or failed),
        free=session["mode"] == "payment" and session["amount_total"] == 0,
        kept=kept,
        notice=last["notice"] and words(last["notice"]),
        lines=[
            (one, world.seen(one["price"]["product"])["name"], price_words(words, one["price"]))
            for one in session["_lines"]
        ],
        saved=saved,
        session=session,
        terms=_terms(world, session, words),
        trial=trial_end(world, session),
        usual=usual,
    )


def _code(world: World, session: Thing) -> str | None:
    """The promotion code that the person has typed."""
    names = [one["promotion_code"] for one in session["discounts"] or [] if one["promotion_code"]]
    return str(world.seen(names[0])["code"]) if names else None


def _terms(world: World, session: Thing, words: Words) -> list[str]:
    """What is paid after today, and until when."""
    if session["mode"] == "payment":
        return [words("paid_once")]
    name = "renews" if trial_end(world, session) is None else "trial_until"
    return [
        words(
            name,
            date=words.date(one.first),
            amount=shown(one.amount, session["currency"]),
            every=every(words, one.recurring),
        )
        for one in renewals(world, session)
    ]


@pages.get("/c/pay/<account>/<name>")
def checkout_page(account: str, name: str) -> Any:
    """What is bought, and the form by which it is paid."""
    with visiting(account) as world:
        session = world.get("checkout.session", name)
        words = Words(session["locale"], world.things.peek(session["customer"] or ""))
        if session["status"] == "complete":
            paid = session["payment_status"] == "paid"
            return closed(words, "done", "closed_paid" if paid else None, landing(session))
        if session["status"] != "open":
            return closed(words, "closed", "closed_expired", session["cancel_url"])
        waiting = world.things.peek(session.get("_intent") or "") or {}
        failed = waiting.get("last_payment_error") or waiting.get("last_setup_error")
        return _page(world, session, words, failed or {})


@pages.post("/c/pay/<account>/<name>")
def checkout_try(account: str, name: str) -> Any:
    """Buy. Enter in any field sends the form: while a promotion code stands in it, that is taken first and
    the new sum shown, and nothing is paid yet.
    """
    code = request.form.get("promotion_code", "").strip()
    where: dict[str, Any] = {"account": account, "name": name}
    try:
        with visiting(account) as world:
            session = world.get("checkout.session", name)
            if session["status"] == "complete":
                return redirect(landing(session), code=303)
            if session["status"] != "open":
                return redirect(url_for("pages.checkout_page", **where), code=303)
            if request.form.get("act") == "drop_code":
                drop_code(world, session)
                put_aside(session, notice="code_dropped")
            elif code:
                take_code(world, session, code)
                put_aside(session, notice="code_taken")
            else:
                complete(world, session, _given(world, session))
                return redirect(_onward(world, session, account), code=303)
    except Refusal as refusal:
        with visiting(account) as world:
            put_aside(world.get("checkout.session", name), refusal)
    return redirect(url_for("pages.checkout_page", **where, tried=1), code=303)


def _onward(world: World, session: Thing, account: str) -> str:
    """Where to go after the form was sent and nothing refused it."""
    if session["status"] == "complete":
        return landing(session)
    waiting = world.seen(session["_intent"])
    page = "bank_page" if waiting["status"] == "requires_action" else "checkout_page"
    name = waiting["id"] if page == "bank_page" else session["id"]
    return url_for(f"pages.{page}", account=account, name=name)


def _kept(session: Thing, last: Thing, failed: Thing) -> Thing:
    """What was filled in before, so that nobody types it again."""
    if last["kept"]:
        return dict(last["kept"])
    details = session["customer_details"] or {}
    kept = {"name": details.get("name"), "method": (failed.get("payment_method") or {}).get("type")}
    return kept | ({"email": details["email"]} if details.get("email") else {})


def _given(world: World, session: Thing) -> Thing:
    """What the form says. Raises Unfilled."""
    form, at = request.form, {}
    given: Thing = {name: form[name].strip() for name in ("email", "name") if form.get(name)}
    given["method"] = form.get("method", "card")
    known = world.seen(session["customer"])["email"] if session["customer"] else None
    if not (known or given.get("email") or session["customer_email"]):
        at["email"] = "email_missing"
    if given["method"].startswith("pm_"):
        given |= {"saved": given["method"], "method": "card"}
    elif given["method"] == "card" and "card" in form:
        card, wrong = typed_card(world)
        number = card.pop("number")
        given |= {**card, "card": number}
        at |= wrong
    if at:
        raise Unfilled(at)
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
        notice = "card_saved" if thing["status"] == "succeeded" else "setup_intent_authentication_failure"
        return url_for("pages.portal_home", account=account, name=thing["_portal"], notice=notice)
    if thing.get("_invoice"):
        return url_for("pages.invoice_page", account=account, name=thing["_invoice"])
    return str(thing.get("_return_url") or url_for("pages.done_page"))


@pages.get("/done")
def done_page() -> Any:
    """Nothing more to do."""
    return closed(Words(None), "done")
