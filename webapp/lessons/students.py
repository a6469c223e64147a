"""The roster: adding children one by one or as a list, and changing them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, select

from webapp.accounts.tables import Studio
from webapp.lessons import consents
from webapp.lessons.naming import SHORTEST_NAME, usual_call
from webapp.lessons.rosters import Row
from webapp.lessons.tables import Consent, Student
from webapp.lessons.work import agree


def roster(session: Session, studio_id: str) -> Sequence[Student]:
    """All students of the studio, in the order in which they were added."""
    return session.exec(
        select(Student).where(Student.studio_id == studio_id).order_by(Student.created_at, Student.id)  # type: ignore[arg-type]
    ).all()


class Added(NamedTuple):
    """What became of a list: ``new`` students, those who were ``there`` already, and those of them whose
    consent is recorded now.
    """

    new: list[Student]
    there: list[Row]
    agreed: list[Student]


def add_students(
    session: Session, now: datetime, studio: Studio, rows: Sequence[Row], *, consent: bool
) -> Added:
    """Add those who are not on the roster yet. Afterwards commit, and wake the drafting queue.

    ``consent``: the teacher confirms to hold the guardians' consent to processing for all of them, those who
    were there already included. After a withdrawal it is given anew on the student's own page only; consent
    to training is never given in bulk.
    """
    there = {student.name.casefold(): student for student in roster(session, studio.id)}
    new = [row for row in rows if row.name.casefold() not in there]
    old = [row for row in rows if row.name.casefold() in there]
    asked = [there[row.name.casefold()] for row in old] if consent else []
    agreed = [student for student in asked if student.processing is Consent.NONE]
    for student in agreed:
        agree(session, now, student, "processing")
    students = []
    for i, row in enumerate(new):
        student = Student(
            studio_id=studio.id,
            name=row.name,
            called=usual_call(row.name),
            birth_year=row.birth_year,
            created_at=now + timedelta(microseconds=i),  # keeps the list's order
        )
        if consent:
            consents.grant(student, now, "processing")
        session.add(student)
        students.append(student)
    session.flush()
    return Added(students, old, agreed)


def change_student(student: Student, *, name: str, called: str, birth_year: int | None) -> None:
    """Rename and re-date; an emptied ``called`` falls back to what is usual for the name.

    ValueError for a single character, which could not be taken out of a text again.
    """
    if min(len(name), len(called or name)) < SHORTEST_NAME:
        raise ValueError("a name needs at least two characters")
    student.name, student.birth_year = name, birth_year
    student.called = called or usual_call(name)


def age(student: Student | None, now: datetime) -> int | None:
    """Years reached this calendar year, as far as a birth year can tell."""
    return None if student is None or student.birth_year is None else now.year - student.birth_year
