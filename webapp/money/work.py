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
LOOK_SECONDS = 0.5
"""So often a comparison looks whether something else should be done first."""


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


def _do_again(session: Session, kind: str, key: str, **args: str) -> Job:
    """Have the job done that has this key, also where it has been done or given up before."""
    job = jobs.enqueue(session, queue=jobs.MONEY, kind=kind, key=key, args=args)
    if job.finished_at is not None:
        jobs.retry(session, key)
        session.refresh(job)
    return job


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
    say; those of a studio in one job, however many events there are. What gets lost here, those of the minute
    find.
    """
    event = session.get(Event, event_id)
    if event is None or event.state is not EventState.DONE or event.customer is None:
        return
    there = customers.find(session, event.customer)
    if there is None:
        return
    job = _do_again(session, "letters", f"letters:{there.studio_id}", studio=there.studio_id)
    if job.state is JobState.QUEUED:
        job.lease_until = machine_now() + receipts.SETTLED + SOON


class _Comparison:
    """A comparison that is under way. It is done piece by piece, and remembered by this process alone: after
    a restart it begins anew.
    """

    def __init__(self) -> None:
        self.report = reconcile.Report()
        self._pieces = reconcile.in_pieces(transactions, gateway(), now, catalogue(), self.report)

    def goes_on(self, job: Job, worker: Worker) -> bool:
        """Compare until all is compared or something else should be done; False when all is. Raises
        GatewayError.
        """
        looked = time.monotonic()
        for _piece in self._pieces:
            if worker.stopping.is_set():
                return True
            if time.monotonic() - looked >= LOOK_SECONDS:
                if worker.is_called_away(job):
                    return True
                looked = time.monotonic()
        return False


def compare(held: Sequence[Job], worker: Worker) -> None:
    """The job ``reconcile``: compare everything with Stripe. What is left is for the operator. While Stripe
    is away it waits. Events and letters do not wait for it: it makes way for them, and goes on afterwards.
    """
    begun: dict[str, _Comparison] = current_app.extensions.setdefault("comparison", {})
    for job in held:
        there = begun.pop(job.id, None)
        try:
            comparison = there or _Comparison()
            if comparison.goes_on(job, worker):
                begun[job.id] = comparison
                worker.postpone(job, SOON)
                continue
        except GatewayError as error:
            if error.again:
                log.warning("stripe_troubled", job=job.kind, error=error.code)
                worker.postpone(job, AWAY)
            else:
                worker.fail(job, f"stripe:{error.code}"[:60])
            continue
        found = comparison.report
        log.info("reconciled", mended=len(found.mended), left=len(found.left))
        with worker.finishing(job):
            pass


def write_letters(held: Sequence[Job], worker: Worker) -> None:
    """The job ``letters``: what owners should know of their plan today, or those of one studio now."""
    for job in held:
        letters.write(now(), job.args.get("studio", ""))
        with worker.finishing(job):
            pass
