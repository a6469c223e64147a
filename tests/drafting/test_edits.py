"""The edit cost against a plain table, and its laws."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting.edits import edit_cost, levenshtein, units


def by_table(one: str, other: str) -> int:
    """The textbook's way."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


short = st.text(alphabet="abcd", max_size=80)


@given(short, short)
def test_the_distance_is_the_tables(one: str, other: str) -> None:
    assert levenshtein(one, other) == by_table(one, other) == levenshtein(other, one)


@given(short, short, short)
def test_a_detour_is_never_shorter(one: str, other: str, third: str) -> None:
    assert levenshtein(one, third) <= levenshtein(one, other) + levenshtein(other, third)


@given(st.text(max_size=60), st.sampled_from(["en", "zh"]))
def test_untouched_costs_nothing(text: str, language: str) -> None:
    assert edit_cost(text, text, language) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "draft", "final", "cost"),
    [
        ("en", "The cat glows on its mat", "The cat sleeps on its mat", 1 / 6),
        ("en", "one two", "one  two\nthree four", 2 / 4),
        ("en", "Cafe\u0301 cat", "Caf\u00e9 cat", 0),
        ("en", "{student}, look", "{student}, see", 1 / 2),
        ("zh", "{student}，小猫很好。", "{student}，小狗很好。", 1 / 7),
        ("zh", "小 猫\n好", "小猫好", 0),
        ("zh", "小猫", "{student}", 2),
        ("en", "all gone", "", 2),
        ("en", "", "", 0),
    ],
)
def test_costs_by_hand(language: str, draft: str, final: str, cost: float) -> None:
    assert edit_cost(draft, final, language) == pytest.approx(cost)  # type: ignore[arg-type]


def test_units() -> None:
    assert units("{student}, a 猫", "en") == ["{student},", "a", "猫"]
    assert units("{student}，a 猫", "zh") == ["{student}", "，", "a", "猫"]


def test_thousands_of_comments_take_a_moment() -> None:
    one, other = "小猫坐在红垫子上橙色很暖" * 10, "小狗趴在蓝垫子上橙色很亮" * 10
    start = time.perf_counter()
    for _ in range(1000):
        edit_cost(one, other, "zh")
    assert time.perf_counter() - start < 3
