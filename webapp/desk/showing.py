"""What the desk shows of one drawing, gathered in one place for its templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from prompts.facts import Facts
from webapp.desk.comments import comment_of, history
from webapp.desk.marks import Piece, pieces, remarks
from webapp.desk.tables import Comment, CommentState, Draft, Instruction, Revision
from webapp.lessons.facts import fingerprint, known_facts
from webapp.lessons.film import Count, Frame, count, frames, next_after
from webapp.lessons.naming import with_name
from webapp.lessons.tables import Drawing, Lesson, Student


@dataclass(frozen=True)
class Slip:
    """A draft as it lies on the desk: its key (1 to 4), its text in pieces, and what is doubtful about it."""

    id: str
    key: int
    pieces: Sequence[Piece]
    remarks: Sequence[str]
    chosen: bool

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Drafting:
    """The drafts of one round. ``rounds`` is how often the drawing was drafted; ``number`` counts from 1.
    ``outdated``: they are the last ones, and the words or facts were changed since.
    """

    slips: Sequence[Slip]
    number: int
    rounds: int
    instruction: str
    outdated: bool


@dataclass(frozen=True)
class Desk:
    """One drawing on the desk."""

    drawing: Drawing
    lesson: Lesson
    student: Student | None
    facts: Facts
    comment: Comment | None
    text: str
    drafting: Drafting
    film: Sequence[Frame]
    count: Count
    place: int
    before: Drawing | None
    after: Drawing | None
    students: Sequence[Student]

    @property
    def accepted(self) -> bool:
        return self.comment is not None and self.comment.state is CommentState.ACCEPTED

    @property
    def next_open(self) -> Frame | None:
        """Where accepting leads."""
        return next_after(self.film, self.drawing.id)


def open_desk(session: Session, now: datetime, drawing: Drawing) -> Desk:
    """Everything the page of this drawing shows."""
    lesson = session.get_one(Lesson, drawing.lesson_id)
    student = student_of(session, drawing)
    film = frames(session, lesson)
    place = next(i for i, frame in enumerate(film) if frame.drawing.id == drawing.id)
    comment = comment_of(session, drawing)
    return Desk(
        drawing=drawing,
        lesson=lesson,
        student=student,
        facts=known_facts(drawing),
        comment=comment,
        text=with_name(comment.text, student) if comment else "",
        drafting=drafting(session, drawing, student, comment),
        film=film,
        count=count(session, now, lesson, film),
        place=place,
        before=film[place - 1].drawing if place else None,
        after=film[place + 1].drawing if place + 1 < len(film) else None,
        students=session.exec(
            select(Student).where(Student.studio_id == drawing.studio_id).order_by(col(Student.name))
        ).all(),
    )


def drafting(
    session: Session,
    drawing: Drawing,
    student: Student | None,
    comment: Comment | None,
    number: int | None = None,
) -> Drafting:
    """The drafts of one round, by default of the last."""
    every = session.exec(
        select(Draft).where(Draft.drawing_id == drawing.id).order_by(col(Draft.round), col(Draft.shown))
    ).all()
    rounds = every[-1].round + 1 if every else 0
    round_ = rounds - 1 if number is None else min(max(number - 1, 0), rounds - 1)
    shown = [draft for draft in every if draft.round == round_]
    asked = next((draft.instruction_id for draft in shown if draft.instruction_id), None)
    instruction = session.get(Instruction, asked) if asked else None
    slips = [
        Slip(
            id=draft.id,
            key=place,
            pieces=pieces(draft.text, draft.flags, student),
            remarks=remarks(draft.flags, student),
            chosen=comment is not None and comment.draft_id == draft.id,
        )
        for place, draft in enumerate(shown, start=1)
    ]
    wrote_by = next((draft.facts for draft in shown if draft.facts), None)
    return Drafting(
        slips,
        number=round_ + 1,
        rounds=rounds,
        instruction=with_name(instruction.text, student) if instruction else "",
        outdated=round_ == rounds - 1
        and wrote_by is not None
        and wrote_by != fingerprint(known_facts(drawing)),
    )


def revisions(session: Session, drawing: Drawing) -> list[Revision]:
    """The comment's revisions worth choosing from, newest first."""
    comment = comment_of(session, drawing)
    return history(session, comment) if comment else []


def student_of(session: Session, drawing: Drawing) -> Student | None:
    """Whose drawing it is, when that is known."""
    return session.get(Student, drawing.student_id) if drawing.student_id else None
