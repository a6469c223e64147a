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
        said = _without_comment(drawing.studio_id)
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


def _without_comment(studio_id: str) -> str:
    """Why no comment is taken for a drawing. What was in the way when it was asked for, used-up comments or
    an open payment, is not kept with it: what is said is true of both. Looked up once for a page, on which
    many drawings may wait.
    """
    if "without_comment" not in g:
        here = quota.standing(db.session, now(), studio_id)
        if here is not None and not here.entitlement.drafts:
            said = gettext("Not drafted: a payment for the plan is open. When it is paid, ask again.")
        elif here is not None and here.balance.left <= 0:
            said = gettext(
                "Not drafted: the studio's comments are used up. Ask again when there are new ones."
            )
        else:
            said = gettext(
                "Not drafted yet: when it was asked for, there was no comment for it. There are some now."
            )
        g.without_comment = said
    return str(g.without_comment)
