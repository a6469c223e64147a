"""The figures by hand, and what the interval is worth."""

import numpy as np
import pytest

from drafting.habits import habits
from finetune.figures import Row, by_teacher, contradicts, interval, shares, summary, untouched

SAME = "{student}, the orange of the cat glows on its mat."


def row(**changes: object) -> Row:
    known = {
        "teacher": "a",
        "lesson": "1",
        "language": "en",
        "cost": 0.5,
        "first": "",
        "shown": 4,
        "wrong": 0,
    }
    return Row(**{**known, **changes})  # type: ignore[arg-type]


def test_the_interval_holds_the_mean_and_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    samples = [rng.beta(2, 5, size=60).tolist() for _ in range(100)]
    found = [interval(sample, seed=1) for sample in samples]
    assert all(one["low"] <= one["mean"] <= one["high"] for one in found)
    assert 88 <= sum(one["low"] <= 2 / 7 <= one["high"] for one in found) <= 99
    assert interval([0.25]) == {"mean": 0.25, "low": 0.25, "high": 0.25}
    assert interval(samples[0], seed=1) == found[0]


def test_nothing_has_no_figures() -> None:
    for figure in (interval, untouched, summary):
        with pytest.raises(ValueError, match="of nothing"):
            figure([])  # type: ignore[operator]


def test_a_summary_by_hand() -> None:
    rows = [
        row(cost=0.0, first=SAME, wrong=1),
        row(cost=1.0, first=SAME.replace("orange", "red"), wrong=0),
        row(lesson="2", teacher="b", cost=0.5, first=SAME),
        row(lesson="2", teacher="b", cost=0.0, first="{student}, well drawn."),
        row(lesson="2", teacher="b", cost=0.0, first=f"{SAME} {{student}}, well drawn."),
    ]
    found = summary(rows)
    assert found["edit_cost"]["mean"] == pytest.approx(0.3)
    assert {name: found[name] for name in ("n", "untouched", "facts_wrong", "repeated")} == {
        "n": 5,
        "untouched": 0.6,
        "facts_wrong": 0.05,
        "repeated": 0.4,  # not the first lesson's: another colour makes another sentence; nor the short one
    }
    teachers = by_teacher(rows)
    assert list(teachers) == ["a", "b"]
    assert (teachers["b"]["n"], teachers["b"]["untouched"]) == (3, 0.6667)


def test_only_what_the_facts_deny_is_a_contradiction() -> None:
    assert contradicts([{"kind": "sibling"}, {"kind": "place"}])
    assert not contradicts([{"kind": "unknowable"}, {"kind": "length"}])


def test_what_the_teacher_tells_everybody_is_not_shared() -> None:
    assert shares(SAME, [SAME], "en")
    assert not shares(SAME, [SAME], "en", habits([[SAME, SAME]], "en"))
