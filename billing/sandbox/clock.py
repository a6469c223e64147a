"""Time passes: whatever is due happens, in the order in which it is due."""

from collections.abc import Callable, Iterator

from billing.sandbox import collection, pending
from billing.sandbox.errors import Refusal
from billing.sandbox.money import DAY, step
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.payments import settle
from billing.sandbox.previews import tell_upcoming
from billing.sandbox.store import Thing
from billing.sandbox.subscriptions import ENDED, TRIAL_NOTICE, expire, renew
from billing.sandbox.world import World, page

Due = tuple[int, str, Callable[[World, Thing, int], None]]
UPCOMING_DAYS = 7


def pass_time(world: World, clock: Thing | None, until: int) -> None:
    """Do everything that is due until a moment, on a test clock or (None) for all who live on none."""
    now = clock["frozen_time"] if clock else 0
    while True:
        due = min(_due(world, clock), key=lambda one: one[0], default=None)
        if due is None or due[0] > until:
            break
        moment, name, act = due
        now = max(now, moment)
        if clock:
            clock["frozen_time"] = now
        else:
            world.moment = now
        act(world, world.own(name), now)
    if clock:
        clock["frozen_time"] = until
    world.moment = None


def anything_due(world: World, until: int) -> bool:
    """Whether time has something to do for those who live on no test clock."""
    return any(moment <= until for moment, _, _ in _due(world, None))


def _due(world: World, clock: Thing | None) -> Iterator[Due]:
    name = str(clock["id"]) if clock else None
    for sub in world.looking("subscription", test_clock=name):
        if sub["status"] not in ENDED:
            yield from _of_subscription(sub)
    for invoice in world.looking("invoice", test_clock=name):
        if invoice["status"] == "draft" and invoice["automatically_finalizes_at"] and invoice["auto_advance"]:
            yield invoice["automatically_finalizes_at"], invoice["id"], _finalize
        elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], invoice["id"], _retry
    for intent in world.looking("payment_intent", status="processing"):
        if intent.get("_settles_at") and _lives_on(world, intent, name):
            yield intent["_settles_at"], intent["id"], _settle
    for dispute in world.looking("dispute", status="needs_response"):
        if _lives_on(world, {"customer": dispute["_customer"]}, name):
            yield dispute["evidence_details"]["due_by"], dispute["id"], _lapse
    for session in world.looking("checkout.session", status="open"):
        if _lives_on(world, session, name):
            yield session["expires_at"], session["id"], _expire_session


def _lives_on(world: World, thing: Thing, clock: str | None) -> bool:
    owner = world.seen(thing["customer"]) if thing["customer"] else {}
    return owner.get("test_clock") == clock


def _of_subscription(sub: Thing) -> Iterator[Due]:
    name = sub["id"]
    if sub["status"] == "incomplete":
        yield sub["_first_payment_by"], name, expire
        return
    if sub.get("_pending"):
        yield sub["_pending"]["expires_at"], name, lambda world, one, _: pending.expire_pending(world, one)
    if sub["status"] == "paused":
        return
    ends = [one["current_period_end"] for one in sub["items"]["data"]]
    if sub["cancel_at"] is not None:
        ends.append(sub["cancel_at"])
    yield min(ends), name, renew
    if sub["status"] == "trialing" and not sub.get("_trial_told"):
        yield max(sub["trial_end"] - TRIAL_NOTICE, sub["trial_start"]), name, _trial_will_end
    resumes = (sub["pause_collection"] or {}).get("resumes_at")
    if resumes:
        yield resumes, name, _resume_collection
    starts = max(one["current_period_start"] for one in sub["items"]["data"])
    notice = min(ends) - UPCOMING_DAYS * DAY
    if (
        sub["status"] == "active"
        and not sub.get("_upcoming_told")
        and notice > starts
        and sub["cancel_at"] is None
    ):
        yield notice, name, _upcoming


def _finalize(world: World, invoice: Thing, _: int) -> None:
    collection.advance(world, invoice)


def _retry(world: World, invoice: Thing, _: int) -> None:
    intent = world.own(invoice["_intent"])
    if intent["status"] == "requires_action":
        intent["status"] = "requires_payment_method"
    collection.collect(world, invoice)
    with_event = world.things.get(invoice["id"])
    if with_event:
        world.emit("invoice.updated", with_event, {"attempt_count": invoice["attempt_count"] - 1})


def _settle(world: World, intent: Thing, _: int) -> None:
    settle(world, intent)


def _lapse(world: World, dispute: Thing, _: int) -> None:
    """Nobody has answered in time: the bank decides for the payer."""
    from billing.sandbox.disputes import close

    dispute["evidence_details"]["past_due"] = True
    close(world, dispute, "lost")


def _trial_will_end(world: World, sub: Thing, _: int) -> None:
    sub["_trial_told"] = True
    world.emit("customer.subscription.trial_will_end", sub)


def _resume_collection(world: World, sub: Thing, _: int) -> None:
    with world.changing(sub, "customer.subscription.updated"):
        sub["pause_collection"] = None


def _upcoming(world: World, sub: Thing, _: int) -> None:
    sub["_upcoming_told"] = True
    tell_upcoming(world, sub)


def _expire_session(world: World, session: Thing, _: int) -> None:
    from billing.sandbox.checkout import expire_session

    expire_session(world, session)


@serves("POST /v1/test_helpers/test_clocks", "frozen_time name")
def create_clock(world: World, params: Params) -> Thing:
    """A clock that stands still until it is advanced."""
    now = world.now()
    clock = world.add(
        "test_helpers.test_clock",
        "clock",
        {
            "created": now,
            "deletes_after": now + 30 * DAY,
            "frozen_time": params["frozen_time"],
            "name": params.get("name"),
            "status": "ready",
            "status_details": {},
        },
    )
    world.emit("test_helpers.test_clock.created", clock)
    return clock


@serves("POST /v1/test_helpers/test_clocks/{test_clock}/advance", "frozen_time")
def advance_clock(world: World, params: Params, name: str) -> Thing:
    """Move a clock on, at most two periods of its customers' shortest subscription.

    It says ``advancing``, as Stripe does, and the next look at it says ``ready``: all has been done by then.
    """
    clock = world.get("test_helpers.test_clock", name)
    until = params["frozen_time"]
    if until <= clock["frozen_time"]:
        raise Refusal("A clock goes forwards only.", param="frozen_time")
    for sub in world.looking("subscription", test_clock=name):
        if sub["status"] in ENDED:
            continue
        for item in sub["items"]["data"]:
            recurring = item["price"]["recurring"]
            if until > step(clock["frozen_time"], recurring["interval"], recurring["interval_count"], 2):
                raise Refusal(
                    "A clock goes on by at most two periods of a subscription at once.", param="frozen_time"
                )
    advancing = {"status": "advancing", "status_details": {"advancing": {"target_frozen_time": until}}}
    shown = {**clock, **advancing}
    world.emit("test_helpers.test_clock.advancing", shown)
    pass_time(world, clock, until)
    world.emit("test_helpers.test_clock.ready", clock)
    return shown


@serves("GET /v1/test_helpers/test_clocks/{test_clock}")
def retrieve_clock(world: World, params: Params, name: str) -> Thing:
    """A clock."""
    return world.get("test_helpers.test_clock", name)


@serves("GET /v1/test_helpers/test_clocks", PAGING)
def list_clocks(world: World, params: Params) -> Thing:
    """The clocks."""
    return page(world, world.looking("test_helpers.test_clock"), params, "/v1/test_helpers/test_clocks")


@serves("DELETE /v1/test_helpers/test_clocks/{test_clock}")
def delete_clock(world: World, params: Params, name: str) -> Thing:
    """Delete a clock with its customers and all that is theirs."""
    clock = world.get("test_helpers.test_clock", name)
    owners = [one["id"] for one in world.looking("customer", test_clock=name)]
    for kind in (
        "subscription",
        "invoice",
        "invoiceitem",
        "payment_method",
        "payment_intent",
        "setup_intent",
        "charge",
    ):
        for one in list(world.looking(kind)):
            if one["customer"] in owners:
                world.things.drop(one["id"])
    for one in list(world.looking("checkout.session")):
        if one["customer"] in owners:
            world.things.drop(one["id"])
    for owner in owners:
        world.things.drop(owner)
    world.emit("test_helpers.test_clock.deleted", clock)
    world.things.drop(name)
    return {"id": name, "object": "test_helpers.test_clock", "deleted": True}
