"""Drafts, comments with every revision, instructions, and the feedback that the model learns from."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from prompts.context import LIMITS
from webapp.accounts.tables import Language
from webapp.platform.db import Record, enum_type, new_id


class Draft(Record, table=True):
    """One candidate text. ``round`` counts its drawing's draftings; ``shown`` is its place on the desk,
    from 0.
    """

    __tablename__ = "draft"
    __table_args__ = (sa.UniqueConstraint("drawing_id", "round", "shown"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    drawing_id: str = Field(foreign_key="drawing.id", ondelete="CASCADE", index=True)
    round: int
    shown: int
    text: str
    flags: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    score: float
    seed: int = Field(sa_type=sa.BigInteger)
    prompt: str = Field(max_length=40)
    model: str = Field(max_length=120)
    voice: str = Field(default="", max_length=12)  # the teacher's, whether the model knew it by then or not
    # the lines and examples that the prompt really had
    style: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    examples: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    facts: str = Field(default="", max_length=16)  # fingerprint of those that the prompt had
    instruction_id: str | None = Field(default=None, foreign_key="instruction.id", ondelete="SET NULL")
    created_at: datetime


class CommentState(enum.StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"


class Comment(Record, table=True):
    """The teacher's text for a drawing, ``{student}`` for the name. ``revision`` rises with every change."""

    __tablename__ = "comment"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    drawing_id: str = Field(foreign_key="drawing.id", ondelete="CASCADE", unique=True)
    draft_id: str | None = Field(default=None, foreign_key="draft.id", ondelete="SET NULL")
    text: str
    state: CommentState = Field(default=CommentState.OPEN, sa_type=enum_type(CommentState))
    revision: int = 1
    seconds: float = 0  # time on the desk since it was begun or, once accepted, taken up again
    updated_at: datetime
    accepted_at: datetime | None = None
    accepted_by: int | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")


class Revision(Record, table=True):
    __tablename__ = "revision"
    __table_args__ = (sa.UniqueConstraint("comment_id", "number"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    comment_id: str = Field(foreign_key="comment.id", ondelete="CASCADE", index=True)
    number: int
    text: str
    draft_id: str | None = Field(default=None, foreign_key="draft.id", ondelete="SET NULL")
    state: CommentState = Field(sa_type=enum_type(CommentState))
    author_id: int | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    created_at: datetime


class Instruction(Record, table=True):
    """What the teacher told the model to do. Kept apart from comments: it never becomes training text."""

    __tablename__ = "instruction"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    drawing_id: str = Field(foreign_key="drawing.id", ondelete="CASCADE", index=True)
    text: str = Field(max_length=LIMITS["instruction"])
    author_id: int | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    created_at: datetime


class Rewrite(Record, table=True):
    """Other wordings of one sentence, asked for on the desk. ``options`` is None until the worker has written
    them.

    They are no drafts: the rest of ``text`` is the teacher's own, so they say nothing about drafting.
    """

    __tablename__ = "rewrite"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    drawing_id: str = Field(foreign_key="drawing.id", ondelete="CASCADE", index=True)
    text: str  # the whole comment, with `{student}`; start and end are the sentence's place in it
    start: int
    end: int
    instruction: str = Field(default="", max_length=LIMITS["instruction"])
    options: list[str] | None = Field(default=None, sa_type=sa.JSON)
    failure: str | None = Field(default=None, max_length=40)
    created_at: datetime


class Feedback(Record, table=True):
    """One acceptance, ``record`` in the feedback format. Append-only: erasure empties it and leaves the
    row.
    """

    __tablename__ = "feedback"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    drawing_id: str = Field(index=True)  # no foreign key: the tombstone outlives the drawing
    student_id: str | None = Field(default=None, index=True)
    language: Language = Field(sa_type=enum_type(Language))
    record: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    accepted_at: datetime
    erased_at: datetime | None = None
    erased_because: str | None = Field(default=None, max_length=40)


class PastComment(Record, table=True):
    """A comment the teacher wrote before Vermilion and pasted in, to learn their voice from."""

    __tablename__ = "past_comment"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    teacher_id: int = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    language: Language = Field(sa_type=enum_type(Language))
    text: str
    created_at: datetime
