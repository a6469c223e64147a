"""The pages that a person sees: Checkout, the bank's or wallet's page, the portal, invoices."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, current_app, make_response, render_template, request

from billing.sandbox.catalogue import price_in
from billing.sandbox.errors import Refusal
from billing.sandbox.money import shown
from billing.sandbox.pages.standing import moved, status
from billing.sandbox.pages.words import Words
from billing.sandbox.store import Thing
from billing.sandbox.world import World

pages = Blueprint("pages", __name__)


@contextmanager
def visiting(account: str) -> Iterator[World]:
    """A view of an account; what was done is kept unless a refusal (that keeps nothing) or an error leaves
    it.
    """
    sandbox = current_app.extensions["sandbox"]
    with sandbox.store.lock:
        if account not in sandbox.store.things:
            raise Refusal("There is no such page.", status=404)
        world: World = sandbox.world(account)
        try:
            yield world
        except Refusal as refusal:
            if refusal.keeps:
                sandbox.commit(world)
            raise
        sandbox.commit(world)


def shows(template: str, words: Words, **fields: Any) -> Response:
    """A page, in its language, which is remembered."""
    told = {"w": words, "money": shown, "moved": moved, "status": status}
    response = make_response(render_template(template, **told, **fields))
    if request.args.get("lang") in ("en", "zh"):
        response.set_cookie("lang", request.args["lang"], samesite="Lax")
    response.headers["Cache-Control"] = "no-store"
    return response


def trouble(words: Words, error: Thing | None) -> str | None:
    """An error, as kept on a payment or of what was tried, in the page's language."""
    if not error:
        return None
    code = str(error.get("says") or error.get("code"))
    if words.knows(code):
        return words(code)
    if error.get("type") == "card_error":
        card = _card(error)
        if card:
            return words("declined_card", last4=card["last4"], reason=words.reason(error))
        return words("declined", reason=words.reason(error))
    return words("refused")


def _card(error: Thing) -> Thing | None:
    """The card that was declined, where an error tells it: itself, or in the payment that it is of."""
    payment = (error.get("payment_intent") or {}).get("last_payment_error") or {}
    method = error.get("payment_method") or payment.get("payment_method") or {}
    card: Thing | None = method.get("card")
    return card


def way_back(world: World, customer: Thing) -> str | None:
    """Where the shop is: where its portal last sent this customer back to, or the site of the customer's
    last Checkout, whichever is newer.
    """
    visited = next(world.looking("billing_portal.session", customer=customer["id"]), None)
    bought = next(world.looking("checkout.session", customer=customer["id"]), None)
    if visited and visited["return_url"] and (not bought or visited["created"] >= bought["created"]):
        return str(visited["return_url"])
    return urljoin(bought["success_url"], "/") if bought else None


def line_words(world: World, words: Words, line: Thing) -> str:
    """What a line of an invoice is for. Its description is in English, as the API tells it."""
    details = (line["pricing"] or {}).get("price_details")
    if words.language == "en" or not details:
        return str(line["description"] or "")
    name, price = str(world.seen(details["product"])["name"]), world.seen(details["price"])
    what = name if line["quantity"] == 1 else f"{line['quantity']} × {name}"
    each = price_words(words, price_in(price, line["currency"]))
    of_plan = (line["parent"] or {}).get("subscription_item_details")
    if of_plan is None:
        return what
    if of_plan["proration"]:
        return words("line_unused" if line["amount"] < 0 else "line_remaining", what=what, each=each)
    return words(
        "line_trial" if str(line["description"]).startswith("Trial") else "line", what=what, each=each
    )


def told_lines(world: World, words: Words, lines: list[Thing]) -> list[tuple[Thing, str, str | None]]:
    """Each line of an invoice, what it is for, and for which time."""
    return [(one, line_words(world, words, one), line_period(words, one)) for one in lines]


def line_period(words: Words, line: Thing) -> str | None:
    """For which time it is paid, if for any."""
    start, end = line["period"]["start"], line["period"]["end"]
    return f"{words.date(start)} – {words.date(end)}" if end > start else None


def price_words(words: Words, price: Thing) -> str:
    """Such as ``¥99.00 / month``."""
    amount = shown(price["unit_amount"], price["currency"])
    recurring = price["recurring"]
    if not recurring:
        return amount
    if recurring["interval_count"] != 1:
        return f"{amount} {every(words, recurring)}"
    return words("per", amount=amount, interval=words(recurring["interval"]))


def every(words: Words, recurring: Thing) -> str:
    """How often, such as ``every month``."""
    count, interval = recurring["interval_count"], recurring["interval"]
    return words(f"every_{interval}") if count == 1 else words(f"every_{interval}s", count=count)


def closed(words: Words, heading: str, hint: str | None = None, back: str | None = None) -> Response:
    """A page on which nothing can be done, and why."""
    return shows("closed.html", words, heading=words(heading), hint=hint and words(hint), back=back)


@pages.errorhandler(Refusal)
def _refused(refusal: Refusal) -> Response:
    """A person is told in their language, not in JSON."""
    gone = refusal.status in (403, 404)
    response = closed(Words(None), "closed" if gone else "refused", "closed_again" if gone else None)
    response.status_code = refusal.status
    return response


from billing.sandbox.pages import cards, checkout, home, papers, portal  # noqa: E402, F401 - each adds its routes
