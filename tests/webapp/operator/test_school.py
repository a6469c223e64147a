"""The operator's page of night school."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from finetune.reasons import Reason
from tests.conftest import Client
from tests.factories import (
    MembershipFactory,
    ModelVersionFactory,
    NightRunFactory,
    StudioFactory,
    UserFactory,
)
from tests.webapp.school.learning import write_adapter
from webapp.accounts.tables import Language
from webapp.chores import ask_for_models
from webapp.platform import jobs
from webapp.platform.clock import machine_now
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit, Job
from webapp.school import nights
from webapp.school.tables import NightState, Verdict, VersionState


@pytest.fixture
def page(client: Client) -> Client:
    client.sign_in(UserFactory(is_operator=True))
    return client


def test_before_the_first_night_it_says_how_to_begin(page: Client) -> None:
    text = page.get("/operator/school").text
    assert "The untrained base smollm2 drafts." in text or "The starter drafts" in text
    assert "vermilion nightly" in text


def test_a_night_that_waits_for_the_models_is_there_after_the_clock_was_moved(
    page: Client, session: Session, settings: Settings
) -> None:
    ask_for_models(session, settings)
    nights.enqueue_due(session, datetime(2027, 1, 10, 12, tzinfo=UTC), "UTC")
    text = page.get("/operator/school").text
    assert text.count("It begins as soon as the models are prepared") == 2
    assert "No night has been held" not in text
    begun, other = jobs.unfinished(session, jobs.SCHOOL, "night")
    session.exec(sa.delete(Job).where(Job.kind == "prepare"))  # they are ready
    NightRunFactory(id=begun.id, language=Language(begun.args["language"]), state=NightState.RUNNING)
    text = page.get("/operator/school").text
    assert text.count("It begins when the worker has done what comes before it") == 1
    assert "· learning" in text
    jobs.claim(session, machine_now(), jobs.SCHOOL, "w", kinds=["night"])
    assert nights.waiting(session) == [Language(other.args["language"])]
    assert "等排在前面的事做完就开始" in page.get("/operator/school", headers={"Accept-Language": "zh"}).text


def test_nights_and_versions_with_stages_reasons_and_figures(page: Client, settings: Settings) -> None:
    run = NightRunFactory(state=NightState.RUNNING)
    run.stages = [{"name": "imitating", "done": 12, "total": 90, "seconds_left": 150.0}]
    counts = {"counts": {"new": 12, "needed": 30}}
    NightRunFactory(verdict=Verdict.SKIPPED, reasons=[nights.TOO_FEW], report=counts)
    NightRunFactory(verdict=Verdict.SKIPPED, reasons=[nights.NOTHING_LEFT], report={"counts": {"new": 31}})
    NightRunFactory(verdict=Verdict.REJECTED, reasons=["Edit cost <fell> by 0.010."])
    NightRunFactory(state=NightState.FAILED, reasons=["MemoryError"], language=Language.CHINESE)
    exam = {"exam": {"edit_cost": {"mean": 0.312, "low": 0.281, "high": 0.344}, "untouched": 0.25}}
    version = ModelVersionFactory(state=VersionState.CHAMPION, metrics=exam, data={"train": 77})
    write_adapter(settings.home / version.folder)
    text = page.get("/operator/school").text
    for said in (
        "12 of 90",
        "about 3 min left",
        "12 new comments may teach; 30 are needed",
        "31 new comments may teach, but none is left to learn from",
        "Edit cost &lt;fell&gt; by 0.010.",
        "given up (MemoryError)",
        "0.31 (0.28–0.34)",
        "0.25",
        "77",
        f"Version {version.id} drafts, on smollm2.",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("sft", "Imitating what was accepted", "模仿已采纳的评语"),
        ("reward 2", "Learning what is preferred, once more", "学习老师偏好什么（再来一次）"),
        ("preparing the base", "Preparing the model", "准备模型"),
        (
            "exam of champion: golden",
            "Exam of the version that serves: the fixed cases",
            "现用版本的考试：固定考题",
        ),
        ("exam of sft+reward: exam", "Exam of sft+reward: later lessons", "sft+reward的考试：后续课堂"),
        ("something new 3", "something new 3", "something new 3"),
    ],
)
def test_a_stage_is_told_in_the_readers_language(page: Client, name: str, english: str, chinese: str) -> None:
    run = NightRunFactory(state=NightState.RUNNING)
    run.stages = [{"name": name, "done": 12, "total": 90, "seconds_left": 150.0}]
    assert f"{english} · 12 of 90" in page.get("/operator/school").text
    assert f"{chinese} · " in page.get("/operator/school", headers={"Accept-Language": "zh"}).text


def test_why_the_gate_said_no_is_told_in_the_readers_language(page: Client) -> None:
    why = Reason("teacher", {"teacher": "t3", "worse": 0.4})
    report = {"reasons": [why.in_words("en")], "causes": [why.line]}
    NightRunFactory(verdict=Verdict.REJECTED, reasons=[why.in_words("en")], report=report)
    # What another process did in the meantime stands above what the exam said.
    NightRunFactory(verdict=Verdict.REJECTED, reasons=[nights.CHAMPION_CHANGED], report=report)
    english = page.get("/operator/school").text
    assert english.count("Teacher t3 would have 0.400 more to edit.") == 1
    assert "Another version began to serve" in english
    assert "老师t3要改的会多0.400。" in page.get("/operator/school", headers={"Accept-Language": "zh"}).text


def test_a_teacher_whom_the_gate_names_goes_by_name_and_studio(page: Client) -> None:
    one = MembershipFactory(user=UserFactory(name="Ms Lin"), studio=StudioFactory(name="Little Fox"))
    why = Reason("teacher", {"teacher": one.id, "worse": 0.4})
    report = {"reasons": [why.in_words("en")], "causes": [why.line]}
    NightRunFactory(verdict=Verdict.REJECTED, reasons=[why.in_words("en")], report=report)
    assert "Teacher Ms Lin (Little Fox) would have 0.400 more to edit." in page.get("/operator/school").text


def test_a_reason_of_another_version_is_told_as_it_was_written(page: Client) -> None:
    cause = {"code": "of_later", "numbers": {}, "kinds": []}
    report = {"reasons": ["It was too late."], "causes": [cause]}
    NightRunFactory(verdict=Verdict.REJECTED, reasons=["It was too late."], report=report)
    assert "It was too late." in page.get("/operator/school").text


@pytest.mark.parametrize(
    ("language", "same_day", "over_midnight", "at_once", "needed"),
    [
        (
            "en",
            "Jan 2, 2027 2:00\u202fAM – 3:30\u202fAM",
            "Jan 5, 2027 12:10\u202fAM",
            "Jan 3, 2027 2:00\u202fAM<",
            "30 are needed",
        ),
        (
            "zh",
            "2027年1月2日 02:00 – 03:30",
            "– 2027年1月5日 00:10",
            "2027年1月3日 02:00<",
            "办一次夜校至少需要 30 条",
        ),
    ],
)
def test_when_a_night_was_is_written_as_on_the_other_pages(
    page: Client, language: str, same_day: str, over_midnight: str, at_once: str, needed: str
) -> None:
    for begun, ended in (
        (datetime(2027, 1, 2, 2, tzinfo=UTC), datetime(2027, 1, 2, 3, 30, tzinfo=UTC)),
        (datetime(2027, 1, 3, 2, tzinfo=UTC), datetime(2027, 1, 3, 2, 0, 20, tzinfo=UTC)),
        (datetime(2027, 1, 4, 23, tzinfo=UTC), datetime(2027, 1, 5, 0, 10, tzinfo=UTC)),
    ):
        counts = {"counts": {"new": 12, "needed": 30}}
        NightRunFactory(
            verdict=Verdict.SKIPPED,
            reasons=[nights.TOO_FEW],
            report=counts,
            started_at=begun,
            finished_at=ended,
        )
    text = page.get("/operator/school", headers={"Accept-Language": language}).text
    for said in (same_day, over_midnight, at_once, needed):
        assert said in text, said


def test_what_cannot_be_opened_is_said(page: Client) -> None:
    ModelVersionFactory(state=VersionState.CHAMPION)  # without a folder
    text = page.get("/operator/school").text
    assert "What should draft cannot be opened" in text
    assert "meta.json" in text


def test_putting_back(page: Client, session: Session, settings: Settings) -> None:
    first = ModelVersionFactory(state=VersionState.RETIRED)
    second = ModelVersionFactory(state=VersionState.CHAMPION, parent_id=first.id)
    write_adapter(settings.home / second.folder)
    assert page.get("/operator/school").text.count("weights deleted") == 1
    said = page.post("/operator/school/en/put-back", follow_redirects=True).text
    assert f"The weights of the version before, {first.id}, were deleted." in said
    assert "Nothing was changed." in said
    write_adapter(settings.home / first.folder)
    assert "weights deleted" not in page.get("/operator/school").text
    assert "serves again" in page.post("/operator/school/en/put-back", follow_redirects=True).text
    session.expire_all()
    assert (first.state, second.state) == (VersionState.CHAMPION, VersionState.RETIRED)
    trail = session.exec(select(Audit).where(Audit.action == "model.put_back")).one()
    assert trail.target == second.id
    assert trail.user_id is not None
    assert "nothing to put back" in page.post("/operator/school/zh/put-back", follow_redirects=True).text
    assert page.post("/operator/school/fr/put-back").status_code == 404


def test_putting_back_needs_the_forms_token(page: Client, session: Session) -> None:
    page.application.config["WTF_CSRF_ENABLED"] = True
    version = ModelVersionFactory(state=VersionState.CHAMPION)
    assert page.post("/operator/school/en/put-back").status_code == 400
    session.refresh(version)
    assert version.state is VersionState.CHAMPION


def test_in_chinese_and_on_the_operators_clocks(page: Client) -> None:
    NightRunFactory(verdict=Verdict.SKIPPED, reasons=[nights.TOO_FEW], report={})
    text = page.get("/operator/school", headers={"Accept-Language": "zh"}).text
    assert "夜校" in text
    assert "至少需要" in text
    assert "09:30" in text  # UTC, by the settings of tests; the operator is in no studio
