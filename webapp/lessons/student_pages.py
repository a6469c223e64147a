"""Pages of students: the roster, adding a list, one student with the consents, deleting."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from webapp.lessons import consents, erasure
from webapp.lessons.blueprint import bp
from webapp.lessons.edge import now, today, wake_drafting
from webapp.lessons.forms import RosterForm, StudentForm
from webapp.lessons.rosters import NotTextError, Roster, parse_csv, parse_list
from webapp.lessons.students import Added, add_students, change_student, roster
from webapp.lessons.tables import Student
from webapp.lessons.work import agree
from webapp.platform.access import owned, studio
from webapp.platform.db import db

TROUBLES = {
    "no-name": lazy_gettext("there is no name"),
    "too-short": lazy_gettext("a name needs at least two characters; write the surname too, or a nickname"),
    "too-long": lazy_gettext("the name is longer than 80 characters"),
    "bad-year": lazy_gettext("the birth year is not a year such as 2018"),
    "twice": lazy_gettext("the name stands in the list twice; add an initial to tell them apart"),
    "too-many": lazy_gettext("a list holds at most 1000 students; add the rest afterwards"),
    "number-only": lazy_gettext("this is a number, not a name"),
}


@bp.route("/students", methods=["GET", "POST"])
def students() -> ResponseReturnValue:
    """The roster, and a box to add to it: a name, a pasted list or a CSV file."""
    form = RosterForm()
    problems: list[tuple[int, str, str]] = []
    if form.validate_on_submit():
        read = _read(form)
        if read is not None:
            added = add_students(db.session, now(), studio(), read.rows, consent=form.consent.data)
            db.session.commit()
            wake_drafting()
            _tell(added)
            problems = [(p.line, p.text, str(TROUBLES[p.trouble])) for p in read.problems]
            if not problems:
                return redirect(url_for("lessons.students"))
            form.lines.data = "\n".join(
                text for _line, text, _why in problems
            )  # to be mended here and sent again
    everyone = roster(db.session, studio().id)
    return render_template(
        "lessons/students.html", form=form, students=everyone, problems=problems, texts=_texts()
    )


@bp.route("/students/<student_id>", methods=["GET", "POST"])
def student(student_id: str) -> ResponseReturnValue:
    """One student: name, age, and what the guardians agreed to."""
    child = owned(Student, student_id)
    form = StudentForm(obj=child)
    if form.validate_on_submit():
        change_student(child, name=form.name.data, called=form.called.data, birth_year=form.birth_year.data)
        db.session.commit()
        flash(_("Saved."), "done")
        return redirect(url_for("lessons.students"))
    return render_template("lessons/student.html", form=form, student=child, texts=_texts())


@bp.post("/students/<student_id>/consent")
def student_consent(student_id: str) -> ResponseReturnValue:
    """Record a guardian's yes, or their withdrawal, which erases what the consent covered."""
    child = owned(Student, student_id)
    kind: consents.Kind = "training" if request.form.get("kind") == "training" else "processing"
    if request.form.get("do") == "grant":
        agree(db.session, now(), child, kind)
        flash(_("The consent is recorded."), "done")
    else:
        erasure.withdraw(db.session, now(), child, kind)
        flash(_("The withdrawal is recorded, and what the consent covered is erased."), "done")
    db.session.commit()
    wake_drafting()
    return redirect(url_for("lessons.student", student_id=child.id))


@bp.post("/students/<student_id>/delete")
def delete_student(student_id: str) -> ResponseReturnValue:
    erasure.erase_student(db.session, now(), owned(Student, student_id))
    db.session.commit()
    wake_drafting()
    flash(_("The student is erased, with all drawings, photos and comments."), "done")
    return redirect(url_for("lessons.students"))


def _read(form: RosterForm) -> Roster | None:
    year = today(studio()).year
    if not (file := form.file.data):
        return parse_list(form.lines.data or "", year)
    try:
        return parse_csv(file.read(1_000_000), year)
    except NotTextError:
        form.file.errors = [
            _(
                "This is not a CSV file. In Excel or Numbers choose “Save as…” or “Export”, then CSV, "
                "and send that."
            )
        ]
        return None


def _tell(added: Added) -> None:
    if added.new:
        flash(ngettext("%(num)d student added.", "%(num)d students added.", len(added.new)), "done")
    if added.there:
        names = _(", ").join(row.name for row in added.there)
        flash(_("Already on the list: %(names)s.", names=names), "info")
    if added.agreed:
        names = _(", ").join(student.name for student in added.agreed)
        flash(_("The consent is now recorded for: %(names)s.", names=names), "done")
    if not added.new and not added.there:
        flash(_("There was no name to add."), "warn")


def _texts() -> dict[str, str]:
    """The current consent texts in the studio's language."""
    return consents.texts()[consents.version()][studio().language.value]
