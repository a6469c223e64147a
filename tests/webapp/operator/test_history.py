"""A studio's history as operators read it: what became of what it has, and who or what caused it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from billing.tables import Customer, Event, Invoice, Purchase, note
from tests.conftest import Client
from tests.webapp.operator.test_money import CHINESE, operator, page, settings, studio, subscribed
from webapp.accounts.tables import Studio, User
from webapp.lessons.edge import now

__all__ = ["operator", "page", "settings", "studio"]


def test_a_studios_money_with_who_or_what_caused_each_change(
    page: Client, session: Session, studio: Studio, operator: User
) -> None:
    session.add(subscribed(studio, plan="studio", seats=3, status="past_due", unpaid_since=now()))
    session.add(Customer(studio_id=studio.id, stripe_id="cus_7", created_at=now()))
    session.add(
        Invoice(
            id="in_1",
            studio_id=studio.id,
            number="A-1",
            status="open",
            currency="usd",
            total=4200,
            paid=0,
            refunded=700,
            unconfirmed=True,
            created_at=now(),
        )
    )
    session.add(Event(id="evt_1", type="customer.subscription.updated", created_at=now(), received_at=now()))
    changed = {"before": {"seats": 2, "plan": "teacher"}, "after": {"seats": 3, "plan": "studio"}}
    for ident, kind, customer, age in (
        ("evt_2", "customer.subscription.created", "cus_7", 20),
        ("evt_6", "customer.subscription.updated", "cus_7", 40),  # another one told later
        ("evt_3", "invoice.paid", "cus_7", 20),  # tells of no plan
        ("evt_4", "customer.subscription.updated", "cus_7", 9000),
        ("evt_5", "customer.subscription.updated", "cus_8", 20),
    ):
        created = now() - timedelta(seconds=age)
        session.add(Event(id=ident, type=kind, customer=customer, created_at=created, received_at=now()))
    causes = ["event:evt_1", f"user:{operator.id}", "user:999", f"return:cs_1:user:{operator.id}"]
    for number, by in enumerate([*causes, "return:cs_0", "page:plan", "reconciliation", "system", "odd"]):
        note(session, now(), studio.id, "plan.changed", f"sub_{number}", by=by, **changed)
    text = page.get(f"/operator/money/{studio.id}").text
    for said in (
        "cus_7",
        "not paid; drafts until",
        "$42",
        "$7",
        "waits for the payer's bank",
        "seats: 2 → 3",
        "plan: Teacher → Studio",
        "Stripe: customer.subscription.updated (evt_1)",
        "op@vermilion.example",
        "a person who is gone (999)",
        "op@vermilion.example · coming back from Stripe&#39;s pages (cs_1)"
        " · Stripe: customer.subscription.created (evt_2)</p>",
        "coming back from Stripe&#39;s pages (cs_0)",
        "an owner who looked at the plan",
        "the comparison with Stripe",
        "the clock",
        "odd",
    ):
        assert said in text, said
    for foreign in ("evt_3", "evt_4", "evt_5", "evt_6"):
        assert foreign not in text
    assert "负责人查看套餐" in page.get(f"/operator/money/{studio.id}", headers=CHINESE).text


@pytest.mark.parametrize(
    ("before", "after", "said", "chinese"),
    [
        ({"ends_at": None}, {"ends_at": "2026-12-24T18:30:00+00:00"}, "was cancelled", "订阅已取消"),
        ({"ends_at": "2026-12-24T18:30:00+00:00"}, {"ends_at": None}, "was resumed", "订阅恢复"),
        (
            {"status": "active", "ended_at": None},
            {"status": "canceled", "ended_at": "2026-12-24T18:30:00+00:00"},
            "The subscription ended",
            "订阅结束",
        ),
        ({"status": "active"}, {"status": "past_due"}, "A payment for the subscription failed", "扣款失败"),
        ({"status": "past_due"}, {"status": "active"}, "is paid again", "欠费已付清"),
        ({"status": "incomplete"}, {"status": "active"}, "first payment arrived", "首次付款到账"),
        ({"paused": False}, {"paused": True}, "was paused", "订阅暂停"),
        ({"paused": True}, {"paused": False}, "The subscription goes on", "订阅继续"),
        ({"interval": "month"}, {"interval": "year"}, "plan was changed", "更改订阅的套餐"),
        ({"seats": 2}, {"seats": 3}, "seats were changed", "更改订阅的席位"),
    ],
)
def test_what_became_of_a_subscription_is_named(
    page: Client,
    session: Session,
    studio: Studio,
    before: dict[str, Any],
    after: dict[str, Any],
    said: str,
    chinese: str,
) -> None:
    note(session, now(), studio.id, "plan.changed", "sub_1", by="event:evt_1", before=before, after=after)
    text = page.get(f"/operator/money/{studio.id}").text
    assert said in text
    if "ends_at" in after or "ended_at" in after:
        assert "Dec 24, 2026 6:30\u202fPM" in text
    assert chinese in page.get(f"/operator/money/{studio.id}", headers=CHINESE).text


def test_letters_push_no_change_out_of_sight(page: Client, session: Session, studio: Studio) -> None:
    note(session, now() - timedelta(days=1), studio.id, "trial.begun", "x", by="system")
    for number in range(60):
        key = f"paid:1:in_{number}"
        note(session, now(), studio.id, "letter", key, by="system", after={"about": f"in_{number}"})
    text = page.get(f"/operator/money/{studio.id}").text
    changes, _summary, letters = text.partition("<summary>Letters to the owners</summary>")
    assert "The trial began" in changes
    assert "A letter to the owners" not in changes
    assert letters.count("A letter to the owners") == 50
    assert "receipt of a payment" in letters
    assert "about: in_" in letters
    assert "The last 50 are shown." in letters
    assert (
        "<summary>给负责人的邮件</summary>" in page.get(f"/operator/money/{studio.id}", headers=CHINESE).text
    )


def test_a_pass_says_when_it_runs_or_that_it_waits(page: Client, session: Session, studio: Studio) -> None:
    def given(ident: str, plan: str, **more: Any) -> Purchase:
        fields = {"kind": "pass", "months": 1, "currency": "usd", "amount": 0, "by": "user:1", **more}
        return Purchase(id=f"grant_{ident}", studio_id=studio.id, plan=plan, **fields)

    begun = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
    session.add(given("a", "teacher", paid_at=begun))
    text = page.get(f"/operator/money/{studio.id}").text
    assert "from Jan 10, 2026 9:30\u202fAM to Feb 10, 2026 9:30\u202fAM" in text
    assert "given on Jan 10, 2026 9:30\u202fAM" in text
    session.add(subscribed(studio))
    session.add(given("b", "teacher", paid_at=now()))
    text = page.get(f"/operator/money/{studio.id}").text
    assert "not begun: it waits until what covers as much ends" in text
    begun = now() - timedelta(days=13)  # ten days before the subscription, which is as good
    session.add(given("c", "teacher", paid_at=begun))
    text = page.get(f"/operator/money/{studio.id}").text
    assert "the rest waits until what covers as much ends" in text
    chinese = page.get(f"/operator/money/{studio.id}", headers=CHINESE).text
    for said in ("2026年1月10日 09:30 至 2026年2月10日 09:30", "尚未开始", "其余时间"):
        assert said in chinese


def test_what_was_refunded_of_a_purchase_is_told_as_money(
    page: Client, session: Session, studio: Studio
) -> None:
    bought = {"amount": 6800, "currency": "cny"}
    note(session, now(), studio.id, "pass.paid", "cs_1", by="event:evt_1", after=bought)
    note(
        session,
        now(),
        studio.id,
        "pass.changed",
        "cs_1",
        by="event:evt_2",
        before={"refunded": 0},
        after={"refunded": 6800, "currency": "cny"},
    )
    text = page.get(f"/operator/money/{studio.id}").text
    assert "amount: CN¥68.00</p>" in text
    assert "refunded: CN¥0.00 → CN¥68.00</p>" in text
    assert "cny" not in text
