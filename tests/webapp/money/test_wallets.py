"""Payments by a wallet that arrive later or fail, and plans by card over prepaid time or the trial: said
before it is paid, and shown afterwards.
"""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session

from billing.tables import Customer, DelayedPayment, Invoice, PurchaseKind, Subscription
from tests.billing.rows import purchase, subscription, trial
from tests.billing.shop import Shop
from tests.conftest import Client
from tests.factories import NOW, MembershipFactory, StudioFactory, UserFactory
from tests.webapp.money.test_pages import come_in, subscribed
from webapp.accounts.tables import Language, MemberRole, Studio
from webapp.lessons.edge import now
from webapp.money import letters
from webapp.platform import mail

PASS, PACK = "vermilion-pass-teacher-month-usd", "vermilion-pack-100-usd"
PLAN, LARGER = "vermilion-subscription-teacher-month-usd", "vermilion-subscription-studio-month-usd"
ON_ITS_WAY = "A payment of $13 (Teacher for a month, prepaid) has been on its way since"
FAILED = "The payment of $13 (Teacher for a month, prepaid) that was begun on"


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory(name="Willow")


def payment(studio: Studio, at: datetime, **changes: Any) -> DelayedPayment:
    """A pass that is being paid."""
    values: dict[str, Any] = {
        "id": "cs_1",
        "studio_id": studio.id,
        "kind": PurchaseKind.PASS,
        "plan": "teacher",
        "months": 1,
        "currency": "usd",
        "amount": 1300,
        "begun_at": at,
        "changed_at": at,
        "by": "return:cs_1",
    }
    return DelayedPayment(**{**values, **changes})


def pack(studio: Studio, at: datetime, **changes: Any) -> DelayedPayment:
    """A pack that is being paid."""
    what = {"id": "cs_2", "kind": PurchaseKind.PACK, "plan": "", "months": 0, "comments": 100, "amount": 400}
    return payment(studio, at, **{**what, **changes})


def on_trial(session: Session, studio: Studio, at: datetime) -> None:
    begun = trial(at)
    begun.studio_id = studio.id
    session.add(begun)


def begun_now(session: Session, studio: Studio) -> Subscription:
    """A plan by card that was bought at this moment."""
    row = subscribed(session, studio)
    row.began_at = now()
    session.add(row)
    session.commit()
    return row


def shop_address(client: Client) -> str:
    """Where Stripe's pages are."""
    return str(client.application.config["SETTINGS"].stripe_address)


def read(client: Client, address: str, **query: Any) -> str:
    return html.unescape(client.get(address, query_string=query or None, follow_redirects=True).text)


def asked(client: Client, item: str, seats: int = 1) -> str:
    """The page that is shown instead of Stripe's to who wants this."""
    sent = client.post("/plan/buy", data={"item": item, "seats": seats})
    assert (sent.status_code, sent.location.startswith("/plan/buy?item=")) == (303, True)
    return read(client, sent.location)


@pytest.mark.sandbox
class TestAtTheSandbox:
    def test_two_owners_buy_a_pass_and_the_second_is_told_of_the_first(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        come_in(client, studio)
        assert client.post("/plan/buy", data={"item": PASS}).location.startswith(shop_address(client))
        session.commit()
        (first,) = shop.gateway.sessions(shop.stripe_id())
        shop.pay(first["id"], method="wechat_pay", outcome="pay_later")
        back = read(client, "/plan/bought", session=first["id"])
        assert "As soon as the payment has arrived" in back
        assert ON_ITS_WAY in back

        come_in(client, studio)  # the other owner
        for address in ("/plan", "/pricing"):
            assert ON_ITS_WAY in read(client, address)
        page = asked(client, PASS)
        assert ON_ITS_WAY in page
        assert "you pay twice and have both" in page
        assert "Buy it all the same" in page
        session.commit()
        assert shop.gateway.sessions(shop.stripe_id(), status="open") == []
        known = re.findall('name="known" value="([^"]+)"', page)
        form = {"item": PASS, "seats": 1, "known": known}
        assert client.post("/plan/buy", data=form).location.startswith(shop_address(client))
        session.commit()
        (second,) = shop.gateway.sessions(shop.stripe_id(), status="open")
        shop.pay(second["id"])
        shop.wait(minutes=1)
        read(client, "/plan/bought", session=second["id"])
        page = read(client, "/plan")
        assert ON_ITS_WAY not in page
        assert len(re.findall(r"\$13</span></li>", page)) == 2
        session.commit()
        assert (shop.entitled().ends_at - shop.now()).days >= 58  # type: ignore[operator]

    def test_one_that_fails_is_shown_to_who_comes_back_and_nobody_is_thanked(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        come_in(client, studio)
        client.post("/plan/buy", data={"item": PASS})
        session.commit()
        (first,) = shop.gateway.sessions(shop.stripe_id())
        shop.pay(first["id"], method="alipay", outcome="fail_later")
        shop.wait(minutes=1)
        page = read(client, "/plan/bought", session=first["id"])
        assert FAILED in page
        assert "(Alipay) did not go through." in page
        assert "Nothing was charged, and nothing was added to the studio." in page
        assert 'href="/pricing">Buy again' in page
        assert "Thank you" not in page
        session.commit()
        assert client.post("/plan/buy", data={"item": PASS}).location.startswith(shop_address(client))

    def test_the_plan_asks_itself_how_a_payment_went(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        come_in(client, studio)
        shop.pay(shop.start(PASS.removeprefix("vermilion-")), method="alipay", outcome="pay_later")
        shop.refresh()
        session.expire_all()
        assert ON_ITS_WAY in read(client, "/plan")
        shop.wait(minutes=1)
        session.commit()
        with shop.transactions() as there:
            there.get_one(Customer, studio.id).projected_at = now() - timedelta(minutes=1)
        session.expire_all()
        page = read(client, "/plan")
        assert ON_ITS_WAY not in page
        assert "$13</span></li>" in page  # prepaid


def test_another_pack_is_asked_about_while_one_is_on_its_way(
    client: Client, session: Session, studio: Studio
) -> None:
    session.add(pack(studio, now()))
    come_in(client, studio)
    assert "you pay twice and have both packs" in asked(client, PACK)
    come_in(client, studio, language="zh")
    assert "两个加量包都归您" in asked(client, PACK)


def test_what_is_not_sold_is_not_asked_about(client: Client, studio: Studio) -> None:
    come_in(client, studio)
    for item, seats in (("hat", 1), (LARGER, 1)):
        assert "cannot be bought" in read(client, "/plan/buy", item=item, seats=seats)
    come_in(client, studio, MemberRole.TEACHER)
    assert client.get("/plan/buy", query_string={"item": PASS}).status_code == 403


def test_a_failure_is_shown_until_it_is_bought_again(
    client: Client, session: Session, studio: Studio
) -> None:
    session.add(payment(studio, now() - timedelta(days=2), failed=True))
    come_in(client, studio)
    assert FAILED in read(client, "/plan")
    come_in(client, studio, language="zh")
    assert "没有扣款，画室也没有增加任何内容。" in read(client, "/plan")
    come_in(client, studio, MemberRole.TEACHER)
    assert FAILED not in read(client, "/plan")
    session.add(purchase(9, now() - timedelta(days=1), studio_id=studio.id))
    come_in(client, studio)
    assert FAILED not in read(client, "/plan")


def test_a_failure_is_told_once_in_a_letter_to_each_owner(
    app: Flask, session: Session, studio: Studio
) -> None:
    for name, language in (("chen", Language.CHINESE), ("grace", Language.ENGLISH)):
        owner = UserFactory(email=f"{name}@willow.example", language=language)
        MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    row = payment(studio, NOW)
    session.add(row)
    session.commit()
    assert letters.write(NOW) == 0
    row.failed = True
    session.add(row)
    session.commit()
    assert [letters.write(NOW + timedelta(hours=hours)) for hours in (1, 2)] == [2, 0]
    english, chinese = sorted(
        mail.letters(app.config["SETTINGS"]), key=lambda letter: letter.to, reverse=True
    )
    assert english.subject == "A payment for Willow did not go through"
    assert "The payment of $13 for Willow (Teacher for a month, prepaid) that was begun on" in english.text
    assert "Nothing was charged" in english.text
    assert chinese.subject == "Willow有一笔付款没有成功"
    assert "没有扣款" in chinese.text
    for letter in (english, chinese):
        assert letter.text.splitlines().count("http://localhost:8000/plan") == 1
        assert "\n\n\n" not in letter.text
    assert re.findall("[\u4e00-\u9fff]+", english.text) == ["朱批"]


def test_no_letter_asks_to_buy_what_is_being_paid_already(session: Session, studio: Studio) -> None:
    MembershipFactory(studio=studio, user=UserFactory(), role=MemberRole.OWNER)
    on_trial(session, studio, NOW)
    row = payment(studio, NOW)
    session.add(row)
    session.commit()
    assert letters.write(NOW + timedelta(days=12)) == 0
    row.failed, row.changed_at = True, NOW + timedelta(days=12)
    session.add(row)
    session.commit()
    kinds = sorted(letter.kind for letter in letters.due(session, NOW + timedelta(days=12, hours=1)))
    assert kinds == ["not_paid", "trial_ends"]


@pytest.mark.parametrize("days", [1, 15])
def test_no_letter_asks_to_pay_for_a_plan_while_a_pass_is_on_its_way_instead(
    session: Session, studio: Studio, days: int
) -> None:
    MembershipFactory(studio=studio, user=UserFactory(), role=MemberRole.OWNER)
    session.add(subscription(studio_id=studio.id, status="past_due", unpaid_since=NOW))
    moment = NOW + timedelta(days=days)
    row = payment(studio, moment)
    session.add(row)
    session.commit()
    assert letters.due(session, moment) == []
    row.failed, row.changed_at = True, moment
    session.add(row)
    session.commit()
    kinds = sorted(letter.kind for letter in letters.due(session, moment + timedelta(hours=1)))
    assert kinds == sorted(["not_paid", "failed" if days == 1 else "read_only"])


@pytest.mark.parametrize("days", [3, 30])
def test_no_page_urges_to_pay_for_a_plan_while_a_pass_is_on_its_way_instead(
    client: Client, session: Session, studio: Studio, days: int
) -> None:
    invoice = "https://invoice.example/in_1"
    subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=days))
    session.add(
        Invoice(
            id="in_1",
            studio_id=studio.id,
            subscription_id="sub_1",
            status="open",
            currency="usd",
            total=1200,
            paid=0,
            attempts=1,
            page=invoice,
            created_at=now() - timedelta(days=days),
        )
    )
    come_in(client, studio)
    urged = f'class="btn btn-primary" href="{invoice}">Pay now'
    assert urged in read(client, "/plan")
    assert f'href="{invoice}"' in read(client, "/lessons")
    session.add(payment(studio, now()))
    page = read(client, "/plan")
    assert page.index(ON_ITS_WAY) < page.index("has not gone through yet")
    assert urged not in page
    assert f'class="btn btn-quiet" href="{invoice}">Pay now' in page  # who will can
    page = read(client, "/lessons")
    assert f'href="{invoice}"' not in page
    assert 'href="/plan">To the plan' in page
    if days == 30:  # nothing is drafted any more
        assert f'href="{invoice}">Pay now' not in read(client, "/plan/wall")


def test_a_plan_by_card_in_the_trial_says_before_and_after_what_becomes_of_it(
    client: Client, session: Session, studio: Studio
) -> None:
    on_trial(session, studio, now() - timedelta(days=4))
    come_in(client, studio)
    page = asked(client, LARGER, 2)
    assert "Studio, paid by the month, 2 seats · $28" in page
    assert "takes its place at once and is charged from today on" in page
    assert re.findall('name="known" value="([^"]+)"', page) == ["trial"]
    come_in(client, studio, language="zh")
    assert "试用剩下的天数和条数不会加进去" in asked(client, PLAN)
    subscribed(session, studio)
    assert "已取代您的试用" in read(client, "/plan")
    come_in(client, studio)
    assert "The plan took the place of your trial, which would have run until" in read(client, "/plan")


def test_prepaid_time_under_a_plan_by_card_waits_and_is_shown(
    client: Client, session: Session, studio: Studio
) -> None:
    begun = now() - timedelta(days=3, hours=1)
    session.add_all(
        [
            purchase(1, begun, studio_id=studio.id),
            purchase(2, begun, studio_id=studio.id, months=12, amount=74000),
        ]
    )
    come_in(client, studio)
    page = asked(client, PLAN)
    left = re.search(r"Teacher: (\d+) days left · Teacher: 12 months, not begun yet", page)
    assert left is not None
    assert int(left[1]) in range(25, 29)  # of a month less three days
    assert "none of it is lost" in page
    row = begun_now(session, studio)
    page = read(client, "/plan")
    assert f"Teacher: {left[1]} days left" in page
    assert "Teacher: 12 months, not begun yet" in page
    assert "waits while the plan paid by card lasts" in page
    come_in(client, studio, language="zh")
    page = read(client, "/plan")
    assert f"教师版：还剩 {left[1]} 天" in page
    assert "教师版：12 个月，还没有开始" in page
    row.ends_at = now() + timedelta(days=20)
    session.add(row)
    come_in(client, studio)
    page = read(client, "/plan")
    assert "Then what you have prepaid goes on." in page
    assert "days left" not in page  # it has its dates again


def test_a_plan_by_card_under_larger_prepaid_time_is_shown_beside_it(
    client: Client, session: Session, studio: Studio
) -> None:
    session.add(purchase(1, now() - timedelta(days=3), studio_id=studio.id, plan="studio", seats=2))
    come_in(client, studio)
    page = asked(client, PLAN)
    assert "Your prepaid time runs on until" in page
    assert "gives you nothing more before that day" in page
    begun_now(session, studio)
    page = read(client, "/plan")
    assert "Then the plan that you pay by card goes on." in page
    assert "Beside it you have Teacher, paid by card. It renews on" in page
    come_in(client, studio, language="zh")
    assert "另外您还有用银行卡付的教师版。" in read(client, "/plan")


def test_who_has_nothing_is_asked_nothing(client: Client, studio: Studio) -> None:
    come_in(client, studio)
    page = client.post("/plan/buy", data={"item": PLAN}, follow_redirects=True).text
    assert "cannot be reached" in page  # on to Stripe, which is not there
    page = read(client, "/plan/buy", item=PLAN)
    assert "Nothing is in the way any more." in page
    assert "Go on to the payment" in page
