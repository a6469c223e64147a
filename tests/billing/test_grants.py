"""What an operator gives follows the rules of what is bought, and tells who gave it and why."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from billing import allowances, customers, grants, ledger
from billing.entitlements import Source, entitle, load
from billing.grants import NotGivenError
from billing.projection import project
from billing.snapshot import Snapshot
from billing.tables import History, Purchase
from tests.billing import books as balanced
from tests.billing.objects import customer
from tests.billing.rows import SOLD, at, subscription, trial

NOW = at(2, 1)
WHY = {"by": "user:9", "reason": "the camera broke"}


def entitled(books: Session, now=NOW):  # type: ignore[no-untyped-def]
    return entitle(load(books, "studio"), now, SOLD)


def told(books: Session, what: str) -> list[tuple[str, str]]:
    rows = books.exec(select(History).where(History.what == what))
    return [(row.by, row.after["reason"]) for row in rows]


def test_comments_are_there_at_once_and_stay_when_stripe_is_asked(books: Session) -> None:
    given = grants.give_comments(books, NOW, "studio", 30, SOLD, **WHY)
    assert allowances.balance(books, "studio", entitled(books)).packs == 30
    customers.ensure(books, NOW, "studio")
    project(books, NOW, "studio", Snapshot(customer()), SOLD, by="event:evt_1")
    assert allowances.balance(books, "studio", entitled(books)).packs == 30
    assert told(books, "pack.given") == [("user:9", "the camera broke")]
    assert (given.amount, given.payment_id) == (0, None)


def test_comments_taken_back_stay_as_far_as_they_are_used(books: Session) -> None:
    given = grants.give_comments(books, NOW, "studio", 30, SOLD, **WHY)
    drawings = [f"d{i}" for i in range(25)]
    assert ledger.reserve(books, NOW, "studio", drawings, entitled(books), by="user:1").refused == []
    grants.take_back(books, NOW, "studio", given.id, by="user:9", reason="a mistake")
    assert allowances.balance(books, "studio", entitled(books)).left == 0
    assert told(books, "pack.taken_back") == [("user:9", "a mistake")]
    balanced.check(books)
    with pytest.raises(NotGivenError, match="gone"):
        grants.take_back(books, NOW, "studio", given.id, by="user:9", reason="again")


def test_a_pass_runs_at_once_and_is_over_when_it_is_taken_back(books: Session) -> None:
    given = grants.give_pass(books, NOW, "studio", "studio", 2, 3, SOLD, **WHY)
    found = entitled(books)
    assert (found.plan, found.seats, found.granted, found.source) == ("studio", 3, 1500, Source.PASS)
    assert (found.ends_at, found.by, found.source_id) == (at(4, 1), "user:9", given.id)
    assert entitled(books, at(4, 1)).source is Source.FREE
    grants.take_back(books, NOW + timedelta(days=3), "studio", given.id, by="user:8", reason="asked for it")
    assert entitled(books, NOW + timedelta(days=4)).source is Source.FREE


def test_a_pass_beside_a_subscription_waits_for_its_end(books: Session) -> None:
    books.add(subscription(ends_at=at(2, 10), ended_at=at(2, 10)))
    grants.give_pass(books, NOW, "studio", "teacher", 1, 1, SOLD, **WHY)
    assert entitled(books).source is Source.SUBSCRIPTION
    assert entitled(books, at(2, 10)).source is Source.PASS
    assert entitled(books, at(2, 10)).ends_at == at(3, 10)


def test_a_trial_is_prolonged_while_it_runs_and_no_longer(books: Session) -> None:
    books.add(trial(NOW))
    before = entitled(books)
    grants.prolong_trial(books, NOW + timedelta(days=13), "studio", 10, SOLD, **WHY)
    later = entitled(books, NOW + timedelta(days=20))
    assert later.ends_at == before.ends_at + timedelta(days=10)
    assert (later.granted, later.month.number, later.by) == (before.granted, before.month.number, "user:9")
    row = books.exec(select(History).where(History.what == "trial.prolonged")).one()
    assert row.before == {"ends_at": before.ends_at.isoformat()}
    for day, studio in ((24, "studio"), (1, "other")):
        with pytest.raises(NotGivenError, match="no_trial"):
            grants.prolong_trial(books, NOW + timedelta(days=day), studio, 10, SOLD, **WHY)


@pytest.mark.parametrize(
    ("code", "plan", "months", "seats", "reason"),
    [
        ("reason", "teacher", 1, 1, "  "),
        ("plan", "free", 1, 1, "x"),
        ("plan", "gold", 1, 1, "x"),
        ("amount", "teacher", 0, 1, "x"),
        ("amount", "teacher", 25, 1, "x"),
        ("seats", "teacher", 1, 2, "x"),
        ("seats", "studio", 1, 1, "x"),
    ],
)
def test_what_cannot_be_given_changes_nothing(
    books: Session, code: str, plan: str, months: int, seats: int, reason: str
) -> None:
    with pytest.raises(NotGivenError, match=code):
        grants.give_pass(books, NOW, "studio", plan, months, seats, SOLD, by="user:9", reason=reason)
    for number, why in ((0, "x"), (10_001, "x"), (5, "")):
        with pytest.raises(NotGivenError):
            grants.give_comments(books, NOW, "studio", number, SOLD, by="user:9", reason=why)
    assert books.exec(select(Purchase)).all() == []
    assert books.exec(select(History)).all() == []


def test_what_is_another_studios_or_bought_cannot_be_taken_back(books: Session) -> None:
    given = grants.give_comments(books, NOW, "studio", 30, SOLD, **WHY)
    books.add(
        Purchase(id="cs_1", studio_id="studio", kind="pack", currency="usd", amount=1, paid_at=NOW, by="")
    )
    for studio, ident in (("other", given.id), ("studio", "cs_1"), ("studio", "grant_none")):
        with pytest.raises(NotGivenError, match="gone"):
            grants.take_back(books, NOW, studio, ident, by="user:9", reason="x")
