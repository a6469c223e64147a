"""Months of a calendar, in UTC: the arithmetic of billing periods and quota months."""

from calendar import monthrange
from datetime import UTC, datetime
from typing import NamedTuple


class Month(NamedTuple):
    """One quota month: its number within what grants it, its first moment, and the first one after it."""

    number: int
    begins: datetime
    ends: datetime


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later; the month's last day where it has no such day.

    As Stripe does it: 31 January + 1 is 28 February, and + 2 is 31 March, so count from the first day always,
    never from month to month.
    """
    over = moment.year * 12 + moment.month - 1 + months
    year, month = over // 12, over % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def month_from(anchor: datetime, moment: datetime) -> Month:
    """The month that ``moment`` is in, counted from ``anchor`` as number 0. ``moment`` is not before it."""
    number = max(0, (moment.year - anchor.year) * 12 + moment.month - anchor.month)
    if number and add_months(anchor, number) > moment:
        number -= 1
    return Month(number, add_months(anchor, number), add_months(anchor, number + 1))


def calendar_month(moment: datetime) -> Month:
    """The calendar month of ``moment`` in UTC; its number counts the months since year 0."""
    here = moment.astimezone(UTC)
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(first.year * 12 + first.month - 1, first, add_months(first, 1))
