"""What exams and simulations count alike: an interval, a contradiction, a shared sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from drafting.check import CONTRADICTIONS
from drafting.check.case import Case
from drafting.check.repetition import check_shared
from drafting.habits import NONE, Habits
from prompts import Context
from prompts.vocabulary import Language

Interval = dict[str, float]
"""``{"mean", "low", "high"}``, the last two with 95% confidence."""

LEAST_LESSONS = 4
"""Of fewer lessons, drawing them anew shows too little of what chance does; of a single one nothing."""
_RESAMPLES = 2000


def interval(values: Sequence[float], seed: int = 0, *, lessons: Sequence[str] = ()) -> Interval:
    """The mean with its 95% bootstrap interval: the percentiles of the means of resamples (Efron, 1979).

    Values of one of the ``lessons``, which name each value's, fare alike: so whole lessons are drawn anew
    (cluster bootstrap, Field and Welsh 2007), and of fewer than ``LEAST_LESSONS`` the values. Of few lessons
    the interval is too narrow: it leaves out zero, where nothing changed, on one side nine times in a hundred
    of four lessons, eight of six, five of ten, rather than two and a half.

    ValueError without values.
    """
    if not values:
        raise ValueError("there is no mean of nothing")
    rows: dict[object, list[float]] = {}
    enough = len(set(lessons)) >= LEAST_LESSONS
    for place, value in enumerate(values):
        rows.setdefault(lessons[place] if enough else place, []).append(value)
    sums, sizes = np.array([sum(row) for row in rows.values()]), np.array([len(row) for row in rows.values()])
    picks = np.random.default_rng(seed).integers(len(sums), size=(_RESAMPLES, len(sums)))
    low, high = np.percentile(sums[picks].sum(axis=1) / sizes[picks].sum(axis=1), [2.5, 97.5])
    return {"mean": rounded(sums.sum() / sizes.sum()), "low": rounded(low), "high": rounded(high)}


def contradicts(flags: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a draft with these flags says what the measured facts deny."""
    return any(flag.get("kind") in CONTRADICTIONS for flag in flags)


def shares(text: str, others: Sequence[str], language: Language, habits: Habits = NONE) -> bool:
    """Whether the text shares a sentence with one of the others that is none of the ``habits``."""
    case = Case(text, Context(facts={}), language)
    return any(True for _ in check_shared(case, "sibling", others, habits))


def rounded(value: float) -> float:
    """As figures stand in reports."""
    return round(float(value), 4)
