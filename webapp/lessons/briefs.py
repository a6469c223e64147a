"""What the writer is told of one drawing: its facts, its lesson, its reader, and what was said to others
and before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from drafting.habits import Habits, habits
from prompts import Context
from webapp.accounts.tables import Membership
from webapp.desk.tables import Comment, CommentState, Draft, Instruction
from webapp.lessons.choices import CRITERIA, TONES, in_words
from webapp.lessons.consents import may_process
from webapp.lessons.facts import known_facts
from webapp.lessons.students import age, roster
from webapp.lessons.tables import Drawing, Lesson, Student

EARLIER = 5
"""Of how many of the student's last comments no sentence is said again."""
HABITUAL = 10
"""From how many of the teacher's last lessons it is known what they tell everybody."""


@dataclass(frozen=True)
class Brief:
    """One drawing, as the writer is told of it. Every text in it says ``{student}``; ``names`` must not be
    written.
    """

    drawing: Drawing
    context: Context
    names: tuple[str, ...]
    earlier: tuple[str, ...]


def brief(session: Session, now: datetime, drawing: Drawing, instruction: str = "") -> Brief | None:
    """The brief of a drawing; None when the student's guardian has withdrawn the consent meanwhile."""
    lesson = session.get_one(Lesson, drawing.lesson_id)
    student = session.get(Student, drawing.student_id) if drawing.student_id else None
    if not may_process(student):
        return None
    return Brief(
        drawing=drawing,
        context=context_of(session, now, drawing, instruction),
        names=names_of_all(session, lesson.studio_id),
        earlier=tuple(said_before(session, drawing)),
    )


def context_of(session: Session, at: datetime, drawing: Drawing, instruction: str = "") -> Context:
    """What is known of the drawing, its lesson and its reader; the student's age is that at this time."""
    lesson = session.get_one(Lesson, drawing.lesson_id)
    student = session.get(Student, drawing.student_id) if drawing.student_id else None
    return Context(
        facts=known_facts(drawing),
        theme=lesson.theme,
        medium=lesson.medium,
        criteria=tuple(in_words(CRITERIA, lesson.criteria, lesson.language)),
        audience=lesson.audience.value,
        # "warm" is what every prompt does unless told otherwise, so it goes by its key.
        tone=lesson.tone if lesson.tone == "warm" else in_words(TONES, [lesson.tone], lesson.language)[0],
        length=lesson.length.value,
        age=age(student, at),
        voice=_voice(session, lesson),
        instruction=instruction,
    )


def names_of_all(session: Session, studio_id: str) -> tuple[str, ...]:
    """The names on the roster, and those that the children are called by: none may stand in a comment."""
    children = roster(session, studio_id)
    return tuple({name for child in children for name in (child.name, child.called) if name})


def said_to_others(session: Session, lesson_id: str, drawing_ids: Sequence[str]) -> list[str]:
    """For each drawing of the lesson but these: its comment, or else the drafts that now lie on the desk."""
    others = select(Drawing.id).where(Drawing.lesson_id == lesson_id, col(Drawing.id).not_in(drawing_ids))
    comments = session.exec(
        select(Comment.drawing_id, Comment.text).where(col(Comment.drawing_id).in_(others))
    ).all()
    drafts = session.exec(
        select(Draft.drawing_id, Draft.round, Draft.text).where(col(Draft.drawing_id).in_(others))
    ).all()
    said = dict(comments)
    last: dict[str, int] = {}
    for drawing_id, round_, _text in drafts:
        last[drawing_id] = max(round_, last.get(drawing_id, 0))
    return [*said.values(), *(text for d, round_, text in drafts if d not in said and round_ == last[d])]


def instruction_text(session: Session, instruction_id: str | None) -> str:
    """What the teacher told the model to do, if anything."""
    told = session.get(Instruction, instruction_id) if instruction_id else None
    return told.text if told else ""


def said_before(session: Session, drawing: Drawing) -> Sequence[str]:
    """The last comments accepted for other drawings of this student, newest first."""
    if drawing.student_id is None:
        return []
    return session.exec(
        select(Comment.text)
        .join(Drawing, col(Drawing.id) == Comment.drawing_id)
        .where(
            Drawing.student_id == drawing.student_id,
            Drawing.id != drawing.id,
            Comment.state == CommentState.ACCEPTED,
        )
        .order_by(col(Comment.accepted_at).desc())
        .limit(EARLIER)
    ).all()


def habits_of(session: Session, lesson: Lesson) -> Habits:
    """What the teacher of this lesson told several children of one class, in this and the last lessons."""
    last = (
        select(Lesson.id)
        .where(
            Lesson.studio_id == lesson.studio_id,
            Lesson.teacher_id == lesson.teacher_id,
            Lesson.language == lesson.language,
        )
        .order_by(col(Lesson.created_at).desc())
        .limit(HABITUAL)
    )
    said = session.exec(
        select(Drawing.lesson_id, Comment.text)
        .join(Comment, col(Comment.drawing_id) == Drawing.id)
        .where(col(Drawing.lesson_id).in_(last), Comment.state == CommentState.ACCEPTED)
    ).all()
    texts: dict[str, list[str]] = {}
    for lesson_id, text in said:
        texts.setdefault(lesson_id, []).append(text)
    return habits(texts.values(), lesson.language.value)


def _voice(session: Session, lesson: Lesson) -> str:
    """The code of the teacher who gave the lesson; who left the studio has none there, and is written
    plainly.
    """
    voice = session.exec(
        select(Membership.voice).where(
            Membership.studio_id == lesson.studio_id, Membership.user_id == lesson.teacher_id
        )
    ).first()
    return voice or ""
