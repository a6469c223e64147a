"""A studio that owes for longer than the grace period is written nothing, and sold nothing of no use."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from billing import ledger
from billing.buying import ReadOnlyError
from billing.entitlements import Source
from billing.tables import UnitState
from tests.billing.books import check, states
from tests.billing.rows import at, free
from tests.billing.shop import Shop

NOW = at(3, 10)


def test_no_pack_is_sold_to_who_may_draft_nothing(shop: Shop) -> None:
    shop.control("switches", after_retries="past_due")
    shop.buy("subscription-teacher-month-usd")
    shop.use_card("4000000000000341")
    shop.wait(days=32)
    shop.refresh()
    assert shop.entitled().grace_until is not None
    shop.start("pack-100-usd")  # the comments of the plan may be used up
    shop.wait(days=15)
    shop.refresh()
    assert shop.entitled().source is Source.NONE
    with pytest.raises(ReadOnlyError):
        shop.start("pack-100-usd")
    shop.start("pass-teacher-month-usd")


def test_what_has_its_comment_is_not_drafted_again_and_is_accepted_as_ever(books: Session) -> None:
    one, two, nothing = "one", "two", replace(free(NOW), granted=0, source=Source.NONE)
    ledger.reserve(books, NOW, "studio", [one], free(NOW), by="user:1")
    ledger.drafted(books, NOW, one)
    later = NOW + timedelta(days=1)
    asked = ledger.reserve(books, later, "studio", [one, two], nothing, by="user:1")
    assert (asked.covered, asked.refused) == ([], [one, two])
    assert (ledger.covers(books, one), ledger.covers(books, two)) == (True, False)
    assert ledger.commit(books, later, one)
    assert states(books)[one] is UnitState.COMMITTED
    assert ledger.covers(books, one)
    assert ledger.reserve(books, later, "studio", [one, two], free(NOW), by="user:1").refused == []
    check(books)


def test_what_was_given_back_has_no_comment(books: Session) -> None:
    ledger.reserve(books, NOW, "studio", ["one"], free(NOW), by="user:1")
    ledger.release(books, "one")
    assert not ledger.covers(books, "one")
