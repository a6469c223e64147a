"""A card that is declined, another one, and cancelling, at the sandbox: what owners are told of each."""

import pytest
from babel.dates import format_date
from sqlmodel import Session

from tests.billing.shop import Shop
from tests.conftest import Client
from tests.factories import StudioFactory
from tests.webapp.money.test_pages import come_in
from webapp.accounts.tables import MemberRole, Studio

pytestmark = pytest.mark.sandbox

DECLINED = "Your Visa card ending in 0341 was declined."
PRESS = "The open invoice is not paid with it at once: press “Pay now”."


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Its studio pays by the month."""
    shop.buy("subscription-teacher-month-usd")
    return shop


def refused(shop: Shop) -> str:
    """The renewal fails; its invoice's id."""
    shop.use_card("4000000000000341")
    shop.wait(days=32)
    shop.refresh()
    (owed,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
    return str(owed["id"])


def test_a_declined_card_is_named_to_owners_with_what_comes_after_the_grace(
    client: Client, session: Session, studio: Studio, shop: Shop
) -> None:
    refused(shop)
    come_in(client, studio)
    for path in ("/plan", "/lessons"):
        assert DECLINED in client.get(path).text
    page = client.get("/plan").text
    assert "After that day nothing new is drafted until it is paid. Reading, correcting and accepting" in page
    come_in(client, studio, language="zh")
    page = client.get("/plan").text
    assert "您尾号 0341 的 Visa 卡被拒付了。" in page
    assert "查看、修改和采纳都照常，什么都不会删除。" in page
    come_in(client, studio, MemberRole.TEACHER)
    assert "0341" not in client.get("/lessons").text + client.get("/plan").text


def test_a_new_card_pays_what_is_open_only_when_it_is_told_to(
    client: Client, session: Session, studio: Studio, shop: Shop
) -> None:
    owed = refused(shop)
    come_in(client, studio)
    shop.use_card("4242424242424242")
    assert shop.gateway.invoice(owed)["status"] == "open"
    page = client.get("/plan/returned", follow_redirects=True).text
    assert PRESS in page
    assert "Pay now</a>" in page
    session.expire_all()
    shop.v1.invoices.pay(owed)
    session.commit()
    page = client.get("/plan/returned", follow_redirects=True).text
    assert "Thank you. It is paid." in page
    assert DECLINED not in page
    page = client.get("/plan/returned", follow_redirects=True).text
    assert "It is paid" not in page
    assert PRESS not in page


def test_cancelling_names_the_day_before_and_after(
    client: Client, session: Session, studio: Studio, shop: Shop
) -> None:
    ends = shop.subscription().period_ends
    day = format_date(ends, "medium", locale="en")
    come_in(client, studio)
    assert f"Cancel the plan? You keep it until {day}, and nothing is deleted." in client.get("/plan").text
    page = client.post("/plan/cancel", follow_redirects=True).text
    assert f"It is cancelled. Everything stays as it is until {day}." in page
    client.post("/plan/resume")
    come_in(client, studio, language="zh")
    day = format_date(ends, "medium", locale="zh")
    assert f"取消套餐吗？到 {day}为止照常使用，什么都不会删除。" in client.get("/plan").text
    assert f"已取消。到 {day}为止，一切照旧。" in client.post("/plan/cancel", follow_redirects=True).text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("later", [0, 20])  # in the grace period, and reading only
def test_who_cancels_what_is_not_paid_is_told_before_and_after_that_it_ends_at_once(
    client: Client, session: Session, studio: Studio, shop: Shop, later: int, language: str
) -> None:
    shop.control("switches", after_retries="unpaid")
    invoice_id = refused(shop)
    shop.wait(days=later)
    shop.refresh()
    come_in(client, studio, language=language)
    page = client.get("/plan").text
    if language == "en":
        assert "It is not paid, so it ends at once. The open invoice of $12 is dropped and nothing" in page
    else:
        assert "取消后立即结束。US$12 的未付账单随之作废，不会扣款；什么都不会删除。" in page
    page = client.post("/plan/cancel", follow_redirects=True).text
    assert ("It was not paid, so it has ended at once" if language == "en" else "所以立即结束") in page
    assert ("0 of 20 used" if language == "en" else "20 条中已用 0 条") in page
    assert shop.gateway.invoice(invoice_id)["status"] == "void"
