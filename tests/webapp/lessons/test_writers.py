"""Which writer a worker has open: the champion's, at once when it changes, and never none."""

import gc
import json
import shutil
import weakref
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from sqlmodel import Session, col, select

from drafting.bases.preparing import sha256
from drafting.reward import FILE as REWARD
from drafting.reward import Reward
from drafting.write import Request, Style, WriterError
from prompts import Rendered
from tests.conftest import make_settings
from tests.drafting.write.tiny import tiny_adapter
from tests.factories import NOW, DrawingFactory, LessonFactory, MembershipFactory, ModelVersionFactory
from webapp.accounts.tables import Language
from webapp.desk.tables import Draft
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import writers
from webapp.lessons.tables import Drawing, DrawingState
from webapp.lessons.work import request_drafts
from webapp.lessons.writers import writer_for
from webapp.platform import jobs
from webapp.platform.settings import Settings
from webapp.platform.worker import Worker
from webapp.school import versions
from webapp.school.tables import ModelVersion, VersionState

# peft 0.21 asks transformers for a property under its old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")

FACTS = {
    "schema": 1,
    "palette": [{"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 1.0}],
    "coverage": 0.7,
}


@pytest.fixture
def tiny_settings(settings: Settings, base: Path) -> Settings:
    """Both languages on the tiny model."""
    return make_settings(settings.home, base_en=str(base), base_zh=str(base))


@pytest.fixture(autouse=True)
def _nothing_open() -> Iterator[None]:
    writers._kept.clear()
    yield
    writers._kept.clear()


@pytest.fixture
def lineage(session: Session, settings: Settings, base: Path) -> list[ModelVersion]:
    """Two versions of English, the second made from the first, each with an adapter of its own."""
    first = ModelVersionFactory(base=str(base), state=VersionState.RETIRED)
    second = ModelVersionFactory(base=str(base), state=VersionState.CHAMPION, parent_id=first.id)
    for seed, version in enumerate((first, second)):
        tiny_adapter(base, settings.home / version.folder, seed=seed)
    session.commit()
    return [first, second]


def model(settings: Settings, session: Session, language: Language = Language.ENGLISH) -> str:
    session.commit()
    return writer_for(language, settings).writer.model


def test_without_a_champion_the_raw_base_serves_all_its_languages_at_once(
    session: Session, tiny_settings: Settings, base: Path
) -> None:
    assert model(tiny_settings, session) == base.name
    english = writer_for(Language.ENGLISH, tiny_settings)
    assert writer_for(Language.CHINESE, tiny_settings) is english


def test_a_new_champion_is_taken_without_a_restart(
    session: Session, tiny_settings: Settings, lineage: list[ModelVersion], base: Path
) -> None:
    first, second = lineage
    assert model(tiny_settings, session) == f"{base.name}+{second.id}"
    old = writer_for(Language.ENGLISH, tiny_settings)
    assert writer_for(Language.ENGLISH, tiny_settings) is old  # not opened again for each class
    request = Request(Rendered((), "a cat", ()), "en")
    [[before]] = old.writer.write([request], 1, longest=12, style=Style(temperature=0))
    forgotten = weakref.ref(old.writer)
    del old
    versions.put_back(session, NOW, Language.ENGLISH, tiny_settings.home)
    assert model(tiny_settings, session) == f"{base.name}+{first.id}"
    new = writer_for(Language.ENGLISH, tiny_settings)
    assert new.writer.write([request], 1, longest=12, style=Style(temperature=0))[0][0] != before
    gc.collect()
    assert forgotten() is None  # one model a language in memory
    versions.put_back(session, NOW, Language.ENGLISH, tiny_settings.home)
    assert model(tiny_settings, session) == base.name


@pytest.mark.parametrize("harm", ["damaged", "gone", "misfit"])
def test_a_champion_that_cannot_be_opened_gives_way_to_the_one_before(
    session: Session,
    tiny_settings: Settings,
    lineage: list[ModelVersion],
    base: Path,
    harm: str,
) -> None:
    first, second = lineage
    folder = tiny_settings.home / second.folder
    if harm == "damaged":
        (folder / "adapter_model.safetensors").write_bytes(b"half")
    else:
        shutil.rmtree(folder)
    if harm == "misfit":  # whole, but of matrices of another size
        from tests.webapp.school.learning import write_adapter

        write_adapter(folder, base=str(base))
    assert model(tiny_settings, session) == f"{base.name}+{first.id}"
    session.expire_all()
    assert session.get_one(ModelVersion, second.id).fault
    assert session.get_one(ModelVersion, first.id).fault is None
    shutil.rmtree(tiny_settings.home / first.folder)
    writers._kept.clear()  # as after a restart
    assert model(tiny_settings, session) == base.name


def test_a_version_that_opens_again_has_no_fault(
    session: Session, tiny_settings: Settings, lineage: list[ModelVersion], base: Path
) -> None:
    lineage[1].fault = "it was gone"
    assert model(tiny_settings, session) == f"{base.name}+{lineage[1].id}"
    session.expire_all()
    assert lineage[1].fault is None


def test_a_base_that_is_missing_is_no_fault_of_the_versions(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text("{}")
    broken = make_settings(settings.home, base_en=str(tmp_path / "empty"))
    version = ModelVersionFactory(base=str(tmp_path / "empty"), state=VersionState.CHAMPION)
    with pytest.raises(WriterError):
        model(broken, session)
    session.expire_all()
    assert session.get_one(ModelVersion, version.id).fault is None


def test_versions_of_another_base_are_passed_over(
    session: Session, tiny_settings: Settings, base: Path
) -> None:
    version = ModelVersionFactory(base="smollm2", state=VersionState.CHAMPION)
    assert model(tiny_settings, session) == base.name
    session.expire_all()
    assert version.fault is None


def drafted(session: Session, worker: Worker, drawing: Drawing) -> None:
    request_drafts(session, NOW, [drawing])
    session.commit()
    while worker.work_once():
        pass
    session.rollback()
    session.expire_all()


def test_every_draft_names_the_version_that_wrote_it(
    app: Flask, session: Session, tiny_settings: Settings, lineage: list[ModelVersion], base: Path
) -> None:
    app.config["SETTINGS"] = tiny_settings
    worker = Worker(app, jobs.DRAFTING, HANDLERS, GIVEN_UP)
    lesson = LessonFactory()
    MembershipFactory(
        studio_id=lesson.studio_id, user_id=lesson.teacher_id, voice="k7ab", studio=None, user=None
    )
    named = []
    for _ in range(2):
        drawing = DrawingFactory(lesson=lesson, state=DrawingState.MEASURED, facts=FACTS)
        drafted(session, worker, drawing)
        named.append(set(session.exec(select(Draft.model).where(Draft.drawing_id == drawing.id)).all()))
        versions.put_back(session, NOW, Language.ENGLISH, tiny_settings.home)
    assert named == [{f"{base.name}+{version.id}"} for version in reversed(lineage)]


def test_the_desk_s_drafts_are_ordered_by_the_reward_of_the_version_that_wrote_them(
    app: Flask, session: Session, tiny_settings: Settings, lineage: list[ModelVersion], base: Path
) -> None:
    """Two versions of one adapter, whose rewards are each other's opposite, draft one photo."""
    weights = np.random.default_rng(0).normal(size=32).astype(np.float32)  # the tiny model is so wide
    for version, sign in zip(lineage, (1, -1), strict=True):
        folder = tiny_settings.home / version.folder
        shutil.rmtree(folder)
        tiny_adapter(base, folder, seed=4)
        Reward(sign * weights, fluency=0.0, score=0.0).save(folder)
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        meta["sha256"][REWARD] = sha256(folder / REWARD)
        (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    app.config["SETTINGS"] = tiny_settings
    worker = Worker(app, jobs.DRAFTING, HANDLERS, GIVEN_UP)
    desks: list[list[Draft]] = []
    for _ in lineage:
        drawing = DrawingFactory(state=DrawingState.MEASURED, facts=FACTS, sha256="0" * 64)
        drafted(session, worker, drawing)
        of_it = select(Draft).where(Draft.drawing_id == drawing.id).order_by(col(Draft.shown))
        desks.append(list(session.exec(of_it)))
        versions.put_back(session, NOW, Language.ENGLISH, tiny_settings.home)
    assert [desk[0].model for desk in desks] == [f"{base.name}+{version.id}" for version in reversed(lineage)]
    for desk in desks:
        assert len(desk) == 4
        # What passed is shuffled on the desk; of so small a model nothing does, and what is flagged is not.
        assert all(draft.flags for draft in desk)
        assert all(one.score > other.score for one, other in pairwise(desk))
    assert desks[0][0].text != desks[1][0].text
    # Written alike, each of both is judged by the one as far above a half as by the other below it.
    scores = [{draft.text: draft.score for draft in desk} for desk in desks]
    for text in scores[0].keys() & scores[1].keys():
        assert scores[0][text] + scores[1][text] == pytest.approx(1.0)
