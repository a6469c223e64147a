"""What pages say of credit, of what a change brings, and of a plan that is cancelled; at the sandbox."""

from typing import Any

import pytest
from babel.dates import format_date
from sqlmodel import Session, select

from billing import changing
from billing.tables import Invoice
from tests.billing.shop import SOLD, Shop
from tests.conftest import Client
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import Language, MemberRole, Studio, User

pytestmark = pytest.mark.sandbox


@pytest.fixture
def studio(session: Session) -> Studio:
    studio, owner = StudioFactory(), UserFactory(email="owner@willow.example")
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    return studio


YEARLY = "subscription-teacher-year-usd"
MONTHLY = "subscription-teacher-month-usd"


class Owner:
    """A signed-in owner. Between their pages the database is left to whoever else writes."""

    def __init__(self, client: Client, session: Session) -> None:
        self._client, self._session = client.sign_in(session.exec(select(User)).one()), session
        session.commit()

    def get(self, path: str = "/plan", **query: Any) -> str:
        text = str(self._client.get(path, query_string=query).text)
        self._session.rollback()
        return text

    def ask(self, key: str, seats: int = 1) -> str:
        """The preview of a change."""
        return self.get("/plan/change", item=f"vermilion-{key}", seats=seats)

    def post(self, path: str, **data: Any) -> str:
        text = str(self._client.post(path, data=data, follow_redirects=True).text)
        self._session.rollback()
        return text

    def becomes(self, **changes: Any) -> None:
        """Change who they are."""
        user = self._session.exec(select(User)).one()
        for name, value in changes.items():
            setattr(user, name, value)
        self._session.commit()


@pytest.fixture
def owner(client: Client, session: Session, shop: Shop) -> Owner:
    return Owner(client, session)


def change(shop: Shop, key: str, seats: int = 1) -> changing.Quote:
    """Change as quoted; the quote."""
    item, at = SOLD.item(f"vermilion-{key}"), changing.to_second(shop.now())
    shop.refresh()
    quote = changing.quote(shop.gateway, shop.subscription(), item, seats, at, SOLD)
    args = (shop.transactions, shop.gateway, shop.now(), shop.studio_id, item, seats, at)
    changing.change(*args, quote.due, quote.credit, SOLD, by="user:1")
    return quote


def dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def day(of: Any) -> str:
    return str(format_date(of, "medium", locale="en"))


def test_a_credit_is_shown_with_what_it_pays_until_it_is_used(owner: Owner, shop: Shop) -> None:
    shop.buy("subscription-studio-month-usd", seats=5)
    assert "credit" not in owner.get()
    shop.wait(days=10, hours=5)
    credit = change(shop, MONTHLY).credit
    page = owner.get()
    assert f"You have {dollars(credit)} of credit; the next invoices are paid from it first." in page
    assert f"It renews on {day(shop.subscription().period_ends)} for $12.00." in page
    assert f"credit of {dollars(credit)}" in page
    assert "added to the credit" in page
    assert "-$" not in page

    shop.wait(days=32)
    shop.refresh()
    page = owner.get()
    assert f"You have {dollars(credit - 1200)} of credit" in page
    assert "paid from credit" in page

    for _month in range(credit // 1200):
        shop.wait(days=31)
        shop.refresh()
    page = owner.get()
    assert "of credit" not in page
    assert f"paid, {dollars(credit % 1200)} of it from credit" in page

    owner.becomes(language=Language.CHINESE)
    page = owner.get()
    assert f"退入余额 US{dollars(credit)}" in page
    assert "已用余额支付" in page
    assert f"已付，其中 US{dollars(credit % 1200)} 来自余额" in page


def test_an_operator_sees_a_studios_credit(owner: Owner, shop: Shop) -> None:
    shop.buy(YEARLY)
    credit = change(shop, MONTHLY).credit
    owner.becomes(is_operator=True)
    page = owner.get(f"/operator/money/{shop.studio_id}")
    assert f"It has {dollars(credit)} of credit at Stripe" in page
    assert f"credit of {dollars(credit)}" in page
    shop.v1.customers.update(shop.stripe_id(), {"balance": 30})
    shop.refresh()
    page = owner.get(f"/operator/money/{shop.studio_id}")
    assert "$0.30 is added to its next invoice" in page
    owner.becomes(language=Language.CHINESE)
    page = owner.get(f"/operator/money/{shop.studio_id}")
    assert "有 US$0.30 会并入下一张账单" in page


def test_what_was_too_little_to_be_charged_is_announced_for_the_next_invoice(
    owner: Owner, shop: Shop
) -> None:
    shop.buy("subscription-studio-month-usd", seats=2)
    until = shop.subscription().period_ends
    shop.wait(seconds=(until - shop.now()).total_seconds() - 12 * 3600)
    small = -change(shop, "subscription-studio-month-usd", seats=3).carried
    page = owner.get()
    assert f"{dollars(small)} of an earlier invoice was too little to be charged" in page
    assert "put on the next invoice" in page
    assert "Of an earlier invoice, too little to be charged by itself" in owner.ask(YEARLY)


def test_the_preview_names_the_card_and_the_next_renewal(owner: Owner, shop: Shop) -> None:
    shop.buy(MONTHLY)
    assert "Paid by the month" in owner.get()
    page = owner.ask(YEARLY)
    assert "Your Visa card ending in 4242 is charged." in page
    change(shop, YEARLY)
    renews = f"It renews on {day(shop.subscription().period_ends)} for $120"
    assert renews in page
    plan = owner.get()
    assert "Paid by the year" in plan
    assert renews in plan
    back = owner.ask("subscription-studio-month-usd", seats=2)  # costs nothing now
    assert "is charged" not in back
    assert "stays as a credit for the next invoices" in back
    assert "for $28" in back
    owner.becomes(language=Language.CHINESE)
    assert "按年付" in owner.get()
    page = owner.ask("subscription-studio-year-usd", seats=2)
    assert "从您尾号 4242 的 Visa 卡扣款。" in page


def test_a_change_of_a_cancelled_plan_says_that_it_stays_cancelled(owner: Owner, shop: Shop) -> None:
    shop.buy(MONTHLY)
    owner.post("/plan/cancel")
    ends = shop.subscription().ends_at
    choosing = owner.get("/plan/change")
    assert f"The plan is cancelled and ends on {day(ends)}. A change does not take that back." in choosing
    assert 'action="/plan/resume"' in choosing
    page = owner.ask("subscription-studio-month-usd", seats=2)
    assert f"The plan stays cancelled: it ends on {day(ends)}, and is not charged again." in page
    assert "It renews" not in page
    assert 'action="/plan/change"' in page
    year = owner.ask(YEARLY)
    change(shop, YEARLY)
    assert f"it ends on {day(shop.subscription().ends_at)}" in year


def test_a_cancelled_plan_goes_on_before_it_is_made_smaller(owner: Owner, shop: Shop) -> None:
    shop.buy(YEARLY)
    owner.post("/plan/cancel")
    page = owner.ask(MONTHLY)
    assert "after this change no invoice would come that could be paid from the credit of $108" in page
    assert 'action="/plan/change"' not in page
    assert 'action="/plan/resume"' in page
    again = owner.post("/plan/resume", item=f"vermilion-{MONTHLY}", seats=1)
    assert "The plan goes on." in again
    assert "$108 stays as a credit for the next invoices." in again
    assert "It renews on" in again
    assert 'action="/plan/change"' in again


def test_a_credit_that_no_plan_uses_is_said_to_be_kept(owner: Owner, session: Session, shop: Shop) -> None:
    shop.buy(YEARLY)
    credit = change(shop, MONTHLY).credit
    owner.post("/plan/cancel")
    words = f"You have {dollars(credit)} of credit. It is kept for you".replace(".00", "")
    assert words in owner.get()
    changing.end(shop.transactions, shop.gateway, shop.now(), shop.studio_id, SOLD, by="operator:1")
    assert words in owner.get()
    shop.buy(MONTHLY)  # as it was said: paid from it first
    from_credit = select(Invoice.paid, Invoice.from_credit).where(Invoice.total == 1200)
    assert tuple(session.exec(from_credit).one()) == (0, 1200)
    session.rollback()
    shop.v1.customers.delete(shop.stripe_id())
    shop.refresh()
    assert "of credit" not in owner.get()


def test_an_open_invoice_asks_for_what_the_credit_leaves(owner: Owner, shop: Shop) -> None:
    shop.buy(MONTHLY)
    shop.v1.customers.update(shop.stripe_id(), {"balance": -500})
    shop.use_card("4000000000000341")
    shop.wait(days=32)
    shop.refresh()
    page = owner.get()
    assert "The payment of $7 has not gone through yet." in page
    assert "open, $7 to pay" in page


def test_a_discount_is_spoken_of_only_where_there_is_one(owner: Owner, shop: Shop) -> None:
    shop.pay(shop.start(MONTHLY), promotion_code="FIRSTTERM")  # for once
    shop.refresh()
    page = owner.get()
    assert f"It renews on {day(shop.subscription().period_ends)} for $12.00." in page
    assert ", less" not in page
    coupon = shop.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    shop.v1.subscriptions.update(shop.subscription().id, {"discounts": [{"coupon": coupon.id}]})
    shop.refresh()
    assert "for $12.00, less your discount." in owner.get()
