"""What an interval is worth, and what counts as a contradiction and as shared."""

import numpy as np
import pytest

from drafting.habits import habits
from finetune.figures import contradicts, interval, shares

SAME = "{student}, the orange of the cat glows on its mat."


def test_the_interval_holds_the_mean_and_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    samples = [rng.beta(2, 5, size=60).tolist() for _ in range(100)]
    found = [interval(sample, seed=1) for sample in samples]
    assert all(one["low"] <= one["mean"] <= one["high"] for one in found)
    assert 88 <= sum(one["low"] <= 2 / 7 <= one["high"] for one in found) <= 99
    assert interval([0.25]) == {"mean": 0.25, "low": 0.25, "high": 0.25}
    assert interval(samples[0], seed=1) == found[0]


def test_of_lessons_whose_drawings_fare_alike_the_interval_is_as_wide_as_of_their_means() -> None:
    means = np.random.default_rng(0).normal(size=8).tolist()
    drawings = [mean for mean in means for _ in range(10)]
    by_lesson = interval(drawings, lessons=[f"l{number // 10}" for number in range(80)])
    assert by_lesson == interval(means)
    apart = interval(drawings)
    assert apart["high"] - apart["low"] < 0.5 * (by_lesson["high"] - by_lesson["low"])
    few = interval(drawings[:30], lessons=[f"l{number // 10}" for number in range(30)])
    assert few == interval(drawings[:30])  # three lessons tell nothing of their spread


def test_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        interval([])


def test_only_what_the_facts_deny_is_a_contradiction() -> None:
    assert contradicts([{"kind": "sibling"}, {"kind": "place"}])
    assert not contradicts([{"kind": "unknowable"}, {"kind": "length"}])


def test_what_the_teacher_tells_everybody_is_not_shared() -> None:
    assert shares(SAME, [SAME], "en")
    assert not shares(SAME, [SAME], "en", habits([[SAME, SAME]], "en"))
