"""Uploading a class, saying whose each drawing is and what is in it, and asking for the drafts."""

from typing import Any

from flask import Response, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlmodel import select

from drafting.measure.refusals import PhotoRefused, refusal
from prompts.context import MOST
from webapp.lessons import erasure, film, matching, planning
from webapp.lessons.assigning import assign
from webapp.lessons.blueprint import bp
from webapp.lessons.edge import machine_now, now, wake_drafting
from webapp.lessons.facts import split_subjects
from webapp.lessons.naming import without_name
from webapp.lessons.photos import DRAWING, OVERLAY, THUMB, turned
from webapp.lessons.students import roster
from webapp.lessons.tables import Consent, Drawing, Lesson, Student
from webapp.lessons.work import NO_QUOTA, agree, receive_photo, request_drafts
from webapp.money import quota
from webapp.platform.access import member, owned, studio
from webapp.platform.db import db
from webapp.platform.storage import photo_key, storage

PICTURES = {"drawing": DRAWING, "overlay": OVERLAY, "thumb": THUMB}


@bp.get("/lessons/<lesson_id>/photos")
def photos(lesson_id: str) -> ResponseReturnValue:
    """Drop the photos here; below, whose they are."""
    of = owned(Lesson, lesson_id)
    gathered = film.gather(db.session, machine_now(), of)
    present = _present_last_time(of) or {student.id for student in gathered["students"]}
    return render_template(
        "lessons/photos.html",
        lesson=of,
        present=present,
        most_mb=current_app.config["SETTINGS"].max_photo_mb,
        **gathered,
    )


@bp.post("/lessons/<lesson_id>/photos")
def add_photos(lesson_id: str) -> ResponseReturnValue:
    """Take in the files of ``photo``. Scripts send one a request and get JSON; a plain form sends all at
    once.
    """
    of = owned(Lesson, lesson_id)
    students = list(roster(db.session, of.studio_id))
    position = request.form.get("position", type=int)
    results = []
    for upload in request.files.getlist("photo"):
        if not upload.filename:
            continue
        # Decoding takes a while; nobody else should wait for our lock on the database meanwhile. (A rollback
        # would expire the students, and reading their names would take the lock again.)
        db.session.commit()
        with upload.stream as stream:
            results.append(_receive(of, upload.filename, stream.read(), students, position))
    if request.accept_mimetypes.best == "application/json":
        return jsonify(results)
    for result in results:
        if result["problem"]:
            flash(f"{result['filename']}: {result['problem']}", "warn")
    if not results:
        flash(_("Choose the photos first, then send them."), "warn")
    return redirect(url_for("lessons.photos", lesson_id=of.id))


@bp.get("/lessons/<lesson_id>/photos/progress")
def photo_progress(lesson_id: str) -> ResponseReturnValue:
    """How far each drawing is; ``busy`` is false when there is nothing more to wait for."""
    of = owned(Lesson, lesson_id)
    gathered = film.gather(db.session, machine_now(), of)
    return jsonify(
        busy=gathered["count"].busy > 0,
        count=render_template("lessons/_count.html", **gathered),
        left=render_template("money/_left.html", undrafted=gathered["count"].undrafted, lesson_id=of.id),
        rows=[
            {
                "id": row.drawing.id,
                "status": render_template("lessons/_status.html", row=row),
                "picture": _thumb_url(row),
            }
            for row in gathered["rows"]
        ],
    )


@bp.post("/drawings/<drawing_id>/label")
def label(drawing_id: str) -> ResponseReturnValue:
    """Whose drawing it is and what is in it, as soon as either was typed. An absent field is left as it
    was.
    """
    drawing = owned(Drawing, drawing_id)
    _label(drawing, request.form.get("student"), request.form.get("words"))
    db.session.commit()
    return jsonify(subjects=drawing.subjects)


@bp.post("/lessons/<lesson_id>/labels")
def labels(lesson_id: str) -> ResponseReturnValue:
    """All of the page's labels at once, then what the pressed button says."""
    of = owned(Lesson, lesson_id)
    drawings = planning.drawings_of(db.session, of)
    for drawing in drawings:
        _label(drawing, request.form.get(f"student-{drawing.id}"), request.form.get(f"words-{drawing.id}"))
    do = request.form.get("do")
    if do == "order":
        present = [s for s in roster(db.session, of.studio_id) if s.id in request.form.getlist("present")]
        free = [drawing for drawing in drawings if drawing.student_id is None]
        taken = {drawing.student_id for drawing in drawings if drawing.student_id}
        for drawing, student in zip(free, matching.in_order(len(free), present, taken), strict=True):
            assign(db.session, now(), drawing, student)
    elif do == "words" and (words := split_subjects(request.form.get("all_words", ""))):
        for drawing in drawings:
            drawing.subjects = list(dict.fromkeys([*drawing.subjects, *words]))[: MOST["subjects"]]
    db.session.commit()
    return draft(lesson_id) if do == "draft" else redirect(url_for("lessons.photos", lesson_id=of.id))


@bp.post("/lessons/<lesson_id>/consents")
def confirm_consents(lesson_id: str) -> ResponseReturnValue:
    """The teacher holds the guardians' consent for the students whom the page listed: the form names them.
    A withdrawn consent is given anew on the student's own page only.
    """
    of = owned(Lesson, lesson_id)
    if request.form.get("confirmed"):
        for student in [owned(Student, student_id) for student_id in request.form.getlist("student")]:
            if student.processing is Consent.NONE:
                agree(db.session, now(), student, "processing")
        db.session.commit()
        wake_drafting()
    else:
        flash(_("Tick the box to confirm that you hold the consent."), "warn")
    return redirect(url_for("lessons.photos", lesson_id=of.id))


@bp.post("/lessons/<lesson_id>/drafts")
def draft(lesson_id: str) -> ResponseReturnValue:
    """Ask for drafts of all drawings that have none, or of those that were ``waiting`` for comments of the
    plan, and go to the desk: the first will be ready soon.
    """
    of = owned(Lesson, lesson_id)
    drawings = [d for d in planning.drawings_of(db.session, of) if d.state in film.UNDRAFTED]
    if request.form.get("waiting"):
        drawings = [drawing for drawing in drawings if drawing.refusal == NO_QUOTA]
    asked = request_drafts(db.session, now(), drawings, asked_by=member())
    db.session.commit()
    wake_drafting()
    if asked.no_seat:
        flash(
            _(
                "You have no seat in the studio's plan at the moment, so nothing was drafted. What is drafted"
                " you can read, correct and accept as ever."
            ),
            "warn",
        )
        return redirect(url_for("lessons.lesson", lesson_id=of.id))
    if asked.no_consent:
        flash(
            ngettext(
                "%(num)d drawing waits for a guardian's consent.",
                "%(num)d drawings wait for a guardian's consent.",
                len(asked.no_consent),
            ),
            "warn",
        )
        if not asked.asked and not asked.later:
            return redirect(url_for("lessons.photos", lesson_id=of.id))
    if asked.no_quota:
        flash(_not_drafted(of.studio_id, len(asked.no_quota)), "warn")
        return redirect(url_for("money.wall", lesson=of.id))
    return redirect(url_for("desk.lesson", lesson_id=of.id))


def _not_drafted(studio_id: str, count: int) -> str:
    """That so many drawings got no comment of the plan, and why."""
    if quota.is_read_only(db.session, now(), studio_id):
        said = ngettext(
            "%(num)d drawing was not drafted: a payment for the plan is open.",
            "%(num)d drawings were not drafted: a payment for the plan is open.",
            count,
        )
    else:
        said = ngettext(
            "%(num)d drawing was not drafted: the studio's comments are used up.",
            "%(num)d drawings were not drafted: the studio's comments are used up.",
            count,
        )
    return str(said)


@bp.post("/drawings/<drawing_id>/delete")
def delete_drawing(drawing_id: str) -> ResponseReturnValue:
    drawing = owned(Drawing, drawing_id)
    erasure.erase_drawing(db.session, now(), drawing)
    db.session.commit()
    wake_drafting()
    flash(_("The drawing is erased."), "done")
    return redirect(url_for("lessons.photos", lesson_id=drawing.lesson_id))


@bp.get("/drawings/<drawing_id>/<any(drawing, overlay, thumb):kind>")
def picture(drawing_id: str, kind: str) -> ResponseReturnValue:
    """An image of the drawing, turned as the teacher turned it. The address changes when the picture does."""
    of = owned(Drawing, drawing_id)
    try:
        data = storage().get(photo_key(of.studio_id, of.id, PICTURES[kind]))
    except FileNotFoundError:
        return abort(404)
    if of.turned % 4:
        data = turned(data, of.turned)
    response = Response(data, mimetype="image/webp")
    response.cache_control.private = True
    response.cache_control.max_age = 86_400
    return response


def _receive(
    of: Lesson, filename: str, data: bytes, students: list[Student], position: int | None
) -> dict[str, Any]:
    """One file's outcome; a refused one says why, and the next goes on."""
    outcome: dict[str, Any] = {"filename": filename, "drawing": None, "problem": "", "row": ""}
    try:
        student = matching.by_filename(filename, students)
        received = receive_photo(db.session, now(), storage(), of, data, student=student, position=position)
    except PhotoRefused as refused:
        outcome["problem"] = refusal(refused.code, "zh" if str(get_locale()).startswith("zh") else "en")
        return outcome
    db.session.commit()
    wake_drafting()
    outcome["drawing"] = received.drawing.id
    if received.duplicate:
        outcome["problem"] = _("This photo is already in the lesson.")
    else:
        row = next(each for each in film.frames(db.session, of) if each.drawing.id == received.drawing.id)
        parts = ("lessons/_photo.html", "lessons/_delete.html")
        outcome["row"] = "".join(render_template(part, row=row, students=students) for part in parts)
    return outcome


def _label(drawing: Drawing, student_id: str | None, words: str | None) -> None:
    if student_id is not None:
        assign(db.session, now(), drawing, owned(Student, student_id) if student_id else None)
    if words is not None:
        student = db.session.get(Student, drawing.student_id) if drawing.student_id else None
        drawing.subjects = [without_name(subject, student) for subject in split_subjects(words)]


def _present_last_time(of: Lesson) -> set[str]:
    """Who had a drawing in the last lesson of the same title: probably today's group."""
    last = db.session.exec(
        select(Lesson)
        .where(Lesson.studio_id == studio().id, Lesson.title == of.title, Lesson.id != of.id)
        .order_by(Lesson.created_at.desc())  # type: ignore[attr-defined]
        .limit(1)
    ).first()
    drawings = planning.drawings_of(db.session, last) if last else []
    return {drawing.student_id for drawing in drawings if drawing.student_id}


def _thumb_url(row: film.Frame) -> str:
    return url_for("lessons.picture", drawing_id=row.drawing.id, kind="thumb", v=row.version)
