"""The sandbox's own page: what it is, the cards to try, and the latest payments, which can be refunded and
disputed here as at the payment service and at the payer's bank.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from flask import current_app, redirect, request, url_for

from billing.sandbox.disputes import close_dispute, create_refund, open_dispute, update_dispute
from billing.sandbox.errors import Refusal
from billing.sandbox.money import shown
from billing.sandbox.pages import pages, shows, visiting
from billing.sandbox.pages.words import Words
from billing.sandbox.store import Thing
from billing.sandbox.world import World

HERE = ("127.0.0.1", "localhost")
LATEST = 20
"""So many payments are shown."""

ACTS = ("refund", "dispute", "win", "lose")


class Payment(NamedTuple):
    """A payment as the page shows it. ``told``: what became of it since; ``can``: what can be done with
    it.
    """

    account: str
    charge: Thing
    who: str
    with_what: str
    invoice: Thing | None
    dispute: Thing | None
    told: list[str]
    can: list[str]


@pages.get("/")
def home() -> Any:
    """The cards, and the latest payments of all accounts. It lists what others know by addresses that cannot
    be guessed, so it is shown to no other site that has its own name point to this machine.
    """
    if request.host.partition(":")[0] not in HERE:
        raise Refusal("There is no such page.", status=404)
    words = Words(None)
    sandbox = current_app.extensions["sandbox"]
    with sandbox.store.lock:
        worlds = [sandbox.world(account) for account in sandbox.store.things]
        paid = [(charge, world) for world in worlds for charge in islice(_paid(world), LATEST)]
        paid.sort(key=lambda one: one[0]["created"], reverse=True)
        payments = [_payment(world, words, charge) for charge, world in paid[:LATEST]]
    done = request.args.get("done")
    notice = f"home_{done}" if done in (*ACTS, "undone") else None
    return shows("home.html", words, notice=notice, payments=payments)


@pages.post("/payments/<account>/<name>")
def deal(account: str, name: str) -> Any:
    """Refund a payment, dispute it, or decide its dispute."""
    act = request.form.get("act", "")
    try:
        with visiting(account) as world:
            _do(world, world.get("charge", name), act)
    except Refusal:  # such as of a page that shows it as it was a while ago
        act = "undone"
    return redirect(url_for("pages.home", done=act, _anchor=name), code=303)


def _do(world: World, charge: Thing, act: str) -> None:
    if act == "refund":
        create_refund(world, {"charge": charge["id"]})
    elif act == "dispute":
        open_dispute(world, charge, "fraudulent")
    else:
        dispute = _dispute(world, charge)
        if act not in ACTS or dispute is None or not _undecided(dispute):
            raise Refusal("This cannot be done with the payment.")
        if act == "win":
            update_dispute(world, {"evidence": {"uncategorized_text": "winning_evidence"}}, dispute["id"])
        else:
            close_dispute(world, {}, dispute["id"])


def _paid(world: World) -> Iterator[Thing]:
    return (charge for charge in world.looking("charge", paid=True) if charge["captured"])


def _dispute(world: World, charge: Thing) -> Thing | None:
    return next(world.looking("dispute", charge=charge["id"]), None)


def _undecided(dispute: Thing) -> bool:
    return dispute["status"] not in ("won", "lost")


def _payment(world: World, words: Words, charge: Thing) -> Payment:
    customer = world.things.peek(charge["customer"] or "") or {}
    who = customer.get("name") or customer.get("email") or charge["billing_details"]["email"] or ""
    intent = world.things.peek(charge["payment_intent"]) or {}
    dispute, back = _dispute(world, charge), charge["amount_refunded"]
    told, can = [], []
    if back:
        told.append(words("refunded", amount=shown(back, charge["currency"])))
    if dispute:
        day = words.date(dispute["evidence_details"]["due_by"])
        told.append(words(f"dispute_{dispute['status']}", date=day))
        can = ["win", "lose"] if _undecided(dispute) else []
    elif back < charge["amount_captured"]:
        can = ["refund", "dispute"]
    return Payment(
        account=world.things.account,
        charge=charge,
        who=who,
        with_what=_with_what(words, charge),
        invoice=world.things.peek(intent.get("_invoice") or ""),
        dispute=dispute,
        told=told,
        can=can,
    )


def _with_what(words: Words, charge: Thing) -> str:
    details = charge["payment_method_details"]
    if details["type"] == "card":
        return f"{details['card']['brand'].capitalize()} •••• {details['card']['last4']}"
    return words(details["type"])
