"""Cards in the portal: a new one, which of them is charged, and one that is not wanted any more."""

from typing import Any

from flask import redirect, request, url_for

from billing.sandbox.customers import own_method
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import (
    confirm_setup_intent,
    create_setup,
    detach_method,
    is_needed,
    new_method,
    use_everywhere,
)
from billing.sandbox.pages import pages, trouble, visiting
from billing.sandbox.pages.portal import Visit
from billing.sandbox.pages.tries import new_card, put_aside, tried
from billing.sandbox.store import Thing
from billing.sandbox.world import World


@pages.get("/p/session/<account>/<name>/card")
def portal_card(account: str, name: str) -> Any:
    """The form for a new card."""
    with visiting(account) as world:
        visit = Visit(world, name)
        visit.must("payment_method_update")
        last = tried(visit.session)
        kept = last["kept"]
        error = None if last["at"] else trouble(visit.words, last["error"])
        return visit.page("card.html", at=last["at"], error=error, kept=kept)


@pages.post("/p/session/<account>/<name>/card")
def portal_new_card(account: str, name: str) -> Any:
    """A new card, which is used from now on."""
    try:
        with visiting(account) as world:
            visit = Visit(world, name)
            visit.must("payment_method_update")
            setup = _set_up(world, visit.customer, name)
            if setup["status"] == "requires_action":
                return redirect(setup["next_action"]["redirect_to_url"]["url"], code=303)
            return visit.finished("payment_method_update", "card_saved")
    except Refusal as refusal:
        with visiting(account) as world:
            put_aside(Visit(world, name).session, refusal)
    return redirect(url_for("pages.portal_card", account=account, name=name, tried=1), code=303)


def _set_up(world: World, customer: Thing, portal: str) -> Thing:
    method = new_method(world, new_card(world, customer["email"]))
    setup = create_setup(world, {"customer": customer["id"], "payment_method": method["id"]})
    setup["_portal"] = portal
    confirm_setup_intent(world, setup)
    return setup


@pages.post("/p/session/<account>/<name>/cards/<method>/default")
def portal_default(account: str, name: str, method: str) -> Any:
    """Charge this card from now on."""
    with visiting(account) as world:
        visit = Visit(world, name)
        visit.must("payment_method_update")
        own_method(world, visit.customer["id"], method, "payment_method")
        use_everywhere(world, visit.customer, method)
        return redirect(visit.home("card_default"), code=303)


@pages.route("/p/session/<account>/<name>/cards/<method>/remove", methods=["GET", "POST"])
def portal_remove(account: str, name: str, method: str) -> Any:
    """Take a card away, after asking; but not the one by which a live subscription is paid."""
    with visiting(account) as world:
        visit = Visit(world, name)
        visit.must("payment_method_update")
        there = world.things.peek(method) or {}
        if there.get("customer") != visit.customer["id"]:  # it is gone already
            return redirect(visit.home(), code=303)
        if is_needed(world, visit.customer, method):
            return redirect(visit.home("card_needed"), code=303)
        if request.method == "GET":
            return visit.page("remove.html", card=there["card"])
        detach_method(world, {}, method)
        return redirect(visit.home("card_removed"), code=303)
