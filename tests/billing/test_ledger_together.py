"""Eight at once, on both databases, with crashes between any two steps: the books balance all the same."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from billing import allowances, customers, ledger
from billing.projection import project
from billing.snapshot import Snapshot
from billing.tables import Allowance, History, UnitState
from tests.billing import objects
from tests.billing.books import check, states
from tests.billing.objects import charge, customer, unix
from tests.billing.rows import SOLD, at, free
from tests.billing.together import together
from webapp.platform.db import open_engine
from webapp.platform.settings import Settings

NOW = at(3, 10)
pack = partial(objects.session, kind="pack")


class _CrashError(Exception):
    """Power is cut: whatever was not committed is gone."""


def test_the_last_comments_go_to_exactly_so_many(engine: sa.Engine) -> None:
    """Eight classes of ten for the twenty comments of Free."""
    covered: list[str] = []

    def work(number: int) -> None:
        drawings = [f"d{number}-{i}" for i in range(10)]
        with Session(engine) as session:
            result = ledger.reserve(session, NOW, "studio", drawings, free(NOW), by=f"user:{number}")
            session.commit()
        assert result.covered + result.refused == drawings
        covered.extend(result.covered)

    together(work)
    assert len(covered) == 20
    with Session(engine) as session:
        check(session)
        assert session.exec(select(Allowance.reserved)).one() == 20
        assert session.exec(select(History.what)).all() == ["quota.granted"]


def test_eight_clicks_on_one_class_reserve_it_once(engine: sa.Engine) -> None:
    drawings = [f"d{i}" for i in range(12)]

    def work(number: int) -> None:
        mine = random.Random(number).sample(drawings, len(drawings))
        with Session(engine) as session:
            result = ledger.reserve(session, NOW, "studio", mine, free(NOW), by=f"user:{number}")
            session.commit()
        assert result.refused == []

    together(work)
    with Session(engine) as session:
        check(session)
        assert session.exec(select(Allowance.reserved)).one() == 12


def test_eight_acceptances_commit_once(engine: sa.Engine) -> None:
    with Session(engine) as session:
        ledger.reserve(session, NOW, "studio", ["d"], free(NOW), by="user:1")
        ledger.drafted(session, NOW, "d")
        session.commit()
    outcomes: list[bool] = []

    def work(_number: int) -> None:
        with Session(engine) as session:
            outcomes.append(ledger.commit(session, NOW, "d"))
            session.commit()

    together(work)
    assert Counter(outcomes) == {True: 1, False: 7}
    with Session(engine) as session:
        check(session)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_at_once_with_crashes(engine: sa.Engine, seed: int) -> None:
    """Classes, redrafts, acceptances, failures, plans and packs, each cut off before any of its statements,
    or before it is committed, and done again.
    """
    drawings = [f"d{i:02}" for i in range(40)]
    life = threading.local()
    cut: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _before(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        life.statements = getattr(life, "statements", 99) - 1
        if not life.statements:
            cut.append(statement)
            raise _CrashError

    def work(number: int) -> None:
        rng = random.Random(seed * 100 + number)
        for turn in range(25):
            step = rng.choice(("reserve", "draft", "commit", "release", "plan", "pack"))
            some = rng.sample(drawings, rng.randrange(1, 6))
            for _attempt in range(2):
                life.statements = rng.randrange(2, 30)
                try:
                    with Session(engine) as session:
                        _step(session, step, some, rng, turn)
                        if rng.random() < 0.1:
                            raise _CrashError
                        life.statements = 99
                        session.commit()
                    break
                except _CrashError:
                    continue

    together(work)
    assert {statement.split()[0] for statement in cut} >= {"SELECT", "UPDATE"}
    with Session(engine) as session:
        check(session)


def _step(session: Session, step: str, some: Sequence[str], rng: random.Random, turn: int) -> None:
    if step == "reserve":
        ledger.reserve(session, NOW, "studio", some, free(NOW), by="user:1")
    elif step == "plan":
        allowances.grant_month(session, NOW, "studio", replace(free(NOW), granted=rng.choice((10, 20, 30))))
    elif step == "pack":
        allowances.grant_pack(
            session, NOW, "studio", f"cs_{turn % 3}", rng.choice((0, 5)), by="event:e", paid_at=NOW
        )
    else:
        for drawing in sorted(some)[:1]:
            if step == "draft":
                ledger.drafted(session, NOW, drawing)
            elif step == "commit":
                ledger.commit(session, NOW, drawing)
            else:
                ledger.release(session, drawing)


WORKER = """
import random, sys
from sqlmodel import Session
from billing import ledger
from tests.billing.rows import at, free
from tests.billing.together import together
from webapp.platform.db import open_engine
from webapp.platform.settings import Settings
url, number = sys.argv[1], int(sys.argv[2])
engine = open_engine(Settings(_env_file=None, database_url=url))
rng, now = random.Random(number), at(3, 10)
print("ready", flush=True)
while True:
    drawing = f"d{rng.randrange(60):02}"
    with Session(engine) as session:
        got = ledger.reserve(session, now, "studio", [drawing], free(now), by=f"user:{number}")
        session.commit()
    if got.covered:
        print("covered", drawing, flush=True)
        with Session(engine) as session:
            ledger.drafted(session, now, drawing)
            if ledger.commit(session, now, drawing):
                session.commit()
                print("committed", drawing, flush=True)
"""


def test_processes_that_are_killed_lose_and_overspend_nothing(engine: sa.Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    running = [
        subprocess.Popen([sys.executable, "-c", WORKER, url, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    rng = random.Random(5)
    said: list[str] = []
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            time.sleep(rng.uniform(0.05, 0.3))
            os.kill(process.pid, signal.SIGKILL)
    finally:
        for process in running:
            process.kill()
            out, _ = process.communicate()
            said += [line for line in out.splitlines() if line.count(" ") == 1]
    with Session(engine) as session:
        for _ in range(50):  # a server may take a moment to see that its client is gone
            try:
                check(session)
                break
            except OperationalError:
                time.sleep(0.1)
        found = states(session)
        for line in said:
            what, drawing = line.split()
            expected = (
                (UnitState.COMMITTED,) if what == "committed" else (UnitState.RESERVED, UnitState.COMMITTED)
            )
            assert found[drawing] in expected, line
        assert 0 < len([s for s in found.values() if s is not UnitState.RELEASED]) <= 20


def test_a_refund_of_packs_and_a_class_that_uses_them_never_wait_for_one_another(
    postgres_settings: Settings,
) -> None:
    """Each is held up after its first pack, until the other has one, too, or waits for it."""
    engine = open_engine(postgres_settings)
    both = threading.Barrier(2)
    paid = [pack(number, at(1, number), comments="5") for number in (2, 1)]
    charges = [charge(number, at(1, number)) for number in (2, 1)]
    found = Snapshot(customer(), sessions=paid, charges=charges)
    nothing = replace(free(NOW), granted=0)
    with Session(engine) as session:
        customers.ensure(session, NOW, "studio")
        project(session, NOW, "studio", found, SOLD, by="event:1")
        session.commit()

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _after(_connection: object, cursor: Any, statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE billing_allowance") and cursor.rowcount == 1:
            with suppress(threading.BrokenBarrierError):
                both.wait(2)

    def draft() -> int:
        with Session(engine) as session:
            drawings = [f"d{i}" for i in range(8)]
            got = ledger.reserve(session, NOW, "studio", drawings, nothing, by="user:1")
            session.commit()
            return len(got.covered)

    def refund() -> int:
        back = [{**one, "amount_refunded": 7200, "refunded": True} for one in charges]
        refunds = {one["id"]: [{"created": unix(NOW)}] for one in back}
        with Session(engine) as session:
            project(session, NOW, "studio", replace(found, charges=back, refunds=refunds), SOLD, by="event:2")
            session.commit()
        return 0

    with ThreadPoolExecutor(2) as pool:
        covered, _ = [done.result() for done in [pool.submit(draft), pool.submit(refund)]]
    with Session(engine) as session:
        check(session)
        left = allowances.balance(session, "studio", free(NOW)).packs
    assert left == 0
    assert covered in (0, 5, 8)
    engine.dispose()


def test_two_sweepers_and_a_class_at_once_give_back_each_comment_once(engine: sa.Engine) -> None:
    drawings = [f"d{i:02}" for i in range(18)]
    later = NOW + timedelta(hours=1)
    with Session(engine) as session:
        allowances.grant_pack(session, NOW, "studio", "cs_1", 5, by="event:1", paid_at=NOW)
        ledger.reserve(session, NOW, "studio", drawings, free(NOW), by="user:1")
        session.commit()
    given_back: list[int] = []

    def work(number: int) -> None:
        for turn in range(4):
            with Session(engine) as session:
                if number % 2:
                    stale = ledger.without_drafts(session, later)
                    random.Random(number).shuffle(stale)
                    given_back.append(ledger.release_stale(session, stale, later))
                else:
                    some = [*drawings[number : number + 8], f"n{number}-{turn}"]
                    ledger.reserve(session, later, "studio", some, free(NOW), by="user:1")
                session.commit()

    together(work)
    with Session(engine) as session:
        check(session)
        assert sum(given_back) >= 1
        assert not set(ledger.without_drafts(session, later))
