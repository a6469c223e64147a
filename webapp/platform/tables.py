"""Tables of the platform itself: jobs and the audit trail."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from webapp.platform.clock import machine_now
from webapp.platform.db import Record, enum_type, new_id


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Record, table=True):
    """A piece of work, and the truth about it; a queue message is only a wake-up.

    ``key`` makes it idempotent: the same key is enqueued once. Jobs of one ``kind`` and ``bundle`` may be
    claimed together, so that a class is drafted in batches. ``lease_until`` passes when its worker died.
    All times are the machine's own (``clock.machine_now``).
    """

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_claim", "queue", "state", "lease_until"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str | None = Field(default=None, foreign_key="studio.id", ondelete="CASCADE", index=True)
    queue: str = Field(max_length=20)
    kind: str = Field(max_length=40)
    bundle: str = Field(default="", max_length=60)
    key: str = Field(max_length=160, unique=True)
    args: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    state: JobState = Field(default=JobState.QUEUED, sa_type=enum_type(JobState))
    done: int = 0
    total: int = 1
    attempts: int = 0
    worker: str | None = Field(default=None, max_length=80)
    lease_until: datetime | None = None
    error: str | None = Field(default=None, max_length=400)
    created_at: datetime = Field(default_factory=machine_now)
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Audit(Record, table=True):
    """Who did what to which record. Ids only, so that erasing a person or a child needs no change here."""

    __tablename__ = "audit"
    id: str = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(index=True)
    user_id: int | None = None
    studio_id: str | None = Field(default=None, max_length=16, index=True)
    action: str = Field(max_length=60)
    target: str = Field(default="", max_length=60)
