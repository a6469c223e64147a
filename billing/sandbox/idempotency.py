"""Idempotency keys: the same request twice is done once."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from billing.sandbox.errors import Refusal
from billing.sandbox.money import DAY
from billing.sandbox.store import Store, Thing, Transaction

Answer = tuple[int, Thing, bool]


class Desk:
    """Remembers answers for a day, and which keys are being worked on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.busy: set[tuple[str, str]] = set()
        self.guard = threading.Lock()

    @staticmethod
    def fingerprint(path: str, raw: dict[str, Any]) -> str:
        """What makes two requests the same."""
        return hashlib.sha256(json.dumps([path, raw], sort_keys=True).encode()).hexdigest()

    def once(self, account: str, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
        """The answer of a request, and whether it is an earlier one.

        Another request under the same key is refused: with 409 while the first is being worked on, with 400
        if it asks for something else. A request that was refused before it was tried is not remembered.
        """
        if len(key) > 255:
            raise Refusal("An idempotency key has at most 255 characters.", kind="idempotency_error")
        with self.guard:
            if (account, key) in self.busy:
                raise Refusal(
                    "A request with this idempotency key is being worked on.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self.busy.add((account, key))
        try:
            kept = self._kept(account, key)
            if kept:
                if kept["fingerprint"] != fingerprint:
                    raise Refusal(
                        "This idempotency key was used for another request.", kind="idempotency_error"
                    )
                return kept["status"], kept["body"], True
            status, body, tried = work()
            if tried:
                self._keep(account, key, fingerprint, status, body)
            return status, body, False
        finally:
            with self.guard:
                self.busy.discard((account, key))

    def _kept(self, account: str, key: str) -> Thing | None:
        with self.store.lock:
            found = Transaction(self.store, account).peek(f"_answer:{key}")
        return found if found and found["at"] > time.time() - DAY else None

    def _keep(self, account: str, key: str, fingerprint: str, status: int, body: Thing) -> None:
        with self.store.lock:
            things = Transaction(self.store, account)
            answer = {"fingerprint": fingerprint, "status": status, "body": body, "at": time.time()}
            things.put({"id": f"_answer:{key}", "object": "_answer", **answer})
            things.commit()
