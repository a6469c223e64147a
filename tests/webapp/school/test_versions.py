"""Which version serves: one champion, put back when it must be, and whose weights are kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from tests.factories import NOW, ModelVersionFactory, StudioFactory
from tests.webapp.school.conftest import Teach
from tests.webapp.school.learning import Learning, pass_night, serving, write_adapter
from webapp.accounts.tables import Language
from webapp.platform.clock import now
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit
from webapp.platform.worker import Worker
from webapp.school import nights, versions
from webapp.school.tables import ModelVersion, NightRun, Verdict, VersionState


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


def test_there_is_one_champion_a_language_and_one_a_studio(session: Session) -> None:
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
