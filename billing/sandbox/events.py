"""What happened: events, and to which webhook endpoints each has to be delivered."""

import time
from typing import TYPE_CHECKING, Any

from billing.sandbox.facts import facts
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing

if TYPE_CHECKING:
    from billing.sandbox.world import World


def difference(before: Thing, after: Thing) -> Thing:
    """The former values of what changed: of objects only the changed fields, of lists the whole list."""
    changed: Thing = {}
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        changed[name] = difference(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
    return changed


def record(world: "World", kind: str, thing: Thing, previous: Thing | None) -> None:
    """Write an event down, and a delivery of it for each endpoint that listens.

    On a test clock the object's times are simulated, the event's is the real one.
    """
    data: dict[str, Any] = {"object": thing}
    if previous is not None:
        data["previous_attributes"] = previous
    clock = world.clock_of(thing) if thing.get("object") != "test_helpers.test_clock" else thing
    ident, key = world.request
    listeners = [one["id"] for one in world.looking("webhook_endpoint") if listens(one, kind)]
    event = world.add(
        "event",
        "evt",
        {
            "created": int(time.time()) + world.account["_ahead"] if clock else world.now(),
            "api_version": facts()["version"],
            "data": data,
            "pending_webhooks": len(listeners),
            "request": {"id": ident, "idempotency_key": key},
            "type": kind,
        },
    )
    for endpoint in reversed(listeners):
        world.add(
            "_delivery",
            "dlv",
            {
                "event": event["id"],
                "type": kind,
                "endpoint": endpoint,
                "attempt": 0,
                "state": "new",
                "due": time.time(),
            },
        )


def listens(endpoint: Thing, kind: str) -> bool:
    """Whether an endpoint wants events of a kind."""
    if endpoint.get("deleted") or endpoint["status"] != "enabled":
        return False
    return bool({"*", kind} & set(endpoint["enabled_events"]))


@serves("GET /v1/events/{id}")
def retrieve_event(world: "World", params: Params, name: str) -> Thing:
    """One event as it was when it happened."""
    return world.get("event", name)


@serves("GET /v1/events", PAGING + "type types delivery_success")
def list_events(world: "World", params: Params) -> Thing:
    """Events, the newest first; ``type`` may end in ``.*``."""
    from billing.sandbox.world import page

    def fits(event: Thing) -> bool:
        kind = event["type"]
        if "type" in params:
            wanted = params["type"]
            if not (kind.startswith(wanted[:-1]) if wanted.endswith(".*") else kind == wanted):
                return False
        if "types" in params and kind not in params["types"]:
            return False
        return (
            "delivery_success" not in params or (event["pending_webhooks"] == 0) == params["delivery_success"]
        )

    return page(world, filter(fits, world.looking("event")), params, "/v1/events")
