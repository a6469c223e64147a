"""A night from the database to a version that serves, or does not."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from drafting.bases import starter
from finetune.plan import NothingToLearnError
from tests.factories import NOW, ModelVersionFactory, NightRunFactory
from tests.webapp.school.conftest import Teach
from tests.webapp.school.learning import STEPS, Learning, Progress, write_adapter
from webapp.accounts.tables import Language
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit, Job, JobState
from webapp.platform.worker import Worker
from webapp.school import nights, versions
from webapp.school.serving import champion
from webapp.school.tables import ModelVersion, NightRun, NightState, Verdict, VersionState


def pass_night(session: Session, worker: Worker, *, key: str = "tonight") -> NightRun | None:
    """One night of English, as far as one claim goes."""
    job = nights.enqueue(session, Language.ENGLISH, f"night:{key}")
    session.commit()
    worker.work_once()
    session.rollback()
    session.expire_all()
    return session.get(NightRun, job.id)


def serving(session: Session) -> str | None:
    version = champion(session, Language.ENGLISH)
    return version.id if version else None


def test_a_version_that_passes_serves_and_the_one_before_is_retired(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings
) -> None:
    teach(30)
    first = pass_night(session, worker, key="1")
    assert first is not None
    assert (first.state, first.verdict, serving(session)) == (NightState.DONE, Verdict.PROMOTED, first.id)
    assert [(s["name"], s["done"], s["total"]) for s in first.stages] == [("imitating", STEPS, STEPS)]
    version = session.get_one(ModelVersion, first.id)
    assert (version.base, version.prompt, version.parent_id) == ("smollm2", "comment@1", None)
    assert version.metrics["exam"]["edit_cost"]["mean"] == 0.31
    assert version.data["train"] == 30
    expected = {"home": settings.home, "language": "en", "start": starter("en")}
    assert learning.given[0] | expected == learning.given[0]

    teach(30, at=now() - timedelta(seconds=1) - timedelta(seconds=30))
    session.exec(NightRun.__table__.update().values(started_at=now() - timedelta(hours=1)))
    second = pass_night(session, worker, key="2")
    assert second is not None
    assert serving(session) == second.id
    assert session.get_one(ModelVersion, first.id).state is VersionState.RETIRED
    assert session.get_one(ModelVersion, second.id).parent_id == first.id
    assert learning.given[1]["start"] == settings.home / "models" / "adapters" / first.id
    assert len(learning.given[1]["records"]) == 60  # the old ones too, to be replayed
    trail = session.exec(select(Audit.target).where(Audit.action == "model.promoted")).all()
    assert set(trail) == {first.id, second.id}
    assert not list((settings.home / "models" / "adapters").glob("*.work"))


def test_a_rejected_version_does_not_serve_and_says_why(
    session: Session, worker: Worker, teach: Teach, learning: Learning
) -> None:
    teach(30)
    learning.verdict = "rejected"
    run = pass_night(session, worker)
    assert run is not None
    assert (run.verdict, run.reasons, serving(session)) == (Verdict.REJECTED, ["Edit cost rose."], None)
    assert session.get_one(ModelVersion, run.id).state is VersionState.REJECTED


def test_a_night_with_too_little_that_is_new_is_skipped(
    session: Session, worker: Worker, teach: Teach, learning: Learning
) -> None:
    NightRunFactory(verdict=Verdict.PROMOTED, started_at=now() - timedelta(hours=8))
    teach(50, at=now() - timedelta(hours=9))
    teach(29)
    run = pass_night(session, worker)
    assert run is not None
    assert (run.verdict, run.reasons, learning.given) == (Verdict.SKIPPED, [nights.TOO_FEW], [])
    assert run.report["counts"] == {"records": 79, "new": 29, "needed": 30}
    teach(1)
    run = pass_night(session, worker, key="again")
    assert run is not None
    assert run.verdict is Verdict.PROMOTED


def test_a_night_whose_records_are_all_set_aside_is_skipped(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings
) -> None:
    teach(30)

    def on_step(_step: int) -> None:
        raise NothingToLearnError("of 30 records 30 were dropped")

    learning.on_step = on_step
    run = pass_night(session, worker)
    assert run is not None
    assert (run.state, run.verdict) == (NightState.DONE, Verdict.SKIPPED)
    assert (run.reasons, run.report["counts"]["new"]) == ([nights.NOTHING_LEFT], 30)
    assert session.exec(select(Job)).one().state is JobState.DONE
    assert not list((settings.home / "models" / "adapters").glob("*"))


@pytest.mark.parametrize("end", ["over", "broken", "stopped"])
def test_the_feedback_is_for_this_user_alone_and_gone_when_the_night_is(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings, end: str
) -> None:
    teach(30)

    def on_step(step: int) -> None:
        assert list((settings.home / "school").glob("*/feedback.jsonl"))
        if end == "broken":
            raise ValueError("a text that must not be logged")
        if end == "stopped":
            worker.stopping.set()

    learning.on_step = on_step
    pass_night(session, worker)
    assert learning.given[0]["mode"] == 0o600
    assert list((settings.home / "school").glob("*")) == []
    states = {"over": JobState.DONE, "broken": JobState.QUEUED, "stopped": JobState.QUEUED}
    assert session.exec(select(Job)).one().state is states[end]


def test_a_night_that_was_stopped_goes_on_where_it_was(
    session: Session, worker: Worker, teach: Teach, learning: Learning
) -> None:
    teach(30)
    steps = []

    def on_step(step: int) -> None:
        steps.append(step)
        if step == 4 and len(learning.given) == 1:
            worker.stopping.set()

    learning.on_step = on_step
    begun = pass_night(session, worker)
    assert begun is not None
    assert begun.state is NightState.RUNNING
    assert session.exec(select(Job)).one().attempts == 0
    worker.stopping.clear()
    run = pass_night(session, worker)
    assert run is not None
    assert (run.id, run.verdict) == (begun.id, Verdict.PROMOTED)
    assert steps == list(range(STEPS))
    assert learning.given[0]["seed"] == learning.given[1]["seed"]


def test_what_was_learned_of_a_child_is_thrown_away_when_the_consent_is_withdrawn_in_between(
    session: Session, worker: Worker, teach: Teach, learning: Learning
) -> None:
    from webapp.lessons.erasure import withdraw
    from webapp.lessons.tables import Student

    teach(30)
    [theirs] = teach(1)
    steps = []

    def on_step(step: int) -> None:
        steps.append(step)
        if step == 4 and len(learning.given) == 1:
            worker.stopping.set()

    learning.on_step = on_step
    pass_night(session, worker)
    worker.stopping.clear()
    withdraw(session, now(), session.get_one(Student, theirs.student_id), "training")
    session.commit()
    pass_night(session, worker)
    assert [len(one["records"]) for one in learning.given] == [31, 30]
    assert steps == [0, 1, 2, 3, 4, *range(STEPS)]


def test_a_night_given_up_is_marked_and_leaves_nothing(
    session: Session,
    worker: Worker,
    teach: Teach,
    learning: Learning,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "BACKOFF", jobs.BACKOFF * 0)
    teach(30)

    def on_step(step: int) -> None:
        if step == 2:
            raise ZeroDivisionError

    learning.on_step = on_step
    for _ in range(3):
        run = pass_night(session, worker)
    assert run is not None
    assert (run.state, run.verdict, run.reasons) == (NightState.FAILED, None, ["ZeroDivisionError"])
    assert not list((settings.home / "models" / "adapters").glob("*"))


@pytest.mark.parametrize("left", ["enough", "too few", "given up"])
def test_an_adapter_that_was_left_by_a_kill_goes_with_the_consent(
    session: Session,
    worker: Worker,
    teach: Teach,
    learning: Learning,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    left: str,
) -> None:
    """The adapter is in its place, and the worker dies before there is a version."""
    from webapp.lessons.erasure import withdraw
    from webapp.lessons.tables import Student

    monkeypatch.setattr(jobs, "BACKOFF", jobs.BACKOFF * 0)
    teach(30 if left != "too few" else 29)
    [theirs] = teach(1)

    def dies(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(nights, "_conclude", dies)
        for _ in range(3 if left == "given up" else 1):
            run = pass_night(session, worker)
        assert run is not None
        assert (settings.home / versions.folder_of(run.id)).exists() is (left != "given up")
    withdraw(session, now(), session.get_one(Student, theirs.student_id), "training")
    session.commit()
    adapter, seen = settings.home / versions.folder_of(run.id), list[bool]()
    learning.on_step = lambda _step: seen.append(adapter.exists())
    again = pass_night(session, worker)
    assert again is not None
    assert (again.state, again.verdict) == {
        "enough": (NightState.DONE, Verdict.PROMOTED),
        "too few": (NightState.DONE, Verdict.SKIPPED),
        "given up": (NightState.FAILED, None),
    }[left]
    assert seen == [False] * (STEPS if left == "enough" else 0)
    assert adapter.exists() is (left == "enough")


def test_the_last_stage_of_a_night_is_the_one_being_done(session: Session, app: Flask, teach: Teach) -> None:
    teach(30)
    names = ["sft", "reward", "joint", "reward 2"]

    def learn(*_: Any, tell: Any, **__: Any) -> Any:
        for name in names:
            tell(Progress(name, 1, 1))
        worker.stopping.set()
        tell(Progress(name, 1, 1))

    worker = Worker(app, jobs.SCHOOL, {"night": partial(nights.night, learn=learn)})

    def told() -> list[str]:
        worker.stopping.clear()
        run = pass_night(session, worker)
        assert run is not None
        return [stage["name"] for stage in run.stages]

    assert told() == names
    names[:] = ["joint"]  # killed and begun again
    assert told() == ["sft", "reward", "joint"]


def test_one_night_at_a_time(session: Session, worker: Worker, teach: Teach) -> None:
    teach(30)
    other = NightRunFactory(state=NightState.RUNNING, language=Language.CHINESE)
    assert pass_night(session, worker) is None
    job = session.exec(select(Job)).one()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert job.lease_until is not None
    assert job.lease_until > now()
    other.state = NightState.DONE
    job.lease_until = None
    session.add_all([other, job])
    run = pass_night(session, worker)
    assert run is not None
    assert run.verdict is Verdict.PROMOTED
    with pytest.raises(IntegrityError):
        [NightRunFactory(state=NightState.RUNNING) for _ in range(2)]
    session.rollback()


def test_a_version_examined_against_another_than_the_one_that_serves_now_is_not_promoted(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings
) -> None:
    old = ModelVersionFactory(state=VersionState.CHAMPION)
    write_adapter(settings.home / old.folder)
    teach(30)

    def on_step(step: int) -> None:
        if step == 3:
            with worker.session() as other:
                versions.put_back(other, now(), Language.ENGLISH, settings.home)

    learning.on_step = on_step
    run = pass_night(session, worker)
    assert run is not None
    assert (run.verdict, run.reasons) == (Verdict.REJECTED, [nights.CHAMPION_CHANGED])
    assert serving(session) is None


def test_nothing_is_learned_on_top_of_a_damaged_champion(
    session: Session, worker: Worker, teach: Teach, learning: Learning
) -> None:
    ModelVersionFactory(state=VersionState.CHAMPION)  # without a folder
    teach(30)
    run = pass_night(session, worker)
    assert run is not None
    assert (run.verdict, run.reasons) == (Verdict.SKIPPED, [nights.CHAMPION_DAMAGED])
    assert learning.given == []


def test_a_worker_that_lost_the_night_leaves_the_file_to_the_other(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings
) -> None:
    teach(30)

    def on_step(step: int) -> None:
        if step == 3:
            with worker.session() as other:
                other.exec(Job.__table__.update().values(worker="other", attempts=2))

    learning.on_step = on_step
    run = pass_night(session, worker)
    assert run is not None
    assert run.state is NightState.RUNNING
    [left] = (settings.home / "school").glob("*/feedback.jsonl")
    assert len([json.loads(line) for line in left.read_text().splitlines()]) == 30
    assert list((settings.home / "models" / "adapters").glob("*.work"))
    assert session.exec(select(ModelVersion)).all() == []


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


def test_there_is_one_champion_a_language_and_one_a_studio(session: Session) -> None:
    from tests.factories import StudioFactory

    one, two = StudioFactory(), StudioFactory()
    for where in ({}, {"studio_id": one.id}, {"studio_id": two.id}, {"language": Language.CHINESE}):
        ModelVersionFactory(state=VersionState.CHAMPION, **where)
    for where in ({}, {"studio_id": one.id}):
        with pytest.raises(IntegrityError):
            ModelVersionFactory(state=VersionState.CHAMPION, **where)
        session.rollback()


def test_putting_back_goes_one_version_back_each_time(session: Session, tmp_path: Path) -> None:
    first = ModelVersionFactory(state=VersionState.RETIRED)
    write_adapter(tmp_path / first.folder)
    second = ModelVersionFactory(state=VersionState.CHAMPION, parent_id=first.id)
    assert versions.put_back(session, NOW, Language.ENGLISH, tmp_path, user_id=None) is first
    assert (first.state, second.state) == (VersionState.CHAMPION, VersionState.RETIRED)
    assert versions.put_back(session, NOW, Language.ENGLISH, tmp_path) is None
    assert first.state is VersionState.RETIRED
    with pytest.raises(versions.NothingBeforeError):
        versions.put_back(session, NOW, Language.ENGLISH, tmp_path)
    trail = session.exec(select(Audit.action, Audit.target).where(Audit.action == "model.put_back")).all()
    assert set(trail) == {("model.put_back", second.id), ("model.put_back", first.id)}


def test_a_version_without_weights_is_not_put_back(session: Session, tmp_path: Path) -> None:
    first = ModelVersionFactory(state=VersionState.RETIRED)
    second = ModelVersionFactory(state=VersionState.CHAMPION, parent_id=first.id)
    with pytest.raises(versions.NoWeightsError, match=first.id):
        versions.put_back(session, NOW, Language.ENGLISH, tmp_path)
    assert (first.state, second.state) == (VersionState.RETIRED, VersionState.CHAMPION)


def test_a_night_deletes_the_weights_of_versions_that_nobody_will_ask_for(
    session: Session, worker: Worker, teach: Teach, learning: Learning, settings: Settings
) -> None:
    retired, rejected, candidate = VersionState.RETIRED, VersionState.REJECTED, VersionState.CANDIDATE
    begun = now() - timedelta(days=30)

    def made(day: int, state: VersionState, **more: Any) -> ModelVersion:
        version = ModelVersionFactory(state=state, created_at=begun + timedelta(days=day), **more)
        write_adapter(settings.home / version.folder)
        return version

    old, before, waits = made(1, retired), made(2, retired), made(3, candidate)
    serves = made(4, VersionState.CHAMPION, parent_id=before.id)
    poor = [made(day, rejected) for day in range(5, 9)]
    chinese = [made(day, rejected, language=Language.CHINESE) for day in range(5)]
    teach(30)
    learning.verdict = "rejected"
    tonight = pass_night(session, worker)
    assert tonight is not None
    kept = {folder.name for folder in (settings.home / "models" / "adapters").iterdir()}
    others = {version.id for version in (before, waits, serves, *poor[2:], *chinese)}
    assert kept == {tonight.id, *others}
    assert session.get(ModelVersion, old.id) is not None
    assert session.get(ModelVersion, poor[0].id) is not None
    learning.verdict = "promoted"
    session.exec(NightRun.__table__.update().values(started_at=begun))
    assert pass_night(session, worker, key="next") is not None
    kept = {folder.name for folder in (settings.home / "models" / "adapters").iterdir()}
    assert serves.id in kept  # to be put back
    assert before.id not in kept
