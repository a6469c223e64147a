"""Rows for tests: ``LessonFactory(studio=studio)``. What is not said is made up, and committed."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import factory
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from sqlmodel import Session

from webapp.accounts.tables import ApiKey, Invitation, Language, MemberRole, Membership, Studio, User
from webapp.desk.tables import Comment, Draft, Feedback, Instruction, PastComment, Revision, Rewrite
from webapp.lessons.tables import Batch, Consent, Drawing, Lesson, Student
from webapp.platform.db import db, new_id
from webapp.platform.tables import Audit, Job
from webapp.school.tables import Assignment, Experiment, ModelVersion, NightRun, NightState

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"


def _session() -> Session:
    return db.session


_hashed: list[str] = []


def _hash() -> str:
    """One hash for everyone: argon2 is slow on purpose."""
    if not _hashed:
        from flask_security import hash_password

        _hashed.append(hash_password(PASSWORD))
    return _hashed[0]


class Base(factory.alchemy.SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session_factory = _session
        sqlalchemy_session_persistence = "commit"


class StudioFactory(Base):
    class Meta:
        model = Studio

    name = Sequence(lambda n: f"Studio {n}")
    language = Language.ENGLISH
    time_zone = "Europe/London"
    teaches_common = True
    created_at = NOW


class UserFactory(Base):
    class Meta:
        model = User

    email = Sequence(lambda n: f"person{n}@studio.example")
    password = LazyFunction(_hash)
    fs_uniquifier = LazyFunction(lambda: new_id() * 4)
    confirmed_at = NOW
    create_datetime = NOW
    name = Sequence(lambda n: f"Person {n}")


class InStudio(Base):
    """``studio=`` names the studio, else there is a new one."""

    class Meta:
        abstract = True

    class Params:
        studio = SubFactory(StudioFactory)

    studio_id = SelfAttribute("studio.id")


class MembershipFactory(InStudio):
    class Meta:
        model = Membership

    class Params:
        user = SubFactory(UserFactory)

    user_id = SelfAttribute("user.id")
    role = MemberRole.TEACHER
    voice = Sequence(lambda n: f"k{n}")
    created_at = NOW


class InvitationFactory(InStudio):
    class Meta:
        model = Invitation

    class Params:
        inviter = SubFactory(UserFactory)

    email = Sequence(lambda n: f"invited{n}@studio.example")
    role = MemberRole.TEACHER
    token_hash = LazyFunction(lambda: sha256(new_id().encode()).hexdigest())
    invited_by = SelfAttribute("inviter.id")
    created_at = NOW
    expires_at = NOW + timedelta(days=7)


class ApiKeyFactory(InStudio):
    class Meta:
        model = ApiKey

    class Params:
        user = SubFactory(UserFactory)

    user_id = SelfAttribute("user.id")
    name = "Gallery screen"
    prefix = "vm_abcdef"
    key_hash = LazyFunction(lambda: sha256(new_id().encode()).hexdigest())
    created_at = NOW


class StudentFactory(InStudio):
    class Meta:
        model = Student

    name = Sequence(lambda n: f"Violet {n}")
    called = SelfAttribute("name")
    birth_year = 2018
    processing = Consent.GRANTED
    processing_at = NOW
    processing_text = "1"
    training = Consent.GRANTED
    training_at = NOW
    training_text = "1"
    created_at = NOW


class LessonFactory(InStudio):
    class Meta:
        model = Lesson

    class Params:
        teacher = SubFactory(UserFactory)

    teacher_id = SelfAttribute("teacher.id")
    title = "Saturday group"
    theme = "My garden"
    medium = "marker"
    taught_on = date(2026, 11, 21)
    language = Language.ENGLISH
    created_at = NOW


class InLesson(Base):
    """``lesson=`` names the lesson; the studio is the lesson's."""

    class Meta:
        abstract = True

    class Params:
        lesson = SubFactory(LessonFactory)

    studio_id = SelfAttribute("lesson.studio_id")
    lesson_id = SelfAttribute("lesson.id")
    created_at = NOW


class BatchFactory(InLesson):
    class Meta:
        model = Batch


class DrawingFactory(InLesson):
    class Meta:
        model = Drawing

    position = Sequence(int)
    sha256 = LazyFunction(lambda: sha256(new_id().encode()).hexdigest())


class OfDrawing(Base):
    """``drawing=`` names the drawing; the studio is the drawing's."""

    class Meta:
        abstract = True

    class Params:
        drawing = SubFactory(DrawingFactory)

    studio_id = SelfAttribute("drawing.studio_id")
    drawing_id = SelfAttribute("drawing.id")


class DraftFactory(OfDrawing):
    class Meta:
        model = Draft

    round = 1
    shown = Sequence(int)
    text = "{student}, the orange carries the picture."
    score = 0.5
    seed = 1
    prompt = "comment@1"
    model = "smollm2"
    created_at = NOW


class CommentFactory(OfDrawing):
    class Meta:
        model = Comment

    text = "{student}, the orange carries the picture."
    updated_at = NOW


class RevisionFactory(Base):
    class Meta:
        model = Revision

    class Params:
        comment = SubFactory(CommentFactory)

    studio_id = SelfAttribute("comment.studio_id")
    comment_id = SelfAttribute("comment.id")
    number = 1
    text = SelfAttribute("comment.text")
    state = SelfAttribute("comment.state")
    created_at = NOW


class InstructionFactory(OfDrawing):
    class Meta:
        model = Instruction

    text = "shorter"
    created_at = NOW


class RewriteFactory(OfDrawing):
    class Meta:
        model = Rewrite

    text = "{student}, the orange carries the picture."
    start = 0
    end = LazyAttribute(lambda row: len(row.text))
    created_at = NOW


class FeedbackFactory(OfDrawing):
    class Meta:
        model = Feedback

    language = Language.ENGLISH
    record = LazyFunction(lambda: {"schema": 1})
    accepted_at = NOW


class PastCommentFactory(InStudio):
    class Meta:
        model = PastComment

    class Params:
        teacher = SubFactory(UserFactory)

    teacher_id = SelfAttribute("teacher.id")
    language = Language.ENGLISH
    text = "Your lines walk slowly and see a lot."
    created_at = NOW


class JobFactory(Base):
    class Meta:
        model = Job

    queue = "drafting"
    kind = "measure"
    key = Sequence(lambda n: f"measure:{n}")
    args: Any = LazyFunction(dict)
    created_at = NOW


class AuditFactory(Base):
    class Meta:
        model = Audit

    at = NOW
    action = "lesson.created"


class NightRunFactory(Base):
    class Meta:
        model = NightRun

    id = LazyFunction(new_id)
    language = Language.ENGLISH
    state = NightState.DONE
    started_at = NOW


class ModelVersionFactory(Base):
    class Meta:
        model = ModelVersion

    id = LazyFunction(new_id)
    language = Language.ENGLISH
    base = "smollm2"
    folder = LazyAttribute(lambda row: f"models/adapters/{row.id}")
    prompt = "comment@1"
    created_at = NOW


class ExperimentFactory(Base):
    class Meta:
        model = Experiment

    language = Language.ENGLISH
    arms: Any = LazyFunction(lambda: [{"name": "now", "share": 0.5}, {"name": "new", "share": 0.5}])
    started_at = NOW


class AssignmentFactory(Base):
    class Meta:
        model = Assignment

    class Params:
        experiment = SubFactory(ExperimentFactory)
        lesson = SubFactory(LessonFactory)

    experiment_id = SelfAttribute("experiment.id")
    lesson_id = SelfAttribute("lesson.id")
    arm = "new"
    created_at = NOW
