"""What the desk shows: its page, and the parts of it that scripts fetch again."""

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from prompts.context import LIMITS
from prompts.vocabulary import Language as Words
from webapp.accounts.tables import Language
from webapp.desk import comments, showing, wording
from webapp.desk.blueprint import bp
from webapp.desk.doubts import Checking
from webapp.desk.marks import pieces, remarks
from webapp.front.routes import HTML_LANGUAGES
from webapp.lessons import film
from webapp.lessons.consents import may_process
from webapp.lessons.edge import machine_now, now
from webapp.lessons.facts import known_facts
from webapp.lessons.naming import with_name
from webapp.lessons.reasons import reason
from webapp.lessons.tables import Drawing, DrawingState, Lesson
from webapp.lessons.work import MOST_ROUNDS
from webapp.platform.access import owned
from webapp.platform.db import db


@bp.get("/lesson/<lesson_id>")
def lesson(lesson_id: str) -> ResponseReturnValue:
    """Where there is something to do: the first drawing to write about, or what became of the class."""
    of = owned(Lesson, lesson_id)
    frames = film.frames(db.session, of)
    if not frames:
        return redirect(url_for("lessons.photos", lesson_id=of.id))
    if all(frame.drawing.state is DrawingState.ACCEPTED for frame in frames):
        return redirect(url_for("lessons.lesson", lesson_id=of.id))
    start = film.first(frames)
    assert start is not None
    return redirect(url_for("desk.drawing", drawing_id=start.drawing.id))


@bp.get("/lesson/<lesson_id>/progress")
def progress(lesson_id: str) -> ResponseReturnValue:
    """How far every drawing of the class is; ``busy`` is false when there is nothing more to wait for."""
    of = owned(Lesson, lesson_id)
    frames = film.frames(db.session, of)
    count = film.count(db.session, machine_now(), of, frames)
    return jsonify(
        busy=count.busy > 0,
        count=render_template("desk/count.html", count=count),
        drawings=[
            {
                "id": frame.drawing.id,
                "state": frame.state,
                "label": render_template("desk/state.html", of=frame.state),
                "rounds": frame.rounds,
                "thumb": url_for(
                    "lessons.picture", drawing_id=frame.drawing.id, kind="thumb", v=frame.version
                ),
            }
            for frame in frames
        ],
    )


@bp.get("/<drawing_id>")
def drawing(drawing_id: str) -> ResponseReturnValue:
    """One drawing on the desk."""
    desk = showing.open_desk(db.session, now(), owned(Drawing, drawing_id))
    flags = Checking.gather(db.session, desk.drawing).flags(desk.comment.text if desk.comment else "")
    facts = _facts(desk.drawing)
    return render_template(
        "desk/desk.html",
        desk=desk,
        doubts=pieces(desk.comment.text, flags, desk.student) if desk.comment else [],
        remarks=remarks(flags, desk.student),
        alt=_("Drawing: %(subjects)s", subjects=_(", ").join(facts["subjects"]))
        if facts["subjects"]
        else _("The student's drawing"),
        words=_words(),
        longest_instruction=LIMITS["instruction"],
        **facts,
        **_around(desk.drawing, desk.lesson),
    )


@bp.get("/<drawing_id>/drafts")
def drafts(drawing_id: str) -> ResponseReturnValue:
    """One round of drafts, ``?round=`` counted from 1; the last by default."""
    of = owned(Drawing, drawing_id)
    return render_template(
        "desk/drafts.html",
        drafting=showing.drafting(
            db.session,
            of,
            showing.student_of(db.session, of),
            comments.comment_of(db.session, of),
            request.args.get("round", type=int),
        ),
        drawing=of,
        **_around(of, db.session.get_one(Lesson, of.lesson_id)),
    )


@bp.get("/<drawing_id>/facts")
def facts(drawing_id: str) -> ResponseReturnValue:
    """The facts, as they stand."""
    return render_template("desk/facts.html", **_facts(owned(Drawing, drawing_id)))


@bp.get("/<drawing_id>/history")
def history(drawing_id: str) -> ResponseReturnValue:
    """The comment's revisions."""
    of = owned(Drawing, drawing_id)
    return render_template(
        "desk/history.html",
        revisions=showing.revisions(db.session, of),
        student=showing.student_of(db.session, of),
        with_name=with_name,
        text_lang=_text_language(db.session.get_one(Lesson, of.lesson_id)),
    )


def render_facts(of: Drawing) -> str:
    """The part of the page that shows the facts, as it now is."""
    return render_template("desk/facts.html", **_facts(of))


def page_language() -> Words:
    """The language in which the person reads the pages."""
    return "zh" if str(get_locale() or "en").startswith("zh") else "en"


def _facts(of: Drawing) -> dict[str, Any]:
    known, language, student = known_facts(of), page_language(), showing.student_of(db.session, of)
    return {
        "subjects": [with_name(subject, student) for subject in known.get("subjects", [])],
        "palette": wording.dabs(known, language),
        "colours": wording.colour_words(language),
        "facts": list(wording.worded(known, language)),
        "corrected": bool(of.corrections),
    }


def _around(of: Drawing, lesson: Lesson) -> dict[str, Any]:
    student = showing.student_of(db.session, of)
    return {
        "without_consent": None if may_process(student) else student,
        "text_lang": _text_language(lesson),
        "busy": film.is_busy(of, student) and (of.wanted or of.state is DrawingState.DRAFTING),
        "refusal": reason(of, page_language()),
        "most_rounds": MOST_ROUNDS,
    }


def _text_language(lesson: Lesson) -> str:
    return HTML_LANGUAGES[Language(lesson.language).value]


def _words() -> dict[str, str]:
    """What the scripts say."""
    return {
        "saved": _("Saved"),
        "saving": _("Saving…"),
        "kept": _("Kept on this device"),
        "unsent": _("Your unsent text was brought back."),
        "failed": _("That did not work. Try again, or reload the page."),
        "signedOut": _("You are signed out. Your text is kept on this device: sign in again and come back."),
        "replaced": _("Your text was replaced by the draft. Undo brings it back."),
        "copied": _("Copied"),
        "empty": _("Write or choose a comment first."),
        "sentenceFirst": _("Put the cursor into a sentence of your comment first."),
        "sentenceFailed": _("No other wording was found. Try again, or tell the model what to change."),
        "listening": _("Listening…"),
        "choose": _("Choose"),
        "chosen": _("Chosen"),
        "turned": _("Turned"),
        "ready": _("New drafts are here."),
    }
