"""Pages of lessons: the list, one lesson, planning."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts.tables import Language
from webapp.lessons import erasure, film, planning
from webapp.lessons.blueprint import bp
from webapp.lessons.choices import CRITERIA, MEDIA, in_words
from webapp.lessons.edge import machine_now, now, today, wake_drafting
from webapp.lessons.forms import LessonForm
from webapp.lessons.tables import Audience, Length, Lesson
from webapp.platform.access import member, owned, studio
from webapp.platform.db import db


@bp.get("/lessons")
def index() -> ResponseReturnValue:
    """All lessons of the studio, newest first."""
    page = max(1, request.args.get("page", 1, int))
    listed, more = planning.lessons(db.session, studio(), page)
    return render_template("lessons/index.html", listed=listed, page=page, more=more)


@bp.route("/lessons/new", methods=["GET", "POST"])
def new_lesson() -> ResponseReturnValue:
    """Plan a lesson; what the last one was like is filled in. A second one of a title and day is asked
    about.
    """
    last = planning.last_lesson(db.session, studio(), member().user_id)
    if last is None:
        lesson = planning.new_lesson(now(), studio(), member().user_id, today(studio()))
    else:
        lesson = planning.like(last, now(), member().user_id, today(studio()))
        lesson.theme = ""
        if last.taught_on == lesson.taught_on:
            lesson.title = ""  # who teaches twice on one day has another group
    form, same = _form(lesson), None
    if form.validate_on_submit():
        _fill(lesson, form)
        same = planning.same_lesson(db.session, lesson)
        if same is None or request.form.get("another"):
            db.session.add(lesson)
            db.session.commit()
            return redirect(url_for("lessons.photos", lesson_id=lesson.id))
    return render_template("lessons/edit.html", form=form, lesson=None, media=MEDIA, same=same)


@bp.get("/lessons/<lesson_id>")
def lesson(lesson_id: str) -> ResponseReturnValue:
    """One lesson: how far it is, its drawings, and the ways out of the house."""
    of = owned(Lesson, lesson_id)
    words = in_words(CRITERIA, of.criteria, of.language)
    return render_template(
        "lessons/lesson.html", lesson=of, criteria_words=words, **film.gather(db.session, machine_now(), of)
    )


@bp.route("/lessons/<lesson_id>/edit", methods=["GET", "POST"])
def edit_lesson(lesson_id: str) -> ResponseReturnValue:
    """Change the plan; drafts written before keep what they were written with."""
    lesson = owned(Lesson, lesson_id)
    form = _form(lesson)
    if form.validate_on_submit():
        _fill(lesson, form)
        db.session.commit()
        flash(_("The lesson is saved. New drafts will follow it."), "done")
        return redirect(url_for("lessons.lesson", lesson_id=lesson.id))
    return render_template("lessons/edit.html", form=form, lesson=lesson, media=MEDIA)


@bp.post("/lessons/<lesson_id>/again")
def repeat_lesson(lesson_id: str) -> ResponseReturnValue:
    """The same plan for another day; on the same one, with a number after the title."""
    lesson = planning.like(owned(Lesson, lesson_id), now(), member().user_id, today(studio()))
    planning.tell_apart(db.session, lesson)
    db.session.add(lesson)
    db.session.commit()
    return redirect(url_for("lessons.edit_lesson", lesson_id=lesson.id))


@bp.post("/lessons/<lesson_id>/delete")
def delete_lesson(lesson_id: str) -> ResponseReturnValue:
    lesson = owned(Lesson, lesson_id)
    count = len(planning.drawings_of(db.session, lesson))
    erasure.erase_lesson(db.session, now(), lesson)
    db.session.commit()
    wake_drafting()
    flash(
        ngettext(
            "The lesson and its %(num)d drawing are erased.",
            "The lesson and its %(num)d drawings are erased.",
            count,
        ),
        "done",
    )
    return redirect(url_for("lessons.index"))


def _form(lesson: Lesson) -> LessonForm:
    own = ", ".join(key for key in lesson.criteria if key not in CRITERIA)
    return LessonForm(obj=lesson, own_criteria=own)


def _fill(lesson: Lesson, form: LessonForm) -> None:
    lesson.title, lesson.theme, lesson.medium = form.title.data, form.theme.data, form.medium.data
    lesson.taught_on, lesson.tone = form.taught_on.data, form.tone.data
    lesson.criteria = form.chosen_criteria()
    lesson.audience, lesson.length = Audience(form.audience.data), Length(form.length.data)
    lesson.language = Language(form.language.data)
