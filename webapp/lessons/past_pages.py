"""Old comments: pasted in, to learn the teacher's voice from."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.desk.tables import PastComment
from webapp.lessons import past
from webapp.lessons.blueprint import bp
from webapp.lessons.edge import now
from webapp.lessons.forms import PastForm
from webapp.lessons.students import roster
from webapp.platform.access import member, owned, studio
from webapp.platform.db import db


@bp.route("/lessons/old-comments", methods=["GET", "POST"])
def old_comments() -> ResponseReturnValue:
    """Paste old comments, and see those that are there. They are the teacher's own: colleagues have
    theirs.
    """
    form = PastForm()
    if form.validate_on_submit():
        children = roster(db.session, studio().id)
        added = past.add(db.session, now(), studio(), member().user_id, children, form.text.data)
        db.session.commit()
        if added.comments:
            flash(
                ngettext("%(num)d comment taken in.", "%(num)d comments taken in.", len(added.comments)),
                "done",
            )
        if added.dropped:
            flash(
                ngettext(
                    "%(num)d was left out: too short, or almost the same as another.",
                    "%(num)d were left out: too short, or almost the same as another.",
                    added.dropped,
                ),
                "info",
            )
        return redirect(url_for("lessons.old_comments"))
    return render_template(
        "lessons/old_comments.html",
        form=form,
        comments=past.of_teacher(db.session, studio(), member().user_id),
    )


@bp.post("/lessons/old-comments/<past_comment_id>/delete")
def delete_old_comment(past_comment_id: str) -> ResponseReturnValue:
    comment = owned(PastComment, past_comment_id)
    if comment.teacher_id != member().user_id:
        abort(404)
    db.session.delete(comment)
    db.session.commit()
    flash(_("The comment is erased."), "done")
    return redirect(url_for("lessons.old_comments"))
