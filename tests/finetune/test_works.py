"""What an exam knows of the time before a lesson: as much as the desk did, where the records tell."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from drafting.check.sentences import normalised
from drafting.draft import Draft, Work
from drafting.habits import Habits
from finetune import exam, works
from finetune.records import Record
from finetune.works import as_served
from tests.finetune.teachers import made
from webapp.lessons import briefs

FAREWELL = "I look forward to what you draw next."


def of(lesson: int, number: int = 0, *, final: str = "", **changes: Any) -> Record:
    """A drawing of the lesson of that day, by default by student ``s{number}``."""
    told = {"id": f"l{lesson}-{number}", "drawing": f"d{lesson}-{number}", "studio": "a", "final": final}
    told |= {"lesson": {"id": f"l{lesson}"}, "student": {"id": f"s{number}"}}
    return made(**told | {"accepted_at": f"2026-11-{lesson:02}T09:{number:02}:00Z"} | changes)


def earlier(one: Record, *others: Record) -> tuple[str, ...]:
    [work] = as_served([one], others)
    return work.earlier


def test_as_much_as_the_desk_looks_at() -> None:
    assert (works.EARLIER, works.HABITUAL) == (briefs.EARLIER, briefs.HABITUAL)


def test_what_the_student_was_told_last_newest_first() -> None:
    others = [of(lesson, final=f"Told in {lesson}.") for lesson in (3, 1, 2, 4, 6, 5, 8, 9)]
    assert earlier(of(8, 1, student={"id": "s0"}), *others) == tuple(f"Told in {n}." for n in (6, 5, 4, 3, 2))


@pytest.mark.parametrize(
    "other",
    [
        of(1, 1, final="To another child."),
        of(1, final="In another studio.", studio="b"),
        of(2, 7, final="In the same lesson.", student={"id": "s0"}),
        of(3, final="Later."),
        of(1, final="At a time that nobody knows.", accepted_at=None),
    ],
)
def test_what_was_not_said_to_them_before_is_not_known(other: Record) -> None:
    assert earlier(of(2), of(1, 9, final="Before.", student={"id": "s0"}), other) == ("Before.",)


def test_nobody_is_not_a_student() -> None:
    assert earlier(of(2, student={}), of(1, student={}, final="To somebody.")) == ()


def test_of_a_comment_that_was_accepted_again_the_words_that_stood_then() -> None:
    first = of(1, final="First words.")
    again = of(1, id="again", final="Other words.", accepted_at="2026-11-02T09:00:00Z")
    late = of(1, id="late", final="Last words.", accepted_at="2026-11-04T09:00:00Z")
    assert earlier(of(3), first, again, late) == ("Other words.",)
    # Twice the same drawing makes no habit of what was said of it.
    assert not habits_of(of(3), of(1, final=FAREWELL), of(1, id="again", final=FAREWELL))


def habits_of(one: Record, *others: Record) -> Habits:
    [work] = as_served([one], others)
    return work.habits


def class_of(lesson: int, farewell: str = FAREWELL, **changes: Any) -> list[Record]:
    return [of(lesson, number, final=f"Number {number}. {farewell}", **changes) for number in range(2)]


def test_what_the_teacher_told_a_class_before() -> None:
    said = frozenset({normalised(FAREWELL, "en")})
    assert said <= habits_of(of(4), *class_of(3))
    assert not habits_of(of(4), of(3, 0, final=FAREWELL), of(2, 1, final=FAREWELL))  # in two lessons
    assert not habits_of(of(4), *class_of(3, teacher="t2"))
    assert not habits_of(of(4), *class_of(5))
    assert not habits_of(of(4, 5), *class_of(4))


def test_only_the_last_lessons_tell() -> None:
    said = normalised(FAREWELL, "en")
    others = [one for lesson in range(2, 10) for one in class_of(lesson, f"Goodbye for day {lesson}.")]
    assert said in habits_of(of(20), *class_of(1), *others)
    more = class_of(10, "Until then, be well and draw.")
    assert said not in habits_of(of(20), *class_of(1), *others, *more)


def test_an_exam_knows_what_its_own_older_records_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Work] = []

    def draft_class(some: Sequence[Work], *_: Any, **__: Any) -> Iterator[tuple[str, list[Draft]]]:
        asked.extend(some)
        return iter([])

    monkeypatch.setattr(exam, "draft_class", draft_class)
    last = of(3)
    exam.examine([*class_of(2), last], None, taught=[of(1, final="Long ago.")])  # type: ignore[arg-type]
    [work] = [work for work in asked if work.id == last.id]
    assert work.earlier == (f"Number 0. {FAREWELL}", "Long ago.")
    assert normalised(FAREWELL, "en") in work.habits
