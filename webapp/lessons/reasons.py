"""Why a drawing stopped, and what to do about it, in the teacher's words."""

from flask import g
from flask_babel import gettext

from prompts.vocabulary import Language
from webapp.lessons.edge import now
from webapp.lessons.tables import Drawing, DrawingState
from webapp.lessons.work import NO_QUOTA
from webapp.money import quota
from webapp.platform.db import db


def reason(drawing: Drawing, language: Language) -> str:
    """For a refused photo what is wrong with it; for a failure, or a drawing for which no comment was left,
    what to try. Empty for a drawing that did not stop.
    """
    said: str = ""
    if drawing.refusal == NO_QUOTA and drawing.state is not DrawingState.ACCEPTED:
        if _has_comments(drawing.studio_id):
            said = gettext(
                "Not drafted yet: the studio's comments were used up. There are some again, so it can be"
                " drafted now."
            )
        else:
            said = gettext(
                "Not drafted: the studio's comments are used up. Ask again when there are new ones."
            )
    elif drawing.state is DrawingState.REFUSED:
        from drafting.measure import refusal

        said = refusal(drawing.refusal or "", language)
    elif drawing.state is DrawingState.FAILED and drawing.refusal == "measuring":
        said = gettext("Measuring failed three times. Try again; if it fails again, send another photo.")
    elif drawing.state is DrawingState.FAILED:
        said = gettext(
            "Drafting failed three times. Try again in a few minutes, or write the comment yourself."
        )
    return said


def _has_comments(studio_id: str) -> bool:
    """Whether the studio may draft again. Looked up once for a page, on which many drawings may wait."""
    if "has_comments" not in g:
        here = quota.standing(db.session, now(), studio_id)
        g.has_comments = here is None or here.balance.left > 0
    return bool(g.has_comments)
