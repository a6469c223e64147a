"""Whole simulations on a tiny random model: killed and taken up again, and from the command line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlmodel import Session, col, select

from drafting.edits import edit_cost
from tests.conftest import make_settings
from tests.factories import DraftFactory, DrawingFactory, LessonFactory
from tests.webapp.simulation import runner
from tests.webapp.simulation.runner import PERSONAS, make_base, run_of
from webapp.accounts.tables import Language
from webapp.app import create_app
from webapp.cli import main
from webapp.desk.tables import Feedback
from webapp.lessons.tables import Drawing, DrawingState
from webapp.platform.db import db
from webapp.platform.settings import Settings
from webapp.platform.storage import storage
from webapp.simulation import simulate as simulating
from webapp.simulation.classroom import SimulationError
from webapp.simulation.persona import load
from webapp.simulation.simulate import simulate
from webapp.simulation.teacher import edited, own_text


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was killed in the learning and in a lesson, and then came to its end."""
    folder = tmp_path_factory.mktemp("killed")
    for line, seconds in (("learning", 600), ("night 1: one", 0)):
        process, said = runner.start(folder, seconds)
        assert any(one.startswith(line) for one in said)
        process.kill()
        process.join()
    process, said = runner.start(folder, 0)
    assert list(said)
    process.join()
    assert process.exitcode == 0
    return folder


@pytest.mark.timeout(600)
def test_a_killed_run_comes_to_its_end_with_every_comment_once(killed: Path) -> None:
    result = json.loads((killed / "out.json").read_text(encoding="utf-8"))
    assert result["simulated"] is True
    assert [night["night"] for night in result["nights"]] == [0, 1, 2]
    assert [night["n"] for night in result["nights"]] == [2, 4, 4]  # the second teacher joins on night 1
    assert [sorted(night["by_teacher"]) for night in result["nights"]] == [
        ["one"],
        ["one", "二"],
        ["one", "二"],
    ]
    assert [night["verdict"] for night in result["nights"]] == [{}, {"en": "rejected"}, {"en": "rejected"}]
    assert result["nights"][2]["champion"] == {"en": "base", "zh": "base"}
    # The night that was killed came again with the same feedback, and no night more often than that.
    nights = (killed / "nights.txt").read_text(encoding="utf-8").splitlines()
    assert nights == ["02:00 02:00 2", "02:00 02:00 2", "02:00 02:00 6"]


@pytest.mark.timeout(600)
def test_what_was_accepted_is_what_the_personas_write(killed: Path) -> None:
    personas = {one.language: one for one in load(killed / "personas.yaml")}
    with create_app(make_settings(killed / "work" / "home")).app_context():
        rows = db.session.exec(select(Feedback).order_by(col(Feedback.accepted_at))).all()
        drawings = db.session.exec(select(Drawing)).all()
        assert list(storage().all_keys()) == []
        db.engine.dispose()
    assert len(rows) == len({row.drawing_id for row in rows}) == 10
    assert [row.accepted_at.hour for row in rows] == [9] * 10
    days = [row.accepted_at.date() for row in rows]
    assert [(day - days[0]).days for day in days] == [0] * 2 + [1] * 4 + [2] * 4
    assert {drawing.state for drawing in drawings} == {DrawingState.ACCEPTED}
    assert all(drawing.photo_erased_at for drawing in drawings)
    for row in rows:
        record: Any = row.record
        persona = personas[row.language.value]
        assert record["training"] is True
        own = own_text(persona, record["facts"], seed=0)  # one sentence a slot: any seed gives it
        costs = [edit_cost(draft["text"], own, persona.language) for draft in record["drafts"]]
        assert costs[record["chosen"]] == min(costs)
        assert record["final"] == edited(persona, record["drafts"][record["chosen"]]["text"], own)


def test_a_night_s_figures_name_by_its_id_the_version_that_wrote_most_drafts(
    session: Session, settings: Settings
) -> None:
    lessons = [LessonFactory(language=language) for language in Language]
    for lesson, models in zip(lessons, (["smollm2+v1", "smollm2+v1", "smollm2+v2"], ["gemma3"]), strict=True):
        for model in models:
            DraftFactory(drawing=DrawingFactory(lesson=lesson), model=model)
    session.flush()
    found = simulating._champions(session, {lesson.id for lesson in lessons}, settings)
    assert found == {"en": "v1", "zh": "gemma3"}


def test_another_run_is_not_mixed_in(killed: Path) -> None:
    settings = make_settings(killed / "home")
    other = run_of(killed, nights=2)
    other = type(other)(other.personas, nights=2, lessons=2, drawings=2, seed=3)
    with pytest.raises(SimulationError, match="other personas or numbers"):
        simulate(other, killed / "work", settings, lambda *_: {})


@pytest.fixture
def _quiet_logs() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("_quiet_logs")
def test_the_command_line_gives_the_same_first_night_and_draws_it(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, personas = str(make_base(killed / "base")), tmp_path / "mine.yaml"
    for name, value in (("HOME", str(tmp_path / "home")), ("BASE_EN", base), ("BASE_ZH", base)):
        monkeypatch.setenv(f"VERMILION_{name}", value)
    personas.write_text(PERSONAS, encoding="utf-8")
    out = tmp_path / "new" / "sim.json"
    words = ["--nights", "0", "--lessons", "1", "--drawings", "2", "--seed", "3", "--out", str(out)]
    done = CliRunner().invoke(main, ["simulate", str(personas), *words])
    assert done.exit_code == 0, done.output
    assert "night 0: one, lesson 1 of 1; about 0 min left" in done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    known = json.loads((killed / "out.json").read_text(encoding="utf-8"))
    assert found["nights"] == known["nights"][:1]
    page = out.with_suffix(".html").read_text(encoding="utf-8")
    assert "<strong>Simulated.</strong>" in page
    assert page.count("<svg") == page.count("<table") - 1 == 4
    assert not re.search(r"src=|(?:href=|url\()[\"']?(?:https?:)?//", page)  # nothing comes from elsewhere


@dataclass(frozen=True)
class Study:
    """A study of one night with one seed on the tiny base, in a folder of its own."""

    folder: Path
    base: str

    def invoke(self, jobs: int) -> Result:
        words = ["--nights", "1", "--seeds", "1", "--drawings", "2", "--jobs", str(jobs)]
        parts, personas = self.folder / "parts.yaml", self.folder / "mine.yaml"
        told = ["study", str(parts), "--personas", str(personas), *words, "--out", str(self.out(jobs))]
        places = {"HOME": str(self.folder / "home"), "BASE_EN": self.base, "BASE_ZH": self.base}
        env = {f"VERMILION_{name}": value for name, value in places.items()}
        done = CliRunner(env=env).invoke(main, told)
        assert done.exit_code == 0, done.output
        return done

    def out(self, jobs: int) -> Path:
        return self.folder / f"{jobs}.json"

    def runs(self, jobs: int) -> list[Any]:
        found: list[Any] = json.loads(self.out(jobs).read_text(encoding="utf-8"))["runs"]
        return found


@pytest.fixture(scope="module")
def studied(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Result]:
    """A study in one process, and what it said."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "mine.yaml").write_text(PERSONAS, encoding="utf-8")
    stages = '[{name: "off"}, {name: sft, stages: [{stage: sft}]}]'
    (folder / "parts.yaml").write_text(stages, encoding="utf-8")
    one = Study(folder, str(make_base(killed / "base")))
    return one, one.invoke(jobs=1)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("_quiet_logs")
def test_the_parts_of_a_study_go_on_from_one_first_day(studied: tuple[Study, Result]) -> None:
    study, done = studied
    assert len(re.findall("night 0: one, lesson", done.stderr)) == 1
    assert len(re.findall("night 1: one, lesson", done.stderr)) == 2
    assert re.findall(r"^  (\S+), en: sft$", done.stderr, re.MULTILINE) == ["study-sft"]
    off, sft = study.runs(1)
    assert off["nights"][0] == sft["nights"][0]
    assert off["nights"][1]["verdict"] == {}
    assert sft["nights"][1]["verdict"]["en"] == "promoted"
    again = study.invoke(jobs=1)
    assert again.stdout == done.stdout
    assert "lesson" not in again.stderr


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("_quiet_logs")
def test_a_study_on_two_processes_comes_to_the_same(studied: tuple[Study, Result]) -> None:
    study, _done = studied
    study.invoke(jobs=2)
    in_one, in_two = study.runs(1), study.runs(2)
    for run in (*in_one, *in_two):
        assert all(night.pop("champion") for night in run["nights"])  # a version's id is nobody's choice
    assert in_one == in_two


def test_a_bad_file_of_personas_is_wrong_usage(tmp_path: Path) -> None:
    personas = tmp_path / "mine.yaml"
    personas.write_text(PERSONAS.replace("effort: 0.5", "effort: much"), encoding="utf-8")
    words = ["--nights", "1", "--lessons", "1", "--out", str(tmp_path / "sim.json")]
    done = CliRunner().invoke(main, ["simulate", str(personas), *words])
    assert done.exit_code == 2
    assert "persona 2 (二): effort" in done.stderr
