"""Feedback records: their format, their scrubbing, and who may learn from them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from prompts import Context
from tests.factories import (
    NOW,
    CommentFactory,
    DraftFactory,
    DrawingFactory,
    InstructionFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
    StudioFactory,
    UserFactory,
)
from tests.webapp.conftest import ORANGE
from webapp.accounts.tables import Language
from webapp.desk.tables import Feedback, Instruction
from webapp.lessons import erasure
from webapp.lessons.briefs import context_of
from webapp.lessons.feedback import export_records, record_acceptance
from webapp.lessons.tables import Consent, Length

# Of each key of the format: the types it may have. A nested table is a nested record.
FORMAT: dict[str, Any] = {
    "schema": int, "id": str, "studio": str, "teacher": str, "language": str,
    "accepted_at": str, "training": bool,
    "lesson": {"id": str, "theme": str, "medium": str, "criteria": list, "audience": str,
               "tone": str, "length": str},
    "student": {"id": str, "age": int},
    "drawing": str, "facts": dict,
    "context": {"prompt": str, "voice": str, "style": list, "examples": list, "instruction": str},
    "drafts": list, "chosen": (int, type(None)), "final": str, "seconds": (int, float),
}  # fmt: skip
DRAFT = {
    "text": str, "prompt": str, "model": str, "seed": int, "score": float, "flags": list, "shown": int,
}  # fmt: skip
REQUIRED = {"schema", "id", "language", "drafts", "final"}


def conforms(record: dict[str, Any], to: dict[str, Any]) -> bool:
    """Whether every key is one of the format and has its type."""
    return all(
        key in to and (conforms(value, to[key]) if isinstance(to[key], dict) else isinstance(value, to[key]))
        for key, value in record.items()
    )


class Class:
    """A lesson with a teacher, Mia's drawing and two drafts of it, of which the second is chosen."""

    def __init__(self, **student: Any) -> None:
        self.studio = StudioFactory()
        self.teacher = UserFactory()
        self.membership = MembershipFactory(studio=self.studio, user=self.teacher)
        self.mia = StudentFactory(studio=self.studio, **{"name": "Mia Chen", "called": "Mia", **student})
        self.lesson = LessonFactory(
            studio=self.studio, teacher_id=self.teacher.id, criteria=["colour"], theme="Ben's cat"
        )
        StudentFactory(studio=self.studio, name="Ben", called="Ben")
        self.drawing = DrawingFactory(
            lesson=self.lesson, student_id=self.mia.id, facts=ORANGE, subjects=["Mia's cat", "Ben"]
        )
        told = InstructionFactory(drawing=self.drawing, text="mention Ben's kite")
        old = DraftFactory(drawing=self.drawing, round=0, shown=0, text="{student}, an older round.")
        assert old.round == 0
        self.drafts = [
            DraftFactory(
                drawing=self.drawing,
                round=1,
                shown=i,
                text=text,
                voice="k7",
                instruction_id=told.id,
                prompt="comment@3",
            )
            for i, text in enumerate(
                ("{student}, the orange glows.", "{student}, your cat purrs next to Ben.")
            )
        ]
        self.drafts[1].flags = [{"span": [30, 33], "kind": "name", "reason": "Ben is a classmate."}]
        self.comment = CommentFactory(
            drawing=self.drawing,
            text="{student}, your cat purrs. Ben likes it too.",
            draft_id=self.drafts[1].id,
            accepted_by=self.teacher.id,
            seconds=31.26,
        )


@pytest.fixture
def mias(session) -> Class:
    return Class()


def test_a_record_is_of_the_format_and_names_nobody(session, mias) -> None:
    feedback = record_acceptance(session, NOW, mias.drawing, mias.comment)
    session.commit()
    record = feedback.record
    assert json.loads(json.dumps(record)) == record
    assert conforms(record, FORMAT)
    assert set(FORMAT) == set(record)
    assert all(conforms(draft, DRAFT) and set(draft) == set(DRAFT) for draft in record["drafts"])
    text = json.dumps(record)
    assert "Mia" not in text
    assert "Ben" not in text
    assert record["id"] == feedback.id
    assert record["teacher"] == mias.membership.id
    assert record["accepted_at"] == "2026-11-21T09:30:00Z"
    assert record["final"] == "{student}, your cat purrs. A classmate likes it too."
    assert record["facts"]["subjects"] == ["{student}'s cat", "A classmate"]
    assert record["lesson"]["theme"] == "A classmate's cat"
    assert record["context"] == {
        "prompt": "comment@3", "voice": "k7", "style": [], "examples": [],
        "instruction": "mention a classmate's kite",
    }  # fmt: skip
    assert [draft["shown"] for draft in record["drafts"]] == [0, 1]
    assert record["chosen"] == 1
    assert record["drafts"][1]["flags"] == [
        {"span": [0, 0], "kind": "name", "reason": "A classmate is a classmate."}
    ]
    assert record["student"] == {"id": mias.mia.id, "age": 8}
    assert record["seconds"] == 31.3
    assert record["training"] is True


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("tone", ["warm", "precise", "like a friend"])
def test_a_prompt_is_rendered_from_a_record_as_it_was_for_the_drafts(session, language, tone) -> None:
    of = Class()
    lesson, told = of.lesson, session.get(Instruction, of.drafts[0].instruction_id)
    lesson.theme, told.text, of.drawing.subjects = "My pet", "mention the mat", ["cat", "mat"]
    lesson.language, lesson.tone, lesson.length = language, tone, Length.LONG
    lesson.criteria = ["contrast", "whiskers"]
    of.membership.voice = "k7"
    for draft in of.drafts:
        draft.created_at = NOW - timedelta(days=365)  # when Mia was a year younger
    drafted = context_of(session, of.drafts[0].created_at, of.drawing, told.text)
    record = record_acceptance(session, NOW, of.drawing, of.comment).record
    said, context = record["lesson"], record["context"]
    rebuilt = Context(
        facts=record["facts"],
        age=record["student"]["age"],
        criteria=tuple(said["criteria"]),
        style=tuple(context["style"]),
        examples=tuple(context["examples"]),
        voice=context["voice"],
        instruction=context["instruction"],
        **{name: said[name] for name in ("theme", "medium", "audience", "tone", "length")},
    )
    assert rebuilt == drafted


def test_what_was_corrected_after_the_drafting_is_what_the_record_holds(session, mias) -> None:
    mias.drawing.corrections = {"coverage": 0.25}
    assert record_acceptance(session, NOW, mias.drawing, mias.comment).record["facts"]["coverage"] == 0.25


def test_a_comment_of_ones_own_has_no_chosen_draft(session, mias) -> None:
    mias.comment.draft_id = None
    record = record_acceptance(session, NOW, mias.drawing, mias.comment).record
    assert record["chosen"] is None
    assert len(record["drafts"]) == 2


@pytest.mark.parametrize(
    "student",
    [{"training": Consent.NONE}, {"training": Consent.WITHDRAWN}, {"processing": Consent.WITHDRAWN}],
)
def test_nothing_is_taught_without_the_guardians_consent(session, student) -> None:
    one = Class(**student)
    assert record_acceptance(session, NOW, one.drawing, one.comment).record["training"] is False


def test_a_drawing_of_nobody_teaches_nothing(session, mias) -> None:
    mias.drawing.student_id = None
    record = record_acceptance(session, NOW, mias.drawing, mias.comment).record
    assert record["training"] is False
    assert "student" not in record


def test_a_name_that_may_be_a_word_is_left_out_of_training(session) -> None:
    violet = Class(name="Violet", called="Violet")
    sure = record_acceptance(session, NOW, violet.drawing, violet.comment).record
    assert sure["training"] is True
    violet.comment.text = "{student} fills the sky."
    assert record_acceptance(session, NOW, violet.drawing, violet.comment).record["training"] is False


def test_a_comment_without_any_draft_is_a_record_too(session, mias) -> None:
    empty = DrawingFactory(lesson=mias.lesson, student_id=mias.mia.id)
    comment = CommentFactory(drawing=empty, text="{student}, a sky to get lost in.")
    record = record_acceptance(session, NOW, empty, comment).record
    assert conforms(record, FORMAT)
    assert record.keys() >= REQUIRED
    assert (record["drafts"], record["chosen"], record["context"]) == ([], None, {})


def test_each_acceptance_is_appended_and_what_is_erased_is_not_exported(session, mias) -> None:
    for _ in range(2):
        record_acceptance(session, NOW, mias.drawing, mias.comment)
    stranger = Class()
    record_acceptance(session, NOW, stranger.drawing, stranger.comment)
    session.commit()
    records = list(export_records(session, mias.studio))
    assert [record["studio"] for record in records] == [mias.studio.id] * 2
    erasure.withdraw(session, NOW, mias.mia, "training")
    session.commit()
    session.expire_all()
    assert list(export_records(session, mias.studio)) == []
    assert len(session.exec(select(Feedback)).all()) == 3


def test_what_the_teacher_typed_for_the_lesson_names_nobody_either(session, mias) -> None:
    mias.lesson.medium, mias.lesson.criteria = "Ben's crayons", ["colour", "Ben's idea"]
    mias.lesson.tone = "as Ben likes it"
    lesson = record_acceptance(session, NOW, mias.drawing, mias.comment).record["lesson"]
    assert lesson["medium"] == "A classmate's crayons"
    assert lesson["criteria"] == ["colour", "A classmate's idea"]
    assert lesson["tone"] == "as a classmate likes it"
