"""The three parts share no lesson, keep the order of time, and hold whole teachers out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.records import Record, lesson_of, teacher_of
from finetune.split import Split, held_out_teachers, some_lessons, split
from tests.finetune.teachers import made, night


def teachers(many: int, drawings: int = 10, lessons: int = 5) -> list[Record]:
    return [one for i in range(many) for one in night(f"t{i}", drawings, lessons=lessons)]


def parted(records: list[Record], seed: int = 0) -> Split:
    """With nobody taught before."""
    return split(records, held_out=held_out_teachers(records, seed=seed))


def parts(of: Split) -> list[list[Record]]:
    return [of.train, of.exam, of.held_out]


record = st.builds(
    lambda number, teacher, lesson, minute: made(
        id=str(number),
        teacher=teacher,
        lesson={"id": lesson} if lesson else {},
        accepted_at=f"2026-11-21T09:{minute:02}:00Z",
    ),
    st.integers(0, 10**9),
    st.sampled_from([f"t{i}" for i in range(12)]),
    st.sampled_from(["", *(f"l{i}" for i in range(20))]),
    st.integers(0, 59),
)


@given(st.lists(record, max_size=80, unique_by=lambda one: one.id), st.integers(0, 5))
def test_every_record_is_in_one_part_and_no_lesson_in_two(records: list[Record], seed: int) -> None:
    found = parts(parted(records, seed))
    assert sorted(one.id for part in found for one in part) == sorted(one.id for one in records)
    lessons = [{one.lesson for one in part if one.lesson} for part in found]
    assert sum(map(len, lessons)) == len(set[str]().union(*lessons))
    assert all(part == sorted(part, key=lambda one: one.accepted_at) for part in found)


@given(st.lists(record, max_size=80, unique_by=lambda one: one.id), st.integers(0, 5))
def test_who_is_held_out_is_never_learned_from(records: list[Record], seed: int) -> None:
    found = parted(records, seed)
    learned = {one.teacher for one in (*found.train, *found.exam)}
    held = {teacher for _, teacher in held_out_teachers(records, seed=seed)}
    assert held <= {one.teacher for one in records} - learned
    assert bool(held) == bool(found.held_out)
    assert not held or len({one.teacher for one in records}) >= 8


@given(st.lists(record, max_size=60, unique_by=lambda one: one.id), st.integers(0, 5))
def test_the_order_of_the_file_changes_nothing(records: list[Record], seed: int) -> None:
    # Of two records of one minute the file's order decides, so here no two are of one.
    at = {one.accepted_at: one for one in records}
    forth, back = parted(list(at.values()), seed), parted([*at.values()][::-1], seed)
    assert parts(forth) == parts(back)


def test_the_exam_is_the_last_lessons() -> None:
    found = parted(teachers(4))
    assert {one.lesson for one in found.exam} == {"t0-l4", "t1-l4", "t2-l4", "t3-l4"}
    assert len(found.train) == 32
    assert found.held_out == []


@pytest.mark.parametrize(
    ("many", "lessons", "examined"),
    [
        (1, 20, 4),
        (1, 10, 5),  # a fifth would be two
        (2, 5, 4),  # a fifth would be one of each
        (1, 8, 4),
        (1, 6, 2),  # half would be three, which are too few as well
    ],
)
def test_where_lessons_are_few_more_of_them_are_examined_on(many: int, lessons: int, examined: int) -> None:
    found = parted(teachers(many, drawings=2 * lessons, lessons=lessons))
    assert len({one.lesson for one in found.exam}) == examined
    numbers = [int(one.lesson.split("-l")[1]) for part in (found.train, found.exam) for one in part]
    assert numbers.index(max(numbers)) >= len(found.train)


def test_a_teacher_with_one_lesson_is_learned_from() -> None:
    found = parted(night("ann", 9, lessons=1))
    assert len(found.train) == 9
    assert found.exam == []


def test_of_two_lessons_the_last_is_the_exam() -> None:
    found = parted(night("ann", 10, lessons=2))
    assert {one.lesson for one in found.train} == {"ann-l0"}
    assert {one.lesson for one in found.exam} == {"ann-l1"}


def test_of_who_is_new_nothing_is_kept_back_beside_known_teachers() -> None:
    new = night("new", 10, lessons=2)
    six = split([*teachers(6), *new], begun={("", f"t{i}") for i in range(6)})
    assert {one.teacher for one in six.exam} == {f"t{i}" for i in range(6)}
    assert sum(one.teacher == "new" for one in six.train) == 10
    two = split([*teachers(2), *new], begun={("", "t0"), ("", "t1")})  # too few for an exam without hers
    assert {one.lesson for one in two.exam if one.teacher == "new"} == {"new-l1"}


def test_one_of_eight_teachers_is_held_out_whole() -> None:
    many = [made(teacher=f"t{i}") for i in range(800)]
    assert 70 <= len(held_out_teachers(many, seed=0)) <= 130
    assert held_out_teachers(many, seed=0) != held_out_teachers(many, seed=1)
    found = parted(teachers(64))
    held = {one.teacher for one in found.held_out}
    assert held
    assert len(found.held_out) == 10 * len(held)


def test_who_was_learned_from_is_never_held_out_and_who_was_held_out_never_learned_from() -> None:
    every = [made(teacher=f"t{i}", context={"voice": f"k{i}"}) for i in range(40)]
    taught: set[str] = set()
    before: frozenset[tuple[str, str]] = frozenset()
    for many in (1, 7, 8, 9, 16, 17, 24, 40):
        came = every[-many:]
        held = held_out_teachers(came, taught=taught, seed=0)
        learned = [one for one in came if ("", one.teacher) not in held]
        assert not held or many >= 8
        assert before <= held
        taught |= {one.context.voice for one in learned}
        assert not {one.context.voice for one in came if ("", one.teacher) in held} & taught
        before = held
    assert before


def test_who_is_held_out_does_not_hang_on_what_they_wrote() -> None:
    held = {one.teacher for one in parted(teachers(64)).held_out}
    assert {one.teacher for one in parted(teachers(64, 20, 4)).held_out} == held


def test_without_lessons_a_day_is_one() -> None:
    days = [
        made(id=f"{day}-{i}", lesson={}, accepted_at=f"2026-11-{day}T0{i}:00:00Z")
        for day in (20, 21, 22)
        for i in range(4)
    ]
    found = parted(days)
    assert {one.accepted_at[:10] for one in found.exam} == {"2026-11-22"}
    assert len(found.train) == 8


def test_a_day_is_the_teachers_own() -> None:
    before, after = (
        made(id=str(hour), lesson={}, accepted_at=f"2026-11-20T{hour:02}:30:00+08:00") for hour in (7, 8)
    )
    assert before.accepted_at[:10] != after.accepted_at[:10]
    assert lesson_of(before) == lesson_of(after)


def test_a_lesson_that_goes_on_is_learned_from() -> None:
    came = night("ann", 20, lessons=4)
    assert {one.lesson for one in split(came, going_on={"ann-l3"}).exam} == {"ann-l2"}
    assert {one.lesson for one in split(came, going_on={"ann-l1", "ann-l2", "ann-l3"}).exam} == {"ann-l0"}
    assert not split(came, going_on={one.lesson for one in came}).exam


@given(st.lists(record, max_size=80, unique_by=lambda one: one.id), st.integers(1, 60), st.integers(0, 5))
def test_some_lessons_are_whole_and_the_rest_is_not_lost(records: list[Record], most: int, seed: int) -> None:
    taken, rest = some_lessons(records, most, seed=seed)
    assert sorted(one.id for one in (*taken, *rest)) == sorted(one.id for one in records)
    assert not {lesson_of(one) for one in taken} & {lesson_of(one) for one in rest}
    assert len(taken) <= most or len({lesson_of(one) for one in taken}) == 1
    assert bool(taken) == bool(records)


def test_every_teacher_is_asked_once_before_one_is_asked_twice() -> None:
    records = teachers(6, drawings=20, lessons=4) + night("busy", 100, lessons=20)
    taken, _ = some_lessons(records, 35, seed=0)
    assert len(taken) == 35
    assert len({teacher_of(one) for one in taken}) == 7
    assert [one.id for one in some_lessons(records, 35, seed=1)[0]] != [one.id for one in taken]
