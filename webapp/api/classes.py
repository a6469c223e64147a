"""Lessons, and the photographs of a class."""

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from webapp.accounts.seats import has_seat
from webapp.accounts.tables import Language
from webapp.api import batches, outputs, showing
from webapp.api.blueprint import bp, operation
from webapp.api.inputs import NewLesson, NewPhotos, UploadHeaders
from webapp.api.problems import Problem, invalid
from webapp.desk.instructing import no_seat
from webapp.lessons.edge import now, today, wake_drafting
from webapp.lessons.facts import split_subjects
from webapp.lessons.matching import by_filename
from webapp.lessons.students import roster
from webapp.lessons.tables import Batch, Lesson
from webapp.platform.access import member, owned, studio
from webapp.platform.db import db
from webapp.platform.storage import storage


@bp.post("/lessons")
@operation(outputs.Lesson, 201)
def add_lesson(json: NewLesson) -> tuple[outputs.Lesson, int]:
    """Begin a lesson"""
    said: dict[str, Any] = json.model_dump()
    said["taught_on"] = json.taught_on or today(studio())
    said["language"] = json.language or Language(studio().language)
    lesson = Lesson(**said, studio_id=studio().id, teacher_id=member().user_id, created_at=now())
    db.session.add(lesson)
    db.session.commit()
    return outputs.Lesson.model_validate(lesson), 201


@bp.post("/lessons/<lesson_id>/drawings")
@operation(outputs.Batch, 202, HTTP_409=outputs.ProblemDetails)
def send_photos(lesson_id: str, form: NewPhotos, headers: UploadHeaders) -> tuple[outputs.Batch, int]:
    """Send the photos of a class

    Each photo becomes a drawing, which is measured and, unless `draft` is false, drafted. A photo that cannot
    be used is refused with the reason, and the others go on. An `Idempotency-Key` that was used with other
    content is answered with 422.

    Each drawing uses one comment of the studio's plan with its first drafts. When they run out, the rest of
    the class is measured and not drafted: `reason` says `no-quota`. A key whose maker has no seat in the plan
    may send photos with `draft` false.
    """
    said = form.model_dump(exclude={"photos"})
    content = batches.fingerprint(form.photos, lesson=lesson_id, **said)
    lesson = owned(Lesson, lesson_id)
    if form.draft and not has_seat(db.session, now(), member()):
        raise Problem(409, "no-seat", _("No drafts were asked for"), no_seat())
    sent = _sent(lesson, form)
    try:
        batch = batches.open_batch(db.session, now(), lesson, headers.key, content)
    except batches.KeyReusedError:
        raise _reused() from None
    db.session.commit()
    for place in range(len(batch.files), len(sent)):
        batches.take_in(db.session, now(), storage(), lesson, batch, place, sent[place], draft=form.draft)
        db.session.commit()
    wake_drafting()
    return showing.batch(db.session, batch), 202


@bp.get("/batches/<batch_id>")
@operation(outputs.Batch)
def show_batch(batch_id: str) -> outputs.Batch:
    """How far an upload is"""
    return showing.batch(db.session, owned(Batch, batch_id))


def _sent(lesson: Lesson, form: NewPhotos) -> list[batches.Sent]:
    """Each photo with its student and its subjects. Raises a 422 ``Problem``."""
    count, most = len(form.photos), current_app.config["SETTINGS"].max_photos
    if count > most:
        raise invalid([("#/photos", _("send at most %(most)s photos at a time", most=most))])
    if len(form.students) not in (0, count):
        raise invalid([("#/students", _("send one for each photo, or none at all"))])
    if len(form.subjects) not in (0, 1, count):
        raise invalid([("#/subjects", _("send them once for all photos, or once for each"))])
    everyone = roster(db.session, lesson.studio_id)
    by_id = {student.id: student for student in everyone}
    unknown = [
        (f"#/students/{i}", _("is no student of this studio"))
        for i, id_ in enumerate(form.students)
        if id_ and id_ not in by_id
    ]
    if unknown:
        raise invalid(unknown)
    subjects = form.subjects if len(form.subjects) == count else form.subjects * count or [""] * count
    return [
        batches.Sent(
            file=file,
            student=by_id[said] if said else by_filename(file.filename or "", everyone),
            subjects=split_subjects(words),
        )
        for file, said, words in zip(form.photos, form.students or [""] * count, subjects, strict=True)
    ]


def _reused() -> Problem:
    return Problem(
        422,
        "idempotency-key-reused",
        _("This Idempotency-Key was used before"),
        _("It came with other photos or another lesson then. Send a new key with a new upload."),
    )
