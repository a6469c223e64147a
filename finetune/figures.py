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

_RESAMPLES = 2000


def interval(values: Sequence[float], seed: int = 0) -> Interval:
    """The mean with its 95% bootstrap interval: the percentiles of the means of resamples (Efron, 1979).

    ValueError without values.
    """
    if not values:
        raise ValueError("there is no mean of nothing")
    array = np.asarray(values, float)
    picks = np.random.default_rng(seed).integers(len(array), size=(_RESAMPLES, len(array)))
    low, high = np.percentile(array[picks].mean(axis=1), [2.5, 97.5])
    return {"mean": _rounded(array.mean()), "low": _rounded(low), "high": _rounded(high)}


def contradicts(flags: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a draft with these flags says what the measured facts deny."""
    return any(flag.get("kind") in CONTRADICTIONS for flag in flags)


def shares(text: str, others: Sequence[str], language: Language, habits: Habits = NONE) -> bool:
    """Whether the text shares a sentence with one of the others that is none of the ``habits``."""
    case = Case(text, Context(facts={}), language)
    return any(True for _ in check_shared(case, "sibling", others, habits))


def _rounded(value: float) -> float:
    return round(float(value), 4)
