"""``/_sandbox``: what only a sandbox can do. JSON in and out, under the account's secret key."""

import random
import time
from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, Response, current_app, jsonify, request

from billing.sandbox import clock
from billing.sandbox.app import Sandbox, key_of_request
from billing.sandbox.completion import complete
from billing.sandbox.disputes import open_dispute
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import fail_setup, finish_setup
from billing.sandbox.payments import authorise
from billing.sandbox.store import Thing
from billing.sandbox.world import World, account_of, copy_of

switches = Blueprint("switches", __name__, url_prefix="/_sandbox")

SWITCHES = {"webhooks", "faults", "retry_days", "after_retries"}
CATALOGUE = ("product", "price", "coupon", "promotion_code", "billing_portal.configuration")


def sandbox() -> Sandbox:
    """The sandbox that this request came to."""
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def body() -> Thing:
    """The request's JSON object."""
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


def _account() -> str:
    return account_of(key_of_request())


@switches.get("/health")
def health() -> Response:
    """That the server is up."""
    return jsonify({"ok": True})


@switches.get("/clock")
def read_clock() -> Response:
    """The time of all who live on no test clock."""
    with sandbox().store.lock:
        world = sandbox().world(_account())
        answer = {"now": world.now(), "ahead": world.account["_ahead"]}
        sandbox().commit(world)
    return jsonify(answer)


@switches.post("/clock")
def move_clock() -> Response:
    """Move that time on: ``{"advance": seconds}`` or ``{"to": seconds since 1970}``; what is due happens."""
    given = body()
    with sandbox().store.lock:
        world = sandbox().world(_account())
        now = world.now()
        until = int(given["to"]) if "to" in given else now + int(given["advance"])
        if until < now:
            raise Refusal("A clock goes forwards only.", param="to")
        clock.pass_time(world, None, until)
        world.account["_ahead"] = until - int(time.time())
        answer = {"now": until, "ahead": world.account["_ahead"]}
        sandbox().commit(world)
    return jsonify(answer)


@switches.get("/switches")
def read_switches() -> Response:
    """The account's switches."""
    with sandbox().store.lock:
        world = sandbox().world(_account())
        answer = dict(world.account["_switches"])
        sandbox().commit(world)
    return jsonify(answer)


@switches.post("/switches")
def set_switches() -> Response:
    """Set switches; null takes one away.

    ``webhooks``: see ``delivery``. ``faults``: a list of ``{"call": "POST /v1/customers" or "*", "kind",
    "times"}``, kind ``error``, ``too_many``, ``wait`` (with ``seconds``), ``drop`` (nothing is done) or
    ``lose_answer`` (all is done, the answer is lost). ``retry_days``: days between attempts at an unpaid
    invoice. ``after_retries``: ``cancel``, ``unpaid`` or ``past_due``.
    """
    given = body()
    if extra := given.keys() - SWITCHES:
        raise Refusal(f"There is no switch {min(extra)}.", param=min(extra))
    with sandbox().store.lock:
        world = sandbox().world(_account())
        kept = {**world.account["_switches"], **given}
        world.account["_switches"] = {name: value for name, value in kept.items() if value is not None}
        sandbox().commit(world)
        if "webhooks" in given:
            sandbox().courier.chances.pop(world.things.account, None)
    return jsonify(kept)


@switches.post("/copy")
def copy_catalogue() -> Response:
    """Sell what another account sells: ``{"of": its secret key}``. For many accounts that begin alike."""
    given = body()
    with sandbox().store.lock:
        world = sandbox().world(_account())
        other = sandbox().world(account_of(str(given["of"])))
        for kind in CATALOGUE:
            for one in reversed(list(other.looking(kind))):
                world.things.put(copy_of(one))
        sandbox().commit(world)
    return jsonify({"ok": True})


@switches.post("/reset")
def reset() -> Response:
    """Forget everything of this account."""
    with sandbox().store.lock:
        world = sandbox().world(_account())
        sandbox().courier.forget(world.things.account)
        for name in list(world.things.kept):
            world.things.drop(name)
        sandbox().commit(world)
    return jsonify({"ok": True})


@switches.get("/deliveries")
def list_deliveries() -> Response:
    """Deliveries of webhooks, the oldest first; ``state`` and ``event`` choose."""
    wanted = {name: request.args[name] for name in ("state", "event") if name in request.args}
    with sandbox().store.lock:
        world = sandbox().world(_account())
        found = [dict(one) for one in world.looking("_delivery", **wanted)]
    return jsonify({"data": found[::-1]})


@switches.post("/deliveries/release")
def release() -> Response:
    """Send what is held: those in ``ids``, or all (with ``seed`` in a random order)."""
    given = body()
    with sandbox().store.lock:
        world = sandbox().world(_account())
        names = given.get("ids") or [one["id"] for one in world.looking("_delivery", state="held")][::-1]
        if "seed" in given:
            random.Random(given["seed"]).shuffle(names)
        sandbox().courier.release(world.things.account, names)
    return jsonify({"released": names})


def _change(work: Any) -> Response:
    """Do something in a world, keep it even when a payment is refused, and answer with the object."""
    with sandbox().store.lock:
        world = sandbox().world(_account())
        try:
            thing = work(world)
        except Refusal as refusal:
            if refusal.keeps:
                sandbox().commit(world)
            raise
        shown = world.shown(thing)
        sandbox().commit(world)
    return jsonify(shown)


@switches.post("/checkout/<name>/complete")
def complete_checkout(name: str) -> Response:
    """Be the person on the Checkout page: ``card`` (a number), ``method``, ``email``, ``name``, ``outcome``
    (see ``payments.authorise``), ``promotion_code`` (the word).
    """
    given = body()

    def work(world: World) -> Thing:
        session = world.get("checkout.session", name)
        complete(world, session, given)
        intent = session.get("_intent")
        if intent and world.seen(intent)["status"] == "requires_action" and "outcome" in given:
            authorise(world, world.own(intent), given["outcome"])
        return session

    return _change(work)


@switches.post("/authenticate/<name>")
def authenticate(name: str) -> Response:
    """Be the person on the bank's page: ``outcome`` is ``pay`` or ``refuse``; wallets also know
    ``pay_later`` and ``fail_later``.
    """
    outcome = body().get("outcome", "pay")

    def work(world: World) -> Thing:
        thing = world.own(name)
        if thing["object"] == "setup_intent":
            (finish_setup if outcome == "pay" else fail_setup)(world, thing)
        else:
            authorise(world, thing, outcome)
        return thing

    return _change(work)


@switches.post("/customers/<name>")
def set_time_zone(name: str) -> Response:
    """Have the pages show a customer days as the clocks in their ``time_zone`` do."""
    zone = str(body()["time_zone"])
    if zone not in available_timezones():
        raise Refusal(f"There is no time zone {zone}.", param="time_zone")

    def work(world: World) -> Thing:
        customer = world.alive("customer", name)
        customer["_time_zone"] = zone
        return customer

    return _change(work)


@switches.post("/disputes")
def dispute() -> Response:
    """Be the bank of a payer who disputes a ``charge`` for a ``reason``."""
    given = body()
    return _change(
        lambda world: open_dispute(
            world, world.get("charge", given["charge"]), given.get("reason", "fraudulent")
        )
    )
