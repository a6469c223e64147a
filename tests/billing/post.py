"""The way from Stripe to us, at its worst: webhooks come in any order, twice, late or never, the queue loses
some of what came, and two workers look at the rest at once.
"""

import json
import queue
import random
import threading
import time
from datetime import timedelta
from typing import Any

from sqlmodel import select

from billing import inbox
from billing.customers import BusyError
from billing.tables import Event, EventState
from billing.webhooks import Outcome
from tests.billing.shop import Shop
from tests.billing.test_webhooks import sign


class Post:
    """Carries the events of one account. ``lost`` says whether any was lost since the last ``arrive``."""

    def __init__(self, shop: Shop, secret: str, rng: random.Random) -> None:
        self.shop, self.secret, self.rng = shop, secret, rng
        self.bag: list[dict[str, Any]] = []
        self.lost = False
        self.trouble: list[BaseException] = []
        self._newest: str | None = None
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._workers = [threading.Thread(target=self._work) for _ in range(2)]
        for worker in self._workers:
            worker.start()

    def collect(self) -> None:
        """Take the events that happened since the last time, and lose some."""
        params: dict[str, Any] = {"limit": 100}
        if self._newest:
            params["ending_before"] = self._newest
        page = self.shop.v1.events.list(params)
        new = [event.to_dict() for event in page.auto_paging_iter()]
        if new:
            self._newest = max(new, key=lambda event: (event["created"], new[::-1].index(event)))["id"]
        for event in new:
            if self.rng.random() < 0.12:
                self.lost = True
            else:
                self.bag.append(event)

    def deliver(self, share: float = 0.5) -> None:
        """Some of them arrive, in any order; some of those again later."""
        self.rng.shuffle(self.bag)
        for event in self.bag[: int(len(self.bag) * share + 0.5)]:
            payload = json.dumps(event, default=str).encode()
            outcome = self.shop.hear(payload, sign(payload, self.secret))
            assert outcome in (Outcome.KEPT, Outcome.REPEATED, Outcome.UNKNOWN_TYPE)
            if self.rng.random() > 0.15:  # else it comes once more
                self.bag.remove(event)
            if outcome is Outcome.KEPT and self.rng.random() > 0.2:  # else the queue loses it
                for _ in range(self.rng.choice((1, 1, 2))):  # or both workers get it
                    self._queue.put(event["id"])

    def arrive(self) -> None:
        """All that is not lost arrives, and the sweeper finds what the queue lost."""
        while self.bag:
            self.deliver(1.0)
        self._queue.join()
        while True:
            with self.shop.transactions() as session:
                waiting = session.exec(select(Event.id).where(Event.state == EventState.WAITING)).all()
                found = inbox.overdue(session, self.shop.now() + timedelta(hours=1))
            if self.trouble:
                raise self.trouble[0]
            assert set(found) <= set(waiting)
            if not waiting:
                break
            for event_id in found:
                self._queue.put(event_id)
            self._queue.join()

    def stop(self) -> None:
        for _ in self._workers:
            self._queue.put(None)
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        while (event_id := self._queue.get()) is not None:
            try:
                self.shop.work(event_id)
            except BusyError:
                time.sleep(0.02)  # a worker waits a second before it tries again
                self._queue.put(event_id)
            except BaseException as error:
                self.trouble.append(error)
            finally:
                self._queue.task_done()
        self._queue.task_done()
