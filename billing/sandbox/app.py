"""The server's front: keys, idempotency, validation of what comes and goes, and the pages for people."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from billing.sandbox import (  # noqa: F401 - each registers the calls that it serves
    catalogue,
    checkout,
    clock,
    coupons,
    customers,
    disputes,
    endpoints,
    events,
    invoice_calls,
    methods,
    payment_calls,
    portal,
    previews,
    subscription_calls,
)
from billing.sandbox.delivery import Courier
from billing.sandbox.errors import Refusal, unsupported
from billing.sandbox.facts import facts, fault, nested, typed
from billing.sandbox.idempotency import Desk
from billing.sandbox.operations import OPERATIONS, Operation
from billing.sandbox.store import Store, Thing
from billing.sandbox.world import World, account_of, fresh_id

HARMLESS = {"automatic_tax": {"enabled": False}}
"""Parameters that may be given with this value although nothing comes of them."""


class Sandbox:
    """Everything that the routes share."""

    def __init__(self, home: Path) -> None:
        self.store = Store(home / "sandbox.db")
        self.courier = Courier(self.store)
        self.desk = Desk(self.store)
        self.stopped = threading.Event()
        self.ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)
        self.origin = ""

    def start(self) -> None:
        """Let webhooks leave and time pass."""
        self.courier.start()
        self.ticker.start()

    def stop(self) -> None:
        """Stop both and close the file."""
        self.stopped.set()
        self.ticker.join()
        self.courier.stop()
        self.store.close()

    def world(self, account: str, ident: str | None = None, key: str | None = None) -> World:
        """A view of an account; the lock must be held until it is committed or dropped."""
        return World(self.store, account, self.origin, (ident, key))

    def commit(self, world: World) -> None:
        """Keep what was done, and send its webhooks."""
        changed = dict(world.things.changed)
        world.things.commit()
        self.courier.take(world.things.account, changed)

    def _tick(self) -> None:
        while not self.stopped.wait(1.0):
            for account in list(self.store.things):
                with self.store.lock:
                    world = self.world(account)
                    if clock.anything_due(world, world.now()):
                        clock.pass_time(world, None, world.now())
                        self.commit(world)


def create_app(home: Path) -> tuple[Flask, Sandbox]:
    """The server's application; its state lies in ``home/sandbox.db``."""
    from billing.sandbox.pages import pages
    from billing.sandbox.switches import switches

    app = Flask("billing.sandbox", template_folder="pages", static_folder=None)
    sandbox = Sandbox(home)
    app.extensions["sandbox"] = sandbox
    for key, operation in OPERATIONS.items():
        verb, path = key.split(" ")
        rule = path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, key, _view(sandbox, key, operation), methods=[verb])
    app.register_blueprint(switches)
    app.register_blueprint(pages)

    @app.before_request
    def _origin() -> None:
        sandbox.origin = request.host_url.rstrip("/")

    @app.errorhandler(Refusal)
    def _refused(refusal: Refusal) -> Response:
        return _json({"error": refusal.error}, refusal.status)

    @app.errorhandler(HTTPException)
    def _wrong_address(error: HTTPException) -> Response:
        words = f"There is nothing at {request.method} {request.path}."
        return _json({"error": {"type": "invalid_request_error", "message": words}}, error.code or 500)

    return app, sandbox


def _json(body: Any, status: int = 200, **headers: str) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=float)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        text, status, {"Stripe-Version": facts()["version"], **names}, mimetype="application/json"
    )


def key_of_request() -> str:
    """The secret key, from a bearer token or as the name of basic authentication. Live keys are not for
    here.
    """
    given = request.authorization
    key = (given.token or given.username) if given else None
    if not key or not key.startswith(("sk_test_", "rk_test_")):
        raise Refusal("A secret key of test mode is needed: sk_test_…", status=401)
    return key


def _view(sandbox: Sandbox, key: str, operation: Operation) -> Any:
    def view(**path: str) -> Response:
        account, ident = account_of(key_of_request()), fresh_id("req", 14)
        headers = {"Request_Id": ident}
        version = request.headers.get("Stripe-Version", facts()["version"])
        if version != facts()["version"]:
            raise unsupported(f"the API version {version}")
        raw = nested(list((request.form if request.method == "POST" else request.args).items(multi=True)))
        token = request.headers.get("Idempotency-Key") if request.method == "POST" else None

        def work() -> tuple[int, Thing, bool]:
            _misbehave(sandbox, account, key, before=True)
            return _answer(sandbox, account, ident, token, key, operation, raw, path)

        if token is None:
            status, body, _ = work()
        else:
            headers["Idempotency_Key"] = token
            same = Desk.fingerprint(request.path, raw)
            status, body, again = sandbox.desk.once(account, token, same, work)
            if again:
                headers["Idempotent_Replayed"] = "true"
        _misbehave(sandbox, account, key, before=False)
        return _json(body, status, **headers)

    return view


def _answer(
    sandbox: Sandbox,
    account: str,
    ident: str,
    token: str | None,
    key: str,
    operation: Operation,
    raw: dict[str, Any],
    path: dict[str, str],
) -> tuple[int, Thing, bool]:
    """Do what was asked: status, body, and whether the request was valid enough to have been tried."""
    try:
        params = typed(key, raw)
        for name in params.keys() - operation.honours:
            if HARMLESS.get(name) != params[name]:
                raise unsupported(f"{key} with {name}", name)
    except Refusal as refusal:
        return refusal.status, {"error": refusal.error}, False
    with sandbox.store.lock:
        world = sandbox.world(account, ident, token)
        try:
            found = operation.handler(world, params, *path.values())
            body = world.shown(found, params.get("expand", ()))
            if problem := _departure(key, body):
                words = f"The sandbox's answer is not as Stripe's: {problem}"
                return 500, {"error": {"type": "api_error", "message": words}}, True
        except Refusal as refusal:
            if refusal.keeps:
                sandbox.commit(world)
            return refusal.status, {"error": refusal.error}, True
        sandbox.commit(world)
    return 200, json.loads(json.dumps(body, default=float)), True


def _departure(key: str, body: Thing) -> str | None:
    """Where an answer is not what Stripe's specification says."""
    told = facts()["operations"][key]
    if "returns" in told:
        return fault(body, told["returns"])
    return next(filter(None, (fault(one, told["page"]) for one in body["data"])), None)


def _misbehave(sandbox: Sandbox, account: str, key: str, *, before: bool) -> None:
    """Do what a switch says: wait, refuse, or drop the line before or after the work is done."""
    with sandbox.store.lock:
        world = sandbox.world(account)
        faults = world.account["_switches"].get("faults", [])
        found = next((one for one in faults if one["call"] in ("*", key) and one["times"] > 0), None)
        if found is None or (found["kind"] == "lose_answer") == before:
            return
        found["times"] -= 1
        sandbox.commit(world)
    match found["kind"]:
        case "wait":
            time.sleep(found["seconds"])
        case "error":
            raise Refusal("The sandbox was told to fail.", status=500, kind="api_error")
        case "too_many":
            raise Refusal("The sandbox was told to be busy.", status=429, code="rate_limit")
        case _:  # drop, lose_answer
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise Refusal("Nobody reads this.", status=500, kind="api_error")
