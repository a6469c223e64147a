"""Integers in minor units, and the calendar of billing periods."""

import calendar
from datetime import UTC, datetime, timedelta
from fractions import Fraction

DAY = 86_400
HOUR = 3_600

LEAST = {"usd": 50, "cny": 400, "eur": 50, "gbp": 30, "hkd": 400}
"""The smallest amount that a card can be charged; a smaller invoice goes onto the customer's balance."""

LARGEST = 99_999_999
SECONDS = {"day": DAY, "week": 7 * DAY}


def rounded(amount: Fraction) -> int:
    """The nearest whole number; halves go away from zero."""
    size = abs(amount)
    whole = int(size + Fraction(1, 2))
    return whole if amount >= 0 else -whole


def portion(amount: int, part: int, whole: int) -> int:
    """``amount`` × ``part`` / ``whole``, rounded."""
    return rounded(Fraction(amount * part, whole)) if whole else 0


def percent(amount: int, percentage: float) -> int:
    """So many per cent of an amount, rounded."""
    return rounded(amount * Fraction(str(percentage)) / 100)


def spread(total: int, weights: list[int]) -> list[int]:
    """Divide a total in proportion to weights, to the unit: what rounding leaves goes to the largest
    remainders.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [Fraction(total * weight, whole) for weight in weights]
    shares = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda n: abs(exact[n] - shares[n]), reverse=True)
    for n in order[: abs(total - sum(shares))]:
        shares[n] += 1 if total > 0 else -1
    return shares


def step(anchor: int, interval: str, count: int, number: int) -> int:
    """The ``number``-th boundary after ``anchor`` (seconds since 1970). A month keeps the anchor's day
    where it has one: from January 31 to February 28, then March 31.
    """
    if interval in SECONDS:
        return anchor + number * count * SECONDS[interval]
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.month - 1 + number * count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def boundary_after(anchor: int, interval: str, count: int, moment: int) -> int:
    """The first boundary of an anchor's periods that lies after a moment."""
    unit = SECONDS.get(interval, 28 * DAY if interval == "month" else 365 * DAY) * count
    number = max(0, (moment - anchor) // unit - 2) if moment >= anchor else -((anchor - moment) // unit + 2)
    # Months and years are longer than ``unit``: begin early and go on to the first that lies after.
    number = number * 28 // 31 - 1 if interval == "month" else number - 1
    while step(anchor, interval, count, number) <= moment:
        number += 1
    while step(anchor, interval, count, number - 1) > moment:
        number -= 1
    return step(anchor, interval, count, number)


def days_later(moment: int, days: int) -> int:
    """That many days on."""
    return int((datetime.fromtimestamp(moment, UTC) + timedelta(days=days)).timestamp())


def shown(amount: int, currency: str) -> str:
    """As a person reads it: ``¥99.00``, ``$9.00``."""
    sign = {"cny": "¥", "usd": "$", "eur": "€", "gbp": "£", "hkd": "HK$"}.get(
        currency, currency.upper() + " "
    )
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount) / 100:,.2f}"
