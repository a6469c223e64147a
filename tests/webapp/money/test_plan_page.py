"""What the plan's page and the banner say of money, and that it is true."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from babel.dates import format_date
from sqlmodel import Session

from billing import changing
from billing.changing import Line, Quote, TooMuchUsedError
from billing.months import month_from
from billing.plans import Catalogue, catalogue
from billing.tables import Allowance, Invoice, Subscription
from tests.billing.rows import purchase, trial
from tests.conftest import Client
from tests.factories import DrawingFactory, LessonFactory, StudioFactory, UserFactory
from tests.webapp.money.test_pages import come_in, subscribed
from webapp.accounts.tables import MemberRole, Studio
from webapp.lessons.edge import now
from webapp.lessons.tables import DrawingState
from webapp.money import quota

PAGE = "https://pay.example/in_1"


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


def invoice(row: Subscription, **changes: Any) -> Invoice:
    """One of a subscription that was tried once, in vain."""
    values: dict[str, Any] = {
        "id": "in_1",
        "studio_id": row.studio_id,
        "subscription_id": row.id,
        "status": "open",
        "currency": row.currency,
        "total": 1200,
        "paid": 0,
        "attempts": 1,
        "page": PAGE,
        "created_at": now(),
    }
    return Invoice(**{**values, **changes})


def owing(session: Session, studio: Studio, **changes: Any) -> Subscription:
    row = subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=1))
    session.add(invoice(row, **changes))
    session.commit()
    return row


def test_who_cancels_a_paid_period_while_seats_are_owed_is_promised_no_more_than_the_grace(
    client: Client, session: Session, studio: Studio
) -> None:
    row = owing(session, studio, reason="subscription_update")
    row.period_ends = now() + timedelta(days=200)
    session.commit()
    come_in(client, studio)
    assert row.unpaid_since is not None
    grace = row.unpaid_since + catalogue().grace
    assert f"You keep it until {format_date(grace, 'medium', locale='en')}" in client.get("/plan").text


def test_of_an_open_invoice_is_said_what_is_true_with_any_card(
    client: Client, session: Session, studio: Studio
) -> None:
    owing(session, studio, next_attempt=now() + timedelta(days=2))
    come_in(client, studio)
    for path in ("/lessons", "/plan"):
        page = client.get(path).text
        assert "The payment of $12 has not gone through yet. The next try is on " in page
        assert "with the card that is on file then. Drafting goes on until" in page
        assert f'href="{PAGE}">Pay now' in page
        assert "Another card" in page
        assert "failed" not in page
    come_in(client, studio, language="zh")
    page = client.get("/plan").text
    assert "US$12 的付款还没有成功。" in page
    assert "会用届时存着的卡再次尝试扣款。" in page
    assert "现在付款" in page
    come_in(client, studio, MemberRole.TEACHER)
    page = client.get("/plan").text
    assert PAGE not in page
    assert "Another card" not in page


@pytest.mark.parametrize("next_attempt", [None, timedelta(days=-1)])
def test_no_next_try_is_announced_that_is_not_known_to_come(
    client: Client, session: Session, studio: Studio, next_attempt: timedelta | None
) -> None:
    owing(session, studio, next_attempt=next_attempt and now() + next_attempt)
    come_in(client, studio)
    assert "The next try is on" not in client.get("/plan").text


def test_what_an_open_invoice_is_in_the_way_of_says_so(
    client: Client, session: Session, studio: Studio
) -> None:
    owing(session, studio)
    come_in(client, studio)
    wanted = {"item": "vermilion-subscription-studio-month-usd", "seats": 2}
    for page in (
        client.get("/plan/change", follow_redirects=True).text,
        client.get("/plan/change", query_string=wanted, follow_redirects=True).text,
        client.post(
            "/plan/change", data={**wanted, "at": "soon", "due": 0, "credit": 0}, follow_redirects=True
        ).text,
    ):
        assert "Please pay the open invoice first." in page
        assert f'href="{PAGE}">Pay now' in page
    come_in(client, studio, language="zh")
    assert "请先支付未付的账单" in client.get("/plan/change", follow_redirects=True).text


@pytest.mark.parametrize(
    ("total", "discounted", "words"),
    [
        (4200, False, "for $42."),
        (3360, True, "for $42.00, less your discount."),
        (4197, False, "for $42.00."),
    ],
)
def test_a_renewal_names_its_price_and_amounts_of_the_page_are_written_alike(
    client: Client, session: Session, studio: Studio, total: int, discounted: bool, words: str
) -> None:
    row = subscribed(session, studio, plan="studio", seats=3, amount=1400, discounted=discounted)
    session.add(invoice(row, status="paid", total=total, paid=total))
    come_in(client, studio)
    page = client.get("/plan").text
    assert "It renews on" in page
    assert words in page


def test_that_a_trial_is_over_is_said_for_a_week_and_on_the_plan(
    client: Client, session: Session, studio: Studio
) -> None:
    row = trial(now() - timedelta(days=15))
    row.studio_id = studio.id
    session.add(row)
    come_in(client, studio)
    words = "The studio goes on with Free, 20 comments a month"
    for path in ("/lessons", "/plan"):
        assert words in client.get(path).text
    row.ends_at -= timedelta(days=10)
    session.add(row)
    session.commit()
    assert words not in client.get("/lessons").text
    assert words in client.get("/plan").text
    subscribed(session, studio, status="canceled", ended_at=now())
    page = client.get("/plan").text
    assert "Your trial ended" not in page
    assert "Teacher ended on " in page


def test_what_is_taken_and_not_used_yet_is_told_apart(
    client: Client, session: Session, studio: Studio
) -> None:
    subscribed(session, studio)
    lesson = LessonFactory(studio=studio, teacher=UserFactory())
    states = [DrawingState.DRAFTING] * 4 + [DrawingState.RECEIVED] * 2
    drawings = [
        DrawingFactory(lesson=lesson, position=i, state=state, wanted=state is DrawingState.RECEIVED)
        for i, state in enumerate(states)
    ]
    with client.application.test_request_context():
        assert quota.reserve(session, now(), studio.id, [d.id for d in drawings[:4]]) == []
        quota.drafted(session, now(), drawings[0].id, accepted=False)
    come_in(client, studio)
    page = client.get("/plan").text
    assert "4 of 400 used" in page
    assert "Of these, 3 are being drafted now." in page
    assert "Of these, 1 is drafted and not accepted yet." in page
    assert "2 more drawings are being measured" in page


def test_a_plan_smaller_than_what_is_used_is_offered_from_the_day_on_which_it_can_be_had(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio, plan="studio", seats=3)
    month = month_from(row.began_at, now())
    session.add(
        Allowance(studio_id=studio.id, source=row.id, number=0, begins_at=now(), granted=1500, used=1001)
    )
    come_in(client, studio)
    day = format_date(month.ends, "medium", locale="en")
    words = (
        "1001 comments of this month are used or being drafted, and this would grant {}."
        " You can change to it from {} on."
    )
    page = client.get("/plan/change").text
    assert page.count(words.format(400, day)) == 2
    assert page.count("See what it costs") == 2  # by the month and by the year, for enough seats
    wanted = {"item": "vermilion-subscription-studio-month-usd", "seats": 2}
    asked = client.get("/plan/change", query_string=wanted, follow_redirects=True).text
    assert words.format(1000, day) in asked
    come_in(client, studio, language="zh")
    asked = client.get("/plan/change", query_string=wanted, follow_redirects=True).text
    assert "这个月的评语已有 1001 条用掉或正在起草，而这样改后每月只有 1000 条。" in asked


def test_who_posts_it_nevertheless_is_told_why(
    client: Client, session: Session, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_by: object) -> None:
        raise TooMuchUsedError(1001, 400, now())

    monkeypatch.setattr(changing, "change", refuse)
    subscribed(session, studio)
    come_in(client, studio)
    form = {"item": "vermilion-subscription-teacher-year-usd", "at": now().isoformat(), "due": 0, "credit": 0}
    page = client.post("/plan/change", data=form, follow_redirects=True).text
    assert "1001 comments of this month are used" in page


@pytest.mark.parametrize(
    ("amounts", "due", "not_there"), [([1850, -650], "$12.00", "$12<"), ([1800, -600], "$12", "$12.00")]
)
def test_what_a_change_costs_has_decimals_throughout_or_nowhere(
    client: Client,
    session: Session,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    amounts: list[int],
    due: str,
    not_there: str,
) -> None:
    subscribed(session, studio)
    item = catalogue().item("vermilion-subscription-studio-month-usd")
    lines = [Line("A line", amount, now(), now()) for amount in amounts]
    quote = Quote(item, 2, now(), "usd", due=1200, credit=0, lines=lines, until=now())
    monkeypatch.setattr(changing, "quote", lambda *_: quote)
    come_in(client, studio)
    page = client.get("/plan/change", query_string={"item": item.key, "seats": 2}).text
    assert f"<strong>{due}</strong>" in page
    assert f"Pay {due} and change" in page
    assert not_there not in page


def test_prices_of_one_page_are_written_alike(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ".00" not in client.get("/pricing?currency=usd").text
    sold = catalogue()
    dear = [
        replace(item, amount=1290) if item.key.endswith("pack-100-usd") else item for item in sold.items()
    ]
    monkeypatch.setattr(Catalogue, "items", lambda _self: iter(dear))
    page = client.get("/pricing?currency=usd").text
    prepaid = ("$13.00 for a month, prepaid", "$15.00 for a month and seat, prepaid")
    for words in ("$12.00 a month", "$14.00 a month per seat", "$12.90", "$16.00", *prepaid):
        assert words in page
    assert "from $12.00 a month" in page


def test_after_the_trial_plans_begin_at_what_the_cheapest_costs(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all the seats that one has to take."""
    assert "from $12 a month" in client.get("/pricing?currency=usd").text
    studio = "vermilion-subscription-studio-month-usd"
    cheaper = [replace(item, amount=500) if item.key == studio else item for item in catalogue().items()]
    monkeypatch.setattr(Catalogue, "items", lambda _self: iter(cheaper))
    assert "from $10 a month" in client.get("/pricing?currency=usd").text


def test_prices_are_set_in_one_language(client: Client) -> None:
    chinese = client.get("/pricing", headers={"Accept-Language": "zh"}).text
    for words in ("¥68 / 月", "每席位 ¥78 / 月", "人民币 ¥", "美元 $", "会自动续费"):
        assert words in chinese
    english = client.get("/pricing", headers={"Accept-Language": "en"}).text
    for words in ("$12 a month", "Yuan ¥", "Dollars $", "renews by itself until you cancel it"):
        assert words in english
    for page in (chinese, english):
        assert "USD" not in page
        assert "CNY" not in page


def test_an_invoice_that_became_void_is_no_charge_and_not_listed(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio)
    for number, status in enumerate(("void", "open")):
        session.add(invoice(row, id=f"in_{number}", number=f"MY-000{number}", status=status))
    come_in(client, studio)
    page = client.get("/plan").text
    assert "MY-0001" in page
    assert "MY-0000" not in page


@pytest.mark.parametrize(
    ("days", "status", "words"),
    [
        (0, "active", "The plan goes on."),
        (1, "past_due", "The payment of $12 has not gone through yet. Drafting goes on until"),
        (20, "past_due", "nothing new is drafted until it is paid"),
    ],
)
def test_a_plan_that_is_taken_up_again_goes_on_only_if_it_is_paid(
    client: Client,
    session: Session,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    status: str,
    words: str,
) -> None:
    row = subscribed(session, studio, status=status, ends_at=now() + timedelta(days=20))
    if days:
        row.unpaid_since = now() - timedelta(days=days)
        session.add(invoice(row))
    session.commit()

    def resume(*_: object, **_by: object) -> None:
        row.ends_at = None
        session.add(row)
        session.commit()

    monkeypatch.setattr(changing, "resume", resume)
    come_in(client, studio)
    client.post("/plan/resume")
    with client.session_transaction() as cookie:
        [(category, said)] = cookie["_flashes"]
    what = "The plan is not cancelled any more." if days else "The plan goes on."
    assert (said, category) == (what, "warn" if days else "done")
    page = client.get("/plan").text
    assert page.count(words) == 1  # what is owed is said once, and not in two ways of writing an amount


@pytest.mark.parametrize(
    ("had", "english", "chinese"),
    [
        (
            {"status": "canceled", "unpaid": True},
            "because it was not paid. What was open is dropped and not charged. The studio goes on with Free",
            "结束，因为没有付款。未付的账单已作废，不会扣款。画室转为免费版，每月 20 条评语；什么都没有",
        ),
        (
            {"status": "canceled", "unpaid": False},
            "Teacher ended on ",
            "结束。画室转为免费版，每月 20 条评语；什么都没有删除。",
        ),
        ({}, "Your prepaid time ran out on ", "您预付的时间已在 "),
    ],
)
def test_why_the_studio_has_free_is_said_with_the_way_to_a_plan(
    client: Client, session: Session, studio: Studio, had: dict[str, Any], english: str, chinese: str
) -> None:
    ended = now() - timedelta(days=40)
    if had:
        unpaid = ended - timedelta(days=15) if had["unpaid"] else None
        row = subscribed(session, studio, status=had["status"], unpaid_since=unpaid)
        row.ended_at = ended
        session.add(row)
    else:
        session.add(purchase(1, now() - timedelta(days=80), studio_id=studio.id))
    session.commit()
    for language, words in (("en", english), ("zh", chinese)):
        come_in(client, studio, language=language)
        page = client.get("/plan").text
        assert words in page
        assert 'href="/pricing"' in page


def test_what_was_charged_for_a_plan_that_was_over_is_not_said_to_be_dropped(
    client: Client, session: Session, studio: Studio
) -> None:
    ended = now() - timedelta(days=40)
    row = subscribed(session, studio, status="canceled", unpaid_since=ended - timedelta(days=15))
    row.ended_at = ended
    late = invoice(row)
    late.status, late.paid, late.paid_at = "paid", late.total, ended + timedelta(days=1)
    session.add_all([row, late])
    session.commit()
    come_in(client, studio)
    page = client.get("/plan").text
    assert "Teacher ended on " in page
    assert "dropped" not in page


def test_in_read_only_the_plan_that_is_not_paid_is_named_and_no_comments_are_promised(
    client: Client, session: Session, studio: Studio
) -> None:
    subscribed(session, studio, status="unpaid", unpaid_since=now() - timedelta(days=20))
    session.commit()
    come_in(client, studio)
    page = client.get("/plan").text
    assert "<h1>Teacher, not paid</h1>" in page
    assert "There are none until the plan is paid" in page
    assert "new ones on" not in page
    assert "0 of 0" not in page
    come_in(client, studio, language="zh")
    page = client.get("/plan").text
    assert "（未付款）</h1>" in page
    assert "付款之前没有评语可用" in page
