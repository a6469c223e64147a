"""What a studio has used, by its own calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from tests.factories import DraftFactory, DrawingFactory, FeedbackFactory, LessonFactory
from tests.webapp.api.conftest import Caller
from webapp.api.usage import month_of, used


@pytest.mark.parametrize(
    ("moment", "zone", "name", "begins", "ends"),
    [
        ("2026-11-30T15:59:59", "Asia/Shanghai", "2026-11", "2026-10-31T16:00", "2026-11-30T16:00"),
        ("2026-11-30T16:00:00", "Asia/Shanghai", "2026-12", "2026-11-30T16:00", "2026-12-31T16:00"),
        ("2026-03-15T12:00:00", "Europe/London", "2026-03", "2026-03-01T00:00", "2026-03-31T23:00"),
        ("2027-01-01T02:00:00", "America/New_York", "2026-12", "2026-12-01T05:00", "2027-01-01T05:00"),
    ],
)
def test_a_month_is_the_studios(moment: str, zone: str, name: str, begins: str, ends: str) -> None:
    month = month_of(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone)
    assert month.name == name
    assert (month.begins, month.ends) == tuple(
        datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (begins, ends)
    )


def test_each_drawing_counts_once(api: Caller, other: Caller, session: Session) -> None:
    month = month_of(datetime(2026, 11, 21, 9, tzinfo=UTC), "Europe/London")
    inside, before = month.begins, month.begins - timedelta(seconds=1)
    first, second, third = (DrawingFactory(lesson=LessonFactory(studio=api.studio)) for _ in range(3))
    for drawing, moment in ((first, inside), (first, inside), (second, before), (third, month.ends)):
        FeedbackFactory(drawing=drawing, accepted_at=moment)
        DraftFactory(drawing=drawing, created_at=moment)
    FeedbackFactory(drawing=DrawingFactory(lesson=LessonFactory(studio=other.studio)), accepted_at=inside)
    assert used(session, api.studio, month) == (1, 1)
    session.delete(first)
    session.flush()
    assert used(session, api.studio, month)[0] == 1  # what was accepted stays accepted


def test_what_is_accepted_or_drafted_again_later_is_not_counted_again(api: Caller, session: Session) -> None:
    november = month_of(datetime(2026, 11, 21, 9, tzinfo=UTC), "Europe/London")
    december = month_of(november.ends, "Europe/London")
    drawing = DrawingFactory(lesson=LessonFactory(studio=api.studio))
    for month in (november, december):
        FeedbackFactory(drawing=drawing, accepted_at=month.begins)
        DraftFactory(drawing=drawing, created_at=month.begins)
    assert used(session, api.studio, november) == (1, 1)
    assert used(session, api.studio, december) == (0, 0)


def test_usage_is_shown(api: Caller) -> None:
    now = datetime.now(UTC)
    FeedbackFactory(drawing=DrawingFactory(lesson=LessonFactory(studio=api.studio)), accepted_at=now)
    shown = api.get("/usage").json
    assert shown == {
        "month": month_of(now, api.studio.time_zone).name,
        "time_zone": "Europe/London",
        "comments_accepted": 1,
        "drawings_drafted": 0,
        "quota": None,
    }
