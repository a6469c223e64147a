"""The commands, as typed."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlmodel import Session, select

from tests import factories as make
from webapp.accounts.tables import Studio, User
from webapp.cli import COMMANDS, main
from webapp.platform.settings import Settings
from webapp.platform.storage import Storage, photo_key


@pytest.fixture
def home(settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own home, for commands that read the environment. The test's transaction is over."""
    monkeypatch.setenv("VERMILION_HOME", str(settings.home))
    monkeypatch.chdir(settings.home)
    session.commit()
    return settings.home


def _run(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(main, words, input=typed)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    status, says = _run(name, "--help")
    assert status == 0
    assert "Usage:" in says


def test_an_unknown_command_is_a_usage_error() -> None:
    assert _run("paint")[0] == 2


def test_a_taken_port_is_said(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, says = _run("run", "--port", str(taken.getsockname()[1]))
    assert status == 1
    assert "is taken" in says


def test_the_demo_stays_on_this_machine(home: Path) -> None:
    status, says = _run("run", "--demo", "--host", "0.0.0.0")
    assert status == 1
    assert "--force" in says


def test_migrate_twice_is_as_good_as_once(home: Path) -> None:
    assert _run("migrate") == (0, "")
    assert _run("migrate") == (0, "")


def test_the_doctor_finds_what_is_missing(home: Path) -> None:
    status, says = _run("doctor")
    assert "sqlite" in says
    assert "smollm2 is not prepared yet" in says
    (home / "vermilion.db").unlink()
    status, says = _run("doctor")
    assert status == 1
    assert "vermilion migrate" in says


def test_the_doctor_knows_wrong_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERMILION_ENVIRONMENT", "production")
    status, says = _run("doctor")
    assert status == 1
    assert "VERMILION_SECRET_KEY" in says


def test_an_operator_is_made(home: Path, session: Session) -> None:
    assert _run("create-operator", "New@server.example", typed="short\nshort\n")[0] == 1
    typed = f"{make.PASSWORD}\n{make.PASSWORD}\n"
    assert _run("create-operator", "New@server.example", typed=typed)[0] == 0
    known = make.UserFactory()
    assert _run("create-operator", known.email)[0] == 0
    session.expire_all()
    assert {user.email for user in session.exec(select(User)) if user.is_operator} == {
        "new@server.example",
        known.email,
    }


def test_a_studio_is_exported_as_lines(home: Path) -> None:
    one = make.FeedbackFactory(record={"schema": 1, "final": "{student}，很好"})
    make.FeedbackFactory()
    status, says = _run("export-studio", one.studio_id)
    assert status == 0
    assert [json.loads(line) for line in says.splitlines()] == [{"schema": 1, "final": "{student}，很好"}]


def test_a_studio_is_deleted_with_its_files(home: Path, app: Flask, session: Session) -> None:
    drawing, other = make.DrawingFactory(), make.DrawingFactory()
    storage = Storage.open(app.config["SETTINGS"].storage)
    for row in (drawing, other):
        storage.put(photo_key(row.studio_id, row.id, "photo.jpg"), b"x")
    session.commit()
    assert _run("delete-studio", drawing.studio_id, typed="n\n")[0] == 1
    assert _run("delete-studio", drawing.studio_id, "--yes")[0] == 0
    session.expire_all()
    assert [row.id for row in session.exec(select(Studio))] == [other.studio_id]
    assert list(storage.all_keys()) == [photo_key(other.studio_id, other.id, "photo.jpg")]


def test_backup_and_restore(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.tar.gz"
    assert _run("backup", str(file))[0] == 0
    status, says = _run("restore", str(file))
    assert status == 1
    assert "--force" in says
    monkeypatch.setenv("VERMILION_HOME", str(tmp_path / "other"))
    assert _run("restore", str(file))[0] == 0
    assert (tmp_path / "other" / "vermilion.db").exists()
