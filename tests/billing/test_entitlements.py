"""What a studio may do follows from what is stored and the time, and from nothing else."""

from datetime import timedelta

import pytest

from billing.entitlements import Source, Stored, entitle, live
from tests.billing.rows import SOLD, at, purchase, subscription, trial


def test_without_anything_it_is_free_by_the_calendar_month() -> None:
    found = entitle(Stored(), at(3, 17), SOLD)
    assert (found.plan, found.source, found.granted) == ("free", Source.FREE, 20)
    assert (found.month.begins, found.month.ends) == (at(3, 1), at(4, 1))


def test_the_trial_gives_teacher_for_fourteen_days_and_one_month_of_comments() -> None:
    stored = Stored(trial=trial(at(1, 28)))
    for day in (at(1, 28), at(2, 10)):
        found = entitle(stored, day, SOLD)
        assert (found.plan, found.granted, found.month.number) == ("teacher", 400, 0)
        assert found.ends_at == at(2, 11)
    assert entitle(stored, at(2, 11), SOLD).source is Source.FREE


def test_a_studio_has_its_comments_for_each_seat() -> None:
    stored = Stored(subscriptions=[subscription(plan="studio", seats=3)])
    found = entitle(stored, at(1, 20), SOLD)
    assert (found.granted, found.seats) == (1500, 3)


def test_a_yearly_plan_is_granted_by_the_month() -> None:
    yearly = subscription(interval="year", period_ends=at(1, 10, year=2027))
    first, fifth = (entitle(Stored(subscriptions=[yearly]), day, SOLD) for day in (at(1, 20), at(5, 20)))
    assert (first.month.number, fifth.month.number) == (0, 4)
    assert (fifth.month.begins, fifth.month.ends, fifth.granted) == (at(5, 10), at(6, 10), 400)


def test_changing_the_period_does_not_begin_another_month() -> None:
    monthly, yearly = subscription(), subscription(interval="year", period_begins=at(1, 15))
    months = {entitle(Stored(subscriptions=[s]), at(1, 20), SOLD).month for s in (monthly, yearly)}
    assert len(months) == 1


def test_a_failed_payment_keeps_access_for_the_grace_period_then_nothing_is_drafted() -> None:
    owing = Stored(subscriptions=[subscription(status="past_due", unpaid_since=at(2, 10, 3))])
    within = entitle(owing, at(2, 24, 2), SOLD)
    assert (within.source, within.grace_until) == (Source.SUBSCRIPTION, at(2, 24, 3))
    after = entitle(owing, at(2, 24, 3), SOLD)
    assert (after.source, after.granted, after.drafts) == (Source.NONE, 0, False)


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled", "paused"])
def test_what_was_never_paid_or_is_over_gives_nothing(status: str) -> None:
    stored = Stored(subscriptions=[subscription(status=status)])
    assert entitle(stored, at(1, 20), SOLD).source is Source.FREE


def test_unpaid_gives_nothing_and_a_paused_collection_neither() -> None:
    assert entitle(Stored(subscriptions=[subscription(status="unpaid")]), at(1, 20), SOLD).drafts is False
    paused = Stored(subscriptions=[subscription(paused=True)])
    assert entitle(paused, at(1, 20), SOLD).source is Source.FREE


def test_a_cancelled_subscription_serves_to_its_end_and_says_when() -> None:
    ending = Stored(subscriptions=[subscription(ends_at=at(2, 10))])
    assert entitle(ending, at(2, 9), SOLD).ends_at == at(2, 10)
    over = Stored(subscriptions=[subscription(status="canceled", ends_at=at(2, 10), ended_at=at(2, 10))])
    assert entitle(over, at(2, 10), SOLD).source is Source.FREE


def test_an_unknown_price_gives_nothing_but_counts_as_live() -> None:
    stored = Stored(subscriptions=[subscription(plan="")])
    assert entitle(stored, at(1, 20), SOLD).source is Source.FREE
    assert len(live(stored)) == 1


def test_a_pass_follows_the_trial_and_stacks() -> None:
    stored = Stored(trial=trial(at(1, 1)), purchases=[purchase(1, at(1, 5)), purchase(2, at(1, 6))])
    assert entitle(stored, at(1, 14), SOLD).source is Source.TRIAL
    found = entitle(stored, at(1, 15), SOLD)
    assert (found.source, found.source_id, found.ends_at) == (Source.PASS, "cs_1", at(3, 15))
    assert found.month.ends == at(2, 15)
    assert entitle(stored, at(3, 15), SOLD).source is Source.FREE


def test_a_pass_waits_for_the_subscription_to_end() -> None:
    over = subscription(status="canceled", ended_at=at(3, 10))
    stored = Stored(subscriptions=[over], purchases=[purchase(1, at(2, 1))])
    found = entitle(stored, at(3, 20), SOLD)
    assert (found.source, found.ends_at) == (Source.PASS, at(4, 10))


def test_a_pass_takes_over_when_the_grace_is_over() -> None:
    owing = subscription(status="past_due", unpaid_since=at(2, 10))
    stored = Stored(subscriptions=[owing], purchases=[purchase(1, at(2, 12))])
    assert entitle(stored, at(2, 20), SOLD).source is Source.SUBSCRIPTION
    assert entitle(stored, at(2, 25), SOLD).source is Source.PASS


def test_a_refunded_pass_gives_nothing_any_more() -> None:
    stored = Stored(purchases=[purchase(1, at(1, 5), revoked_at=at(1, 8))])
    assert entitle(stored, at(1, 7), SOLD).source is Source.PASS
    assert entitle(stored, at(1, 8), SOLD).source is Source.FREE


def test_of_two_the_larger_counts() -> None:
    stored = Stored(
        subscriptions=[subscription(), subscription(id="sub_2", plan="studio", seats=2)],
        trial=trial(at(1, 10)),
    )
    found = entitle(stored, at(1, 12), SOLD)
    assert (found.plan, found.granted, found.source_id) == ("studio", 1000, "sub_2")


def test_the_same_rows_and_moment_give_the_same_answer_in_any_order() -> None:
    purchases = [purchase(i, at(1, 5) + timedelta(days=3 * i)) for i in range(4)]
    for day in range(1, 200, 7):
        now = at(1, 1) + timedelta(days=day)
        assert entitle(Stored(purchases=purchases), now, SOLD) == entitle(
            Stored(purchases=purchases[::-1]), now, SOLD
        )


def test_whoever_has_prepaid_need_do_nothing_when_the_trial_ends() -> None:
    stored = Stored(trial=trial(at(1, 1)), purchases=[purchase(1, at(1, 3))])
    first, then = (entitle(stored, day, SOLD) for day in (at(1, 5), at(1, 20)))
    assert (first.source, first.ends_at, first.followed) == (Source.TRIAL, at(1, 15), True)
    assert (then.source, then.ends_at, then.followed) == (Source.PASS, at(2, 15), False)
    assert entitle(Stored(trial=trial(at(1, 1))), at(1, 5), SOLD).followed is False


def test_a_pass_follows_a_subscription_that_was_cancelled() -> None:
    ends = subscription(ends_at=at(2, 10))
    assert entitle(Stored(subscriptions=[ends]), at(1, 20), SOLD).followed is False
    stored = Stored(subscriptions=[ends], purchases=[purchase(1, at(1, 15))])
    assert entitle(stored, at(1, 20), SOLD).followed is True
    assert entitle(Stored(subscriptions=[subscription()]), at(1, 20), SOLD).followed is False


def test_at_the_end_that_was_announced_it_is_over_also_when_nobody_has_said_so() -> None:
    ending = Stored(subscriptions=[subscription(ends_at=at(2, 10))], purchases=[purchase(1, at(1, 20))])
    assert entitle(ending, at(2, 9, 23), SOLD).source is Source.SUBSCRIPTION
    assert entitle(ending, at(2, 10), SOLD).source is Source.PASS


def test_who_owes_and_cancels_is_free_after_the_grace_and_not_shut_out_until_a_years_end() -> None:
    owing = subscription(
        status="past_due",
        interval="year",
        period_begins=at(1, 10, year=2027),
        period_ends=at(1, 10, year=2028),
        unpaid_since=at(1, 10, year=2027),
    )
    assert entitle(Stored(subscriptions=[owing]), at(2, 1, year=2027), SOLD).source is Source.NONE
    owing.ends_at = owing.period_ends
    assert entitle(Stored(subscriptions=[owing]), at(1, 20, year=2027), SOLD).source is Source.SUBSCRIPTION
    assert entitle(Stored(subscriptions=[owing]), at(2, 1, year=2027), SOLD).source is Source.FREE


def test_a_pass_runs_as_soon_as_the_subscription_is_unpaid() -> None:
    """Stripe may give up before our grace is over; what was paid must not wait for that."""
    unpaid = subscription(status="unpaid", unpaid_since=at(2, 10))
    stored = Stored(subscriptions=[unpaid], purchases=[purchase(1, at(2, 12))])
    found = entitle(stored, at(2, 18), SOLD)
    assert (found.source, found.ends_at) == (Source.PASS, at(3, 12))


def test_a_pass_waits_while_a_subscription_gives_as_much_although_an_old_invoice_was_written_off() -> None:
    serving = subscription(period_begins=at(5, 10), period_ends=at(6, 10), unpaid_since=at(2, 10))
    stored = Stored(subscriptions=[serving], purchases=[purchase(1, at(5, 1))])
    assert entitle(stored, at(5, 20), SOLD).source is Source.SUBSCRIPTION
    serving.status, serving.ended_at, serving.unpaid_since = "canceled", at(6, 10), None
    assert entitle(stored, at(7, 1), SOLD).ends_at == at(7, 10)


def test_without_a_seat_there_are_no_comments() -> None:
    none = Stored(subscriptions=[subscription(plan="studio", seats=0)])
    assert entitle(none, at(1, 20), SOLD).granted == 0
