"""Which records of a file a night learns from, and what it must never have seen."""

from collections import Counter
from pathlib import Path

import pytest

from finetune import plan
from finetune.plan import Plan, plan_for
from finetune.recipe import Recipe, Stage
from finetune.records import Record, record, write
from finetune.sieve import Sieved
from tests.finetune.teachers import night

RECIPE = Recipe(name="test", stages=(Stage(stage="sft"),))
YESTERDAY = "2026-11-20T09:30:00Z"


def yesterdays(one: Record) -> Record:
    """The same teacher's on another drawing, accepted the day before."""
    lesson = {**one.line["lesson"], "id": f"before-{one.lesson}"}
    return record({**one.line, "id": f"before-{one.id}", "accepted_at": YESTERDAY, "lesson": lesson})


def planned(records: list[Record], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan of a night whose champion has seen yesterday."""
    write(folder / "feedback.jsonl", records)
    monkeypatch.setattr(plan, "_seen_until", lambda _start: YESTERDAY)
    monkeypatch.setattr(plan, "sieve", lambda some, **_: Sieved(list(some), Counter(), 0))
    return plan_for(folder / "feedback.jsonl", folder, RECIPE, language=None, start=None, seed=0)


def test_of_teachers_held_out_nothing_is_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = [one for i in range(8) for one in night(f"t{i}", 4, lessons=2)]
    made = planned([*map(yesterdays, new), *new], tmp_path, monkeypatch)
    [unseen] = {one.teacher for one in made.held_out}
    assert {one.teacher for one in made.train} == {f"t{i}" for i in range(8)} - {unseen}
    assert made.counts["old"] == 28
    assert any(one.id.startswith("before-") for one in made.train)


def test_who_is_held_out_does_not_hang_on_who_taught_tonight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [one for i in range(8) for one in night(f"t{i}", 4, lessons=2)]
    (tmp_path / "all").mkdir()
    [unseen] = {one.teacher for one in planned(every, tmp_path / "all", monkeypatch).held_out}
    tonight = [one for one in every if one.teacher != ("t1" if unseen == "t0" else "t0")]
    made = planned([*map(yesterdays, every), *tonight], tmp_path, monkeypatch)
    assert {one.teacher for one in made.held_out} == {unseen}


def test_what_was_accepted_before_of_an_examined_lesson_is_not_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 8, lessons=2)
    begun = [record({**one.line, "id": f"begun-{one.id}", "accepted_at": YESTERDAY}) for one in new[::2]]
    made = planned([*begun, *new], tmp_path, monkeypatch)
    examined = {one.lesson for one in made.exam}
    assert examined == {"ann-l1"}
    assert {one.lesson for one in made.train} == {"ann-l0"}
    assert sum(one.id.startswith("begun-") for one in made.train) == 2


def test_the_reward_is_judged_by_choices_that_neither_teach_nor_are_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", RECIPE.model_copy(update={"most_old": 10}))
    new = night("ann", 40, lessons=4)
    old = [yesterdays(one) for one in new]
    examined = frozenset(one.id for one in old[-24:])
    monkeypatch.setattr(plan, "_examined_on", lambda _start: examined)
    made = planned([*old, *new], tmp_path, monkeypatch)
    taught = {one.id for one in made.train}
    assert len(taught & {one.id for one in old}) == 10
    assert {one.id for one in made.choices} == examined - taught
    assert not {one.id for one in made.choices} & {one.id for one in (*made.exam, *made.held_out)}
    again = planned([*old, *new], tmp_path, monkeypatch)  # as it lies in the folder
    assert (again.choices, again.train) == (made.choices, made.train)


def test_what_goes_over_the_bound_of_a_night_judges_the_reward_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", RECIPE.model_copy(update={"most_new": 20}))
    made = planned(night("ann", 40, lessons=4), tmp_path, monkeypatch)
    assert (len(made.train), len(made.choices), len(made.exam)) == (20, 10, 10)
    assert not {one.id for one in made.choices} & {one.id for one in (*made.train, *made.exam)}


def test_where_few_were_examined_before_they_are_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 8, lessons=2)
    old = [yesterdays(one) for one in new]
    monkeypatch.setattr(plan, "_examined_on", lambda _start: frozenset(one.id for one in old[-2:]))
    made = planned([*old, *new], tmp_path, monkeypatch)
    assert not made.choices
    assert {one.id for one in old} <= {one.id for one in made.train}


def test_of_a_long_history_no_more_is_sieved_than_of_a_shorter_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 8, lessons=2)
    recipe = RECIPE.model_copy(update={"most_old": 10})
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", recipe)

    def looked_at(nights: int) -> int:
        old = [
            record({**one.line, "id": f"{n}-{one.id}", "drawing": f"{n}-{one.id}", "lesson": {"id": f"l{n}"}})
            for n in range(nights)
            for one in map(yesterdays, night("ann", 40))
        ]
        folder = tmp_path / str(nights)
        folder.mkdir()
        made = planned([*old, *new], folder, monkeypatch)
        assert made.counts["read"] == len(old) + 8
        assert sum(not one.lesson.startswith("ann") for one in made.train) == 10
        looked: int = made.counts["read"] - made.counts["passed_over"]
        return looked

    assert looked_at(30) < 450


def test_an_old_acceptance_that_was_taken_up_again_is_not_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 8, lessons=2)
    first = [record({**yesterdays(one).line, "studio": "s", "drawing": "same"}) for one in new]
    made = planned([*first, *new], tmp_path, monkeypatch)
    assert [one.id for one in made.train if one.id.startswith("before-")] == [first[-1].id]
