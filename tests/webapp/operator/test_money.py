"""The operator's pages of money: what is left to decide, what is given and why, and what caused what."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from billing import reconcile
from billing.reconcile import Finding
from billing.tables import (
    Allowance,
    Comparison,
    Customer,
    Dispute,
    Event,
    EventState,
    History,
    Purchase,
    Trial,
    note,
)
from tests.billing.rows import subscription
from tests.conftest import Client, make_settings
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole, Studio, User
from webapp.lessons.edge import now
from webapp.money import quota
from webapp.operator import money_words
from webapp.platform import jobs
from webapp.platform.settings import Settings
from webapp.platform.tables import Job, JobState
from webapp.school import nights

CHINESE = {"Accept-Language": "zh"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server that sells; nothing listens at the address."""
    changes: dict[str, Any] = {"stripe_key": "sk_test_x", "stripe_address": "http://127.0.0.1:9"}
    return make_settings(settings.home, **changes)


@pytest.fixture
def operator(session: Session) -> User:
    return UserFactory(is_operator=True, email="op@vermilion.example")


@pytest.fixture
def page(client: Client, operator: User) -> Client:
    return client.sign_in(operator)


@pytest.fixture
def studio(session: Session) -> Studio:
    studio = StudioFactory(name="Willow")
    MembershipFactory(studio=studio, user=UserFactory(email="owner@willow.example"), role=MemberRole.OWNER)
    return studio


def subscribed(studio: Studio, **changes: Any) -> Any:
    begun = now() - timedelta(days=3)
    dates = {"began_at": begun, "period_begins": begun, "period_ends": begun + timedelta(days=30)}
    return subscription(**{"studio_id": studio.id, **dates, **changes})


def give(page: Client, studio: Studio, **said: object) -> str:
    data = {"reason": "the camera broke", **said}
    return str(page.post(f"/operator/money/{studio.id}/give", data=data, follow_redirects=True).text)


def test_every_kind_of_difference_has_a_title_and_advice(page: Client) -> None:
    source = Path(reconcile.__file__).read_text(encoding="utf-8")
    mended = {"customer", "event", "row"}
    kinds = set(re.findall(r'Finding\(\s*"(\w+)"', source)) - mended
    assert {"dispute", "two_subscriptions", "orphan_customer", "event_failed"} < kinds
    with page.application.test_request_context():
        assert set(money_words._findings()) == kinds


def test_nothing_is_called_decided_before_a_comparison(page: Client, session: Session) -> None:
    text = page.get("/operator/money").text
    assert "Not compared with Stripe yet" in text
    assert "The first comparison begins within a minute." in text
    assert "Compare now" in text
    assert "Nothing is left to decide" not in text
    page.post("/operator/money/compare")
    text = page.get("/operator/money").text
    assert "The first comparison waits for a worker" in text
    assert "Compare now" not in text
    for job in jobs.unfinished(session, jobs.MONEY, "reconcile"):
        job.state, job.finished_at = JobState.FAILED, now()  # such as with a key that Stripe refuses
    session.commit()
    night = nights.next_begins(now(), "UTC")
    text = page.get("/operator/money").text
    assert f"The first comparison is on {night:%b} {night.day}, {night.year} 2:00\u202fAM." in text
    assert "Compare now" in text
    chinese = page.get("/operator/money", headers=CHINESE).text
    assert f"第一次核对在 {night.year}年{night.month}月{night.day}日 02:00。" in chinese
    session.add(Comparison(at=now()))
    text = page.get("/operator/money").text
    assert "Nothing is left to decide" in text
    assert "The next comparison is on" in text
    assert "Not compared" not in text


def test_what_is_left_is_listed_with_what_to_do(page: Client, session: Session, studio: Studio) -> None:
    session.add_all([subscribed(studio), subscribed(studio, id="sub_2")])
    session.add(
        Dispute(
            id="dp_1",
            studio_id=studio.id,
            charge_id="ch_1",
            status="needs_response",
            currency="usd",
            amount=1200,
            created_at=now(),
        )
    )
    session.add(
        Event(
            id="evt_late",
            type="invoice.paid",
            state=EventState.FAILED,
            error="api_error",
            created_at=now(),
            received_at=now() - timedelta(days=1),
        )
    )
    gone = Finding("orphan_customer", "nobodynobody", "cus_9")
    stale = Finding("dispute", studio.id, "dp_0", "needs_response")  # closed since then
    session.add(Comparison(at=now(), mended=[vars(stale)], left=[vars(gone), vars(stale)]))
    text = page.get("/operator/money").text
    for said in (
        "1 difference mended",
        "Two subscriptions of one studio",
        "end the other here",
        "…sub_2",
        "A payment of $12.00 is disputed",
        "Answer it at Stripe, or accept it there.",
        "dp_1",
        "An event of Stripe&#39;s was given up",
        "api_error",
        "A customer at Stripe whose studio is not here",
        "cus_9",
        ">Willow</a>",
    ):
        assert said in text, said
    assert "dp_0" not in text
    assert "/operator/money/nobodynobody" not in text  # it has no page here
    note(session, now(), "nobodynobody", "plan.begun", "sub_0", by="event:evt_0")
    assert "/operator/money/nobodynobody" in page.get("/operator/money").text
    chinese = page.get("/operator/money", headers=CHINESE).text
    for said in ("一间画室有两个订阅", "有一笔 US$12.00 的付款被申诉", "处理失败", "现在核对"):
        assert said in chinese, said


@pytest.mark.parametrize(
    ("status", "days", "said", "in_chinese"),
    [
        ("needs_response", 9, "Answer it at Stripe by ", "之前到 Stripe 答复"),
        ("needs_response", -30, "It could be answered until ", "已经过了，没有答复"),
        ("under_review", -30, "It is answered, and the payer&#39;s bank decides.", "已经答复"),
    ],
)
def test_a_dispute_says_how_much_and_until_when_it_can_be_answered(
    page: Client, session: Session, studio: Studio, status: str, days: int, said: str, in_chinese: str
) -> None:
    answer_by = now() + timedelta(days=days)
    session.add(
        Dispute(
            id="dp_1",
            studio_id=studio.id,
            charge_id="ch_1",
            status=status,
            reason="fraudulent",
            currency="usd",
            amount=1200,
            created_at=now() - timedelta(days=40),
            answer_by=answer_by,
        )
    )
    session.commit()
    for path in ("/operator/money", f"/operator/money/{studio.id}"):
        text = page.get(path).text
        assert said in text
        assert ("Answer it at Stripe" in text) is (days > 0)
        if status == "needs_response":
            assert f"{answer_by:%b} {answer_by.day}, {answer_by.year}" in text
        assert re.search(r'href="https?://[^"]*[/#]dp_1"', text)
        assert in_chinese in page.get(path, headers=CHINESE).text
    assert "A payment of $12.00 is disputed" in page.get("/operator/money").text
    assert "有一笔 US$12.00 的付款被申诉" in page.get("/operator/money", headers=CHINESE).text


def test_free_is_named_once(page: Client, studio: Studio) -> None:
    for path in ("/operator/money", f"/operator/money/{studio.id}"):
        assert "Free · free" not in page.get(path).text


def test_comparing_now_asks_a_worker_once(page: Client, session: Session) -> None:
    for _ in range(2):
        assert (
            "as soon as a worker is free" in page.post("/operator/money/compare", follow_redirects=True).text
        )
    assert len(jobs.unfinished(session, jobs.MONEY, "reconcile")) == 1
    assert "comparison waits for a worker" in page.get("/operator/money").text


def test_comparing_again_in_the_same_minute_compares_again(page: Client, session: Session) -> None:
    for _ in range(2):
        page.post("/operator/money/compare")
        (job,) = jobs.unfinished(session, jobs.MONEY, "reconcile")
        job.state, job.finished_at = JobState.DONE, now()
        session.commit()
    assert len(session.exec(select(Job).where(Job.kind == "reconcile")).all()) == 2


def test_a_studio_is_found_by_its_name_or_id(page: Client, studio: Studio) -> None:
    StudioFactory(name="Birch 100%")
    assert "Birch" not in page.get("/operator/money?q=WILL").text
    assert "Willow" in page.get(f"/operator/money?q={studio.id}").text
    assert "No studio has this name or id" in page.get("/operator/money?q=%25%25").text


def test_comments_are_given_with_a_reason(
    page: Client, session: Session, studio: Studio, operator: User
) -> None:
    assert "It counts from now on" in give(page, studio, what="comments", number=30)
    here = quota.standing(session, now(), studio.id)
    assert here is not None
    assert here.balance.packs == 30
    rows = session.exec(select(History).order_by(History.what)).all()
    assert [(row.what, row.by) for row in rows] == [
        ("pack.given", f"user:{operator.id}"),
        ("quota.pack", f"user:{operator.id}"),
    ]
    text = page.get(f"/operator/money/{studio.id}").text
    for said in (
        "Comments were given",
        "the camera broke",
        "op@vermilion.example",
        "30 comments",
        "Take back",
    ):
        assert said in text, said
    given = session.exec(select(Purchase.id)).one()
    assert "Taken back" in give(page, studio, what="back", grant=given)
    session.expire_all()
    assert session.exec(select(Allowance.granted)).one() == 0
    assert "nothing to take back" in give(page, studio, what="back", grant=given)


def test_prepaid_time_and_a_longer_trial_are_given(page: Client, session: Session, studio: Studio) -> None:
    begun = now() - timedelta(days=10)
    ends = begun + timedelta(days=14)
    trial = Trial(studio_id=studio.id, payer="p", plan="teacher", begins_at=begun, ends_at=ends, by="user:1")
    session.add(trial)
    assert "It counts" in give(page, studio, what="trial", number=7)
    assert "It counts" in give(page, studio, what="pass", plan="studio", seats=3, number=1)
    session.expire_all()
    assert session.exec(select(Trial.ends_at)).one() == ends + timedelta(days=7)
    found = quota.limits(session, now(), studio.id)
    assert found is not None
    assert (found.plan, found.seats) == ("studio", 3)
    text = page.get(f"/operator/money/{studio.id}").text
    for said in ("The trial was prolonged", "Prepaid time was given", "Studio, 1 month, 3 seats", "given"):
        assert said in text, said
    chinese = page.get(f"/operator/money/{studio.id}", headers=CHINESE).text
    for said in ("试用延长", "赠送预付时间", "画室版", "变更记录"):
        assert said in chinese, said


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"what": "comments", "number": 30, "reason": " "}, "Say why"),
        ({"what": "comments", "number": 0}, "none, or too many"),
        ({"what": "comments", "number": "many"}, "none, or too many"),
        ({"what": "pass", "plan": "free", "number": 1}, "cannot be given"),
        ({"what": "pass", "plan": "studio", "seats": 1, "number": 1}, "not for so many seats"),
        ({"what": "trial", "number": 5}, "No trial runs"),
        ({"what": "gold", "number": 5}, "Nothing was given"),
    ],
)
def test_what_cannot_be_given_is_said(
    page: Client, session: Session, studio: Studio, said: dict[str, object], answer: str
) -> None:
    assert answer in give(page, studio, **said)
    assert session.exec(select(History)).all() == []


def test_a_longer_trial_is_offered_only_to_who_is_on_trial(
    page: Client, session: Session, studio: Studio
) -> None:
    here = f"/operator/money/{studio.id}"
    assert "A longer trial" not in page.get(here).text
    ends = now() + timedelta(days=4)
    trial = {"payer": "p", "plan": "teacher", "begins_at": now() - timedelta(days=10), "by": "user:1"}
    session.add(Trial(studio_id=studio.id, ends_at=ends, **trial))
    assert "A longer trial" in page.get(here).text
    session.add(subscribed(studio))
    text = page.get(here).text
    assert "A longer trial" not in text
    assert "The subscription renews by itself" in text
    assert "would give it nothing" in give(page, studio, what="trial", number=7)
    assert session.exec(select(History)).all() == []


def test_what_a_deleted_studio_paid_is_still_shown(page: Client, session: Session) -> None:
    note(
        session, now(), "gonegonegonegone", "plan.begun", "sub_1", by="event:evt_1", after={"plan": "teacher"}
    )
    text = page.get("/operator/money/gonegonegonegone").text
    assert "This studio was deleted" in text
    assert "Give comments" not in text
    assert page.get("/operator/money/nobodynobodynobo").status_code == 404
    answer = page.post(
        "/operator/money/gonegonegonegone/give", data={"what": "comments"}, follow_redirects=True
    )
    assert "no such studio" in answer.text


def test_ending_a_subscription_says_when_stripe_is_away(
    page: Client, session: Session, studio: Studio
) -> None:
    session.add(subscribed(studio))
    session.add(Customer(studio_id=studio.id, stripe_id="cus_7", created_at=now()))
    text = page.get(f"/operator/money/{studio.id}").text
    assert 'value="sub_1"' in text
    answer = page.post(
        f"/operator/money/{studio.id}/end", data={"subscription": "sub_1"}, follow_redirects=True
    )
    assert "nothing was ended" in answer.text


def test_giving_needs_the_forms_token_and_an_operator(
    page: Client, session: Session, studio: Studio, operator: User
) -> None:
    page.application.config["WTF_CSRF_ENABLED"] = True
    path, said = f"/operator/money/{studio.id}/give", {"what": "comments", "number": 5, "reason": "x"}
    assert page.post(path, data=said).status_code == 400
    page.application.config["WTF_CSRF_ENABLED"] = False
    owner = session.exec(select(User).where(User.email == "owner@willow.example")).one()
    page.sign_in(owner)
    assert page.post(path, data=said).status_code == 404
    assert session.exec(select(History)).all() == []


def test_where_nothing_is_sold_the_pages_say_so(client: Client, operator: User, studio: Studio) -> None:
    client.application.config["SETTINGS"] = make_settings(client.application.config["SETTINGS"].home)
    client.sign_in(operator)
    assert "Nothing is sold here" in client.get("/operator/money").text
    assert "Nothing is sold here" in client.get(f"/operator/money/{studio.id}").text
    assert client.post("/operator/money/compare").status_code == 302
