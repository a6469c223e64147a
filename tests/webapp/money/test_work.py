"""What workers do about events, while Stripe cannot be reached."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import Session, select

from billing import customers
from billing.gateway import GatewayError
from billing.tables import Event, EventState
from tests.billing.rows import subscription
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole
from webapp.handlers import HANDLERS
from webapp.money import work
from webapp.platform import jobs, mail
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker, now


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, jobs.MONEY, HANDLERS)


def came(session: Session, event_id: str) -> None:
    """An event of a customer of ours arrived."""
    moment = now()
    session.add(
        Event(id=event_id, type="invoice.paid", customer="cus_1", created_at=moment, received_at=moment)
    )
    work.ask(session, event_id)


@pytest.mark.parametrize(("in_vain_after", "tried"), [(0.0, [0, 0, 1]), (60.0, [1, 1, 1])])
def test_after_one_that_waited_in_vain_nobody_waits_behind_the_others(
    session: Session,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    in_vain_after: float,
    tried: list[int],
) -> None:
    monkeypatch.setattr(work, "IN_VAIN_SECONDS", in_vain_after)
    customers.ensure(session, now(), "studio")
    session.get_one(customers.Customer, "studio").stripe_id = "cus_1"
    for event_id in ("evt_1", "evt_2", "evt_3"):
        came(session, event_id)
    session.commit()
    while worker.work_once():
        pass
    session.expire_all()
    assert list(session.exec(select(Event.attempts).order_by(Event.attempts))) == tried
    later = [job for job in session.exec(select(Job)) if job.state is JobState.QUEUED]
    assert len(later) == tried.count(0)
    for job in later:
        assert job.lease_until is not None
        assert job.lease_until > now() + work.AWAY - timedelta(minutes=1)


def test_a_stripe_that_never_answers_is_asked_once_and_not_waited_for(
    app: Flask, session: Session, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.gateway.HURRY_SECONDS", 0.1)
    monkeypatch.setattr(work, "IN_VAIN_SECONDS", 0.05)
    customers.ensure(session, now(), "studio")
    session.get_one(customers.Customer, "studio").stripe_id = "cus_1"
    for event_id in ("evt_1", "evt_2"):
        came(session, event_id)
    session.commit()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        settings = app.config["SETTINGS"].model_copy(update={"stripe_address": address})
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        while worker.work_once():
            pass
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()
    session.expire_all()
    assert sorted(session.exec(select(Event.attempts))) == [0, 1]


def test_the_sweeper_asks_again_about_what_was_not_settled(session: Session, worker: Worker) -> None:
    came(session, "evt_1")
    session.commit()
    while worker.work_once():
        pass
    session.expire_all()
    job = session.exec(select(Job).where(Job.kind == "stripe")).one()
    assert (job.state, session.get_one(Event, "evt_1").state) == (JobState.DONE, EventState.WAITING)
    work.tick(session, now() + timedelta(minutes=3))
    session.commit()
    session.expire_all()
    assert session.get_one(Job, job.id).state is JobState.DONE  # it is not its turn yet
    work.tick(session, now() + timedelta(minutes=5))
    session.commit()
    session.expire_all()
    assert session.get_one(Job, job.id).state is JobState.QUEUED


def test_letters_are_written_every_minute_by_a_worker_that_does_nothing_else_for_long(
    app: Flask, session: Session, worker: Worker
) -> None:
    studio = StudioFactory(name="Willow")
    MembershipFactory(studio=studio, user=UserFactory(), role=MemberRole.OWNER)
    minute = now()
    for failed in (None, minute):
        if failed:
            session.add(subscription(studio_id=studio.id, status="past_due", unpaid_since=failed))
        work.tick(session, minute)
        session.commit()
        assert {job.queue for job in session.exec(select(Job))} == {jobs.MONEY}
        assert [job.kind for job in jobs.unfinished(session, jobs.MONEY, "letters")] == ["letters"]
        session.commit()
        while worker.work_once():
            pass
        minute += timedelta(minutes=1)
    (letter,) = mail.letters(app.config["SETTINGS"])
    assert letter.subject == "The payment for Willow failed"


def comparison(session: Session, worker: Worker) -> Job:
    """The job, after a worker had it in hand."""
    assert worker.work_once()
    session.expire_all()
    return session.exec(select(Job).where(Job.kind == "reconcile")).one()


@pytest.mark.parametrize("again", [True, False])
def test_the_comparison_of_a_night_waits_until_stripe_is_there_again(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    def fail(*_args: object) -> None:
        raise GatewayError("APIConnectionError", again=again)

    jobs.enqueue(session, queue=jobs.MONEY, kind="reconcile", key="reconcile:2026-11-29")
    session.commit()
    worker = Worker(app, jobs.MONEY, {"reconcile": work.compare})
    monkeypatch.setattr("billing.reconcile.in_pieces", fail)
    for _ in range(jobs.ATTEMPTS + 1):
        job = comparison(session, worker)
        if job.state is JobState.FAILED:
            break
        assert job.lease_until is not None
        assert (job.lease_until > now() + work.AWAY - timedelta(minutes=1)) is again
        job.lease_until = None
        session.commit()
    assert job.state is (JobState.QUEUED if again else JobState.FAILED)
    if again:
        monkeypatch.setattr("billing.reconcile.in_pieces", lambda *_args: iter(()))
        assert comparison(session, worker).state is JobState.DONE


def test_a_night_is_one_on_the_operators_clocks(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = app.config["SETTINGS"].model_copy(update={"time_zone": "Asia/Shanghai"})
    monkeypatch.setitem(app.config, "SETTINGS", there)
    evening = datetime(2026, 11, 29, 13, 0, tzinfo=UTC)  # 21:00 in Shanghai, then 1:59, 2:00 and 8:00
    keys = []
    for hours in (0, 4.98, 5, 11):
        work.tick(session, evening + timedelta(hours=hours))
        keys.append(sorted(session.exec(select(Job.key).where(Job.kind == "reconcile"))))
    one, two = "reconcile:2026-11-29", "reconcile:2026-11-30"
    assert keys == [[one], [one], [one, two], [one, two]]
