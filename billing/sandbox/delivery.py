"""Webhooks on their way: signed, tried again, and as unreliable as a switch says.

The switch ``webhooks`` of an account: ``lose`` and ``duplicate`` are probabilities, ``delay`` is ``[least,
most]`` seconds, ``reorder`` a span of seconds over which deliveries are scattered, ``hold`` keeps all of
them until they are released, ``retry_seconds`` are the waits after failures; ``seed`` makes the chances
repeatable.
"""

import hashlib
import hmac
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from billing.sandbox.store import Store, Thing, Transaction
from billing.sandbox.world import public

RETRY_SECONDS = [2, 10, 60, 300, 1800, 7200]
TIMEOUT = 10.0


def signature(payload: bytes, secret: str, moment: int) -> str:
    """The header ``Stripe-Signature`` for a payload sent at a moment."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class Courier:
    """Carries deliveries in threads of its own. ``pending``: (account, delivery) → when to send it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.pending: dict[tuple[str, str], float] = {}
        self.chances: dict[str, random.Random] = {}
        self.wake = threading.Event()
        self.stopped = False
        self.pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="courier")
        self.client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        self.thread = threading.Thread(target=self._run, name="courier", daemon=True)
        for account, things in store.things.items():
            for name, thing in things.items():
                if thing["object"] == "_delivery" and thing["state"] in ("new", "retry", "sending"):
                    self.pending[account, name] = thing["due"]

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def stop(self) -> None:
        """Let what is being sent finish."""
        self.stopped = True
        self.wake.set()
        self.thread.join()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.client.close()

    def take(self, account: str, changed: dict[str, Thing | None]) -> None:
        """Plan the new deliveries of a request that has been committed; the store's lock is held."""
        new = [
            one for one in changed.values() if one and one["object"] == "_delivery" and one["state"] == "new"
        ]
        if not new:
            return
        switch = self.store.things[account][account]["_switches"].get("webhooks", {})
        chance = self.chances.setdefault(account, random.Random(switch.get("seed", 0)))
        things = Transaction(self.store, account)
        for one in new:
            self._plan(things, one["id"], switch, chance)
        things.commit()
        self.wake.set()

    def _plan(self, things: Transaction, name: str, switch: Thing, chance: random.Random) -> None:
        thing = things.get(name)
        assert thing is not None
        if switch.get("hold"):
            thing["state"] = "held"
            return
        if chance.random() < switch.get("lose", 0):
            thing["state"] = "lost"
            return
        low, high = switch.get("delay", (0, 0))
        thing["due"] += chance.uniform(low, high) + chance.uniform(0, switch.get("reorder", 0))
        self.pending[things.account, name] = thing["due"]
        if chance.random() < switch.get("duplicate", 0):
            twin = {
                **thing,
                "id": f"{name}_again",
                "due": thing["due"] + chance.uniform(0, 1),
                "state": "retry",
            }
            things.put(twin)
            self.pending[things.account, twin["id"]] = twin["due"]

    def forget(self, account: str) -> None:
        """An account starts anew."""
        self.pending = {key: due for key, due in self.pending.items() if key[0] != account}
        self.chances.pop(account, None)

    def release(self, account: str, names: list[str]) -> None:
        """Send these now, one after the other in this order."""
        things = Transaction(self.store, account)
        for number, name in enumerate(names):
            thing = things.get(name)
            if thing:
                thing |= {"state": "new", "due": time.time() + number * 0.02}
                self.pending[account, name] = thing["due"]
        things.commit()
        self.wake.set()

    def _run(self) -> None:
        while not self.stopped:
            now = time.time()
            with self.store.lock:
                due = sorted((when, key) for key, when in self.pending.items() if when <= now)
                for _, key in due:
                    del self.pending[key]
                later = min(self.pending.values(), default=now + 60)
            for _, key in due:
                self.pool.submit(self._send, *key)
            self.wake.wait(timeout=max(0.005, min(later - now, 1.0)))
            self.wake.clear()

    def _send(self, account: str, name: str) -> None:
        with self.store.lock:
            things = Transaction(self.store, account)
            delivery = things.peek(name)
            event = things.peek(delivery["event"]) if delivery else None
            endpoint = things.peek(delivery["endpoint"]) if delivery else None
            if not delivery or not event:
                return
            if not endpoint or endpoint["status"] != "enabled":
                self._note(things, name, "cancelled", None)
                return
            payload = json.dumps(public(event), ensure_ascii=False, indent=2).encode()
            address, secret = endpoint["url"], endpoint["_secret"]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, secret, int(time.time())),
            "User-Agent": "Stripe/1.0",
        }
        try:
            status = self.client.post(address, content=payload, headers=headers).status_code
        except (httpx.HTTPError, RuntimeError):
            status = 0  # nobody there, or the courier is being stopped
        with self.store.lock:
            self._note(
                Transaction(self.store, account),
                name,
                "delivered" if 200 <= status < 300 else "retry",
                status,
            )

    def _note(self, things: Transaction, name: str, state: str, status: int | None) -> None:
        """How a delivery went."""
        thing = things.get(name)
        if not thing:
            return
        thing |= {"state": state, "status": status, "attempt": thing["attempt"] + 1}
        account = things.peek(things.account)
        waits = (account or {}).get("_switches", {}).get("webhooks", {}).get("retry_seconds", RETRY_SECONDS)
        if state == "retry" and thing["attempt"] > len(waits):
            thing["state"] = "failed"
        elif state == "retry":
            thing["due"] = time.time() + waits[thing["attempt"] - 1]
            self.pending[things.account, name] = thing["due"]
            self.wake.set()
        event = things.get(thing["event"])
        if state == "delivered" and event and event["pending_webhooks"] and not name.endswith("_again"):
            event["pending_webhooks"] -= 1
        things.commit()
