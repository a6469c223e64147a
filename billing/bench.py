"""How fast the quota ledger is, against what nobody can do without: a transaction that puts one counter up.

The counter knows neither drawings nor months; it is asked what is left, and no more. What the ledger costs
beyond it is the price of being done twice, by two, or cut off without harm.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from billing import ledger
from billing.entitlements import Entitlement, Stored, entitle
from billing.plans import catalogue
from billing.tables import Allowance, metadata, new_id

THREADS = (1, 8)
ROUNDS = 3
TAKEN = 400
"""Reservations of a round, of one drawing each; together the threads make so many."""
ENOUGH = 1_000_000
NOW = datetime(2026, 3, 10, tzinfo=UTC)

_COUNTER = sa.Table(
    "bench_counter",
    sa.MetaData(),
    sa.Column("studio_id", sa.String(16), primary_key=True),
    sa.Column("granted", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
)


def bench_quota(engine: sa.Engine) -> dict[str, Any]:
    """Reservations a second on an empty database, by threads, and ``ratio``: the ledger's time over the
    counter's. All threads draft in one studio: that is the worst case.

    The best of several rounds of each, taken in turn in this process: a busy machine slows both alike.
    RuntimeError when a comment was lost or taken twice; then no figure counts.
    """
    metadata.create_all(engine)
    _COUNTER.create(engine)
    return {str(threads): _against_a_counter(engine, threads) for threads in THREADS}


def _against_a_counter(engine: sa.Engine, threads: int) -> dict[str, float]:
    studio_id, each = new_id(), TAKEN // threads
    entitlement = replace(entitle(Stored(), NOW, catalogue()), granted=ENOUGH)
    with engine.begin() as connection:
        connection.execute(_COUNTER.insert().values(studio_id=studio_id, granted=ENOUGH, used=0))
    counting, reserving = [], []
    for _ in range(ROUNDS):
        counting.append(_seconds(threads, each, lambda: _count(engine, studio_id)))
        reserving.append(_seconds(threads, each, lambda: _reserve(engine, studio_id, entitlement)))
    _balance(engine, studio_id, ROUNDS * each * threads)
    return {
        "reservations_per_second": round(each * threads / min(reserving), 1),
        "counts_per_second": round(each * threads / min(counting), 1),
        "ratio": round(min(reserving) / min(counting), 2),
    }


def _count(engine: sa.Engine, studio_id: str) -> None:
    with Session(engine) as session:
        session.exec(
            sa.update(_COUNTER)
            .where(_COUNTER.c.studio_id == studio_id, _COUNTER.c.used < _COUNTER.c.granted)
            .values(used=_COUNTER.c.used + 1)
        )
        session.commit()


def _reserve(engine: sa.Engine, studio_id: str, entitlement: Entitlement) -> None:
    with Session(engine) as session:
        ledger.reserve(session, NOW, studio_id, [new_id()], entitlement, by="bench")
        session.commit()


def _balance(engine: sa.Engine, studio_id: str, taken: int) -> None:
    with Session(engine) as session:
        reserved = session.exec(select(Allowance.reserved).where(Allowance.studio_id == studio_id)).one()
        counted = session.scalar(sa.select(_COUNTER.c.used).where(_COUNTER.c.studio_id == studio_id))
    if (reserved, counted) != (taken, taken):
        raise RuntimeError(f"{taken} taken, {reserved} reserved, {counted} counted")


def _seconds(threads: int, each: int, work: Callable[[], None]) -> float:
    """How long so many threads take, each doing the work so often; what one of them raises is raised here."""
    failures: list[Exception] = []
    begin = threading.Barrier(threads + 1)

    def run() -> None:
        begin.wait()
        try:
            for _ in range(each):
                work()
        except Exception as error:
            failures.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    begin.wait()
    start = time.perf_counter()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - start
