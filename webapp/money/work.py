"""What workers do about money: events of Stripe's, what the queue lost, reconciliation at night."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlmodel import Session, select

from billing import customers, inbox, reconcile
from billing.customers import BusyError
from billing.gateway import GatewayError
from billing.plans import catalogue
from billing.tables import Event, EventState
from webapp.money import letters, quota, receipts
from webapp.money.edge import gateway, sells, settings, transactions
from webapp.platform import jobs
from webapp.platform.clock import machine_now, now
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker
from webapp.school import nights

log = structlog.get_logger()

SOON = timedelta(seconds=1)
AWAY = timedelta(minutes=5)
"""So long no event is tried after one that waited for Stripe in vain: no letter is written meanwhile. And so
long a comparison waits that could not reach Stripe.
"""
IN_VAIN_SECONDS = 1.0


def ask(session: Session, event_id: str) -> None:
    """Have a worker look at an event, also where it has looked in vain before. Afterwards commit, and wake
    the queue of money.
    """
    _do_again(session, "stripe", f"stripe:{event_id}", event=event_id)


def tick(session: Session, now: datetime) -> None:
    """Once a minute: have looked at what the queue lost, give back what nobody drafts any more, write the
    letters that are due. Once a night, as the operator's clocks tell it: compare everything with Stripe.
    """
    if not sells():
        return
    for event_id in inbox.overdue(session, now):
        ask(session, event_id)
    quota.sweep(session, now)
    night = nights.due(now, settings().time_zone)
    jobs.enqueue(session, queue=jobs.MONEY, kind="reconcile", key=f"reconcile:{night:%Y-%m-%d}")
    _do_again(session, "letters", "letters")


def _do_again(session: Session, kind: str, key: str, **args: str) -> None:
    """Have the job done that has this key, also where it has been done or given up before."""
    if jobs.enqueue(session, queue=jobs.MONEY, kind=kind, key=key, args=args).finished_at is not None:
        jobs.retry(session, key)


def next_comparison(session: Session, now: datetime) -> datetime:
    """When the next comparison with Stripe is due by itself: at once while there was none at all."""
    if session.exec(select(Job.id).where(Job.kind == "reconcile").limit(1)).first() is None:
        return now
    return nights.next_begins(now, settings().time_zone)


def look(held: Sequence[Job], worker: Worker) -> None:
    """The job ``stripe``: ask Stripe what an event is about, and store the answer. Letters and other studios'
    events wait in the same queue, so it gives up fast and is asked again later.
    """
    away: dict[str, datetime] = current_app.extensions.setdefault("stripe_away", {})
    for job in held:
        left = away.get("until", machine_now()) - machine_now()
        if left > timedelta():
            worker.postpone(job, left)
            continue
        begun = time.monotonic()
        try:
            of_stripe = gateway(hurried=True)
            reached = inbox.process(transactions, of_stripe, now(), job.args["event"], catalogue())
            if not reached and time.monotonic() - begun >= IN_VAIN_SECONDS:
                away["until"] = machine_now() + AWAY
        except BusyError:
            worker.postpone(job, SOON)
            continue
        with worker.finishing(job) as session:
            _ask_for_receipts(session, job.args["event"])


def _ask_for_receipts(session: Session, event_id: str) -> None:
    """Have the letters written for which this event may be the occasion, as soon as it is settled what they
    say. What gets lost here, those of the minute find.
    """
    event = session.get(Event, event_id)
    if event is None or event.state is not EventState.DONE or event.customer is None:
        return
    there = customers.find(session, event.customer)
    if there is None:
        return
    key, args = f"letters:{event_id}", {"studio": there.studio_id}
    job = jobs.enqueue(session, queue=jobs.MONEY, kind="letters", key=key, args=args)
    if job.state is JobState.QUEUED:
        job.lease_until = machine_now() + receipts.SETTLED + SOON


def compare(held: Sequence[Job], worker: Worker) -> None:
    """The job ``reconcile``: compare everything with Stripe. What is left is for the operator. While Stripe
    is away it waits.
    """
    for job in held:
        try:
            report = reconcile.reconcile(transactions, gateway(), now(), catalogue())
        except GatewayError as error:
            if error.again:
                log.warning("stripe_troubled", job=job.kind, error=error.code)
                worker.postpone(job, AWAY)
            else:
                worker.fail(job, f"stripe:{error.code}"[:60])
            continue
        log.info("reconciled", mended=len(report.mended), left=len(report.left))
        with worker.finishing(job):
            pass


def write_letters(held: Sequence[Job], worker: Worker) -> None:
    """The job ``letters``: what owners should know of their plan today, or those of one studio now."""
    for job in held:
        letters.write(now(), job.args.get("studio", ""))
        with worker.finishing(job):
            pass
