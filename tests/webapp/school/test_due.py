"""When a night is due on the operator's clock, and that nights do not pile up."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.factories import NOW
from webapp.accounts.tables import Language
from webapp.platform.tables import Job, JobState
from webapp.school import nights


@pytest.mark.parametrize(
    ("zone", "at", "night"),
    [
        ("UTC", "2026-11-21T01:59:59Z", "2026-11-20"),
        ("UTC", "2026-11-21T02:00:00Z", "2026-11-21"),
        ("Asia/Shanghai", "2026-11-20T17:59:00Z", "2026-11-20"),
        ("Asia/Shanghai", "2026-11-20T18:00:00Z", "2026-11-21"),
        ("America/Los_Angeles", "2026-11-21T09:59:00Z", "2026-11-20"),
        ("America/Los_Angeles", "2026-11-21T10:00:00Z", "2026-11-21"),
        # New York skips from 2 to 3 o'clock on 8 March, and has 1 to 2 o'clock twice on 1 November.
        ("America/New_York", "2026-03-08T06:59:00Z", "2026-03-07"),
        ("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08"),
        ("America/New_York", "2026-11-01T06:59:00Z", "2026-10-31"),
        ("America/New_York", "2026-11-01T07:00:00Z", "2026-11-01"),
        # Berlin has 2 to 3 o'clock twice on 25 October.
        ("Europe/Berlin", "2026-10-24T23:59:00Z", "2026-10-24"),
        ("Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25"),
    ],
)
def test_the_night_is_due_at_two_on_the_operators_clocks(zone: str, at: str, night: str) -> None:
    assert nights.due(datetime.fromisoformat(at), zone).isoformat() == night


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Shanghai"])
def test_the_next_night_begins_when_it_becomes_due(zone: str) -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    while moment < datetime(2027, 1, 1, 12, tzinfo=UTC):
        begins = nights.next_begins(moment, zone)
        assert moment < begins <= moment + timedelta(hours=25)
        assert nights.due(begins - timedelta(seconds=1), zone) == nights.due(moment, zone)
        assert nights.due(begins, zone) > nights.due(moment, zone)
        moment += timedelta(minutes=30)


def test_every_night_of_a_year_comes_once_wherever_the_clocks_change(session: Session) -> None:
    for zone in ("America/New_York", "Europe/Berlin", "Asia/Shanghai"):
        moment, seen = datetime(2026, 1, 1, 12, tzinfo=UTC), []
        while moment < datetime(2027, 1, 1, 12, tzinfo=UTC):
            night = nights.due(moment, zone)
            if not seen or seen[-1] != night:
                seen.append(night)
            moment += timedelta(minutes=30)
        assert seen == sorted(set(seen))
        assert len(seen) in (365, 366)
    berlin = [datetime(2026, 10, 25, hour, 10, tzinfo=UTC) for hour in (0, 1, 2)]
    for moment in berlin:
        nights.enqueue_due(session, moment, "Europe/Berlin")
    assert len(session.exec(select(Job)).all()) == len(Language)


def test_nights_do_not_pile_up_while_they_wait(session: Session) -> None:
    for days in range(5):
        nights.enqueue_due(session, NOW + timedelta(days=days), "UTC")
    assert sorted(nights.waiting(session)) == sorted(Language)
    session.exec(sa.update(Job).values(state=JobState.DONE))
    nights.enqueue_due(session, NOW + timedelta(days=9), "UTC")
    assert sorted(nights.waiting(session)) == sorted(Language)
    assert len(session.exec(select(Job)).all()) == 2 * len(Language)
