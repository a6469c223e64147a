"""Where simulated teachers live is apart from the operator's own."""

from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from tests.conftest import make_settings
from tests.webapp.simulation.runner import PERSONAS
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.platform import jobs
from webapp.platform.db import db, ids_from, new_id
from webapp.platform.worker import Worker
from webapp.school.versions import folder_of
from webapp.simulation import simulate
from webapp.simulation.classroom import Plan, _lesson
from webapp.simulation.persona import load
from webapp.simulation.world import enrol, open_world


def test_a_world_has_the_operator_s_bases_and_none_of_their_adapters(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "models" / "some-base").mkdir(parents=True)
    (home / folder_of("mine")).mkdir(parents=True)
    app = open_world(tmp_path / "work", make_settings(home))
    there = app.config["SETTINGS"].home
    assert (there / "models" / "some-base").resolve() == home / "models" / "some-base"
    assert not (there / folder_of("mine")).exists()
    (there / folder_of("simulated")).mkdir(parents=True)
    assert not (home / folder_of("simulated")).exists()
    open_world(tmp_path / "work", make_settings(home))  # again, as after a kill


@pytest.mark.parametrize("year", [2026, 2031])
def test_a_seed_gives_the_same_run_on_any_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    class Day(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Day":
            return cls(year, 3, 1, tzinfo=tz)

    monkeypatch.setattr(simulate, "datetime", Day)
    personas = tmp_path / "personas.yaml"
    personas.write_text(PERSONAS, encoding="utf-8")
    [persona, _] = load(personas)
    run = simulate.Run([persona], nights=1, lessons=1, drawings=1, seed=3)
    notes = simulate._Notes.open(tmp_path / "work", run)
    assert f"{notes.began:%Y-%m-%d %H:%M}" == "2026-01-05 00:00"
    # Who a teacher and a child are, and what a lesson is called, follows from the seed as well.
    app = open_world(tmp_path / "work", make_settings(tmp_path / "home"))
    with app.app_context():
        worker = Worker(app, jobs.DRAFTING, HANDLERS, GIVEN_UP)
        with worker.session() as session:
            room = enrol(session, notes.began, persona, children=1, seed=3)
        lesson = _lesson(worker, room, Plan(0, 0, 1, 1, 3, notes.began))
        db.engine.dispose()
    with ids_from("3:one:0:0:lesson"):
        assert lesson.id == new_id()
    assert (room.studio.id, room.students[0].id) == ("d3fdpstj4rmrockx", "qtgvthknxz7mwvij")


def test_ids_are_chance_elsewhere() -> None:
    with ids_from("seed"):
        first = new_id()
    with ids_from("seed"):
        assert new_id() == first
    assert len({first, new_id(), new_id()}) == 3
