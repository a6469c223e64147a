"""What the plan's page says of payments by a wallet that are on their way, or failed."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session

from billing.tables import DelayedPayment
from tests.conftest import Client
from tests.webapp.money.test_pages import come_in, subscribed
from tests.webapp.money.test_wallets import on_trial, pack, payment, read, studio
from webapp.accounts.tables import MemberRole, Studio
from webapp.lessons.edge import now

__all__ = ["studio"]


def test_what_is_on_its_way_is_said_to_owners_in_their_language(
    client: Client, session: Session, studio: Studio
) -> None:
    session.add_all([payment(studio, now(), plan="studio", seats=2), pack(studio, now())])
    come_in(client, studio)
    for address in ("/plan", "/pricing"):
        page = read(client, address)
        assert "(Studio for a month, prepaid, 2 seats) has been on its way since" in page
        assert "A payment of $4 (100 more comments) has been on its way since" in page
    come_in(client, studio, language="zh")
    page = read(client, "/plan")
    assert "有一笔 US$13 的付款（画室版，预付一个月，2 个席位）正在处理" in page
    assert "不用再付一次" in page
    come_in(client, studio, MemberRole.TEACHER)
    assert "on its way" not in read(client, "/plan")


def test_of_two_equal_payments_it_is_told_which_one_failed(
    client: Client, session: Session, studio: Studio
) -> None:
    studio.time_zone = "UTC"
    begun = now().replace(hour=9, minute=41)
    wallets = {"cs_1": "alipay", "cs_2": "wechat_pay"}
    times = {"cs_1": begun, "cs_2": begun - timedelta(minutes=7)}
    session.add_all(
        payment(studio, times[name], id=name, method=method, failed=name == "cs_1")
        for name, method in wallets.items()
    )
    come_in(client, studio)
    page = read(client, "/plan").replace("\u202f", " ")
    assert re.search(r"since \w+ \d+, \d{4} 9:34 AM \(WeChat Pay\)\.", page)
    assert re.search(r"begun on \w+ \d+, \d{4} 9:41 AM \(Alipay\) did not", page)
    come_in(client, studio, language="zh")
    page = read(client, "/plan")
    assert "09:34（微信支付），有一笔" in page
    assert "09:41（支付宝）的一笔" in page


@pytest.mark.parametrize(("language", "free"), [("en", "goes on with Free"), ("zh", "转为免费版")])
def test_nothing_is_said_of_free_while_what_follows_is_being_paid(
    client: Client, session: Session, studio: Studio, language: str, free: str
) -> None:
    on_trial(session, studio, now())
    come_in(client, studio, language=language)
    assert free in read(client, "/plan")
    session.add(payment(studio, now()))
    assert free not in read(client, "/plan")
    subscribed(session, studio, ends_at=now() + timedelta(days=9))
    assert free not in read(client, "/plan")
    session.delete(session.get_one(DelayedPayment, "cs_1"))
    assert free in read(client, "/plan")
