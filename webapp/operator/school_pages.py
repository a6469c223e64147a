"""The operator's page of night school: which version serves, the nights, and the version before put back."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time
from flask_babel import gettext as _
from sqlmodel import col, select

from drafting.bases import BaseError
from webapp.accounts.tables import Language
from webapp.lessons.edge import now
from webapp.operator import money_words, stages
from webapp.operator.blueprint import bp
from webapp.platform.access import operators_only, signed_in_user
from webapp.platform.db import db
from webapp.school import nights, reasons, serving, versions
from webapp.school.tables import ModelVersion, NightRun

SHOWN = 30
"""So many of the last nights and versions."""


@dataclass(frozen=True)
class Standing:
    """Who drafts a language. ``instead_of`` is what should serve and cannot, with the reason;
    ``without_weights`` are the ids of versions of which the rows are left.
    """

    language: Language
    serves: serving.Choice | None
    instead_of: str
    can_go_back: bool
    versions: list[ModelVersion]
    without_weights: set[str]


@bp.get("/operator/school")
@operators_only
def school() -> ResponseReturnValue:
    """Nights with their stages and verdicts, versions with their figures."""
    held = db.session.exec(select(NightRun).order_by(col(NightRun.started_at).desc()).limit(SHOWN)).all()
    return render_template(
        "operator/school.html",
        standings=[_standing(language) for language in Language],
        nights=held,
        waiting=nights.waiting(db.session),
        why=partial(reasons.in_words, db.session),
        stage_name=stages.in_words,
        moment=money_words.moment,
        held=_held,
    )


@bp.post("/operator/school/<any(en, zh):language>/put-back")
@operators_only
def put_back(language: str) -> ResponseReturnValue:
    """Let the version before serve again."""
    try:
        home = current_app.config["SETTINGS"].home
        versions.put_back(db.session, now(), Language(language), home, user_id=signed_in_user().id)
    except versions.NothingBeforeError:
        flash(_("There is nothing to put back: no version of this language serves."), "warn")
    except versions.NoWeightsError as gone:
        flash(
            _(
                "The weights of the version before, %(version)s, were deleted. Copy its folder back from a"
                " backup, then put it back. Nothing was changed.",
                version=gone,
            ),
            "warn",
        )
    else:
        db.session.commit()
        flash(_("The version before serves again, from the next class on."), "done")
    return redirect(url_for("operator.school"))


def _held(night: NightRun) -> str:
    """When a night began and, once it is over, when it ended: the day only where it is another one."""
    begun = money_words.moment(night.started_at)
    if night.finished_at is None:
        return begun
    ended = money_words.moment(night.finished_at)
    if ended == begun:
        return begun
    if format_date(night.finished_at) == format_date(night.started_at):
        ended = format_time(night.finished_at, "short")
    return f"{begun} – {ended}"


@bp.app_template_filter("figure")
def figure(metrics: dict[str, Any], name: str) -> str:
    """A mean with its interval, on later lessons: ``0.31 (0.28–0.34)``; a dash where there is none."""
    value = (metrics.get("exam") or {}).get(name)
    if not isinstance(value, dict):
        return "–" if value is None else f"{value:.2f}"
    interval = f" ({value['low']:.2f}–{value['high']:.2f})" if "low" in value and "high" in value else ""
    return f"{value['mean']:.2f}{interval}"


def _standing(language: Language) -> Standing:
    made = db.session.exec(
        select(ModelVersion)
        .where(ModelVersion.language == language)
        .order_by(col(ModelVersion.created_at).desc())
        .limit(SHOWN)
    ).all()
    settings = current_app.config["SETTINGS"]
    try:
        serves, wrong = serving.whole(serving.choices(db.session, language, settings))
    except BaseError as error:
        serves, wrong = None, [error]
    champion = serving.champion(db.session, language)
    instead_of = str(wrong[0]) if wrong else (champion and champion.fault) or ""
    gone = {version.id for version in made if not versions.has_weights(version, settings.home)}
    return Standing(language, serves, instead_of, champion is not None, list(made), gone)
