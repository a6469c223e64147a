"""What the pages of one lesson show of its drawings: whose each is, how far it is, what stands in its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from webapp.lessons.consents import may_draft
from webapp.lessons.naming import with_name
from webapp.lessons.planning import drawings_of
from webapp.lessons.students import roster
from webapp.lessons.tables import Consent, Drawing, DrawingState, Lesson, Student


@dataclass(frozen=True)
class PhotoRow:
    drawing: Drawing
    student: Student | None

    @property
    def busy(self) -> bool:
        """Whether a worker has, or will have, something to do for it."""
        state = self.drawing.state
        return state in (DrawingState.RECEIVED, DrawingState.DRAFTING)

    @property
    def subjects(self) -> list[str]:
        """What is in it, with the child's name where the teacher wrote it."""
        return [with_name(subject, self.student) for subject in self.drawing.subjects]

    @property
    def lacks_consent(self) -> bool:
        return not may_draft(self.student)

    @property
    def picture_version(self) -> str:
        """Changes whenever the small picture does, so that browsers may keep it."""
        return f"{self.drawing.turned}{'d' if self.drawing.facts else 'p'}"


def rows_of(session: Session, lesson: Lesson, students: Sequence[Student]) -> list[PhotoRow]:
    """The lesson's drawings in their order, each with its student."""
    by_id = {student.id: student for student in students}
    return [
        PhotoRow(drawing, by_id.get(drawing.student_id or "")) for drawing in drawings_of(session, lesson)
    ]


def gather(session: Session, lesson: Lesson) -> dict[str, Any]:
    """Everything that the pages of a lesson show: rows, counts, students, and whose consent is missing."""
    students = roster(session, lesson.studio_id)
    rows = rows_of(session, lesson, students)
    states = [row.drawing.state for row in rows]
    unable = {row.student.id: row.student for row in rows if row.student and row.lacks_consent}.values()
    return {
        "rows": rows,
        "students": students,
        "total": len(rows),
        "accepted": states.count(DrawingState.ACCEPTED),
        "ready": states.count(DrawingState.DRAFTED),
        "measured": sum(row.drawing.facts is not None for row in rows),
        "to_draft": sum(
            s in (DrawingState.RECEIVED, DrawingState.MEASURED, DrawingState.FAILED) for s in states
        ),
        "busy": any(row.busy for row in rows),
        "unmatched": sum(row.student is None for row in rows),
        "without_consent": [student for student in unable if student.processing is Consent.NONE],
        "withdrawn": [student for student in unable if student.processing is Consent.WITHDRAWN],
    }
