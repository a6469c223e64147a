"""What leaves the house: the lesson as CSV, text, PDF and on paper, and one comment as a picture."""

import re
import unicodedata
from urllib.parse import quote

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.lessons import export
from webapp.lessons.blueprint import bp
from webapp.lessons.export_fonts import FontMissingError
from webapp.lessons.tables import Drawing, Lesson
from webapp.platform.access import owned
from webapp.platform.db import db
from webapp.platform.storage import storage


@bp.get("/lessons/<lesson_id>/comments.csv")
def export_csv(lesson_id: str) -> ResponseReturnValue:
    of = _class(lesson_id)
    return _download(export.as_csv(of), "text/csv", f"{of.heading}.csv")


@bp.get("/lessons/<lesson_id>/comments.txt")
def export_txt(lesson_id: str) -> ResponseReturnValue:
    of = _class(lesson_id)
    return _download(export.as_text(of).encode("utf-8"), "text/plain", f"{of.heading}.txt")


@bp.get("/lessons/<lesson_id>/comments.pdf")
def export_pdf(lesson_id: str) -> ResponseReturnValue:
    from webapp.lessons.export_pdf import as_pdf  # loads the font tools

    of = _class(lesson_id)
    try:
        return _download(as_pdf(of, storage()), "application/pdf", f"{of.heading}.pdf")
    except FontMissingError as missing:
        return _no_font(missing, url_for("lessons.lesson", lesson_id=lesson_id))


@bp.get("/lessons/<lesson_id>/print", endpoint="print")
def print_lesson(lesson_id: str) -> ResponseReturnValue:
    return render_template("lessons/print.html", of=_class(lesson_id))


@bp.get("/drawings/<drawing_id>/card.png")
def card(drawing_id: str) -> ResponseReturnValue:
    """One accepted comment with its drawing; ``?name=0`` leaves the name at its head out."""
    from webapp.lessons.export_card import as_card

    drawing = owned(Drawing, drawing_id)
    of = export.finished(db.session, owned(Lesson, drawing.lesson_id), labelled=_labelled(), only=drawing.id)
    back = url_for("desk.drawing", drawing_id=drawing.id)
    if not of.comments:
        flash(_("Accept the comment first; then it can be sent as a picture."), "warn")
        return redirect(back)
    picture = export.picture_of(storage(), drawing)
    if picture is None:
        return abort(404)
    try:
        image = as_card(of, of.comments[0], picture, named=request.args.get("name") != "0")
    except FontMissingError as missing:
        return _no_font(missing, back)
    return _download(image, "image/png", f"{of.comments[0].name} {of.heading}.png")


def _class(lesson_id: str) -> export.Class:
    return export.finished(db.session, owned(Lesson, lesson_id), labelled=_labelled())


def _labelled() -> bool:
    return request.args.get("labelled") == "1"


def _no_font(missing: FontMissingError, back: str) -> ResponseReturnValue:
    flash(
        _("A font for Chinese and English is not installed on the server: %(what)s", what=str(missing)),
        "error",
    )
    return redirect(back)


def _download(data: bytes, kind: str, filename: str) -> Response:
    """A file with a readable name: RFC 6266's UTF-8 form, and an ASCII one for those that cannot."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", filename).strip()
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip(" .·")
    plain = plain if len(plain) > 4 else f"comments{name[name.rfind('.') :]}"
    response = Response(data, mimetype=kind)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = "private, no-store"
    return response
