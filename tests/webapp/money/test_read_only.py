"""The model writes nothing for who may draft nothing, nor for a drawing without its comment; what is there is
accepted as ever. And no pack is offered to who could not use it.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from billing import buying
from billing.buying import ReadOnlyError
from billing.tables import Subscription
from tests.conftest import Client
from tests.factories import DraftFactory, DrawingFactory, LessonFactory, StudioFactory, UserFactory
from tests.webapp.money.test_pages import come_in, subscribed
from webapp.accounts.tables import MemberRole, Studio
from webapp.desk.tables import Comment, CommentState, Rewrite
from webapp.lessons.edge import now
from webapp.lessons.tables import Drawing, DrawingState
from webapp.money import quota

PACK = "vermilion-pack-100-usd"


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


def drawing_in(studio: Studio, **changes: Any) -> Drawing:
    lesson = LessonFactory(studio=studio, teacher=UserFactory())
    return DrawingFactory(lesson=lesson, facts={"schema": 1}, **{"state": DrawingState.MEASURED, **changes})


def drafted(client: Client, session: Session, studio: Studio) -> Drawing:
    drawing = drawing_in(studio, state=DrawingState.DRAFTED)
    with client.application.test_request_context():
        assert quota.reserve(session, now(), studio.id, [drawing.id]) == []
    DraftFactory(drawing=drawing, round=0)
    quota.drafted(session, now(), drawing.id, accepted=False)
    session.commit()
    return drawing


def owe(session: Session, row: Subscription) -> None:
    """For longer than the grace period."""
    row.status, row.unpaid_since = "past_due", now() - timedelta(days=20)
    session.add(row)
    session.commit()


def reword(client: Client, drawing: Drawing, headers: dict[str, str] | None = None) -> Any:
    sent = {"text": "A cat sits here.", "at": 3}
    return client.post(f"/desk/{drawing.id}/sentence", json=sent, headers=headers)


def test_in_read_only_nothing_is_written_and_all_is_accepted(
    client: Client, session: Session, studio: Studio
) -> None:
    row = subscribed(session, studio)
    come_in(client, studio)
    drawing = drafted(client, session, studio)
    assert reword(client, drawing).status_code == 202
    owe(session, row)
    for answer in (
        client.post(f"/desk/{drawing.id}/instruct", json={"instruction": "shorter"}),
        reword(client, drawing),
    ):
        assert (answer.status_code, "until it is paid" in answer.json["error"]) == (409, True)
    session.expire_all()
    assert session.get_one(Drawing, drawing.id).state is DrawingState.DRAFTED
    assert len(session.exec(select(Rewrite)).all()) == 1
    said = {"text": "Good cat.", "draft": None, "revision": 0, "seconds": 3}
    assert client.post(f"/desk/{drawing.id}/accept", json=said).status_code == 200
    session.expire_all()
    assert session.exec(select(Comment.state)).all() == [CommentState.ACCEPTED]


def test_no_sentence_is_written_for_a_drawing_without_its_comment(
    client: Client, session: Session, studio: Studio
) -> None:
    come_in(client, studio)
    one, ready = drawing_in(studio), drafted(client, session, studio)
    answer = reword(client, one)
    assert (answer.status_code, "drafted first" in answer.json["error"]) == (409, True)
    others = [drawing_in(studio) for _ in range(19)]
    with client.application.test_request_context():
        assert quota.reserve(session, now(), studio.id, [other.id for other in others]) == []
    answer = reword(client, one)
    assert (answer.status_code, "comments are used up" in answer.json["error"]) == (409, True)
    assert session.exec(select(Rewrite)).all() == []
    assert reword(client, ready).status_code == 202
    chinese = reword(client, one, {"Accept-Language": "zh"})
    assert "评语用完了" in chinese.json["error"]


@pytest.mark.parametrize(
    ("language", "open_payment", "used_up", "now_some"),
    [
        ("en", "A payment for the plan is open", "used up", "There are some now."),
        ("zh", "套餐有一笔款项还没有付清", "用完", "现在有了。"),
    ],
)
def test_in_read_only_a_class_hears_of_the_open_payment_and_not_of_used_up_comments(
    client: Client,
    session: Session,
    studio: Studio,
    language: str,
    open_payment: str,
    used_up: str,
    now_some: str,
) -> None:
    row = subscribed(session, studio)
    owe(session, row)
    come_in(client, studio, language=language)
    drawing = drawing_in(studio)
    lesson = f"/lessons/{drawing.lesson_id}"
    assert open_payment in client.get(lesson).text
    wall = client.post(f"{lesson}/drafts", follow_redirects=True).text
    seen = client.get(lesson).text
    for page in (wall, seen, client.get(f"/desk/{drawing.id}").text):
        assert used_up not in page
    assert open_payment.lower() in wall.lower()
    assert seen.lower().count(open_payment.lower()) == 2  # beside the button, and at the drawing
    row.status, row.unpaid_since = "active", None
    session.add(row)
    session.commit()
    paid = client.get(lesson).text
    assert now_some in paid
    assert used_up not in paid


def test_who_has_no_seat_is_not_told_that_they_could_draft_what_waited(
    client: Client, session: Session, studio: Studio
) -> None:
    come_in(client, studio)
    subscribed(session, studio)  # of one seat
    drawing = drawing_in(studio, refusal="no_quota")
    come_in(client, studio, MemberRole.TEACHER)
    page = client.get(f"/lessons/{drawing.lesson_id}").text
    assert "so others draft." in page
    assert "there was no comment for it. There are some now." in page
    assert "can be drafted" not in page


def test_no_pack_is_offered_to_who_may_draft_nothing(
    client: Client, session: Session, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = subscribed(session, studio, status="past_due", unpaid_since=now() - timedelta(days=1))
    come_in(client, studio)
    assert f'value="{PACK}"' in client.get("/pricing").text
    assert "More comments" in client.get("/plan").text
    owe(session, row)
    page = client.get("/pricing").text
    assert f'value="{PACK}"' not in page
    assert "Packs are sold again then." in page
    assert "More comments" not in client.get("/plan").text

    def refuse(*_args: object) -> str:
        raise ReadOnlyError

    monkeypatch.setattr(buying, "start", refuse)
    said = client.post("/plan/buy", data={"item": PACK}, follow_redirects=True).text
    assert "Please pay the open invoice first. Until then a pack" in said
