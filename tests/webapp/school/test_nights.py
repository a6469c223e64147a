"""A night from the database to a version that serves, or does not."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from drafting.bases import starter
from finetune.plan import NothingToLearnError
from tests.factories import NightRunFactory
from tests.webapp.school.conftest import Teach
from tests.webapp.school.learning import STEPS, Learning, Progress, pass_night, serving
from webapp.accounts.tables import Language
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit, Job, JobState
from webapp.platform.worker import Worker
from webapp.school import nights, versions
from webapp.school.tables import ModelVersion, NightRun, NightState, Verdict, VersionState


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
        [NightRunFactory(state=NightState.RUNNING, language=language) for language in Language]
    session.rollback()


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
