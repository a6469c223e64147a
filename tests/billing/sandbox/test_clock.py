"""Test clocks, as Stripe has them."""

import pytest
import stripe

from tests.billing.sandbox.shop import DAY, Shop


def test_limits(shop: Shop) -> None:
    clocks = shop.v1.test_helpers.test_clocks
    with pytest.raises(stripe.InvalidRequestError):
        clocks.advance(shop.clock, {"frozen_time": shop.start})
    shop.card()
    shop.subscribe()
    with pytest.raises(stripe.InvalidRequestError):
        clocks.advance(shop.clock, {"frozen_time": shop.start + 70 * DAY})
    for _ in range(2):
        shop.v1.customers.create({"test_clock": shop.clock})
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.customers.create({"test_clock": shop.clock})


def test_it_says_that_it_advances(shop: Shop) -> None:
    clocks = shop.v1.test_helpers.test_clocks
    moving = clocks.advance(shop.clock, {"frozen_time": shop.start + DAY})
    assert moving.status == "advancing"
    assert moving.status_details.advancing.target_frozen_time == shop.start + DAY
    ready = clocks.retrieve(shop.clock)
    assert (ready.status, ready.frozen_time) == ("ready", shop.start + DAY)
    assert shop.events()[-2:] == ["test_helpers.test_clock.advancing", "test_helpers.test_clock.ready"]


def test_deleting_takes_everything_with_it(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    assert shop.v1.customers.list().data == []  # on a clock: only listed when it is named
    assert [one.id for one in shop.v1.customers.list({"test_clock": shop.clock}).data] == [shop.customer]
    shop.v1.test_helpers.test_clocks.delete(shop.clock)
    for call in (
        lambda: shop.v1.customers.retrieve(shop.customer),
        lambda: shop.v1.subscriptions.retrieve(sub.id),
        lambda: shop.v1.test_helpers.test_clocks.retrieve(shop.clock),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert caught.value.http_status == 404
