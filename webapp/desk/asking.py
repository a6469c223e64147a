"""Requests about the drawing and to the model: whose it is, what is in it, which way up, what to change."""

from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from drafting.check.sentences import split
from prompts.context import LIMITS
from webapp.accounts.seats import has_seat
from webapp.desk import corrections, instructing
from webapp.desk.blueprint import bp
from webapp.desk.doubts import recheck
from webapp.desk.pages import render_facts
from webapp.desk.showing import student_of
from webapp.desk.tables import Rewrite
from webapp.lessons.assigning import assign
from webapp.lessons.edge import now, wake_drafting
from webapp.lessons.facts import split_subjects
from webapp.lessons.facts import turn as turn_picture
from webapp.lessons.naming import with_name, without_name
from webapp.lessons.tables import Drawing, Lesson, Student
from webapp.lessons.work import request_drafts, request_sentence
from webapp.platform.access import member, owned
from webapp.platform.db import db


@bp.post("/<drawing_id>/student")
def whose(drawing_id: str) -> ResponseReturnValue:
    """Say whose drawing it is; an empty ``student`` takes the answer back."""
    drawing = owned(Drawing, drawing_id)
    chosen = _text("student", 40)
    assign(db.session, now(), drawing, owned(Student, chosen) if chosen else None)
    db.session.commit()
    return jsonify(reload=True)


@bp.post("/<drawing_id>/subjects")
def subjects(drawing_id: str) -> ResponseReturnValue:
    """Say what is in the drawing, in a few words with commas between them."""
    drawing = owned(Drawing, drawing_id)
    corrections.name_subjects(db.session, drawing, split_subjects(_text("subjects", 400)))
    db.session.commit()
    return render_facts(drawing)


@bp.post("/<drawing_id>/facts")
def correct(drawing_id: str) -> ResponseReturnValue:
    """Correct one fact: ``{fact, value}``; without a fact, take every correction back."""
    drawing, sent = owned(Drawing, drawing_id), _sent()
    fact, value = sent.get("fact"), sent.get("value")
    try:
        if fact:
            corrections.correct_fact(db.session, drawing, str(fact), value)
        else:
            corrections.measured_again(db.session, drawing)
    except ValueError:
        db.session.rollback()
        if fact == "palette":
            why = gettext("Tick at least one of the colours offered, and give each a share from 0 to 100.")
        else:
            why = gettext(
                "“%(value)s” cannot be set here. Choose one of the words offered.", value=str(value)[:40]
            )
        return jsonify(error=why), 422
    db.session.commit()
    return render_facts(drawing)


@bp.post("/<drawing_id>/turn")
def turn(drawing_id: str) -> ResponseReturnValue:
    """Turn the picture by ``{by}`` quarter turns clockwise."""
    drawing = owned(Drawing, drawing_id)
    by = _sent().get("by")
    turn_picture(drawing, int(by) if by in (-1, 1) else 0)
    recheck(db.session, drawing)
    db.session.commit()
    pictures = {
        kind: url_for("lessons.picture", drawing_id=drawing.id, kind=kind, v=drawing.turned)
        for kind in ("drawing", "overlay", "thumb")
    }
    return jsonify(**pictures, facts=render_facts(drawing))


@bp.post("/<drawing_id>/instruct")
def instruct(drawing_id: str) -> ResponseReturnValue:
    """Draft anew, as the instruction says; an empty one simply asks for other drafts."""
    drawing = owned(Drawing, drawing_id)
    said = _text("instruction", LIMITS["instruction"])
    asked = instructing.instruct(db.session, now(), drawing, said, author=member())
    if problem := instructing.not_asked(db.session, now(), asked, drawing, named=True):
        db.session.rollback()
        return jsonify(error=problem), 409
    db.session.commit()
    wake_drafting()
    return jsonify(asked=True), 202


@bp.post("/<drawing_id>/again")
def again(drawing_id: str) -> ResponseReturnValue:
    """Try once more what failed."""
    drawing = owned(Drawing, drawing_id)
    asked = request_drafts(db.session, now(), [drawing], asked_by=member())
    if problem := instructing.not_asked(db.session, now(), asked, drawing, named=True):
        db.session.rollback()
        flash(problem, "warning")
    else:
        db.session.commit()
        wake_drafting()
    return redirect(url_for("desk.drawing", drawing_id=drawing.id))


@bp.post("/<drawing_id>/sentence")
def sentence(drawing_id: str) -> ResponseReturnValue:
    """Ask for other wordings of the sentence at ``{at}`` in ``{text}``, both as the teacher sees them."""
    drawing, sent = owned(Drawing, drawing_id), _sent()
    if not has_seat(db.session, now(), member()):
        return jsonify(error=instructing.no_seat()), 409
    if problem := instructing.not_reworded(db.session, now(), drawing):
        return jsonify(error=problem), 409
    student = student_of(db.session, drawing)
    shown, at = str(sent.get("text", ""))[:6000], sent.get("at")
    at = min(max(at, 0), len(shown)) if isinstance(at, int) else 0
    # The place is counted in the text with the name in it; the stored text has the placeholder instead.
    text, place = without_name(shown, student), len(without_name(shown[:at], student))
    language: Any = db.session.get_one(Lesson, drawing.lesson_id).language.value
    here = next((each for each in split(text, language) if place <= each.end), None)
    if here is None:
        return jsonify(error=gettext("Put the cursor into a sentence of your comment first.")), 422
    told = without_name(_text("instruction", LIMITS["instruction"]), student)
    asked = request_sentence(db.session, now(), drawing, text, here.start, here.end, told)
    db.session.commit()
    wake_drafting()
    return jsonify(url=url_for("desk.rewrite", rewrite_id=asked.id)), 202


@bp.get("/rewrites/<rewrite_id>")
def rewrite(rewrite_id: str) -> ResponseReturnValue:
    """The other wordings, when they are written: ``{done, sentence, options}``."""
    found = owned(Rewrite, rewrite_id)
    student = student_of(db.session, db.session.get_one(Drawing, found.drawing_id))
    return jsonify(
        done=found.options is not None or found.failure is not None,
        sentence=with_name(found.text[found.start : found.end], student),
        options=[with_name(option, student) for option in found.options or []],
    )


def _text(name: str, most: int) -> str:
    """One text of the request, trimmed and cut."""
    return str(_sent().get(name) or "").strip()[:most]


def _sent() -> dict[str, Any]:
    """The JSON object that was sent; 400, with what to do about it, for anything else."""
    sent = request.get_json()
    return sent if isinstance(sent, dict) else abort(400)
