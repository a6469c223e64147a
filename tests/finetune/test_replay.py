"""What is replayed: never too much, of everybody some, and rather what is recent."""

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.records import Record
from finetune.replay import choose, evened, latest, worth_sieving
from tests.finetune.teachers import made, night

NEW = [one for i, many in enumerate([5, 20, 60]) for one in night(f"t{i}", many)]
OLD = [replace(one, id=f"old-{one.id}", accepted_at="2026-11-01T09:00:00Z") for one in NEW]


def dated(day: int, number: int, teacher: str = "ann") -> Record:
    """A record of so many days before the newest."""
    month, rest = divmod(day, 28)
    return made(
        id=f"{teacher}-{day}-{number}", teacher=teacher, accepted_at=f"2026-{11 - month:02}-{28 - rest:02}"
    )


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 9))
def test_as_many_as_asked_for_and_each_once(most_new: int, most_old: int, seed: int) -> None:
    chosen = choose(NEW, OLD, most_new=most_new, most_old=most_old, seed=seed)
    ids = Counter(one.id for one in chosen)
    assert set(ids.values()) <= {1}
    old = sum(one.id.startswith("old-") for one in chosen)
    assert old == min(most_old, len(OLD))
    assert len(chosen) - old == min(most_new, len(NEW))
    assert chosen == sorted(chosen, key=lambda one: one.accepted_at)
    assert chosen == choose(NEW, OLD, most_new=most_new, most_old=most_old, seed=seed)


@given(st.integers(3, 85), st.integers(0, 9))
def test_no_teacher_gives_more_while_another_has_some_left(most: int, seed: int) -> None:
    counts = Counter(one.teacher for one in choose([], OLD, most_new=0, most_old=most, seed=seed))
    has = Counter(one.teacher for one in OLD)
    assert set(counts) == {"t0", "t1", "t2"}
    for teacher, count in counts.items():
        assert count == has[teacher] or count >= max(counts.values()) - 1


def test_every_audience_and_length_of_a_teacher_is_there() -> None:
    long = "{student}, " + "the orange cat fills the sheet, and the blue holds it, " * 5 + "and that is it."
    many = [made(id=f"s{i}", final="The orange cat fills the sheet, and that is it.") for i in range(50)]
    few = [made(id=f"g{i}", lesson={"audience": "guardians"}, final=many[0].final) for i in range(3)]
    longs = [made(id=f"x{i}", final=long) for i in range(3)]
    chosen = choose([], [*many, *few, *longs], most_new=0, most_old=9, seed=0)
    assert Counter(one.id[0] for one in chosen) == {"s": 3, "g": 3, "x": 3}


def test_recent_ones_are_likelier_and_old_ones_possible() -> None:
    old = [dated(day, i) for day in (0, 28, 140) for i in range(100)]
    counts: Counter[str] = Counter()
    for seed in range(30):
        counts.update(one.accepted_at[:7] for one in choose([], old, most_new=0, most_old=20, seed=seed))
    # Half as likely after 30 days, a 27th after 140 (the month of a day 28 days ago is the one before).
    assert 0.4 < counts["2026-10"] / counts["2026-11"] < 0.75
    assert 0 < counts["2026-06"] / counts["2026-11"] < 0.12


def test_new_ones_are_equally_likely() -> None:
    new = [dated(day, i) for day in (0, 140) for i in range(50)]
    chosen = [one for seed in range(20) for one in choose(new, [], most_new=20, most_old=0, seed=seed)]
    assert 0.35 < sum(one.accepted_at.startswith("2026-11") for one in chosen) / len(chosen) < 0.65


def test_what_is_new_is_not_replayed_too() -> None:
    assert len(choose(NEW, NEW, most_new=200, most_old=200, seed=0)) == len(NEW)


def test_a_record_without_a_time_counts_as_old() -> None:
    unknown = [made(id=f"u{i}", teacher="ann", accepted_at="") for i in range(50)]
    old = [dated(0, i) for i in range(50)] + [dated(280, 0)]
    chosen = choose([], unknown + old, most_new=0, most_old=20, seed=0)
    assert sum(one.accepted_at == "" for one in chosen) <= 2


@pytest.mark.parametrize("seed", range(10))
def test_the_same_seed_draws_the_smallest_of_e_over_w(seed: int) -> None:
    old = [dated(day, i) for day in range(0, 280, 7) for i in range(5)]
    newest = datetime.fromisoformat(old[0].accepted_at)

    def drawn(one: Record) -> float:
        days = (newest - datetime.fromisoformat(one.accepted_at)) / timedelta(days=1)
        return random.Random(f"{seed} {one.id}").expovariate(1.0) / 0.5 ** (days / 30)

    wanted = {one.id for one in sorted(old, key=drawn)[:40]}
    assert {one.id for one in choose([], old, most_new=0, most_old=40, seed=seed)} == wanted


def test_a_date_mistyped_by_a_century_is_the_least_likely() -> None:
    mistyped = [made(id=f"m{i}", teacher="ann", accepted_at=f"1900-01-0{1 + i}") for i in range(3)]
    unknown = made(id="unknown", teacher="ann", accepted_at="")
    old = [*mistyped, unknown, *(dated(day, 0) for day in range(20))]
    chosen = choose([], old, most_new=0, most_old=20, seed=0)
    assert [one.id for one in chosen if one.accepted_at < "2026"] == []
    assert len(choose([], old, most_new=0, most_old=24, seed=0)) == 24


def test_of_a_long_history_a_bounded_part_is_sieved_and_the_same_is_drawn() -> None:
    old = [dated(day, i, teacher) for teacher in ("ann", "bob") for day in range(280) for i in range(5)]
    new = [dated(0, 99)]
    some = worth_sieving(new, old, most_old=20, always={"bob-200-3"}, seed=1)
    assert len(some) < 800
    assert "bob-200-3" in {one.id for one in some}
    last = sorted((one for one in old if one.teacher == "ann"), key=lambda one: one.accepted_at)[-24:]
    assert {one.id for one in last} <= {one.id for one in some}
    for one in choose([], old, most_new=0, most_old=20, seed=1):
        row = sorted((o for o in old if o.teacher == one.teacher), key=lambda one: one.accepted_at)
        at = row.index(one)
        assert {o.id for o in row[max(0, at - 12) : at + 13]} <= {o.id for o in some}
    assert choose(new, some, most_new=1, most_old=20, seed=1) == choose(
        new, old, most_new=1, most_old=20, seed=1
    )


def test_a_newcomers_comments_are_gone_through_more_often() -> None:
    def voiced(teacher: str, many: int) -> list[Record]:
        some = night(teacher, many)
        return [replace(one, context=replace(one.context, voice=f"code of {teacher}")) for one in some]

    busy, other, newcomer, few = voiced("ann", 24), voiced("bob", 20), voiced("cat", 8), voiced("dan", 3)
    counts = Counter(one.id for one in evened([*busy, *other, *newcomer, *few, *night("eve", 6)], 2))
    assert {name.split("-")[0] for name, many in counts.items() if many == 2} == {"cat"}
    assert {many for name, many in counts.items() if not name.startswith("cat")} == {1}
    assert Counter(one.id for one in evened([*busy, *newcomer], 8))[newcomer[0].id] == 3


def test_a_busy_teacher_is_not_all_that_is_latest() -> None:
    records = [made(id=f"r{place}", teacher=teacher) for place, teacher in enumerate("aabbbbbb")]
    assert latest(records, 5) == [records[place] for place in (0, 1, 5, 6, 7)]
    assert latest(records, 9) == records
    assert latest(records, 1) == records[7:]
