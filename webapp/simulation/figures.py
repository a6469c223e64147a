"""The figures of a simulated day, from what teachers were shown and what they accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.figures import interval, rounded, shares
from prompts.vocabulary import Language


@dataclass(frozen=True)
class Row:
    """One acceptance. ``cost`` is the edit cost of the draft that counts (on the desk the chosen one).

    ``first`` is the text that was ranked first; ``wrong`` of the ``shown`` drafts contradict a fact.
    """

    teacher: str
    lesson: str
    language: Language
    cost: float
    first: str
    shown: int
    wrong: int


def untouched(costs: Sequence[float]) -> float:
    """The share of acceptances in which nothing was changed. ValueError without any."""
    if not costs:
        raise ValueError("there is no share of nothing")
    return rounded(sum(cost == 0 for cost in costs) / len(costs))


def facts_wrong(rows: Sequence[Row]) -> float:
    """The share of the shown drafts that contradict a fact."""
    return rounded(sum(row.wrong for row in rows) / max(1, sum(row.shown for row in rows)))


def repeated(rows: Sequence[Row]) -> float:
    """The share of first-ranked drafts that share a sentence with that of another drawing of the lesson; also
    one that the teacher tells everybody, which an exam does not count."""
    by_lesson: dict[str, list[Row]] = {}
    for row in rows:
        by_lesson.setdefault(row.lesson, []).append(row)
    again = sum(
        shares(row.first, [other.first for other in mates if other is not row], row.language)
        for mates in by_lesson.values()
        for row in mates
    )
    return rounded(again / max(1, len(rows)))


def summary(rows: Sequence[Row], seed: int = 0) -> dict[str, Any]:
    """All figures of these rows together. ValueError without rows."""
    return {
        **_touched(rows, seed),
        "facts_wrong": facts_wrong(rows),
        "repeated": repeated(rows),
    }


def by_teacher(rows: Sequence[Row], seed: int = 0) -> dict[str, dict[str, Any]]:
    """``{"n", "edit_cost", "untouched"}`` of each teacher, in the order in which they first appear."""
    names = dict.fromkeys(row.teacher for row in rows)
    return {name: _touched([row for row in rows if row.teacher == name], seed) for name in names}


def _touched(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    costs = [row.cost for row in rows]
    cost = interval(costs, seed, lessons=[row.lesson for row in rows])
    return {"n": len(rows), "edit_cost": cost, "untouched": untouched(costs)}
