"""Students, lessons and drawings."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from prompts.context import LIMITS
from webapp.accounts.tables import Language
from webapp.platform.db import Record, enum_type, new_id


class Consent(enum.StrEnum):
    NONE = "none"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class Student(Record, table=True):
    """A child. The two consents are a guardian's; each has its date and the version of the text agreed to."""

    __tablename__ = "student"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=80)
    called: str = Field(default="", max_length=80)  # how a comment addresses them; empty: by their name
    birth_year: int | None = None
    processing: Consent = Field(default=Consent.NONE, sa_type=enum_type(Consent))
    processing_at: datetime | None = None
    processing_text: str | None = Field(default=None, max_length=20)
    training: Consent = Field(default=Consent.NONE, sa_type=enum_type(Consent))
    training_at: datetime | None = None
    training_text: str | None = Field(default=None, max_length=20)
    created_at: datetime


class Audience(enum.StrEnum):
    STUDENT = "student"
    GUARDIANS = "guardians"
    REPORT = "report"


class Length(enum.StrEnum):
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


LONGEST_TITLE = 120


class Lesson(Record, table=True):
    __tablename__ = "lesson"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    teacher_id: int = Field(foreign_key="user.id", index=True)
    title: str = Field(max_length=LONGEST_TITLE)
    theme: str = Field(default="", max_length=LIMITS["theme"])
    medium: str = Field(default="", max_length=LIMITS["medium"])
    taught_on: date
    criteria: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    audience: Audience = Field(default=Audience.STUDENT, sa_type=enum_type(Audience))
    tone: str = Field(default="warm", max_length=LIMITS["tone"])
    length: Length = Field(default=Length.MEDIUM, sa_type=enum_type(Length))
    language: Language = Field(sa_type=enum_type(Language))
    created_at: datetime


class Batch(Record, table=True):
    """One upload. ``key`` is the client's Idempotency-Key: the same key again is the same batch.

    ``content`` is a hash of what was sent with the key. ``files`` says what became of each file, in their
    order: ``{"drawing": id, "duplicate": bool}`` or ``{"refused": code}``.
    """

    __tablename__ = "batch"
    __table_args__ = (sa.UniqueConstraint("studio_id", "key"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    lesson_id: str = Field(foreign_key="lesson.id", ondelete="CASCADE", index=True)
    key: str | None = Field(default=None, max_length=120)
    content: str = Field(default="", max_length=64)
    files: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    created_at: datetime


class DrawingState(enum.StrEnum):
    """How far a drawing is. ``refused``: the photo could not be read. ``failed``: it could not be measured
    or drafted, and may be tried again. ``Drawing.refusal`` says why.
    """

    RECEIVED = "received"
    MEASURED = "measured"
    DRAFTING = "drafting"
    DRAFTED = "drafted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


class Drawing(Record, table=True):
    """One photographed work. ``facts`` are as measured; ``corrections`` are the teacher's, laid over them."""

    __tablename__ = "drawing"
    __table_args__ = (sa.UniqueConstraint("lesson_id", "sha256"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    lesson_id: str = Field(foreign_key="lesson.id", ondelete="CASCADE", index=True)
    batch_id: str | None = Field(default=None, foreign_key="batch.id", ondelete="SET NULL", index=True)
    student_id: str | None = Field(default=None, foreign_key="student.id", ondelete="SET NULL", index=True)
    position: int
    sha256: str = Field(max_length=64)
    state: DrawingState = Field(default=DrawingState.RECEIVED, sa_type=enum_type(DrawingState))
    refusal: str | None = Field(default=None, max_length=40)
    wanted: bool = False  # drafts are asked for as soon as it is measured
    subjects: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    facts: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    corrections: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    turned: int = 0  # quarter turns clockwise that the teacher gave the picture
    created_at: datetime
    photo_erased_at: datetime | None = None
