"""Every change of a plan or a quota says who or which event caused it: whatever happens to a studio, its
history alone tells how all that it has came to be.
"""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from billing import entitlements, grants, webhooks
from billing.grants import NotGivenError
from billing.projection import TOLD
from billing.reconcile import reconcile
from billing.tables import GIVEN, Allowance, Event, Purchase, Subscription, Trial
from billing.tables import History as Row
from tests.billing.history import History
from tests.billing.shop import SOLD, Shop

MOVES = 10
CAUSE = re.compile(r"user:\d+|event:(?P<event>\w+)|return:\w+|page:\w+|reconciliation|plan:free")


@pytest.mark.parametrize("seed", range(6))
def test_the_history_alone_tells_how_everything_came_to_be(shop: Shop, seed: int) -> None:
    rng = random.Random(seed)
    history = History(shop, rng, "usd")
    shop.start("subscription-teacher-month-usd")  # from here on the studio has a customer
    if rng.random() < 0.5:
        history.begin_trial()
    heard: set[str] = set()
    try:
        for _ in range(MOVES):
            rng.choice([history.move, history.move, history.move, lambda: give(shop, rng)])()
            if rng.random() < 0.2:
                reconcile(shop.transactions, shop.gateway, shop.now(), SOLD)
            elif rng.random() < 0.8:
                hear(shop, heard)
            with shop.transactions() as session:
                check(session, shop.studio_id)
    except BaseException as error:
        error.add_note(f"{history.told}")
        raise


@pytest.mark.parametrize(
    "secretly",
    [
        sa.update(Subscription).values(seats=9),
        sa.update(Trial).values(ends_at=datetime(2030, 1, 1, tzinfo=UTC)),
        sa.update(Allowance).values(granted=401),
        sa.update(Row).where(Row.what == "plan.begun").values(by="somebody"),  # type: ignore[arg-type]
        sa.update(Row).where(Row.what == "plan.begun").values(by="event:evt_made_up"),  # type: ignore[arg-type]
        sa.delete(Row).where(Row.what == "pack.given"),  # type: ignore[arg-type]
    ],
)
def test_a_change_without_a_cause_is_noticed(shop: Shop, secretly: Any) -> None:
    history = History(shop, random.Random(0), "usd")
    history.begin_trial()
    shop.buy("subscription-teacher-month-usd")
    history.draft()
    with shop.transactions() as session:
        grants.give_comments(session, shop.now(), shop.studio_id, 9, SOLD, by="user:9", reason="x")
    with shop.transactions() as session:
        check(session, shop.studio_id)
        session.exec(secretly)
        with pytest.raises((AssertionError, KeyError)):
            check(session, shop.studio_id)
        session.rollback()


def give(shop: Shop, rng: random.Random) -> None:
    """An operator gives something, or takes a gift back."""
    said: dict[str, Any] = {"by": f"user:{rng.randrange(90, 99)}", "reason": "because"}
    with shop.transactions() as session:
        here = session, shop.now(), shop.studio_id
        given = session.exec(
            select(Purchase.id).where(Purchase.id.startswith(GIVEN)).order_by(Purchase.id)  # type: ignore[attr-defined]
        ).all()
        what: list[Callable[[], Any]] = [
            lambda: grants.give_comments(*here, rng.randrange(1, 60), SOLD, **said),
            lambda: grants.give_pass(*here, "teacher", 1, 1, SOLD, **said),
            lambda: grants.give_pass(*here, "studio", 2, 3, SOLD, **said),
            lambda: grants.prolong_trial(*here, 5, SOLD, **said),
            lambda: grants.take_back(*here, given[0] if given else "none", **said),
        ]
        try:
            rng.choice(what)()
        except NotGivenError:
            session.rollback()


def hear(shop: Shop, heard: set[str]) -> None:
    """The events that happened since arrive, and a worker looks at them."""
    page = shop.gateway._v1.events.list({"limit": 100})
    for event in reversed([event.to_dict() for event in page.auto_paging_iter()]):
        if event["id"] in heard or not event["type"].startswith(webhooks.OURS):
            continue
        heard.add(event["id"])
        with shop.transactions() as session:
            webhooks.keep(session, shop.now(), event)
        shop.work(event["id"])


def check(session: Session, studio_id: str) -> None:
    """Told from its beginning, the history arrives at what is stored, step by step, and each step has a known
    cause.
    """
    told: dict[str, dict[str, Any]] = {}
    events = set(session.exec(select(Event.id)))
    rows = session.exec(select(Row).where(Row.studio_id == studio_id).order_by(sa.text("rowid"))).all()
    for row in rows:
        cause = CAUSE.fullmatch(row.by)
        assert cause, row.by
        assert cause["event"] is None or cause["event"] in events, row.by
        state = told.setdefault(row.object_id, {})
        for name, value in row.before.items():
            assert state.get(name, value) == value, (row.what, name)
        state |= row.after
    fresh = {"populate_existing": True}
    for sub in session.exec(select(Subscription).execution_options(**fresh)):
        assert {name: told[sub.id].get(name) for name in TOLD} == {n: _plain(getattr(sub, n)) for n in TOLD}
    for trial in session.exec(select(Trial).execution_options(**fresh)):
        assert told[trial.studio_id]["ends_at"] == _plain(trial.ends_at)
    for allowance in session.exec(select(Allowance).execution_options(**fresh)):
        assert told[allowance.id]["comments"] == allowance.granted
    for bought in session.exec(select(Purchase).execution_options(**fresh)):
        assert told[bought.id].get("revoked_at") == _plain(bought.revoked_at)
        assert told[bought.id].get("refunded", 0) == bought.refunded
    stored = entitlements.load(session, studio_id)
    now = max((row.at for row in rows), default=None)
    if now is not None:
        cause = CAUSE.fullmatch(entitlements.entitle(stored, now, SOLD).by)
        assert cause
        assert cause["event"] is None or cause["event"] in events


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
