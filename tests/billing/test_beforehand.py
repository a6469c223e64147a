"""What is said of prepaid time and of the trial before a plan is paid by card is what then happens."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from billing.beforehand import Beforehand, beforehand
from billing.entitlements import Source, entitle, load, pass_stretches, passes_waiting
from billing.plans import Rank
from billing.tables import Purchase
from billing.timeline import Cover, Paid, Waiting, waiting
from tests.billing.rows import SOLD, at, purchase, subscription, trial

TEACHER, STUDIO = Rank(1, 1), Rank(2, 3)
NOW = at(1, 20)
PLANS = [("teacher", 1), ("studio", 2)]


def test_the_rest_of_a_pass_waits_under_an_open_cover_and_a_whole_one_behind_it() -> None:
    passes = [Paid("a", TEACHER, 1, at(1, 10)), Paid("b", TEACHER, 12, at(1, 12))]
    assert waiting(passes, []) == []
    assert waiting(passes, [Cover(TEACHER, at(1, 20), at(3, 1))]) == []  # known to end
    assert waiting(passes, [Cover(TEACHER, at(1, 20), None)]) == [
        Waiting("a", timedelta(days=21)),
        Waiting("b", None),
    ]


def test_what_was_taken_back_or_is_used_up_does_not_wait() -> None:
    passes = [Paid("a", TEACHER, 1, at(1, 10)), Paid("b", TEACHER, 1, at(1, 12), revoked=at(1, 15))]
    assert waiting(passes, [Cover(STUDIO, at(2, 10), None)]) == []


def told(books: Session, plan: str, seats: int, now: datetime = NOW) -> Beforehand:
    item = SOLD.item(f"vermilion-subscription-{plan}-month-usd")
    return beforehand(books, now, "studio", load(books, "studio"), item, seats, SOLD)


def given(books: Session) -> list[Purchase]:
    """A month of Teacher that runs, and one of Studio that has begun besides."""
    made = [purchase(1, at(1, 10)), purchase(2, at(1, 15), plan="studio", seats=2)]
    books.add_all(made)
    return made


@pytest.mark.parametrize(("plan", "seats"), PLANS)
def test_what_is_said_of_prepaid_time_comes_true(books: Session, plan: str, seats: int) -> None:
    given(books)
    found = told(books, plan, seats)
    books.add(subscription(plan=plan, seats=seats, began_at=NOW))
    stored = load(books, "studio")
    assert found.waiting == passes_waiting(stored, SOLD)
    assert found.going_on == [s for s in pass_stretches(stored, SOLD) if s.ends > NOW]
    assert [one.id for one in found.waiting] == (["cs_1"] if plan == "teacher" else ["cs_2", "cs_1"])
    assert [one.id for one in found.going_on] == (["cs_2"] if plan == "teacher" else [])
    assert found.ids == {"cs_1", "cs_2"}


@pytest.mark.parametrize(("plan", "seats"), PLANS)
def test_a_plan_takes_the_place_of_the_trial(books: Session, plan: str, seats: int) -> None:
    books.add(trial(at(1, 10)))
    found = told(books, plan, seats)
    assert found.trial is not None
    assert found.ids == {"trial"}
    books.add(subscription(plan=plan, seats=seats, began_at=NOW))
    assert entitle(load(books, "studio"), NOW, SOLD).source is Source.SUBSCRIPTION
    assert told(books, plan, seats, now=at(1, 24)).ids == set()


def test_prepaid_time_over_a_plan_by_card_ends_in_that(books: Session) -> None:
    given(books)
    books.add(subscription(began_at=NOW))
    found = entitle(load(books, "studio"), NOW, SOLD)
    assert (found.source, found.ends_at, found.followed) == (Source.PASS, at(2, 15), True)


def test_for_a_pass_or_a_pack_there_is_nothing_to_know_of_them(books: Session) -> None:
    given(books)
    books.add(trial(at(1, 10)))
    for key in ("pass-teacher-month-usd", "pack-100-usd"):
        item = SOLD.item(f"vermilion-{key}")
        assert beforehand(books, NOW, "studio", load(books, "studio"), item, 1, SOLD).ids == set()
