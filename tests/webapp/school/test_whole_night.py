"""Nights from the database to a version that serves, with the real learning on a tiny model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from flask import Flask
from sqlmodel import Session, col, select

from drafting.bases import open_adapter
from finetune import gate, night, sitting
from finetune.demonstrations import golden
from finetune.recipe import Recipe, Stage
from tests.conftest import Client, make_settings
from tests.factories import UserFactory
from tests.finetune import teachers
from tests.webapp.school.conftest import Teach
from webapp.accounts.tables import Language
from webapp.cli import simulate, study
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import writers
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.settings import Settings
from webapp.platform.worker import Worker
from webapp.school import nights
from webapp.school.serving import champion
from webapp.school.tables import ModelVersion, NightRun, NightState, Verdict, VersionState

LEARNS = Recipe(name="learns", rank=4, batch=2, stages=(Stage(stage="sft", epochs=4, rate=5e-3),))
STANDS_STILL = Recipe(name="still", batch=16, most_old=4, stages=(Stage(stage="sft", rate=1e-12),))
UNASKED = Recipe(name="unasked", exam=False, batch=16, most_old=4, stages=(Stage(stage="sft", rate=1e-3),))


@pytest.fixture
def settings(settings: Settings, base: Path) -> Settings:
    """Both languages on the tiny model."""
    return make_settings(settings.home, base_en=str(base), base_zh=str(base))


@pytest.fixture(autouse=True)
def _little_and_exact(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two golden cases, no writer open from before, and no bf16, whose last bits depend on the batch."""
    few = golden("en")[:2]
    monkeypatch.setattr(sitting, "golden", lambda _language: few)
    for place in ("finetune.model.best_dtype", "drafting.write.local.best_dtype"):
        monkeypatch.setattr(place, lambda: torch.float32)
    writers._kept.clear()
    yield
    writers._kept.clear()


def accept(session: Session, teach: Teach, number: int) -> None:
    """Three teachers' acceptances, of the night of that number."""
    for habits in range(3):
        for one in teachers.night(f"t{habits}", 10, habits=habits, seed=number):
            lesson = {**one.line["lesson"], "id": f"{number}-{one.lesson}", "length": "short"}
            new = {"id": f"{number}-{one.id}", "drawing": f"{number}-{one.drawing}", "lesson": lesson}
            day = {"accepted_at": one.accepted_at.replace("-21T", f"-{21 + number}T")}
            teach(1, at=now(), record={**one.line, **new, **day})
    session.commit()


def teach_with(monkeypatch: pytest.MonkeyPatch, recipe: Recipe) -> None:
    monkeypatch.setattr(night, "load", lambda _name: recipe)


def last_night(session: Session) -> tuple[NightRun, ModelVersion]:
    """English's, with what it made."""
    session.rollback()
    session.expire_all()
    of_english = select(NightRun).where(NightRun.language == Language.ENGLISH)
    run = session.exec(of_english.order_by(col(NightRun.started_at).desc())).first()
    assert run is not None
    assert run.state is NightState.DONE
    return run, session.get_one(ModelVersion, run.id)


def drafts_with(session: Session, settings: Settings) -> str:
    session.commit()
    return writers.writer_for(Language.ENGLISH, settings).writer.model


def serving(session: Session) -> str | None:
    version = champion(session, Language.ENGLISH)
    return version.id if version else None


def test_what_teachers_accepted_comes_to_serve_night_by_night(
    app: Flask,
    session: Session,
    settings: Settings,
    base: Path,
    teach: Teach,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(gate, "GAIN_OF_FEW", 0.0)  # a tiny writer gains little
    # The worker's own night, from the base alone.
    accept(session, teach, 0)
    assert drafts_with(session, settings) == base.name
    teach_with(monkeypatch, LEARNS)
    nights.enqueue(session, Language.ENGLISH, "night:tonight")
    session.commit()
    assert Worker(app, jobs.SCHOOL, HANDLERS, GIVEN_UP).work_once()
    run, first = last_night(session)
    assert (run.verdict, run.reasons) == (Verdict.PROMOTED, [])
    assert [stage["name"] for stage in run.stages] == [
        "exam of champion: exam",
        "sft",
        "exam of sft: exam",
        "exam of champion: golden",
        "exam of sft: golden",
    ]
    assert all(stage["done"] == stage["total"] for stage in run.stages)
    assert run.report["counts"]["read"] == 30
    assert (first.state, first.parent_id, first.made_by) == (VersionState.CHAMPION, None, run.id)
    assert (first.base, first.prompt) == (str(base), night.PROMPT)
    assert first.metrics == run.report["exam"]["sft"]
    assert first.metrics["exam"]["n"] + first.data["train"] == 30
    assert open_adapter(settings.home / first.folder).id == first.id
    assert drafts_with(session, settings) == f"{base.name}+{first.id}"

    # A simulation's night, which learns on from it, and too little to be any better.
    accept(session, teach, 1)
    teach_with(monkeypatch, STANDS_STILL)
    became = simulate.learn_night(session, datetime(2026, 12, 1, 2, tzinfo=UTC), settings)
    run, second = last_night(session)
    assert run.verdict is Verdict.REJECTED
    assert "is not clear of zero" in run.reasons[0]
    counts = run.report["counts"]
    assert counts["old"] > STANDS_STILL.most_old  # of the night before some are replayed, however many
    assert counts["train"] == counts["new"] + STANDS_STILL.most_old
    assert became == {"en": f"rejected; {'; '.join(run.reasons)}", "zh": "skipped; too_few"}
    assert (second.state, second.parent_id) == (VersionState.REJECTED, first.id)
    assert "  en: sft\n" in capsys.readouterr().err
    assert serving(session) == first.id
    assert drafts_with(session, settings) == f"{base.name}+{first.id}"

    # A study's night, with a recipe of its own and no exam.
    accept(session, teach, 2)
    became = study._learn(session, datetime(2026, 12, 2, 2, tzinfo=UTC), settings, recipe=UNASKED)
    run, third = last_night(session)
    assert became == {"en": "promoted", "zh": "skipped; too_few"}
    assert [stage["name"] for stage in run.stages] == ["sft"]
    assert run.report["asked"]["recipe"]["name"] == "unasked"
    counts = run.report["counts"]
    assert counts["old"] > UNASKED.most_old
    assert counts["train"] == counts["new"] + UNASKED.most_old
    assert (third.state, third.parent_id) == (VersionState.CHAMPION, first.id)
    assert session.get_one(ModelVersion, first.id).state is VersionState.RETIRED
    assert open_adapter(settings.home / third.folder).meta["parents"] == [first.id]
    assert "  unasked, en: sft\n" in capsys.readouterr().err
    assert drafts_with(session, settings) == f"{base.name}+{third.id}"

    # What the operator sees of them.
    client.sign_in(UserFactory(is_operator=True))
    page = client.get("/operator/school").text
    assert f"Version {third.id} drafts" in page
    assert "is not clear of zero" in page
    assert "Exam of sft: the fixed cases · 2 of 2" in page
    assert not list((settings.home / "school").glob("*"))  # nobody's words are left
    assert not list((settings.home / "models" / "adapters").glob("*.work"))
