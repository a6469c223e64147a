"""The pages of the money room, while Stripe cannot be reached: they say so and lose nothing."""

import time
from datetime import timedelta
from io import BytesIO

import pytest
from prometheus_client import REGISTRY
from sqlmodel import Session, select

from billing import buying, changing
from billing.gateway import GatewayError, UnansweredError
from billing.tables import Event, EventState, Invoice, Subscription
from tests.billing.rows import subscription
from tests.billing.test_webhooks import body, sign
from tests.conftest import Client
from tests.factories import DrawingFactory, LessonFactory, MembershipFactory, StudioFactory, UserFactory
from tests.webapp.money.conftest import SECRET
from webapp.accounts.tables import MemberRole, Studio
from webapp.lessons.edge import now
from webapp.lessons.tables import DrawingState
from webapp.platform import jobs
from webapp.platform.tables import Job


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


def come_in(client: Client, studio: Studio, role: MemberRole = MemberRole.OWNER, **user: object) -> Client:
    person = UserFactory(**user)
    MembershipFactory(studio=studio, user=person, role=role)
    return client.sign_in(person)


def subscribed(session: Session, studio: Studio, **changes: object) -> Subscription:
    begun = now() - timedelta(days=3)
    row = subscription(
        studio_id=studio.id,
        began_at=begun,
        period_begins=begun,
        period_ends=begun + timedelta(days=30),
        **changes,
    )
    session.add(row)
    session.commit()
    return row


def test_a_stranger_sees_prices_in_the_money_of_their_language(client: Client) -> None:
    english = client.get("/pricing", headers={"Accept-Language": "en"}).text
    assert "$12" in english
    assert "Open a studio" in english
    assert "/plan/buy" not in english
    chinese = client.get("/pricing?interval=year", headers={"Accept-Language": "zh"}).text
    assert "¥680 / 年" in chinese
    assert "教师版" in chinese


@pytest.mark.parametrize(("role", "buys"), [(MemberRole.OWNER, True), (MemberRole.TEACHER, False)])
def test_only_owners_buy(client: Client, studio: Studio, role: MemberRole, buys: bool) -> None:
    come_in(client, studio, role)
    assert ("/plan/buy" in client.get("/pricing").text) is buys
    assert (client.post("/plan/buy", data={"item": "x"}).status_code == 403) is not buys


def test_buying_what_is_not_sold_or_while_stripe_is_away_says_so(client: Client, studio: Studio) -> None:
    come_in(client, studio)
    for item, seats, words in (
        ("vermilion-subscription-gold-month-usd", 1, "cannot be bought"),
        ("vermilion-subscription-studio-month-usd", 1, "cannot be bought"),
        ("vermilion-subscription-teacher-month-usd", 1, "cannot be reached"),
    ):
        page = client.post("/plan/buy", data={"item": item, "seats": seats}, follow_redirects=True)
        assert words in page.text


def test_what_stripe_refuses_is_not_said_to_be_away(
    client: Client, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> str:
        raise GatewayError("currency_mismatch")

    monkeypatch.setattr(buying, "start", refuse)
    come_in(client, studio)
    item = {"item": "vermilion-subscription-teacher-month-usd"}
    page = client.post("/plan/buy", data=item, follow_redirects=True).text
    assert "refused this, and nothing was charged" in page
    assert "cannot be reached" not in page


def test_what_stripe_did_not_answer_is_not_said_to_have_cost_nothing(
    client: Client, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_args: object, **_by: object) -> None:
        raise UnansweredError("APIConnectionError", again=True)

    for what in ("change", "cancel", "resume"):
        monkeypatch.setattr(changing, what, ask)
        form = {
            "item": "vermilion-subscription-studio-month-usd",
            "seats": 2,
            "at": now().isoformat(),
            "due": 1600,
            "credit": 0,
        }
        for language, words in (
            ("en", "it is not known yet whether this was done"),
            ("zh", "还不知道这一步"),
        ):
            come_in(client, studio, language=language)
            page = client.post(f"/plan/{what}", data=form, follow_redirects=True).text
            assert words in page
            assert "Nothing was charged" not in page
            assert "没有扣款" not in page


def test_the_plan_says_what_is_there_and_what_is_left(
    client: Client, session: Session, studio: Studio
) -> None:
    subscribed(session, studio, plan="studio", seats=3)
    session.add(
        Invoice(
            id="in_1",
            studio_id=studio.id,
            number="A-1",
            status="paid",
            currency="usd",
            total=4200,
            paid=4200,
            pdf="https://pay.example/a.pdf",
            created_at=now(),
        )
    )
    come_in(client, studio)
    page = client.get("/plan").text
    assert "0 of 1500 used" in page
    assert "3 seats" in page
    assert "$42" in page
    assert "https://pay.example/a.pdf" in page
    come_in(client, studio, language="zh")
    assert "1500 条中已用 0 条" in client.get("/plan").text
    come_in(client, studio, MemberRole.TEACHER)
    assert "a.pdf" not in client.get("/plan").text


def test_every_page_says_that_a_payment_failed(client: Client, session: Session, studio: Studio) -> None:
    row = subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=1))
    come_in(client, studio)
    assert "Drafting goes on until" in client.get("/lessons").text
    row.unpaid_since = now() - timedelta(days=20)
    assert "nothing new is drafted" in client.get("/lessons").text
    assert "Another card" in client.get("/plan").text


def test_whoever_owes_is_offered_to_prepay_and_told_what_ends(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio)
    come_in(client, studio)
    assert 'value="vermilion-pass-' not in client.get("/pricing").text  # it renews by itself
    for age in (1, 20):  # in the grace period, and after it
        row.status, row.unpaid_since = "past_due", now() - timedelta(days=age)
        session.add(row)
        session.commit()
        page = client.get("/pricing").text
        assert page.count("the plan whose payment failed ends") == 2
        assert 'value="vermilion-pass-teacher-month-usd"' in page
        assert 'value="vermilion-subscription-' not in page
        assert 'href="/pricing"' in client.get("/plan").text
    row.status, row.ends_at = "active", row.period_ends
    session.add(row)
    session.commit()
    assert "begins when what you have ends" in client.get("/pricing").text


def test_what_is_open_of_a_plan_that_has_ended_is_not_asked_for(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=1))
    session.add(
        Invoice(
            id="in_1",
            studio_id=studio.id,
            subscription_id=row.id,
            status="open",
            currency="usd",
            total=1200,
            paid=0,
            page="https://pay.example/in_1",
            created_at=now(),
        )
    )
    session.commit()
    come_in(client, studio)
    assert "https://pay.example/in_1" in client.get("/plan").text
    row.status, row.ended_at = "canceled", now()
    session.add(row)
    session.commit()
    assert "https://pay.example/in_1" not in client.get("/plan").text


def test_a_payment_to_confirm_is_on_every_page_of_an_owner_with_the_way(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=1))
    session.add(
        Invoice(
            id="in_9",
            studio_id=studio.id,
            status="open",
            currency="usd",
            total=1200,
            paid=0,
            unconfirmed=True,
            page="https://pay.example/in_9",
            created_at=now(),
        )
    )
    come_in(client, studio)
    for path in ("/lessons", "/plan"):
        page = client.get(path).text
        assert "Your bank wants you to confirm the payment of $12. Drafting goes on until" in page
        assert 'href="https://pay.example/in_9"' in page
    come_in(client, studio, language="zh")
    assert "银行要您确认 US$12 的付款" in client.get("/lessons").text
    come_in(client, studio, MemberRole.TEACHER)
    page = client.get("/lessons").text
    assert "Drafting goes on until" in page
    assert "pay.example" not in page
    row.unpaid_since = now() - timedelta(days=20)
    session.add(row)
    come_in(client, studio)
    assert "nothing new is drafted until you do" in client.get("/lessons").text
    wall = client.get("/plan/wall").text
    assert "Nothing new is drafted" in wall
    assert 'href="https://pay.example/in_9"' in wall


def test_a_page_without_trouble_says_nothing(client: Client, session: Session, studio: Studio) -> None:
    subscribed(session, studio)
    come_in(client, studio)
    assert "notice" not in client.get("/lessons").text


def test_a_signed_event_is_kept_and_a_worker_is_asked(client: Client, session: Session) -> None:
    payload = body()
    for _ in range(2):
        answer = client.post(
            "/webhooks/stripe", data=payload, headers={"Stripe-Signature": sign(payload, SECRET)}
        )
        assert answer.status_code == 200
    assert session.exec(select(Event.id)).all() == ["evt_1"]
    assert [job.args for job in jobs.unfinished(session, jobs.MONEY, "stripe")] == [{"event": "evt_1"}]


def test_an_unsigned_or_huge_body_is_refused(client: Client, session: Session) -> None:
    assert client.post("/webhooks/stripe", data=body()).status_code == 400
    huge = b"x" * 5_000_000
    signed = {"Stripe-Signature": sign(huge, SECRET)}
    assert client.post("/webhooks/stripe", data=huge, headers=signed).status_code == 413
    assert session.exec(select(Job)).all() == []
    assert 'vermilion_webhooks_total{outcome="too_large"}' in client.get("/metrics").text


def test_a_body_that_does_not_say_how_long_it_is_is_not_read_to_its_end(client: Client) -> None:
    endless = BytesIO(b"x" * 50_000_000)
    answer = client.post(
        "/webhooks/stripe",
        input_stream=endless,
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert endless.tell() < 2_000_000


@pytest.mark.parametrize(
    ("outcome", "changes", "age", "status"),
    [
        ("kept", {}, 0, 200),
        ("other_mode", {"livemode": True}, 0, 200),
        ("other_account", {"account": "acct_9"}, 0, 200),
        ("unknown_type", {"type": "payout.paid"}, 0, 200),
        ("unsigned", {}, 4000, 400),
        ("unsigned", {"object": "hat"}, 0, 400),
    ],
)
def test_every_webhook_is_counted_by_what_became_of_it(
    client: Client, outcome: str, changes: dict[str, object], age: int, status: int
) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("vermilion_webhooks_total", {"outcome": outcome}) or 0.0

    payload, before = body(**changes), counted()
    signature = sign(payload, SECRET, at=time.time() - age)
    answer = client.post("/webhooks/stripe", data=payload, headers={"Stripe-Signature": signature})
    assert (answer.status_code, counted()) == (status, before + 1)


def test_events_are_counted_by_what_became_of_them(client: Client, session: Session) -> None:
    for number, state in enumerate([EventState.WAITING, EventState.FOREIGN, EventState.FOREIGN]):
        session.add(
            Event(id=f"evt_{number}", type="invoice.paid", state=state, created_at=now(), received_at=now())
        )
    page = client.get("/metrics").text
    for said in ('{state="foreign"} 2.0', '{state="waiting"} 1.0', '{state="done"} 0.0'):
        assert f"vermilion_events{said}" in page


def test_nobody_changes_a_plan_from_a_second_of_their_own_choice(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio)
    come_in(client, studio)
    form = {"item": "vermilion-subscription-studio-month-usd", "seats": 2, "due": 0, "credit": 0}
    for at, words in (
        (row.period_ends.isoformat(), "changed meanwhile"),
        (now().replace(tzinfo=None).isoformat(), "changed meanwhile"),
        ("soon", "changed meanwhile"),
        (now().replace(microsecond=0).isoformat(), "cannot be reached"),
    ):
        page = client.post("/plan/change", data={**form, "at": at}, follow_redirects=True)
        assert words in page.text


def test_a_form_may_lead_to_where_it_is_paid(client: Client) -> None:
    policy = client.get("/pricing").headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:9" in policy


def test_the_wall_offers_a_pack_a_plan_or_to_wait(client: Client, session: Session, studio: Studio) -> None:
    come_in(client, studio)
    lesson = LessonFactory(studio=studio, teacher=UserFactory())
    drawings = [
        DrawingFactory(lesson=lesson, position=i, facts={"schema": 1}, state=DrawingState.MEASURED)
        for i in range(21)
    ]
    assert "This uses 1 comment; 20 are left." in client.get(f"/desk/{drawings[20].id}").text
    assert "21 drawings need a comment and 20 are left" in client.get(f"/lessons/{lesson.id}").text
    wall = client.post(f"/lessons/{lesson.id}/drafts", follow_redirects=True).text
    assert "1 drawing was not drafted" in wall
    desk = client.get(f"/desk/{drawings[20].id}").text
    assert "take a pack or a larger plan, or wait until" in desk
    assert "/plan/wall" in desk
    assert client.get(f"/desk/{drawings[20].id}/drafts").text.count("wait until") == 1
    for words in ("A pack", "A larger plan", "Wait: on"):
        assert words in wall
    assert "comments are used up" in client.get("/lessons").text
    come_in(client, studio, MemberRole.TEACHER, language="zh")
    assert "评语用完了" in client.get("/plan/wall").text
    assert "负责人可以购买" in client.get("/plan/wall").text
