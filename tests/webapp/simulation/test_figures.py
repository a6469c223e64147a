"""The figures of a simulated day, by hand."""

import pytest

from webapp.simulation.figures import Row, by_teacher, summary, untouched

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


def test_nothing_has_no_figures() -> None:
    for figure in (untouched, summary):
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
