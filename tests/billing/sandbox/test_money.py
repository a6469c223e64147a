"""Integers that add up, and months that end where they should."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sandbox.money import boundary_after, portion, rounded, spread, step


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("number", "wanted"), [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("1/3", 0), ("-2/3", -1)]
)
def test_rounding(number: str, wanted: int) -> None:
    assert rounded(Fraction(number)) == wanted


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_nothing_is_lost_in_spreading(total: int, weights: list[int]) -> None:
    shares = spread(total, weights)
    if sum(weights):
        assert sum(shares) == total
        exact = [Fraction(total * weight, sum(weights)) for weight in weights]
        assert all(abs(share - one) < 1 for share, one in zip(shares, exact, strict=True))


def test_half_a_month_is_half_the_price() -> None:
    assert portion(1000, 15, 30) == 500
    assert portion(1001, 1, 2) == 501


def test_a_month_keeps_its_day() -> None:
    start = moment("2027-01-31 09:00")
    days = [datetime.fromtimestamp(step(start, "month", 1, n), UTC).day for n in range(5)]
    assert days == [31, 28, 31, 30, 31]
    leap = moment("2028-02-29 09:00")
    assert datetime.fromtimestamp(step(leap, "year", 1, 1), UTC).isoformat() == "2029-02-28T09:00:00+00:00"


@given(
    st.integers(moment("2020-01-01"), moment("2040-01-01")),
    st.sampled_from(["day", "week", "month", "year"]),
    st.integers(1, 4),
    st.integers(-4 * 10**8, 4 * 10**8),
)
def test_the_boundary_after_is_the_first(anchor: int, interval: str, count: int, distance: int) -> None:
    after = boundary_after(anchor, interval, count, anchor + distance)
    assert after > anchor + distance
    numbers = range(-2000, 2000) if interval in ("day", "week") else range(-400, 400)
    if interval in ("month", "year"):
        boundaries = [step(anchor, interval, count, n) for n in numbers if -200 < n * count < 200]
        assert after == min(one for one in boundaries if one > anchor + distance)
    else:
        assert (after - anchor) % (count * {"day": 86_400, "week": 604_800}[interval]) == 0
