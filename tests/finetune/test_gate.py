"""What the gate lets through, and with which reasons it refuses."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from finetune.exam import MISFITS, Examined, Outcome, summary
from finetune.gate import Judged, judge


def examined(costs: Sequence[float], *, wrong: Sequence[float] = ()) -> Examined:
    """Cases of five drawings a lesson, two lessons a teacher; ``wrong`` are the first cases' shares."""
    cases = [
        Outcome(
            id=f"c{number}",
            lesson=f"l{number // 5}",
            teacher=f"t{number // 10}",
            edit_cost=cost,
            edit_cost_best=cost,
            facts_wrong=wrong[number] if number < len(wrong) else 0.0,
            misfit=0.0,
            repeated=False,
            best="a comment",
        )
        for number, cost in enumerate(costs)
    ]
    return Examined(tuple(cases), summary(cases))


BEFORE = examined([0.9 + 0.01 * (number % 5) for number in range(40)])
AFTER = [0.5 + 0.02 * (number % 7) for number in range(40)]


def test_less_to_edit_on_every_lesson_is_promoted() -> None:
    judged = judge(examined(AFTER), BEFORE)
    assert judged.promoted
    assert judged.said == ()
    assert 0.3 < judged.gained["low"] < judged.gained["mean"] < judged.gained["high"] < 0.45


def test_the_first_draft_and_the_nearest_of_four_count_alike() -> None:
    def of(first: float, nearest: float) -> Examined:
        cases = (replace(one, edit_cost=first, edit_cost_best=nearest) for one in BEFORE.cases)
        return replace(BEFORE, cases=tuple(cases))

    assert judge(of(0.6, 0.4), of(0.9, 0.5)).gained["mean"] == pytest.approx(0.2)
    assert not judge(of(0.6, 0.5), of(0.9, 0.2)).promoted


def test_a_gain_that_one_lesson_made_is_not_clear_of_chance() -> None:
    one = [
        0.1 if number < 5 else cost for number, cost in enumerate([case.edit_cost for case in BEFORE.cases])
    ]
    judged = judge(examined(one), BEFORE)
    assert not judged.promoted
    assert "not clear of zero" in judged.said[0]


@pytest.mark.parametrize(("lessons", "needed"), [(1, 0.45), (2, 0.318), (3, 0.26)])
def test_the_fewer_lessons_the_larger_a_gain_must_be(lessons: int, needed: float) -> None:
    many = 5 * lessons

    def gaining(gain: float) -> Judged:
        return judge(examined([0.9 - gain] * many), examined([0.9] * many))

    assert gaining(needed + 0.005).promoted
    refused = gaining(needed - 0.005)
    assert not refused.promoted
    assert f"of {lessons} later lesson(s) only" in refused.said[0]
    assert f"less than {needed:.3f}" in refused.said[0]


def test_a_teacher_who_pays_for_the_others_gain_is_named() -> None:
    costs = [1.2 if number >= 30 else cost for number, cost in enumerate(AFTER)]
    assert [reason for reason in judge(examined(costs), BEFORE).said if "t3" in reason]


def test_a_teacher_may_have_a_worse_drawing_by_chance_but_not_a_worse_rule() -> None:
    one_bad = [1.9 if number == 30 else 0.85 if number > 30 else cost for number, cost in enumerate(AFTER)]
    assert judge(examined(one_bad), BEFORE).promoted
    all_a_bit_worse = [1.0 if number >= 30 else cost for number, cost in enumerate(AFTER)]
    assert any("t3 would have 0.080 more" in one for one in judge(examined(all_a_bit_worse), BEFORE).said)
    one_ruined = [5.5 if number == 30 else 0.85 if number > 30 else cost for number, cost in enumerate(AFTER)]
    assert any("t3 would have 0.395 more" in one for one in judge(examined(one_ruined), BEFORE).said)


def test_of_many_teachers_one_may_look_worse_by_chance() -> None:
    rises = [0.02, 0.2, 0.05, 0.12, 0.11, 0.02, 0.2, 0.05, 0.12, 0.11]
    last = {30 + number: BEFORE.cases[30 + number].edit_cost + rise for number, rise in enumerate(rises)}
    five = [number for number in range(40) if number % 10 < 5]  # a lesson of five drawings from each teacher

    def of(costs: Sequence[float], cases: Sequence[int]) -> Examined:
        whole = examined(costs)
        return replace(whole, cases=tuple(whole.cases[number] for number in cases))

    worse = [last.get(number, cost) for number, cost in enumerate(AFTER)]
    assert judge(of(worse, five), of([case.edit_cost for case in BEFORE.cases], five)).promoted
    assert [one for one in judge(examined(worse), BEFORE).said if "t3 would have 0.100 more" in one]


def test_one_wrong_draft_may_be_chance_and_one_in_every_lesson_is_not() -> None:
    assert judge(examined(AFTER, wrong=[0.25, 0.25]), BEFORE).promoted
    everywhere = [0.25 if number % 5 == 0 else 0.0 for number in range(40)]
    [reason] = judge(examined(AFTER, wrong=everywhere), BEFORE).reasons
    assert (reason.code, reason.numbers["what"]) == ("rose", "facts_wrong")


def test_many_wrong_drafts_are_refused_wherever_they_stand() -> None:
    judged = judge(examined(AFTER, wrong=[1.0, 1.0, 1.0]), BEFORE)
    assert any("More drafts contradict a fact: from 0.000 to 0.075" in reason for reason in judged.said)


def test_what_kind_of_misfit_rose_is_told() -> None:
    def unfit(one: Examined, **shares: float) -> Examined:
        kinds = dict.fromkeys(MISFITS, 0.0) | {"leak": 0.25} | shares
        cases = tuple(replace(case, misfit=max(kinds.values()), kinds=kinds) for case in one.cases)
        return Examined(cases, summary(cases))

    worse = unfit(examined(AFTER), language=0.25, length=0.5, leak=0.0)
    assert judge(worse, unfit(BEFORE)).said == (
        "More drafts cannot be used: from 0.250 to 0.500 (length from 0.000 to 0.500, language from 0.000 to"
        " 0.250).",
    )
    assert judge(worse, BEFORE).said == (
        "More drafts cannot be used: from 0.000 to 0.500.",
    )  # BEFORE tells no kinds


def test_drafts_may_share_within_a_class_what_the_teachers_share_and_no_more() -> None:
    def sharing(one: Examined, drafts: int, habits: int) -> Examined:
        cases = tuple(
            replace(case, repeated=number % 5 < drafts, habit=number % 5 < habits)
            for number, case in enumerate(one.cases)
        )
        return Examined(cases, summary(cases))

    assert judge(sharing(examined(AFTER), 3, habits=3), sharing(BEFORE, 0, habits=3)).promoted
    reasons = judge(sharing(examined(AFTER), 5, habits=3), sharing(BEFORE, 0, habits=3)).said
    assert reasons == ("More drafts share a sentence with a classmate's: from 0.000 to 1.000.",)


@pytest.mark.parametrize("champions", [0, 12])
def test_where_a_teacher_shares_herself_it_is_no_merit_not_to(champions: int) -> None:
    """Twelve cases with her habit, of which the champion's drafts share on so many; the candidate's on twelve
    others."""

    def sharing(one: Examined, places: Sequence[int]) -> Examined:
        cases = tuple(
            replace(case, repeated=number in places, habit=number < 12)
            for number, case in enumerate(one.cases)
        )
        return Examined(cases, summary(cases))

    before = sharing(BEFORE, range(champions))
    judged = judge(sharing(examined(AFTER), range(12, 24)), before)
    # Of the 28 on which it would be a fault.
    assert judged.said == ("More drafts share a sentence with a classmate's: from 0.000 to 0.429.",)
    assert judge(sharing(examined(AFTER), range(12)), before).promoted
    assert judge(sharing(examined(AFTER), [0, 1, 39]), before).promoted  # one of forty can be luck


def test_one_sentence_that_two_drafts_share_can_be_luck_in_an_exam_of_any_size() -> None:
    def sharing(one: Examined, drafts: int) -> Examined:
        few = tuple(replace(case, repeated=number < drafts) for number, case in enumerate(one.cases[:25]))
        return Examined(few, summary(few))

    assert judge(sharing(examined(AFTER), 2), sharing(BEFORE, 0)).promoted
    assert judge(sharing(examined(AFTER), 3), sharing(BEFORE, 0)).said == (
        "More drafts share a sentence with a classmate's: from 0.000 to 0.120.",
    )


def test_what_got_worse_on_the_golden_cases_is_refused() -> None:
    golden = examined([case.edit_cost + 0.05 for case in BEFORE.cases])
    judged = judge(examined(AFTER), BEFORE, guards={"golden": (golden, BEFORE)})
    assert judged.said == ("On the fixed cases edit cost rose by 0.050.",)


def test_more_that_is_false_for_teachers_held_out_is_refused() -> None:
    costs = [case.edit_cost for case in BEFORE.cases]
    unseen = examined(costs, wrong=[1.0, 1.0, 1.0])
    [reason] = judge(examined(AFTER), BEFORE, guards={"held_out": (unseen, BEFORE)}).reasons
    assert (reason.code, reason.numbers) == ("guard_facts", {"cases": "held_out", "worse": 0.075})
    assert judge(examined(AFTER), BEFORE, guards={"held_out": (examined(costs), BEFORE)}).promoted
    # What was false before is no fault of the candidate's.
    assert judge(examined(AFTER), BEFORE, guards={"held_out": (unseen, unseen)}).promoted


def test_without_cases_nothing_is_promoted() -> None:
    judged = judge(replace(BEFORE, cases=()), replace(BEFORE, cases=()))
    assert judged.said[0].startswith("0 drawings of later lessons")


def few(costs: Sequence[float]) -> Examined:
    return replace(
        BEFORE,
        cases=tuple(replace(BEFORE.cases[i], edit_cost=c, edit_cost_best=c) for i, c in enumerate(costs)),
    )


def test_one_lesson_alone_is_not_clear_of_chance() -> None:
    before = few([0.5] * 5)
    lucky = judge(few([0.0, 0.5, 0.5, 0.52, 0.55]), before)
    assert lucky.gained["mean"] > 0 > lucky.gained["low"]
    assert not lucky.promoted
    assert judge(few([0.0, 0.1, 0.0, 0.1, 0.0]), before).promoted
    assert not judge(few([0.1] * 4), few([0.5] * 4)).promoted
