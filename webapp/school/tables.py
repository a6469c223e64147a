"""What has learned, in which night, and which version serves."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from webapp.accounts.tables import Language
from webapp.platform.db import Record, enum_type, new_id


class VersionState(enum.StrEnum):
    CANDIDATE = "candidate"
    CANARY = "canary"
    CHAMPION = "champion"
    RETIRED = "retired"
    REJECTED = "rejected"


def _one_champion(*columns: str, where: str) -> sa.Index:
    which = sa.text(f"state = 'champion' AND {where}")
    name = f"uq_model_version_champion_{'_'.join(columns)}"
    return sa.Index(name, *columns, unique=True, sqlite_where=which, postgresql_where=which)


class ModelVersion(Record, table=True):
    """A base with what one night taught it, and the one prompt that it was trained and serves with.

    ``studio_id`` is None for the model that all studios share; ``parent_id`` is the version from which it
    learned on, None for the starter. ``folder`` is its adapter's, under the home; ``metrics`` (figures by set
    of cases) and ``data`` (counts, and the hash of what it learned from) are as in its ``meta.json``.
    ``fault`` says why it could not be opened when it was to serve. There is one champion per language, and
    one per studio and language.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        _one_champion("language", where="studio_id IS NULL"),
        _one_champion("language", "studio_id", where="studio_id IS NOT NULL"),
    )
    id: str = Field(default_factory=new_id, primary_key=True)
    language: Language = Field(sa_type=enum_type(Language), index=True)
    studio_id: str | None = Field(default=None, foreign_key="studio.id", ondelete="CASCADE", index=True)
    base: str = Field(max_length=255)
    folder: str = Field(max_length=255)
    prompt: str = Field(max_length=40)
    state: VersionState = Field(default=VersionState.CANDIDATE, sa_type=enum_type(VersionState))
    parent_id: str | None = Field(default=None, foreign_key="model_version.id", ondelete="SET NULL")
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    made_by: str | None = Field(default=None, foreign_key="night_run.id", ondelete="SET NULL")
    fault: str | None = Field(default=None, max_length=400)
    created_at: datetime
    promoted_at: datetime | None = None


class NightState(enum.StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Verdict(enum.StrEnum):
    PROMOTED = "promoted"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class NightRun(Record, table=True):
    """One night of one language. It has the id of its job, and its version will have it too: a night that is
    taken up again after a crash goes on in the same folder.

    ``champion_id`` served when it began. ``stages`` are ``{"name", "done", "total", "seconds_left"}``, the
    last one being done. ``reasons`` are sentences of the exam's, or codes that the pages put into words.
    ``feedback_sha256`` is of the file that was collected: if a consent was withdrawn before the night was
    taken up again, what it learned so far is thrown away. At most one night runs at a time.
    """

    __tablename__ = "night_run"
    __table_args__ = (
        sa.Index(
            "uq_night_run_running",
            "state",
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        ),
    )
    id: str = Field(primary_key=True)
    language: Language = Field(sa_type=enum_type(Language), index=True)
    state: NightState = Field(default=NightState.RUNNING, sa_type=enum_type(NightState))
    champion_id: str | None = None  # no foreign key: it would go round in a circle with `made_by`
    stages: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    verdict: Verdict | None = Field(default=None, sa_type=enum_type(Verdict))
    reasons: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    feedback_sha256: str | None = Field(default=None, max_length=64)
    started_at: datetime = Field(index=True)
    finished_at: datetime | None = None


class ExperimentState(enum.StrEnum):
    RUNNING = "running"
    DECIDED = "decided"
    STOPPED = "stopped"


class Experiment(Record, table=True):
    """Two or more ways to draft, compared in live lessons; a canary is one between two model versions.

    ``arms`` are ``{"name", "share", "model": id or None, "prompt": name or None}``. ``outcome`` is what its
    test says, which may be looked at at any time.
    """

    __tablename__ = "experiment"
    id: str = Field(default_factory=new_id, primary_key=True)
    language: Language = Field(sa_type=enum_type(Language), index=True)
    arms: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    state: ExperimentState = Field(default=ExperimentState.RUNNING, sa_type=enum_type(ExperimentState))
    outcome: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    started_at: datetime
    finished_at: datetime | None = None


class Assignment(Record, table=True):
    """The arm that a lesson draws. A lesson is in one experiment at most."""

    __tablename__ = "assignment"
    id: str = Field(default_factory=new_id, primary_key=True)
    experiment_id: str = Field(foreign_key="experiment.id", ondelete="CASCADE", index=True)
    lesson_id: str = Field(foreign_key="lesson.id", ondelete="CASCADE", unique=True)
    arm: str = Field(max_length=40)
    created_at: datetime
