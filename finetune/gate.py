"""May it serve? A candidate is promoted only where later lessons show that teachers have less to edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.exam import Examined, Outcome
from finetune.figures import LEAST_LESSONS, Interval, interval, rounded
from finetune.reasons import Reason

WORSE_TEACHER = 0.05
"""Mean edit cost by which a teacher may get worse, and no more where the rise is clear of chance."""
SURE = 0.025
"""The chance that a night is refused for a teacher of whom, in truth, nothing got worse."""
MUCH_WORSE_TEACHER = 0.3
"""By so much none may get worse even where chance could have done it. (One teacher's lessons, drafted by one
writer, differ in their means by 0.12: one of six teachers goes beyond this on one night of some thirty.)"""
WORSE_GUARD = 0.03
"""Mean edit cost by which what only guards may get worse, chance or not: teachers held out, and the golden
set that no night trains on."""
WORSE_SAFETY = 0.01
"""Share of drafts by which wrong facts, repetition and the like may rise, if the rise is clear of chance."""
MUCH_WORSE = 0.05
"""By so much they may not rise even where chance could have done it, unless all of it is one
sentence that two drafts share."""
_A_PAIR = 2
"""Drafts that repeat each other, at the least: in an exam of 25 they are 8%."""
LEAST_OF_A_TEACHER = 5
"""Of fewer drawings nothing can be said of one teacher."""
LEAST_DRAWINGS = 5
"""Of fewer drawings of later lessons nothing can be said at all."""
GAIN_OF_FEW = 0.45
"""So much, over the root of their number, must be gained where there are fewer lessons: drawings of one say
nothing of the next. One lesson's gain differs from another's by 0.23 (told by the interval of a night with
six); what does nothing gains twice that, over the root, on one night in forty."""


@dataclass(frozen=True)
class Judged:
    """``reasons`` are none where it is promoted; ``gained`` is the mean fall in edit cost with its
    interval."""

    promoted: bool
    reasons: tuple[Reason, ...]
    gained: Interval

    @property
    def said(self) -> tuple[str, ...]:
        """The reasons as English sentences."""
        return tuple(reason.in_words("en") for reason in self.reasons)


def judge(
    candidate: Examined,
    champion: Examined,
    *,
    guards: Mapping[str, tuple[Examined, Examined]] | None = None,
    seed: int = 0,
) -> Judged:
    """Compares both on the same cases; ``guards`` are further cases, (candidate, champion) by name.

    Lessons, not drawings, are drawn anew for the interval: drawings of one lesson are alike. Of fewer than
    ``LEAST_LESSONS`` the drawings are, and what ``GAIN_OF_FEW`` says must be gained. Of several candidates
    that are judged on the same cases, what the best one gained is flattered.
    """
    pairs = _pairs(candidate, champion)
    lessons = len({lesson for lesson, _, _ in pairs})
    gained = _gained(pairs, seed)
    reasons = []
    if len(pairs) < LEAST_DRAWINGS:
        reasons.append(Reason("few_drawings", {"drawings": len(pairs), "least": LEAST_DRAWINGS}))
    elif gained["low"] <= 0:
        reasons.append(Reason("not_clear", gained))
    elif lessons < LEAST_LESSONS and gained["mean"] < (needed := GAIN_OF_FEW / lessons**0.5):
        least = {"lessons": lessons, "least": LEAST_LESSONS, "gain": needed}
        reasons.append(Reason("few_lessons", {"mean": gained["mean"], **least}))
    for teacher, worse in _worse_by_teacher(pairs).items():
        reasons.append(Reason("teacher", {"teacher": teacher, "worse": worse}))
    for name in ("facts_wrong", "repeated", "misfit"):
        if _rose(candidate, champion, name, seed):
            rise = {"what": name, **_before_and_after(candidate, champion, name)}
            kinds = _kinds_that_rose(candidate, champion) if name == "misfit" else ()
            reasons.append(Reason("rose", rise, kinds))
    for name, (one, other) in (guards or {}).items():
        worse = -float(np.mean([fall for _, _, fall in _pairs(one, other)] or [0.0]))
        if worse > WORSE_GUARD:
            reasons.append(Reason("guard_cost", {"cases": name, "worse": worse}))
        if _rose(one, other, "facts_wrong", seed):
            wrong = _mean(one, "facts_wrong") - _mean(other, "facts_wrong")
            reasons.append(Reason("guard_facts", {"cases": name, "worse": wrong}))
    return Judged(not reasons, tuple(reasons), gained)


def _kinds_that_rose(candidate: Examined, champion: Examined) -> tuple[tuple[str, float, float], ...]:
    """The kinds, with what they rose from and to, what rose most first; nothing where an exam does not
    say."""
    before, after = (one.figures.get("by_kind", {}) for one in (champion, candidate))
    both = [(kind, before[kind]["mean"], after[kind]["mean"]) for kind in after if kind in before]
    return tuple(
        sorted((one for one in both if one[2] > one[1]), key=lambda one: one[2] - one[1], reverse=True)
    )


def _mean(examined: Examined, name: str) -> float:
    return float(examined.figures[name]["mean"]) if examined.cases else 0.0


def _rose(candidate: Examined, champion: Examined, name: str, seed: int) -> bool:
    """Whether a share of drafts rose by more than may be, and more than chance explains: one bad draft of a
    hundred can be luck. A case that does not count stands among them as one that stayed as it was."""
    rises = [
        (case.lesson, case.teacher, after - before if _counts(case, name) else 0.0)
        for case, before, after in _both(candidate, champion, name)
    ]
    rise = _gained(rises, seed)
    much = max(MUCH_WORSE, _A_PAIR / len(rises)) if name == "repeated" and rises else MUCH_WORSE
    return rise["mean"] > much or (rise["mean"] > WORSE_SAFETY and rise["low"] > 0)


def _counts(case: Outcome, name: str) -> bool:
    """Drafts may share as much within a class as what the teacher herself told it does: there it is no fault
    to repeat, and no merit not to, which could make up for a fault elsewhere."""
    return not (name == "repeated" and case.habit)


def _before_and_after(candidate: Examined, champion: Examined, name: str) -> dict[str, float]:
    """The shares of the cases that count."""
    told = [both for case, *both in _both(candidate, champion, name) if _counts(case, name)]
    before, after = zip(*told, strict=True)
    return {"before": rounded(np.mean(before)), "after": rounded(np.mean(after))}


def _both(candidate: Examined, champion: Examined, name: str) -> list[tuple[Outcome, float, float]]:
    """Every case that both drafted, as the candidate did, with the champion's share and the candidate's."""
    before = {case.id: float(getattr(case, name)) for case in champion.cases}
    return [
        (case, before[case.id], float(getattr(case, name))) for case in candidate.cases if case.id in before
    ]


def _pairs(candidate: Examined, champion: Examined) -> list[tuple[str, str, float]]:
    """(lesson, teacher, fall in edit cost) of every case that both drafted."""
    before = {case.id: case for case in champion.cases}
    return [
        (case.lesson, case.teacher, _to_edit(before[case.id]) - _to_edit(case))
        for case in candidate.cases
        if case.id in before
    ]


def _to_edit(case: Outcome) -> float:
    """What a teacher would have had to edit, who takes the first draft or the nearest of the four: half way
    between, and less a matter of luck than either."""
    return (case.edit_cost + case.edit_cost_best) / 2


def _gained(pairs: Sequence[tuple[str, str, float]], seed: int) -> Interval:
    """The mean change, with its interval by lessons."""
    if not pairs:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    return interval([change for _, _, change in pairs], seed, lessons=[lesson for lesson, _, _ in pairs])


def _worse_by_teacher(pairs: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """Who would have more to edit than may be, and how much more."""
    of_teachers: dict[str, list[tuple[str, str, float]]] = {}
    for pair in pairs:
        of_teachers.setdefault(pair[1], []).append(pair)
    asked = {t: some for t, some in sorted(of_teachers.items()) if t and len(some) >= LEAST_OF_A_TEACHER}
    worse = {}
    for teacher, some in asked.items():
        rise = round(-float(np.mean([fall for _, _, fall in some])), 4)
        if rise > MUCH_WORSE_TEACHER or (rise > WORSE_TEACHER and _surely_worse(some, len(asked))):
            worse[teacher] = rise
    return worse


def _surely_worse(pairs: Sequence[tuple[str, str, float]], asked: int) -> bool:
    """Whether a teacher's lessons got worse by more than chance, by Student's t over the lessons' means, at
    ``SURE`` shared among so many who are asked: of many as well off as before, some one looks worse by chance
    (Bonferroni's correction). A single lesson, whose drawings all fare alike, cannot tell.
    """
    lessons: dict[str, list[float]] = {}
    for lesson, _teacher, fall in pairs:
        lessons.setdefault(lesson, []).append(-fall)
    if len(lessons) < 2:
        return False
    rises = np.array([np.mean(some) for some in lessons.values()])
    error = float(rises.std(ddof=1)) / len(rises) ** 0.5
    students = np.random.default_rng(0).standard_t(len(rises) - 1, 200_000)
    return bool(rises.mean() > np.quantile(students, 1 - SURE / asked) * error)
