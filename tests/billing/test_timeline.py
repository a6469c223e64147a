"""Prepaid passes run one after another, whatever the order in which they became known."""

import random
from datetime import timedelta
from itertools import pairwise

from billing.months import add_months
from billing.plans import Rank
from billing.timeline import Cover, Paid, Stretch, lay_out
from tests.billing.rows import at

TEACHER, STUDIO = Rank(1, 1), Rank(2, 3)


def spans(stretches: list[Stretch]) -> list[tuple[str, object, object]]:
    return [(s.id, s.begins, s.ends) for s in stretches]


def test_a_second_pass_begins_when_the_first_has_run_out() -> None:
    passes = [Paid("a", TEACHER, 1, at(1, 10)), Paid("b", TEACHER, 12, at(1, 20))]
    assert spans(lay_out(passes, [])) == [
        ("a", at(1, 10), at(2, 10)),
        ("b", at(2, 10), at(2, 10, year=2027)),
    ]


def test_a_pass_bought_after_a_gap_begins_when_it_is_paid() -> None:
    passes = [Paid("a", TEACHER, 1, at(1, 10)), Paid("b", TEACHER, 1, at(3, 1))]
    assert spans(lay_out(passes, []))[1] == ("b", at(3, 1), at(4, 1))


def test_a_larger_pass_runs_at_once_and_the_rest_of_the_smaller_follows() -> None:
    passes = [Paid("small", TEACHER, 1, at(1, 10)), Paid("large", STUDIO, 1, at(1, 20))]
    assert spans(lay_out(passes, [])) == [
        ("small", at(1, 10), at(1, 20)),
        ("large", at(1, 20), at(2, 20)),
        ("small", at(2, 20), at(3, 13)),  # 21 of 31 days were left
    ]


def test_a_pass_waits_while_a_subscription_or_the_trial_covers_as_much() -> None:
    trial = Cover(TEACHER, at(1, 1), at(1, 15))
    assert spans(lay_out([Paid("a", TEACHER, 1, at(1, 10))], [trial])) == [("a", at(1, 15), at(2, 15))]
    assert lay_out([Paid("a", TEACHER, 1, at(1, 10))], [Cover(TEACHER, at(1, 1), None)]) == []
    assert spans(lay_out([Paid("a", STUDIO, 1, at(1, 10))], [trial])) == [("a", at(1, 10), at(2, 10))]


def test_a_refunded_pass_ends_there_and_the_next_moves_up() -> None:
    passes = [Paid("a", TEACHER, 1, at(1, 10), revoked=at(1, 15)), Paid("b", TEACHER, 1, at(1, 12))]
    assert spans(lay_out(passes, [])) == [("a", at(1, 10), at(1, 15)), ("b", at(1, 15), at(2, 15))]
    unused = [Paid("a", TEACHER, 1, at(1, 10)), Paid("b", TEACHER, 1, at(1, 12), revoked=at(1, 20))]
    assert spans(lay_out(unused, [])) == [("a", at(1, 10), at(2, 10))]


def test_being_held_up_moves_the_quota_months_and_begins_none_anew() -> None:
    passes = [Paid("small", TEACHER, 12, at(1, 10)), Paid("large", STUDIO, 1, at(1, 20))]
    before, _large, after = lay_out(passes, [])
    assert before.month(at(1, 15)).number == after.month(at(2, 20)).number == 0
    assert after.month(at(3, 13)).number == 1
    assert after.month(at(2, 20)).ends == at(3, 13)


def test_no_time_is_lost_and_none_is_given_twice() -> None:
    """At any moment at most one pass runs, and each runs for exactly what was paid, in any order of
    arrival.
    """
    rng = random.Random(11)
    for _ in range(200):
        passes = [
            Paid(
                f"p{i}",
                rng.choice((TEACHER, STUDIO)),
                rng.choice((1, 12)),
                at(1, 1) + timedelta(hours=rng.randrange(9000)),
            )
            for i in range(rng.randrange(1, 6))
        ]
        begins = at(1, 1) + timedelta(hours=rng.randrange(9000))
        covers = [Cover(rng.choice((TEACHER, STUDIO)), begins, begins + timedelta(days=rng.randrange(1, 90)))]
        laid = lay_out(passes, covers)
        assert laid == lay_out(rng.sample(passes, len(passes)), covers)
        assert all(one.ends <= two.begins for one, two in pairwise(laid))
        for paid in passes:
            mine = [s for s in laid if s.id == paid.id]
            assert min(s.begins for s in mine) >= paid.at
            ran = sum(((s.ends - s.begins) for s in mine), timedelta())
            assert ran == add_months(mine[0].begins, paid.months) - mine[0].begins
            for s in mine:
                assert s.month(s.begins).begins <= s.begins < s.month(s.begins).ends
                assert s.month(s.ends - timedelta(seconds=1)).number < paid.months
