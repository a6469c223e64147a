"""Months are counted from the first day, never from month to month."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from billing.months import add_months, calendar_month, month_from
from tests.billing.rows import at


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        (at(1, 31), 1, at(2, 28)),
        (at(1, 31), 2, at(3, 31)),
        (at(1, 31, year=2028), 1, at(2, 29, year=2028)),
        (at(11, 30), 3, at(2, 28, year=2027)),
        (at(5, 15, 13), 12, at(5, 15, 13, year=2027)),
        (at(12, 1), 1, at(1, 1, year=2027)),
    ],
)
def test_adding_months_keeps_the_day_where_the_month_has_it(
    start: datetime, months: int, day: datetime
) -> None:
    assert add_months(start, months) == day


def test_months_from_any_anchor_follow_one_another_without_gap() -> None:
    rng = random.Random(7)
    for _ in range(300):
        anchor = at(1, 1) + timedelta(minutes=rng.randrange(2_000_000))
        moment = anchor + timedelta(minutes=rng.randrange(2_000_000))
        month = month_from(anchor, moment)
        assert month.begins <= moment < month.ends
        assert month == month_from(anchor, month.begins)
        following = month_from(anchor, month.ends)
        assert (following.number, following.begins) == (month.number + 1, month.ends)
    assert month_from(anchor, anchor).number == 0


def test_the_calendar_month_is_that_of_utc() -> None:
    month = calendar_month(datetime.fromisoformat("2027-01-01T05:00:00+08:00"))
    assert (month.begins, month.ends) == (at(12, 1), at(1, 1, year=2027))
    assert calendar_month(at(1, 1, year=2027)).number == month.number + 1
    assert month.begins.tzinfo is UTC
