"""``vermilion nightly``, ``put-back``, and what the doctor says of versions."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlmodel import Session, select, text

from tests.factories import JobFactory, ModelVersionFactory, NightRunFactory
from tests.webapp.school.learning import write_adapter
from webapp.accounts.tables import Language
from webapp.cli import main, school, supervisor
from webapp.cli.school import watch
from webapp.platform.settings import Settings
from webapp.platform.tables import JobState
from webapp.school import nights
from webapp.school.tables import ModelVersion, NightRun, NightState, Verdict, VersionState


@pytest.fixture
def home(settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own home, for commands that read the environment. The test's transaction is over."""
    monkeypatch.setenv("VERMILION_HOME", str(settings.home))
    session.commit()
    return settings.home


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def test_nightly_passes_a_night_of_each_language_and_says_how_it_went(
    home: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    niceness: list[int] = []

    def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
        niceness.extend(os.getpriority(os.PRIO_PROCESS, process.pid) for process in processes)
        supervisor.stop(processes)

    monkeypatch.setattr(school, "stop", stop)
    status, says = _run("nightly")
    assert niceness == [19]
    assert status == 0, says
    assert "English: skipped\n  0 new comments may teach; 30 are needed for a night." in says
    assert "Chinese: skipped" in says
    runs = session.exec(select(NightRun)).all()
    assert {run.language for run in runs} == set(Language)
    assert not list((home / "school").glob("*"))


@pytest.mark.parametrize("words", [("put-back", "en"), ("export-studio", "Nobody")])
def test_a_command_may_be_the_first_that_a_home_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("VERMILION_HOME", str(tmp_path))
    monkeypatch.setenv("VERMILION_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert done.output.startswith("Error: "), done.output
    assert (tmp_path / "new.db").exists()


def test_a_command_leaves_a_database_of_another_version_alone(home: Path, session: Session) -> None:
    session.exec(text("update alembic_version set version_num = 'older'"))
    session.commit()
    status, says = _run("put-back", "en")
    assert (status, "vermilion migrate" in says) == (1, True), says
    assert session.exec(text("select version_num from alembic_version")).scalar() == "older"


@pytest.mark.parametrize(
    ("of_english", "status"),
    [
        ({"verdict": Verdict.PROMOTED}, 0),
        ({"verdict": Verdict.REJECTED, "reasons": ["Teacher k7 would have 0.061 more to edit."]}, 4),
        ({"state": NightState.FAILED, "reasons": ["MemoryError"]}, 1),
    ],
)
def test_the_exit_status_tells_the_verdict(app: Flask, session: Session, capsys, of_english, status) -> None:
    of = {
        Language.ENGLISH: NightRunFactory(**of_english).id,
        Language.CHINESE: NightRunFactory(verdict=Verdict.SKIPPED, reasons=[nights.TOO_FEW]).id,
    }
    assert watch(of, lambda: True) == status
    says = capsys.readouterr().out
    for reason in of_english.get("reasons", []):
        assert reason in says


def test_progress_is_said_and_a_worker_that_ended_is_noticed(app: Flask, session: Session) -> None:
    run = NightRunFactory(
        state=NightState.RUNNING,
        stages=[{"name": "imitating", "done": 3, "total": 90, "seconds_left": 180.0}],
    )
    JobFactory(id=run.id, state=JobState.RUNNING)

    def nightly() -> tuple[int, str]:
        import click

        command = click.Command("nightly", callback=lambda: watch({Language.ENGLISH: run.id}, lambda: False))
        done = CliRunner().invoke(command)
        return done.exit_code, done.output

    status, says = nightly()
    assert status == 1
    assert "English: imitating 3 of 90, about 3 min left" in says
    assert "The worker ended" in says


def test_put_back(home: Path, session: Session) -> None:
    first = ModelVersionFactory(state=VersionState.RETIRED)
    second = ModelVersionFactory(state=VersionState.CHAMPION, parent_id=first.id)
    status, says = _run("put-back", "en")
    assert status == 1
    assert f"The weights of the version before, {first.id}, were deleted." in says
    write_adapter(home / first.folder)
    assert _run("put-back", "en") == (0, f"{first.id} serves en again, from the next class on.\n")
    assert _run("put-back", "en") == (0, "The starter serves en again, from the next class on.\n")
    status, says = _run("put-back", "en")
    assert status == 1
    assert "nothing to put back" in says
    assert _run("put-back", "fr")[0] == 2
    session.expire_all()
    assert session.get_one(ModelVersion, second.id).state is VersionState.RETIRED


def test_the_doctor_says_which_version_serves(home: Path) -> None:
    first = ModelVersionFactory(state=VersionState.RETIRED)
    at = first.created_at + timedelta(days=1)
    second = ModelVersionFactory(state=VersionState.CHAMPION, parent_id=first.id, created_at=at)
    for version in (first, second):
        write_adapter(home / version.folder)
    says = _run("doctor")[1]
    assert f"en: {second.id} on smollm2" in says
    assert "zh: " in says
    shutil.rmtree(home / second.folder)
    status, says = _run("doctor")
    assert status == 1
    assert f"en: {first.id} on smollm2, in the place of another" in says
    assert "vermilion put-back en" in says
