"""Events that came: each is an occasion to ask Stripe about its customer anew.

What a queue lost is found here again: a sweeper takes what waits for too long.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from billing import customers, snapshot
from billing.customers import BusyError, Transactions
from billing.gateway import Data, Gateway, GatewayError, NotThereError
from billing.plans import Catalogue
from billing.refreshing import refresh, settle
from billing.tables import Customer, Event, EventState

log = structlog.get_logger()

OVERDUE = timedelta(minutes=2)
"""So old, an event is tried again; twice as old each time, so that Stripe's being away for an hour is neither
asked after every minute nor the end of it.
"""
ATTEMPTS = 10
"""So often an event is tried, the last time after 17 hours; then reconciliation lists it."""


def process(
    transactions: Transactions, gateway: Gateway, now: datetime, event_id: str, sold: Catalogue
) -> bool:
    """Do what an event asks for; one that is settled is left alone. Raises BusyError to be called again soon.
    False: Stripe cannot be reached, so other events need not be tried either.

    Any other error leaves the event waiting for the sweeper, or fails it for good after ATTEMPTS. One that is
    not Stripe's is raised, too.
    """
    with transactions() as session:
        event = session.get(Event, event_id)
    if event is None or event.state is not EventState.WAITING:
        return True
    try:
        studio_id = _studio_of(transactions, gateway, event)
        if studio_id is None:
            log.info("foreign_event", id=event_id, type=event.type)
            with transactions() as session:
                settle(session, now, [event_id], EventState.FOREIGN)
            return True
        refresh(transactions, gateway, now, studio_id, sold, by=f"event:{event_id}", patience=0)
    except GatewayError as error:
        log.warning("event_troubled", id=event_id, error=error.code)
        with transactions() as session:
            _note_failure(session, event_id, error.code)
        return not error.again
    except BusyError:
        raise
    except Exception as error:
        with transactions() as session:
            _note_failure(session, event_id, type(error).__name__)
        raise
    return True


def overdue(session: Session, now: datetime) -> list[str]:
    """The events that wait for too long, the oldest first; the queue lost them, or Stripe was away."""
    its_turn = [
        sa.and_(col(Event.attempts) == tries, col(Event.received_at) <= now - OVERDUE * 2**tries)
        for tries in range(ATTEMPTS)
    ]
    return list(
        session.exec(
            select(Event.id)
            .where(Event.state == EventState.WAITING, sa.or_(*its_turn))
            .order_by(col(Event.received_at), col(Event.id))
            .limit(200)
        )
    )


def adopt(session: Session, customer: Data) -> str | None:
    """The studio that a customer of Stripe's says to be, if it is one of ours that has no customer yet: its
    creation was cut off before it was stored. None: it is foreign.
    """
    studio_id = (customer.get("metadata") or {}).get("studio_id")
    done = session.exec(
        sa.update(Customer)
        .where(col(Customer.studio_id) == studio_id, col(Customer.stripe_id).is_(None))
        .values(stripe_id=customer["id"])
        .execution_options(synchronize_session=False)
    )
    return studio_id if done.rowcount == 1 else None


def _studio_of(transactions: Transactions, gateway: Gateway, event: Event) -> str | None:
    customer_id = event.customer
    try:
        if customer_id is None and event.charge:
            customer_id = snapshot.id_of(gateway.charge(event.charge)["customer"])
        if customer_id is None:
            return None
        with transactions() as session:
            session.get_one(Event, event.id).customer = customer_id
            there = customers.find(session, customer_id)
            if there is not None:
                return there.studio_id
        told = gateway.customer(customer_id)
    except NotThereError:
        return None
    with transactions() as session:
        return adopt(session, told)


def _note_failure(session: Session, event_id: str, error: str) -> None:
    session.exec(
        sa.update(Event)
        .where(col(Event.id) == event_id, col(Event.state) == EventState.WAITING)
        .values(
            attempts=Event.attempts + 1,
            error=error[:80],
            state=sa.case(
                (col(Event.attempts) + 1 >= ATTEMPTS, EventState.FAILED.value), else_=EventState.WAITING.value
            ),
        )
        .execution_options(synchronize_session=False)
    )
