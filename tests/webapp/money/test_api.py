"""The API says what is left of the plan, and what happens at zero."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.factories import DraftFactory, DrawingFactory, LessonFactory
from tests.webapp.api.conftest import Caller, api
from tests.webapp.money.test_pages import subscribed
from webapp.desk import comments
from webapp.lessons import work
from webapp.lessons.edge import now
from webapp.lessons.tables import Drawing, DrawingState
from webapp.money import quota

__all__ = ["api"]


@pytest.fixture
def drawings(api: Caller) -> list[Drawing]:
    """Twenty-one drawings: one more than Free has comments."""
    lesson = LessonFactory(studio=api.studio)
    return [
        DrawingFactory(lesson=lesson, position=i, facts={"schema": 1}, state=DrawingState.MEASURED)
        for i in range(21)
    ]


def left(api: Caller) -> dict[str, object]:
    shown: dict[str, object] = api.get("/usage").json["quota"]
    return shown


def test_usage_says_what_is_left(api: Caller, session: Session, drawings: list[Drawing]) -> None:
    shown = left(api)
    assert shown["plan"] == "free"
    assert (shown["granted"], shown["used"], shown["reserved"], shown["left"]) == (20, 0, 0, 20)
    assert (shown["teachers"], shown["drafting"], shown["may_draft"]) == (1, True, True)
    assert str(shown["begins"]) < now().isoformat() < str(shown["ends"])
    assert shown["offers"] == "http://localhost:8000/pricing"
    work.request_drafts(session, now(), drawings[:2])
    DraftFactory(drawing=drawings[0], round=0)
    quota.drafted(session, now(), drawings[0].id, accepted=False)
    comments.write_and_accept(session, now(), drawings[0], "Good.", draft=None, revision=0, author_id=None)
    shown = left(api)
    assert (shown["used"], shown["reserved"], shown["left"]) == (1, 1, 18)


def test_at_zero_drafting_is_refused_with_the_ways_on_and_accepting_works(
    api: Caller, session: Session, drawings: list[Drawing]
) -> None:
    work.request_drafts(session, now(), drawings)
    for drawing in drawings[:20]:
        DraftFactory(drawing=drawing, round=0)
        quota.drafted(session, now(), drawing.id, accepted=False)
        drawing.state = DrawingState.DRAFTED
    assert left(api)["left"] == 0
    last = api.get(f"/drawings/{drawings[20].id}").json
    assert (last["state"], last["reason"]["code"]) == ("measured", "no-quota")
    refused = api.post(f"/drawings/{drawings[20].id}/drafts", json={})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:vermilion:problem:no-quota")
    for words in ("accepted as ever", "a pack or a larger plan", "wait until"):
        assert words in refused.json["detail"]
    for drawing in drawings:  # the last one with words of one's own
        text = {"text": "Good.", "accept": True, "revision": 0}
        assert api.put(f"/drawings/{drawing.id}/comment", json=text).json["state"] == "accepted"
    assert left(api)["used"] == 20
    assert api.get(f"/drawings/{drawings[20].id}").json["reason"] is None


def test_new_comments_come_when_the_plan_ends_before_its_month(api: Caller, session: Session) -> None:
    row = subscribed(session, api.studio)
    month = str(left(api)["ends"])
    row.ends_at = now() + timedelta(days=5)
    session.add(row)
    assert now().isoformat() < str(left(api)["ends"]) < month


def test_the_document_describes_it(api: Caller) -> None:
    schemas = api.get("/openapi.json").json["components"]["schemas"]
    assert set(left(api)) == set(schemas["Quota"]["properties"]) == set(schemas["Quota"]["required"])
    assert {"$ref": "#/components/schemas/Quota"} in schemas["Usage"]["properties"]["quota"]["anyOf"]


def test_while_payment_has_failed_for_long_it_says_so(api: Caller, session: Session) -> None:
    subscribed(session, api.studio, status="unpaid", unpaid_since=now() - timedelta(days=30))
    shown = left(api)
    assert (shown["drafting"], shown["left"]) == (False, 0)
    drawing = DrawingFactory(
        lesson=LessonFactory(studio=api.studio), facts={"schema": 1}, state=DrawingState.MEASURED
    )
    refused = api.post(f"/drawings/{drawing.id}/drafts", json={})
    assert "The last payment failed" in refused.json["detail"]
