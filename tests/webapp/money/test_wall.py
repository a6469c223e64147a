"""Where a class meets the end of the quota: what it costs to go on, and the way back when it is paid."""

import pytest
from sqlmodel import Session

from billing import grants
from billing.plans import catalogue
from tests.conftest import Client
from tests.factories import DrawingFactory, LessonFactory, StudioFactory, UserFactory
from tests.webapp.money.test_pages import come_in, subscribed
from webapp.accounts.tables import MemberRole, Studio
from webapp.lessons.edge import now
from webapp.lessons.tables import Drawing, DrawingState, Lesson
from webapp.money import quota

CHINESE = {"Accept-Language": "zh"}


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


@pytest.fixture
def lesson(studio: Studio) -> Lesson:
    return LessonFactory(studio=studio, teacher=UserFactory(), title="Saturday")


def measured(lesson: Lesson, count: int, first: int = 0) -> list[Drawing]:
    facts = {"schema": 1}
    return [
        DrawingFactory(lesson=lesson, position=first + i, facts=facts, state=DrawingState.MEASURED)
        for i in range(count)
    ]


def test_a_class_larger_than_what_is_left_has_the_same_choice_with_prices(
    client: Client, studio: Studio, lesson: Lesson
) -> None:
    come_in(client, studio)
    drawings = measured(lesson, 21)
    link = f"/plan/wall?lesson={lesson.id}"
    for page in (f"/lessons/{lesson.id}", f"/lessons/{lesson.id}/photos"):
        said = client.get(page).text
        assert "21 drawings need a comment and 20 are left: the first 20 are drafted, which leaves 1" in said
        assert f'href="{link}">What now?' in said
    wall = client.get(link).text
    for words in (
        "Too few comments for this class",
        "“Saturday” needs 21 comments, and the studio has 20 left.",
        "100 more comments · $4",
        "500 more comments · $16",
        "Teacher: 400 comments a month · $12 a month",
        "Studio: for each seat 500 comments a month · $14 a month",
        "Wait: on ",
        "After paying, the plan's page leads back to this class.",
    ):
        assert words in wall
    come_in(client, studio, language="zh")
    wall = client.get(link).text
    for words in (
        "需要 21 条评语，画室还剩 20 条",
        "再加 100 条评语 · ¥24",
        "教师版：每月 400 条评语 · ¥68 / 月",
    ):
        assert words in wall
    # With enough left the lesson is where one goes on; without a lesson nothing is in the way.
    drawings[0].state = DrawingState.ACCEPTED
    assert client.get(link).location == f"/lessons/{lesson.id}"
    assert client.get("/plan/wall").location == "/plan"
    assert client.get(f"/plan/wall?lesson={LessonFactory().id}").status_code == 404


def test_only_plans_that_grant_more_are_offered(
    client: Client, session: Session, studio: Studio, lesson: Lesson
) -> None:
    subscribed(session, studio)
    measured(lesson, 401)
    come_in(client, studio)
    wall = client.get(f"/plan/wall?lesson={lesson.id}").text
    assert "Studio: for each seat" in wall
    assert "Teacher: 400" not in wall


@pytest.mark.parametrize(("bought", "button"), [(1, "Draft the first one"), (100, "Draft the 2 that waited")])
def test_the_plan_leads_back_to_the_class_that_waited(
    client: Client, session: Session, studio: Studio, lesson: Lesson, bought: int, button: str
) -> None:
    come_in(client, studio)
    drawings = measured(lesson, 22)
    client.post(f"/lessons/{lesson.id}/drafts")
    note = "Not drafted: the studio&#39;s comments are used up."
    assert client.get(f"/lessons/{lesson.id}").text.count(note) == 2
    assert "waited for comments" not in client.get("/plan").text

    grants.give_comments(session, now(), studio.id, bought, catalogue(), by="user:1", reason="a test")
    [later] = measured(lesson, 1, first=22)
    page = client.get("/plan").text
    assert "In “Saturday” 2 drawings waited for comments." in page
    assert button in page
    assert ("2 drawings need a comment and 1 is left" in page) is (bought == 1)
    seen = client.get(f"/lessons/{lesson.id}").text
    assert note not in seen
    assert seen.count("there was no comment for it. There are some now.") == 2
    desk = client.get(f"/desk/{drawings[20].id}").text
    assert "There are some now." in desk
    assert "Draft this comment" in desk
    assert "No drafts were asked for yet" not in desk

    client.post(f"/lessons/{lesson.id}/drafts", data={"waiting": "yes"})
    states = [drawing.state for drawing in drawings[20:]]
    assert states == [DrawingState.DRAFTING, DrawingState.MEASURED if bought == 1 else DrawingState.DRAFTING]
    assert later.state is DrawingState.MEASURED  # nobody has asked for it


def test_the_way_back_is_in_chinese_too(
    client: Client, session: Session, studio: Studio, lesson: Lesson
) -> None:
    come_in(client, studio, language="zh")
    measured(lesson, 22)
    client.post(f"/lessons/{lesson.id}/drafts")
    grants.give_comments(session, now(), studio.id, 100, catalogue(), by="user:1", reason="a test")
    page = client.get("/plan").text
    assert "“Saturday”有 2 幅画在等评语条数。" in page
    assert "起草等着的 2 幅" in page
    assert "当时画室没有可用的评语条数，现在有了。" in client.get(f"/lessons/{lesson.id}").text


def test_a_class_that_was_not_asked_for_yet_is_led_back_to_by_who_looked_at_prices_for_it(
    client: Client, session: Session, studio: Studio, lesson: Lesson
) -> None:
    come_in(client, studio)
    drawings = measured(lesson, 21)
    assert "have no drafts yet" not in client.get("/plan").text
    client.get(f"/plan/wall?lesson={lesson.id}")
    grants.give_comments(session, now(), studio.id, 100, catalogue(), by="user:1", reason="a test")
    page = client.get("/plan").text
    assert "In “Saturday” 21 drawings have no drafts yet." in page
    assert "Draft all 21" in page
    assert 'name="waiting"' not in page
    client.post(f"/lessons/{lesson.id}/drafts")
    assert {drawing.state for drawing in drawings} == {DrawingState.DRAFTING}
    assert "have no drafts yet" not in client.get("/plan").text


def test_another_studios_class_is_not_named_on_the_plan(
    client: Client, session: Session, studio: Studio
) -> None:
    elsewhere = LessonFactory(title="Elsewhere")
    [drawing] = measured(elsewhere, 1)
    drawing.refusal = "no_quota"
    come_in(client, studio)
    assert "Elsewhere" not in client.get("/plan").text


def test_the_wall_says_what_of_the_class_is_being_drafted(
    client: Client, session: Session, studio: Studio, lesson: Lesson
) -> None:
    for i, drawing in enumerate(measured(lesson, 26)):
        drawing.state = DrawingState.DRAFTING if i < 20 else drawing.state
        with client.application.test_request_context():
            assert quota.reserve(session, now(), studio.id, [drawing.id] if i < 20 else []) == []
    come_in(client, studio)
    wall = client.get(f"/plan/wall?lesson={lesson.id}").text
    assert "In “Saturday” 6 drawings have no drafts yet." in wall
    assert "20 drawings of this class have their comments and are being drafted now." in wall
    assert "being drafted" not in client.get("/plan/wall").text


def test_what_photos_will_use_is_said_as_soon_as_they_are_there(
    client: Client, studio: Studio, lesson: Lesson
) -> None:
    come_in(client, studio)
    progress = f"/lessons/{lesson.id}/photos/progress"
    assert client.get(progress).json["left"].strip() == ""
    measured(lesson, 2)
    assert "This uses 2 comments; 20 are left." in client.get(progress).json["left"]
    assert "data-left" in client.get(f"/lessons/{lesson.id}/photos").text
    come_in(client, studio, language="zh")
    assert "会用掉 2 条，还剩 20 条。" in client.get(progress).json["left"]


def test_whoever_signs_up_knows_what_the_trial_is_and_what_it_may_cost_afterwards(client: Client) -> None:
    for page in ("/sign-up", "/pricing"):
        english = client.get(page).text
        for words in (
            "You try Teacher for 14 days with 400 comments, without a card; one trial for each person.",
            "Free, 20 comments a month. Nothing is charged, and nothing is deleted.",
            "from $12 a month.",
        ):
            assert words in english
        chinese = client.get(page, headers=CHINESE).text
        assert "先试用教师版 14 天，含 400 条评语，不用绑卡" in chinese
        assert "每月 ¥68 起" in chinese


@pytest.mark.parametrize(
    ("query", "prices"),
    [
        ("currency=usd", ["$13 for a month, prepaid", "$15 for a month and seat, prepaid"]),
        ("currency=cny", ["CN¥72 for a month, prepaid", "CN¥82 for a month and seat, prepaid"]),
        ("currency=usd&interval=year", ["$126 for a year, prepaid", "$147 for a year and seat, prepaid"]),
    ],
)
def test_strangers_and_teachers_see_what_prepaid_time_costs(
    client: Client, studio: Studio, query: str, prices: list[str]
) -> None:
    for _ in range(2):
        page = client.get(f"/pricing?{query}").text
        assert "<details" not in page.partition("<main")[2]
        assert page.count("Without a card: WeChat Pay, Alipay") == 2
        for price in prices:
            assert price in page
        assert "/plan/buy" not in page
        come_in(client, studio, MemberRole.TEACHER)


def test_prepaid_time_of_several_seats_costs_so_much_for_each(client: Client, studio: Studio) -> None:
    come_in(client, studio)
    page = client.get("/pricing?currency=usd").text
    assert "Prepaid for $15 per seat; it does not renew" in page
    assert "Prepaid for $13; it does not renew" in page
    come_in(client, studio, language="zh")
    page = client.get("/pricing?currency=cny").text
    assert "预付 ¥82（每席位），不会自动续费" in page


def test_a_stranger_who_reads_chinese_sees_them_in_yuan(client: Client) -> None:
    page = client.get("/pricing", headers=CHINESE).text
    for words in ("不用银行卡：微信支付、支付宝", "预付一个月 ¥72", "每席位预付一个月 ¥82"):
        assert words in page
