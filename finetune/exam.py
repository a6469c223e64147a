"""The exam: every case is drafted anew as the desk would have drafted it, as far as the records tell what it
knew, and compared with what the teacher accepted. Whichever model sits it, it is the same exam.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from drafting.draft import NOBODY_WAITS, Draft, draft_class
from drafting.edits import edit_cost
from drafting.habits import Habits
from drafting.write.request import Writer
from finetune.figures import contradicts, interval, shares
from finetune.records import Record, lesson_of
from finetune.works import as_served

MISFITS = ("length", "language", "repetition", "leak", "unfinished")
"""Kinds of flags that tell of a text that no teacher could use, whatever it says."""


@dataclass(frozen=True)
class Outcome:
    """How one drawing fared. Shares are of the drafts that would be shown. ``habit``: the accepted text
    shares a sentence with a classmate's itself. ``repeated`` leaves out what the teacher was known to tell
    everybody, which drafts may repeat. ``criteria`` are the lesson's. ``kinds``: what ``misfit`` says in one
    number, by kind (a draft may be of several); empty where an older version examined, which kept the one
    number only."""

    id: str
    lesson: str
    teacher: str
    edit_cost: float
    edit_cost_best: float
    facts_wrong: float
    misfit: float
    repeated: bool
    best: str
    habit: bool = False
    criteria: tuple[str, ...] = ()
    kinds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """All cases, and their means with intervals by name."""

    cases: tuple[Outcome, ...]
    figures: dict[str, Any]


def examine(
    records: Sequence[Record],
    writer: Writer,
    *,
    taught: Sequence[Record] = (),
    seed: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> Examined:
    """Drafts the records' contexts and measures the first-ranked draft and the nearest of four. ``taught``:
    other records, of which the older ones tell what had been said; see ``as_served``.

    Where nothing could be drafted the teacher writes all of it: edit cost 1, and as unfit as a text can be,
    by its length.
    """
    by_id = {one.id: one for one in records}
    todo = {work.id: work for work in as_served(records, taught)}
    drafted: dict[str, list[Draft]] = {}
    for id_, drafts in draft_class(list(todo.values()), writer, seed=seed, groups=NOBODY_WAITS):
        drafted[id_] = drafts
        if tell:
            tell(len(drafted), len(records))
    firsts: dict[str, dict[str, str]] = {}
    for id_, drafts in drafted.items():
        firsts.setdefault(todo[id_].lesson, {})[id_] = drafts[0].text if drafts else ""
    cases = []
    for id_, drafts in drafted.items():
        one = by_id[id_]
        mates = {other: text for other, text in firsts[todo[id_].lesson].items() if other != id_}
        accepted = [by_id[other].final for other in mates]
        cases.append(_case(one, drafts, list(mates.values()), accepted, todo[id_].habits))
    return Examined(tuple(cases), summary(cases, seed))


def summary(cases: Sequence[Outcome], seed: int = 0) -> dict[str, Any]:
    """The figures that ``vermilion exam`` prints: of all cases, and the same of each teacher's and of each
    criterion's. ``misfit`` is the share of drafts with a fault of any kind, which the gate reads, ``by_kind``
    that of each. Of no case only that there is none.
    """

    def by(names: Callable[[Outcome], Sequence[str]]) -> dict[str, Any]:
        return {
            name: _figures([case for case in cases if name in names(case)], seed)
            for name in sorted({name for case in cases for name in names(case) if name})
        }

    if not cases:
        return {"n": 0}
    return _figures(cases, seed) | {
        "by_teacher": by(lambda case: [case.teacher]),
        "by_criterion": by(lambda case: case.criteria),
    }


def _figures(cases: Sequence[Outcome], seed: int) -> dict[str, Any]:
    lessons = [case.lesson for case in cases]

    def mean(values: list[float]) -> dict[str, float]:
        return interval(values, seed, lessons=lessons)

    known = all(case.kinds for case in cases)
    return {
        "n": len(cases),
        "edit_cost": mean([case.edit_cost for case in cases]),
        "edit_cost_best": mean([case.edit_cost_best for case in cases]),
        "untouched": mean([float(case.edit_cost_best == 0) for case in cases]),
        "facts_wrong": mean([case.facts_wrong for case in cases]),
        "repeated": mean([float(case.repeated) for case in cases]),
        "misfit": mean([case.misfit for case in cases]),
        "by_kind": {kind: mean([case.kinds[kind] for case in cases]) for kind in MISFITS if known},
    }


def _case(
    record: Record, drafts: Sequence[Draft], others: Sequence[str], accepted: Sequence[str], habits: Habits
) -> Outcome:
    best = drafts[0].text if drafts else ""
    costs = [edit_cost(draft.text, record.final, record.language) for draft in drafts] or [1.0]
    faults = [{flag["kind"] for flag in draft.flags}.intersection(MISFITS) for draft in drafts] or [
        {"length"}
    ]
    return Outcome(
        id=record.id,
        lesson=lesson_of(record),
        teacher=record.teacher,
        edit_cost=costs[0],
        edit_cost_best=min(costs),
        facts_wrong=sum(contradicts(draft.flags) for draft in drafts) / max(1, len(drafts)),
        misfit=sum(map(bool, faults)) / len(faults),
        repeated=shares(best, others, record.language, habits),
        best=best,
        habit=shares(record.final, accepted, record.language),
        criteria=record.context.criteria,
        kinds={kind: sum(kind in some for some in faults) / len(faults) for kind in MISFITS},
    )
