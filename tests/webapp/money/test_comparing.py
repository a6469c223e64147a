"""The night's comparison makes way for what is paid meanwhile, and goes on where it was."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, select

from billing.tables import Comparison, Customer, Event, EventState
from tests.billing.shop import Shop
from tests.webapp.money.test_receipts import studio
from webapp.money import edge, work
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker

__all__ = ["studio"]
pytestmark = pytest.mark.sandbox


def test_an_event_does_not_wait_for_the_comparison(
    app: Flask, shop: Shop, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.0)
    shop.pay(shop.start("subscription-teacher-month-usd"))  # no webhook tells of it
    asked, customers = list[str](), edge.gateway().customers

    def ask() -> Iterator[Any]:
        asked.append("all")
        return customers()

    monkeypatch.setattr(edge.gateway(), "customers", ask)

    def come_in(held: Sequence[Job], worker: Worker) -> None:
        """An event arrives as soon as a comparison has begun."""
        if not asked:
            with shop.transactions() as ours:
                customer = ours.get_one(Customer, shop.studio_id).stripe_id
                about: dict[str, Any] = {"type": "invoice.paid", "created_at": now(), "received_at": now()}
                ours.add(Event(id="evt_1", customer=customer, **about))
                work.ask(ours, "evt_1")
        work.compare(held, worker)

    worker = Worker(app, jobs.MONEY, {"stripe": work.look, "reconcile": come_in})
    job = jobs.enqueue(session, queue=jobs.MONEY, kind="reconcile", key="reconcile:2026-11-29")
    session.commit()
    done = []
    for _ in range(9):
        session.get_one(Job, job.id, populate_existing=True).lease_until = None
        session.commit()
        if not worker.work_once():
            break
        session.expire_all()
        done.append((session.get_one(Event, "evt_1").state, session.get_one(Job, job.id).state))
        session.commit()
    assert done == [
        (EventState.WAITING, JobState.QUEUED),
        (EventState.DONE, JobState.QUEUED),
        (EventState.DONE, JobState.DONE),
    ]
    assert asked == ["all"]
    assert session.exec(select(Comparison)).one().left == []
