"""Which records of a file a night learns from, and what it must never have seen."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import pytest

from finetune import plan
from finetune.plan import Plan, plan_for
from finetune.recipe import Recipe, Stage
from finetune.records import Record, record, write
from finetune.sieve import Sieved
from finetune.split import held_out_teachers
from tests.finetune.teachers import made, night

RECIPE = Recipe(name="test", stages=(Stage(stage="sft"),))
YESTERDAY = "2026-11-20T09:30:00Z"


def yesterdays(one: Record) -> Record:
    """The same teacher's on another drawing, accepted the day before."""
    lesson = {**one.line["lesson"], "id": f"before-{one.lesson}"}
    return record({**one.line, "id": f"before-{one.id}", "accepted_at": YESTERDAY, "lesson": lesson})


def planned(
    records: list[Record], folder: Path, monkeypatch: pytest.MonkeyPatch, *, voices: Collection[str] = ()
) -> Plan:
    """The plan of a night whose champion has seen yesterday, and learned these voices."""
    folder.mkdir(exist_ok=True)
    write(folder / "feedback.jsonl", records)
    monkeypatch.setattr(plan, "_seen_until", lambda _start: YESTERDAY)
    monkeypatch.setattr(plan, "_voices", lambda _start: frozenset(voices))
    monkeypatch.setattr(plan, "sieve", lambda some, **_: Sieved(list(some), Counter(), 0))
    found = plan_for(folder / "feedback.jsonl", folder, RECIPE, language=None, start=None, seed=0)
    became = ["passed_over", "may_not_train", "exam", "held_out", "not_replayed", "new", "old"]
    assert found.counts["read"] == sum(found.counts[name] for name in became)
    return found


def eight() -> list[str]:
    """Eight teachers, of whom the first is held out."""
    names = [f"t{i}" for i in range(64)]
    drawn = {teacher for _, teacher in held_out_teachers([made(teacher=name) for name in names], seed=0)}
    return [min(drawn), *[name for name in names if name not in drawn][:7]]


def test_of_teachers_held_out_nothing_is_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen, *others = eight()
    new = [one for name in (unseen, *others) for one in night(name, 4, lessons=2)]
    made = planned([*map(yesterdays, new), *new], tmp_path, monkeypatch)
    assert {one.teacher for one in made.held_out} == {unseen}
    assert {one.teacher for one in made.train} == set(others)
    assert (made.counts["old"], made.counts["not_replayed"]) == (28, 4)
    assert any(one.id.startswith("before-") for one in made.train)


def test_what_was_thought_better_of_does_not_teach_even_where_the_last_word_must_not(tmp_path: Path) -> None:
    some = night("ann", 8, lessons=1)
    first = record({**some[0].line, "studio": "s", "drawing": "d"})
    last = {**first.line, "id": "again", "accepted_at": "2026-11-22T09:00:00Z", "training": False}
    write(tmp_path / "feedback.jsonl", [first, *some[1:], record(last)])
    recipe = RECIPE.model_copy(update={"exam": False})
    made = plan_for(tmp_path / "feedback.jsonl", tmp_path, recipe, language=None, start=None, seed=0)
    assert {one.id for one in made.train} == {one.id for one in some[1:]}
    assert (made.counts["may_not_train"], made.counts["dropped"]) == (1, {"superseded": 1})


@pytest.mark.parametrize("withdrawn_last", [True, False])
def test_of_two_exports_in_one_file_every_comment_teaches_once_and_none_that_either_bars(
    tmp_path: Path, withdrawn_last: bool
) -> None:
    some = [
        record({**one.line, "studio": "s", "drawing": f"d{place}"})
        for place, one in enumerate(night("ann", 8, lessons=2))
    ]
    withdrawn = record({**some[0].line, "training": False})
    exports = [some[:5], [withdrawn, *some[1:]]]
    write(
        tmp_path / "feedback.jsonl", [one for part in exports[:: 1 if withdrawn_last else -1] for one in part]
    )
    recipe = RECIPE.model_copy(update={"exam": False})
    made = plan_for(tmp_path / "feedback.jsonl", tmp_path, recipe, language=None, start=None, seed=0)
    assert sorted(one.id for one in made.train) == sorted(one.id for one in some[1:])
    counts = {name: made.counts[name] for name in ("same_id", "read", "may_not_train", "dropped")}
    assert counts == {"same_id": 5, "read": 8, "may_not_train": 1, "dropped": {}}


def test_who_is_held_out_does_not_hang_on_who_taught_tonight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen, *others = eight()
    every = [one for name in (unseen, *others) for one in night(name, 4, lessons=2)]
    tonight = [one for one in every if one.teacher != others[0]]
    made = planned([*map(yesterdays, every), *tonight], tmp_path, monkeypatch)
    assert {one.teacher for one in made.held_out} == {unseen}


def test_who_has_taught_the_champion_is_not_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [one for name in eight() for one in night(name, 4, lessons=2)]
    voiced = [record({**one.line, "context": {"voice": f"k-{one.teacher}"}}) for one in every]
    made = planned(voiced, tmp_path, monkeypatch, voices={f"k-{eight()[0]}"})
    assert not made.held_out
    assert {one.teacher for one in made.train} == set(eight())


def test_a_lesson_that_goes_on_after_a_night_is_never_examined_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 12, lessons=3)
    begun = [record({**one.line, "id": f"begun-{one.id}", "accepted_at": YESTERDAY}) for one in new[::2]]
    last = [one for one in begun if one.lesson == "ann-l2"]
    (tmp_path / "last").mkdir()
    made = planned([*last, *new], tmp_path / "last", monkeypatch)
    assert {one.lesson for one in made.exam} == {"ann-l1"}
    assert {one.lesson for one in made.train} == {"ann-l0", "ann-l2"}
    assert {one.id for one in last} < {one.id for one in made.train}
    every = planned([*begun, *new], tmp_path, monkeypatch)
    assert not every.exam
    assert len(every.train) == 18


def test_the_reward_is_judged_by_choices_that_neither_teach_nor_are_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", RECIPE.model_copy(update={"most_old": 10}))
    new = night("ann", 40, lessons=4)
    old = [yesterdays(one) for one in new]
    examined = frozenset(one.id for one in old[-24:])  # of the second lesson only a part
    monkeypatch.setattr(plan, "_examined_on", lambda _start: examined)
    made = planned([*old, *new], tmp_path, monkeypatch)
    taught = {one.id for one in made.train}
    assert len(taught & {one.id for one in old}) == 10
    assert {one.id for one in made.choices} == {one.id for one in old[-20:]}
    assert not {one.id for one in made.choices} & {one.id for one in (*made.exam, *made.held_out)}
    again = planned([*old, *new], tmp_path, monkeypatch)  # as it lies in the folder
    assert (again.choices, again.train) == (made.choices, made.train)


def test_what_goes_over_the_bound_of_a_night_judges_the_reward_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", RECIPE.model_copy(update={"most_new": 20}))
    made = planned(night("ann", 40, lessons=4), tmp_path, monkeypatch)
    assert (len(made.train), len(made.choices), len(made.exam)) == (20, 10, 10)
    lessons = [{one.lesson for one in part} for part in (made.train, made.choices, made.exam)]
    assert lessons == [{"ann-l0", "ann-l1"}, {"ann-l2"}, {"ann-l3"}]


def test_of_who_taught_little_no_lesson_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.finetune.test_plan.RECIPE", RECIPE.model_copy(update={"most_new": 30}))
    later = {"accepted_at": "2026-11-21T12:00:00Z"}
    seldom = [record({**one.line, **later}) for one in night("bea", 10, lessons=5)]
    made = planned([*night("ann", 60, lessons=12), *seldom], tmp_path, monkeypatch)
    assert {one.teacher for one in made.choices} == {"ann"}
    assert sum(one.teacher == "bea" for one in made.train) == 8
    assert len(made.train) == 30


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


def test_an_old_acceptance_that_was_thought_better_of_is_not_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = night("ann", 8, lessons=2)
    first = record({**yesterdays(new[0]).line, "studio": "s", "drawing": "same"})
    last = record({**first.line, "id": "last", "accepted_at": YESTERDAY, "training": False})
    first = record({**first.line, "accepted_at": "2026-11-20T09:00:00Z"})
    made = planned([first, last, *new], tmp_path, monkeypatch)
    assert not any(one.id.startswith("before-") for one in made.train)
    alone = planned([first, *new], tmp_path / "alone", monkeypatch)
    assert any(one.id.startswith("before-") for one in alone.train)


def test_exams_stay_as_long_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen, *others = eight()
    every = [one for name in (unseen, *others) for one in night(name, 10, lessons=5)]
    made = planned(every, tmp_path, monkeypatch)
    assert (len(made.exam), len(made.held_out)) == (14, 10)  # the last lesson of each
    monkeypatch.setattr(plan, "MOST_EXAMINED", 9)
    monkeypatch.setattr(plan, "MOST_HELD_OUT", 6)
    fewer = planned(every, tmp_path / "fewer", monkeypatch)
    assert (len(fewer.exam), len(fewer.held_out)) == (8, 6)
    # What is left over of known teachers is learned from, and nothing of those held out.
    assert (fewer.counts["new"], fewer.counts["not_replayed"]) == (made.counts["new"] + 6, 4)
    assert unseen not in {one.teacher for one in fewer.train}
