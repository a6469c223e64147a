"""One comment a drawing: reserved once, committed once, released only when nothing came of it."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from billing import allowances, ledger
from billing.entitlements import Entitlement, Source, Stored, entitle
from billing.tables import Allowance, History, Unit, UnitState
from tests.billing.books import check, states
from tests.billing.rows import SOLD, at, free, subscription

NOW = at(3, 10)


def names(count: int, start: int = 0) -> list[str]:
    return [f"drawing{i:04}" for i in range(start, start + count)]


def reserve(session: Session, drawings: list[str], of: Entitlement | None = None) -> ledger.Reservation:
    return ledger.reserve(session, NOW, "studio", drawings, of or free(NOW), by="user:1")


def test_a_class_larger_than_what_is_left_is_covered_in_order(books: Session) -> None:
    assert reserve(books, names(15)).refused == []
    second = reserve(books, names(10, 15))
    assert (second.covered, second.refused) == (names(5, 15), names(5, 20))
    assert allowances.balance(books, "studio", free(NOW)).left == 0
    check(books)


def test_drafting_again_is_free_also_when_nothing_is_left(books: Session) -> None:
    reserve(books, names(20))
    again = reserve(books, [*names(3), "another"])
    assert (again.covered, again.refused) == (names(3), ["another"])
    check(books)


def test_accepting_commits_once_and_a_month_later_where_it_was_reserved(books: Session) -> None:
    reserve(books, names(2))
    ledger.drafted(books, NOW, names(1)[0])
    later = NOW + timedelta(days=40)
    assert ledger.commit(books, later, names(1)[0])
    assert not ledger.commit(books, later, names(1)[0])
    here = allowances.balance(books, "studio", free(NOW))
    assert (here.used, here.reserved, here.left) == (1, 1, 18)
    assert allowances.balance(books, "studio", free(later)).left == 20
    assert reserve(books, names(1), free(later)).refused == []
    assert allowances.balance(books, "studio", free(later)).left == 20
    check(books)


def test_own_words_for_a_drawing_that_was_never_drafted_use_nothing(books: Session) -> None:
    assert not ledger.commit(books, NOW, "undrafted")
    assert allowances.balance(books, "studio", free(NOW)).left == 20


def test_own_words_while_the_drafts_are_being_written_wait_for_them(books: Session) -> None:
    reserve(books, names(2))
    assert not ledger.commit(books, NOW, names(2)[0])
    ledger.drafted(books, NOW, names(2)[0])
    assert ledger.commit(books, NOW, names(2)[0])
    assert not ledger.commit(books, NOW, names(2)[1])
    assert ledger.release(books, names(2)[1])  # they failed
    assert allowances.balance(books, "studio", free(NOW)).used == 1


def test_only_what_came_to_no_draft_is_given_back(books: Session) -> None:
    one, two, three = names(3)
    reserve(books, [one, two, three])
    for drawing in (one, two):
        ledger.drafted(books, NOW, drawing)
    assert ledger.commit(books, NOW, two)
    assert [ledger.release(books, drawing) for drawing in (one, two, three)] == [False, False, True]
    assert not ledger.release(books, three)
    assert allowances.balance(books, "studio", free(NOW)).left == 18
    later = NOW + timedelta(days=40)
    reserve(books, [three], free(later))  # tried again in another month: counts there
    assert allowances.balance(books, "studio", free(later)).reserved == 1
    assert allowances.balance(books, "studio", free(NOW)).left == 18
    check(books)


def test_the_sweeper_is_told_what_came_to_no_draft(books: Session) -> None:
    reserve(books, names(2))
    ledger.drafted(books, NOW, names(1)[0])
    stale = ledger.without_drafts(books, NOW + timedelta(minutes=1))
    assert stale == names(1, 1)
    assert ledger.without_drafts(books, NOW) == []


def test_packs_are_used_after_the_plan_the_oldest_first(books: Session) -> None:
    allowances.grant_pack(books, NOW, "studio", "cs_2", 3, by="event:evt_1", paid_at=NOW)
    allowances.grant_pack(books, NOW, "studio", "cs_1", 3, by="event:evt_2", paid_at=NOW - timedelta(days=1))
    assert allowances.balance(books, "studio", free(NOW)).left == 26
    result = reserve(books, names(27))
    assert result.refused == names(1, 26)
    sources = [books.get_one(Unit, name).allowance_id for name in names(26)]
    made = {row.id: row.source for row in books.exec(select(Allowance))}
    assert [made[str(of)] for of in sources] == ["free"] * 20 + ["cs_1"] * 3 + ["cs_2"] * 3
    check(books)


def test_a_refunded_pack_keeps_only_what_was_used(books: Session) -> None:
    allowances.grant_pack(books, NOW, "studio", "cs_1", 10, by="event:evt_1", paid_at=NOW)
    reserve(books, names(24))
    allowances.grant_pack(books, NOW, "studio", "cs_1", 0, by="event:evt_2", paid_at=NOW)
    assert allowances.balance(books, "studio", free(NOW)).left == 0
    assert books.exec(select(Allowance.granted).where(Allowance.source == "cs_1")).one() == 4
    check(books)


def test_a_smaller_plan_takes_nothing_back_that_is_used(books: Session) -> None:
    large = entitle(Stored(subscriptions=[subscription(plan="studio", seats=2)]), NOW, SOLD)
    small = replace(large, plan="teacher", seats=1, granted=30)
    reserve(books, names(50), large)
    assert reserve(books, names(1, 50), small).refused == names(1, 50)
    assert allowances.balance(books, "studio", small).left == 0
    grown = reserve(books, names(60, 50), large)
    assert grown.refused == []
    told = books.exec(select(History).order_by(History.at)).all()
    assert [(row.what, row.by) for row in told] == [
        ("quota.granted", "event:evt_1"),
        ("quota.changed", "event:evt_1"),
        ("quota.changed", "event:evt_1"),
    ]
    check(books)


def test_nothing_is_drafted_while_payment_is_owed(books: Session) -> None:
    allowances.grant_pack(books, NOW, "studio", "cs_1", 3, by="event:evt_1", paid_at=NOW)
    owing = entitle(Stored(subscriptions=[subscription(status="unpaid")]), NOW, SOLD)
    assert reserve(books, names(2), owing).refused == names(2)
    assert allowances.balance(books, "studio", owing).left == 0
    check(books)


def test_another_studio_has_its_own(books: Session) -> None:
    reserve(books, names(20))
    other = ledger.reserve(books, NOW, "other", names(5, 100), free(NOW), by="user:2")
    assert other.refused == []
    theirs = ledger.reserve(books, NOW, "other", names(1), free(NOW), by="user:2")
    assert theirs.covered == names(1)  # it is drafted already, and nothing of theirs is used for it
    assert allowances.balance(books, "other", free(NOW)).left == 15


def test_the_database_itself_refuses_more_than_is_granted(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Allowance(studio_id="s", source="x", begins_at=NOW, granted=1, used=1, reserved=1))
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()


class Model:
    """What the ledger means: places that hold a number of comments, and at which place a drawing's is."""

    def __init__(self) -> None:
        self.granted: dict[str, int] = {}
        self.at: dict[str, str] = {}
        self.drafted: set[str] = set()
        self.committed: set[str] = set()

    def left(self, place: str) -> int:
        return self.granted[place] - list(self.at.values()).count(place)

    def grant(self, place: str, comments: int) -> None:
        """Less than what is taken cannot be granted."""
        self.granted[place] = max(comments, list(self.at.values()).count(place))

    def reserve(self, asked: list[str], month: str, comments: int | None) -> list[str]:
        """Returns those for which nothing is left; ``comments`` None: nothing may be drafted."""
        if comments is None:
            return asked
        fresh = [drawing for drawing in asked if drawing not in self.at]
        if fresh:
            self.grant(month, comments)
            packs = sorted(place for place in self.granted if place.startswith("cs_"))
            for place in (month, *packs):
                while fresh and self.left(place):
                    self.at[fresh.pop(0)] = place
        return fresh

    def state(self, drawing: str) -> UnitState:
        if drawing not in self.at:
            return UnitState.RELEASED
        return UnitState.COMMITTED if drawing in self.committed else UnitState.RESERVED

    def may_commit(self, drawing: str) -> bool:
        return self.state(drawing) is UnitState.RESERVED and drawing in self.drafted

    def may_release(self, drawing: str) -> bool:
        return self.state(drawing) is UnitState.RESERVED and drawing not in self.drafted

    def compare(self, session: Session) -> None:
        check(session)
        rows = session.exec(select(Allowance)).all()
        assert {place(row): row.granted for row in rows} == self.granted
        assert {place(row): row.granted - row.used - row.reserved for row in rows} == {
            there: self.left(there) for there in self.granted
        }
        found = states(session)
        assert found == {drawing: self.state(drawing) for drawing in found}
        assert self.at.keys() <= found.keys()


def place(allowance: Allowance) -> str:
    return allowance.source if allowance.is_pack else f"month {allowance.number}"


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_steps_keeps_the_books(books: Session, seed: int) -> None:
    """Random steps beside a plain model of what they mean: classes, drafts, acceptances, failures, larger and
    smaller plans, packs bought and taken back, a payment that is owed, and months that end.
    """
    rng, model = random.Random(seed), Model()
    drawings, now = names(40), NOW
    for _ in range(200):
        step = rng.choice(("reserve", "reserve", "draft", "commit", "release", "pack", "time"))
        drawing = rng.choice(drawings)
        if step == "reserve":
            asked = rng.sample(drawings, rng.randrange(1, 9))
            comments = rng.choice((None, 5, 20, 20, 30))
            of = replace(free(now), granted=comments or 0, source=Source.FREE if comments else Source.NONE)
            refused = model.reserve(asked, f"month {of.month.number}", comments)
            result = ledger.reserve(books, now, "studio", asked, of, by="user:1")
            assert result.refused == refused
            assert result.covered == [d for d in asked if d not in refused]
        elif step == "draft" and drawing in model.at:
            ledger.drafted(books, now, drawing)
            model.drafted.add(drawing)
        elif step == "commit":
            assert ledger.commit(books, now, drawing) == model.may_commit(drawing)
            if model.may_commit(drawing):
                model.committed.add(drawing)
        elif step == "release":
            assert ledger.release(books, drawing) == model.may_release(drawing)
            if model.may_release(drawing):
                del model.at[drawing]
        elif step == "pack":
            pack, comments = f"cs_{rng.randrange(3)}", rng.choice((0, 3, 3))
            allowances.grant_pack(books, now, "studio", pack, comments, by="event:e", paid_at=NOW)
            model.grant(pack, comments)
        elif step == "time":
            now += timedelta(days=rng.choice((0, 1, 9)))
        model.compare(books)


def test_a_reservation_that_was_made_anew_is_not_the_one_that_was_found_stale(books: Session) -> None:
    one, two = names(2)
    reserve(books, [one, two])
    later = NOW + timedelta(minutes=10)
    stale = ledger.without_drafts(books, later)
    assert ledger.release(books, one)  # its drafting failed meanwhile, and was asked for again
    ledger.reserve(books, later, "studio", [one], free(NOW), by="user:1")
    assert ledger.release_stale(books, stale, later) == 1
    assert states(books) == {one: UnitState.RESERVED, two: UnitState.RELEASED}
    check(books)
