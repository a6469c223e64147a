"""Students: the one place of the API where names stand."""

from flask_babel import gettext as _

from webapp.api import outputs
from webapp.api.blueprint import bp, operation
from webapp.api.inputs import NewStudent
from webapp.api.problems import Problem
from webapp.lessons import consents, erasure
from webapp.lessons.edge import now, wake_drafting
from webapp.lessons.rosters import Row
from webapp.lessons.students import add_students, roster
from webapp.lessons.tables import Student
from webapp.platform.access import owned, studio
from webapp.platform.db import db


@bp.get("/students")
@operation(outputs.Students)
def list_students() -> outputs.Students:
    """The studio's students

    In the order in which they were added.
    """
    found = roster(db.session, studio().id)
    return outputs.Students(students=[outputs.Student.model_validate(student) for student in found])


@bp.post("/students")
@operation(outputs.Student, 201, HTTP_409=outputs.ProblemDetails)
def add_student(json: NewStudent) -> tuple[outputs.Student, int]:
    """Add a student

    A name that is on the roster already is answered with 409 and the `student` who bears it. Of two children
    of one name, tell one by a surname or an initial.
    """
    row = Row(json.name, json.birth_year)
    added = add_students(db.session, now(), studio(), [row], consent=json.processing)
    if not added.new:
        db.session.rollback()  # a refusal changes nothing, the consent of who is there included
        raise _on_the_roster(json.name)
    student = added.new[0]
    if json.called:
        student.called = json.called
    if json.training:
        consents.grant(student, now(), "training")
    db.session.commit()
    return outputs.Student.model_validate(student), 201


@bp.delete("/students/<student_id>")
@operation(status=204)
def delete_student(student_id: str) -> tuple[str, int]:
    """Erase a student

    The name, the photos, the drawings and the comments are erased; of what the model may learn from, only an
    empty record stays.
    """
    erasure.erase_student(db.session, now(), owned(Student, student_id))
    db.session.commit()
    wake_drafting()
    return "", 204


def _on_the_roster(name: str) -> Problem:
    bearer = next(s for s in roster(db.session, studio().id) if s.name.casefold() == name.casefold())
    return Problem(
        409,
        "on-the-roster",
        _("This name is on the roster already"),
        _("Use the student who is there, or add a surname or an initial to tell the two apart."),
        student=bearer.id,
    )
