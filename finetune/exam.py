"""The exam: every case is drafted anew as the desk would have drafted it, as far as the records tell what it
knew, and compared with what the teacher accepted. Whichever model sits it, it is the same exam.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from drafting.draft import NOBODY_WAITS, Draft, draft_class
from drafting.edits import edit_cost
from drafting.habits import Habits
from drafting.write.request import Writer
from finetune.figures import contradicts, interval, shares
from finetune.records import Record
from finetune.split import lesson_of
from finetune.works import as_served

# Kinds of flags that tell of a text that no teacher could use, whatever it says.
_MISFITS = frozenset({"language", "length", "repetition", "leak", "unfinished"})


@dataclass(frozen=True)
class Case:
    """How one drawing fared. Shares are of the drafts that would be shown. ``habit``: the accepted text
    shares a sentence with a classmate's itself. ``repeated`` leaves out what the teacher was known to tell
    everybody, which drafts may repeat. ``criteria`` are the lesson's."""

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


@dataclass(frozen=True)
class Examined:
    """All cases, and their means with intervals by name."""

    cases: tuple[Case, ...]
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

    Where nothing could be drafted the teacher writes all of it: edit cost 1, and as unfit as a text can be.
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


def summary(cases: Sequence[Case], seed: int = 0) -> dict[str, Any]:
    """The figures that ``vermilion exam`` prints, and ``misfit``, which the gate reads beside them; of no
    case only that there is none.
    """
    if not cases:
        return {"n": 0}

    def mean(values: list[float]) -> dict[str, float]:
        return interval(values, seed)

    def by(names: Callable[[Case], Sequence[str]]) -> dict[str, Any]:
        return {
            name: {"n": len(theirs), "edit_cost": mean([case.edit_cost for case in theirs])}
            for name in sorted({name for case in cases for name in names(case) if name})
            if (theirs := [case for case in cases if name in names(case)])
        }

    return {
        "n": len(cases),
        "edit_cost": mean([case.edit_cost for case in cases]),
        "edit_cost_best": mean([case.edit_cost_best for case in cases]),
        "untouched": mean([float(case.edit_cost_best == 0) for case in cases]),
        "facts_wrong": mean([case.facts_wrong for case in cases]),
        "repeated": mean([float(case.repeated) for case in cases]),
        "misfit": mean([case.misfit for case in cases]),
        "by_teacher": by(lambda case: [case.teacher]),
        "by_criterion": by(lambda case: case.criteria),
    }


def _case(
    record: Record, drafts: Sequence[Draft], others: Sequence[str], accepted: Sequence[str], habits: Habits
) -> Case:
    best = drafts[0].text if drafts else ""
    costs = [edit_cost(draft.text, record.final, record.language) for draft in drafts] or [1.0]
    kinds = [{flag["kind"] for flag in draft.flags} for draft in drafts]
    return Case(
        id=record.id,
        lesson=lesson_of(record),
        teacher=record.teacher,
        edit_cost=costs[0],
        edit_cost_best=min(costs),
        facts_wrong=sum(contradicts(draft.flags) for draft in drafts) / max(1, len(drafts)),
        misfit=sum(bool(kind & _MISFITS) for kind in kinds) / len(drafts) if drafts else 1.0,
        repeated=shares(best, others, record.language, habits),
        best=best,
        habit=shares(record.final, accepted, record.language),
        criteria=record.context.criteria,
    )
