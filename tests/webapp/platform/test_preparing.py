"""What the pages say while models are being prepared: what is true of each, and of both together."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import Session, select

from drafting.bases.preparing import STEPS
from tests.conftest import Client
from tests.factories import MembershipFactory, UserFactory
from webapp.accounts.tables import Language
from webapp.chores import ask_for_models
from webapp.platform import clock, jobs
from webapp.platform.settings import DEMO_KEY, Settings
from webapp.platform.tables import Job


@pytest.fixture
def teacher(client: Client) -> Client:
    user = UserFactory()
    MembershipFactory(user=user)
    return client.sign_in(user)


@pytest.fixture
def models(session: Session, settings: Settings) -> dict[str, Job]:
    """The jobs of a first start, by model, the first of them begun."""
    begun = datetime.now(UTC) - timedelta(seconds=40)
    ask_for_models(session, settings)
    jobs.claim(session, begun, jobs.SCHOOL, "w")
    return {job.bundle: job for job in session.exec(select(Job)).all()}


def said(teacher: Client) -> list[str]:
    """The words of the banner."""
    page = teacher.get("/preparing").text
    lines = page.replace("<", "\n<").replace(">", ">\n").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("<")]


def test_each_model_says_whether_it_waits_and_the_steps_are_of_both(
    teacher: Client, session: Session, models: dict[str, Job]
) -> None:
    first, second = sorted(models.values(), key=lambda job: job.started_at is None)
    jobs.report(session, first, 2, len(STEPS))
    words = said(teacher)
    assert "step 2 of 10" in words
    assert words[words.index(first.bundle) + 1].startswith("reading the weights, 4")
    assert words[words.index(second.bundle) + 1] == "waits for its turn"
    assert not any("left" in line for line in words)  # no pace of this model is known


def test_what_is_prepared_still_counts_until_all_are(
    teacher: Client, session: Session, models: dict[str, Job]
) -> None:
    first, second = sorted(models.values(), key=lambda job: job.started_at is None)
    jobs.finish(session, datetime.now(UTC), first)
    jobs.claim(session, datetime.now(UTC), jobs.SCHOOL, "w")
    words = said(teacher)
    assert "step 5 of 10" in words
    assert words[words.index(first.bundle) + 1] == "prepared"
    assert words[words.index(second.bundle) + 1].startswith("looking at the file, ")
    session.refresh(second)
    jobs.finish(session, datetime.now(UTC), second)
    assert teacher.get("/preparing").status_code == 204


def test_how_long_it_takes_is_real_time_whatever_the_demos_clock_says(
    teacher: Client, app: Flask, settings: Settings, models: dict[str, Job]
) -> None:
    demo = settings.model_copy(update={"demo": True, "stripe_key": DEMO_KEY})
    clock.set_up_clock(app, demo)
    clock.set_ahead(demo, 40 * 86_400)
    assert clock.now() - clock.machine_now() > timedelta(days=39)
    begun = next(job for job in models.values() if job.started_at)
    words = said(teacher)
    assert words[words.index(begun.bundle) + 1].startswith("looking at the file, 4")


def test_it_is_said_in_chinese(teacher: Client, session: Session, models: dict[str, Job]) -> None:
    teacher.post("/language", data={"language": Language.CHINESE.value})
    words = said(teacher)
    assert "已完成 0 步，共 10 步" in words
    assert "排队等待" in words
