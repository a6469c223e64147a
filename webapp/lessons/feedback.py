"""Feedback: one record of one acceptance, in the format that the model is taught from.

Every id is opaque and every text is scrubbed: the child is ``{student}``, classmates are "a classmate".
``training`` says whether the record may teach: only with the guardian's consent to it, and never when a name
in the text could as well be a word. Whether it teaches the common model or the studio's own alone is the
studio's choice, and is asked of the studio when records are collected.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from prompts.facts import Facts
from webapp.accounts.tables import Membership, Studio
from webapp.desk.tables import Comment, Draft, Feedback, Instruction
from webapp.lessons.briefs import context_of
from webapp.lessons.choices import CRITERIA, TONES
from webapp.lessons.consents import may_train
from webapp.lessons.naming import scrub
from webapp.lessons.students import roster
from webapp.lessons.tables import Drawing, Lesson, Student
from webapp.platform.db import new_id

SCHEMA = 1


def record_acceptance(session: Session, now: datetime, drawing: Drawing, comment: Comment) -> Feedback:
    """Append what this acceptance says: what was known, what was shown, what was chosen, what became of
    it.

    ``lesson``, ``student.age``, ``facts`` and ``context`` hold what a prompt is rendered from (``Context``),
    in the same words as when the drafts were written. Facts, lesson and subjects stand as they are at the
    acceptance: what was corrected since the drafting is the truth that the final text goes by. The age is
    that of the drafting.
    """
    lesson = session.get_one(Lesson, drawing.lesson_id)
    student = session.get(Student, drawing.student_id) if drawing.student_id else None
    drafts = _shown(session, drawing, comment)
    scrubber = _Scrubber(student, roster(session, drawing.studio_id), lesson.language)
    told = context_of(session, drafts[0].created_at if drafts else now, drawing)
    feedback_id = new_id()
    record = {
        "schema": SCHEMA,
        "id": feedback_id,
        "studio": drawing.studio_id,
        "teacher": _teacher(session, lesson, comment),
        "language": lesson.language.value,
        "accepted_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lesson": {
            "id": lesson.id,
            "theme": scrubber.text(told.theme),
            "medium": scrubber.text(told.medium),
            "criteria": _words(CRITERIA, lesson.criteria, told.criteria, scrubber),
            "audience": told.audience,
            "tone": _words(TONES, [lesson.tone], [told.tone], scrubber)[0],
            "length": told.length,
        },
        "drawing": drawing.id,
        "facts": _facts(told.facts, scrubber),
        "context": _context(session, drafts, scrubber),
        "drafts": [_draft(draft, scrubber) for draft in drafts],
        "chosen": next((i for i, draft in enumerate(drafts) if draft.id == comment.draft_id), None),
        "final": scrubber.text(comment.text),
        "seconds": round(comment.seconds, 1),
    }
    if student is not None:
        record["student"] = {"id": student.id} | ({"age": told.age} if told.age is not None else {})
    record["training"] = may_train(student) and not scrubber.doubtful
    feedback = Feedback(
        id=feedback_id,
        studio_id=drawing.studio_id,
        drawing_id=drawing.id,
        student_id=drawing.student_id,
        language=lesson.language,
        record=record,
        accepted_at=now,
    )
    session.add(feedback)
    return feedback


def export_records(session: Session, studio: Studio) -> Iterator[dict[str, Any]]:
    """The studio's records, oldest first; what was erased is not among them."""
    rows = session.exec(
        select(Feedback)
        .where(Feedback.studio_id == studio.id, col(Feedback.erased_at).is_(None))
        .order_by(col(Feedback.accepted_at), col(Feedback.id))
        .execution_options(yield_per=200)
    )
    yield from (row.record for row in rows if row.record is not None)


class _Scrubber:
    """Scrubs all texts of one record, and remembers whether any was in doubt."""

    def __init__(self, student: Student | None, everyone: Sequence[Student], language: str) -> None:
        self._student, self._everyone, self._language = student, everyone, language
        self.doubtful = False

    def text(self, text: str) -> str:
        scrubbed = scrub(text, self._student, self._everyone, self._language)
        self.doubtful |= scrubbed.doubtful
        return scrubbed.text


def _shown(session: Session, drawing: Drawing, comment: Comment) -> Sequence[Draft]:
    """The drafts that lay side by side: those of the chosen draft's round, else of the last, in their
    order.
    """
    chosen = session.get(Draft, comment.draft_id) if comment.draft_id else None
    of_drawing = select(Draft).where(Draft.drawing_id == drawing.id)
    every = session.exec(of_drawing.order_by(col(Draft.round), col(Draft.shown))).all()
    if not every:
        return []
    round_ = chosen.round if chosen else every[-1].round
    return [draft for draft in every if draft.round == round_]


def _draft(draft: Draft, scrubber: _Scrubber) -> dict[str, Any]:
    text = scrubber.text(draft.text)
    # Where a name was taken out, the places of the flags no longer fit: then they are about the whole text.
    flags = draft.flags if text == draft.text else [{**flag, "span": [0, 0]} for flag in draft.flags]
    return {
        "text": text,
        "prompt": draft.prompt,
        "model": draft.model,
        "seed": draft.seed,
        "score": draft.score,
        "flags": [{**flag, "reason": scrubber.text(flag["reason"])} for flag in flags],
        "shown": draft.shown,
    }


def _context(session: Session, drafts: Sequence[Draft], scrubber: _Scrubber) -> dict[str, Any]:
    """What the prompt of these drafts really had; nothing when the teacher wrote without any."""
    if not drafts:
        return {}
    first = drafts[0]
    told = session.get(Instruction, first.instruction_id) if first.instruction_id else None
    return {
        "prompt": first.prompt,
        "voice": first.voice,
        "style": [scrubber.text(line) for line in first.style],
        "examples": [scrubber.text(example) for example in first.examples],
        "instruction": scrubber.text(told.text) if told else "",
    }


def _words(ours: Container[str], keys: Sequence[str], words: Sequence[str], scrubber: _Scrubber) -> list[str]:
    """The words of these keys; our own name nobody, those that the teacher typed are scrubbed."""
    return [w if key in ours else scrubber.text(w) for key, w in zip(keys, words, strict=True)]


def _facts(known: Facts, scrubber: _Scrubber) -> dict[str, Any]:
    facts: dict[str, Any] = dict(known)
    facts["subjects"] = [scrubber.text(subject) for subject in facts["subjects"]]
    return facts


def _teacher(session: Session, lesson: Lesson, comment: Comment) -> str:
    """The membership of who accepted; it is opaque, and a person has another one in another studio."""
    place = session.exec(
        select(Membership.id).where(
            Membership.studio_id == lesson.studio_id,
            Membership.user_id == (comment.accepted_by or lesson.teacher_id),
        )
    ).first()
    return place or ""
