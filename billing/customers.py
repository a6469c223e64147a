"""A studio's customer row, and holding it: only one at a time asks Stripe about a studio and stores the
answer.

The hold is a lease in the row, not an open transaction: asking Stripe takes long, and on SQLite nobody could
write meanwhile. Whoever lost the lease cannot store what it fetched.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from billing.tables import Customer, insert_missing

Transactions = Callable[[], AbstractContextManager[Session]]
"""Opens a short transaction that is committed at the end."""

LEASE = timedelta(seconds=90)
PATIENCE_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.05


class BusyError(Exception):
    """Another process is asking Stripe about this studio."""


class HoldLostError(BusyError):
    """The lease ran out and another took over: what was fetched under it must not be stored."""


@dataclass(frozen=True)
class Hold:
    """The right to store what Stripe says of a studio. ``version`` is its fencing token; ``taken_at`` is the
    machine's time.
    """

    studio_id: str
    version: int
    stripe_id: str | None
    taken_at: datetime

    def key(self, what: str) -> str:
        """An idempotency key for one call under this hold. With the time, for a database that was put back
        counts some versions once more, and Stripe remembers a key for a day.
        """
        return f"{what}:{self.studio_id}:{self.version}:{int(self.taken_at.timestamp())}"


def ensure(session: Session, now: datetime, studio_id: str) -> None:
    """Make the studio's row if there is none."""
    insert_missing(
        session,
        Customer,
        [{"studio_id": studio_id, "version": 0, "gone": False, "created_at": now}],
    )


def find(session: Session, stripe_id: str) -> Customer | None:
    """The customer whom Stripe knows by this id."""
    return session.exec(select(Customer).where(Customer.stripe_id == stripe_id)).first()


def take(session: Session, now: datetime, studio_id: str) -> Hold:
    """Take hold of a studio that has its row; commit at once. BusyError: another has it.

    ``now`` is the machine's time: a demo's time may jump past any lease, and nobody has lost theirs by that.
    """
    taken = session.exec(
        sa.update(Customer)
        .where(
            col(Customer.studio_id) == studio_id,
            sa.or_(col(Customer.lease_until).is_(None), col(Customer.lease_until) <= now),
        )
        .values(version=Customer.version + 1, lease_until=now + LEASE)
        .returning(col(Customer.version), col(Customer.stripe_id))
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise BusyError(studio_id)
    return Hold(studio_id, taken[0], taken[1], now)


def store(session: Session, hold: Hold, **values: object) -> None:
    """Change the customer's row while the hold is still ours, and keep it locked to the transaction's end.
    Raises HoldLostError.
    """
    done = session.exec(
        sa.update(Customer)
        .where(col(Customer.studio_id) == hold.studio_id, col(Customer.version) == hold.version)
        .values(version=Customer.version, **values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise HoldLostError(hold.studio_id)


@contextmanager
def holding(
    transactions: Transactions, now: datetime, studio_id: str, patience: float | None = None
) -> Iterator[Hold]:
    """Hold the studio while the block runs, after waiting ``patience`` seconds at most (PATIENCE_SECONDS
    unless said). Raises BusyError.
    """
    patience = PATIENCE_SECONDS if patience is None else patience
    begun = time.monotonic()
    while True:
        waited = time.monotonic() - begun
        try:
            with transactions() as session:
                ensure(session, now, studio_id)
                hold = take(session, datetime.now(UTC), studio_id)
            break
        except BusyError:
            if waited >= patience:
                raise
        time.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield hold
    finally:
        with suppress(HoldLostError), transactions() as session:
            store(session, hold, lease_until=None)
