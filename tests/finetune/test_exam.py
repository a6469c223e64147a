"""What an exam says of drafts, by hand: a writer that gives what it is told to."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drafting.write.request import Request, Style, Writer, Written
from finetune.exam import MISFITS, Outcome, examine, summary
from finetune.records import Record
from tests.finetune.teachers import made

TEXTS: dict[str, str | list[str]] = {
    "l1": "{student}, the orange cat fills the sheet, and the blue holds it. What could come next here?",
    "l2": "",
    "l3": "{student}, 这只橙色的猫, good!",
    # Of a single sentence nothing can be cut away.
    "false": "{student}, the green cat fills the sheet, and the purple holds it.",
    "either": [
        "{student}, the orange cat fills the sheet, and the blue holds it. What could come next here?",
        "What a large animal it is, {student}, and how bold the blue looks! Tell us its name some day.",
    ],
}


class Told(Writer):
    """Writes for a drawing the text of its theme, or its texts in turn."""

    model, chat, needs_leading, sees, prompt, reward = "told", False, False, False, "", None

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int, style: Style | None = None
    ) -> list[list[Written]]:
        told = [next(some for theme, some in TEXTS.items() if theme in one.rendered.text) for one in requests]
        each = [[some] if isinstance(some, str) else some for some in told]
        return [[Written(some[place % len(some)], 0.0) for place in range(n)] for some in each]


def of(lesson: str, **changes: object) -> Record:
    told = {"id": lesson, "theme": lesson, "audience": "student", "criteria": ["colour", "space"]}
    return made(**{"id": lesson, "lesson": told, "final": TEXTS["l1"]} | changes)


def test_what_is_drafted_as_it_was_accepted_costs_nothing_and_what_is_not_drafted_costs_all() -> None:
    examined = examine([of("l1"), of("l2", teacher="t2")], Told())
    good, none = examined.cases
    assert (good.edit_cost, good.misfit, good.facts_wrong) == (0.0, 0.0, 0.0)
    assert (none.edit_cost, none.edit_cost_best, none.misfit, none.best) == (1.0, 1.0, 1.0, "")
    assert examined.figures["untouched"]["mean"] == 0.5
    of_all = {name: one for name, one in examined.figures.items() if not name.startswith("by_")}
    assert {"n", "edit_cost", "untouched", "facts_wrong", "repeated", "misfit"} < of_all.keys()
    assert examined.figures["by_criterion"]["space"] == of_all | {"by_kind": examined.figures["by_kind"]}
    theirs = examined.figures["by_teacher"]
    assert [theirs["t2"][name]["mean"] for name in ("edit_cost", "untouched", "facts_wrong")] == [
        1.0,
        0.0,
        0.0,
    ]
    assert [theirs["t1"][name]["mean"] for name in ("edit_cost", "untouched", "facts_wrong")] == [
        0.0,
        1.0,
        0.0,
    ]


def test_a_draft_that_contradicts_the_drawing_is_counted() -> None:
    """The drawing is orange and blue."""
    examined = examine([of("l1"), of("false", teacher="t2")], Told())
    true, false = examined.cases
    assert false.best == TEXTS["false"]
    assert (true.facts_wrong, false.facts_wrong) == (0.0, 1.0)
    assert examined.figures["facts_wrong"]["mean"] == 0.5
    theirs = examined.figures["by_teacher"]
    assert [theirs[teacher]["facts_wrong"]["mean"] for teacher in ("t1", "t2")] == [0.0, 1.0]


def test_the_nearest_of_the_drafts_is_told_beside_the_first() -> None:
    first, second = TEXTS["either"]
    examined = examine([of("either", final=second)], Told())
    [one] = examined.cases
    assert one.best == first
    assert one.edit_cost > 0 == one.edit_cost_best
    assert one.facts_wrong == 0.0
    figures = examined.figures
    assert figures["edit_cost"]["mean"] > 0 == figures["edit_cost_best"]["mean"]
    assert figures["untouched"]["mean"] == 1.0
    assert examine([of("either", final=first)], Told()).cases[0].edit_cost == 0.0


def test_what_makes_a_draft_unfit_is_told_by_its_kind() -> None:
    examined = examine([of("l1"), of("l2"), of("l3"), of("l3", id="l4", teacher="t2")], Told())
    none = dict.fromkeys(MISFITS, 0.0)
    assert [case.kinds for case in examined.cases] == [
        none,
        none | {"length": 1.0},
        none | {"length": 1.0, "language": 1.0},
        none | {"length": 1.0, "language": 1.0},
    ]

    def means(figures: dict[str, Any]) -> dict[str, float]:
        return {kind: one["mean"] for kind, one in figures["by_kind"].items()}

    assert means(examined.figures) == none | {"length": 0.75, "language": 0.5}
    assert means(examined.figures["by_teacher"]["t2"]) == none | {"length": 1.0, "language": 1.0}
    assert examined.figures["misfit"]["mean"] == 0.75


def test_cases_are_kept_as_json_and_come_back() -> None:
    cases = examine([of("l1")], Told()).cases
    kept = tuple(Outcome(**told) for told in json.loads(json.dumps([asdict(case) for case in cases])))
    assert summary(kept) == summary(cases)
    assert summary(()) == {"n": 0}


def test_an_exam_that_an_older_version_kept_is_still_one() -> None:
    told = asdict(examine([of("l2")], Told()).cases[0])
    del told["kinds"]
    figures = summary((Outcome(**told),))
    assert (figures["misfit"]["mean"], figures["by_kind"]) == (1.0, {})


def test_where_the_lesson_is_unknown_a_day_stands_for_it() -> None:
    theme = {"theme": "l1", "audience": "student"}
    days = [made(id=f"r{i}", lesson=theme, accepted_at=f"2026-11-2{i // 2}T09:30:00Z") for i in range(4)]
    assert [len({case.lesson for case in examine(some, Told()).cases}) for some in (days[:2], days)] == [1, 2]
