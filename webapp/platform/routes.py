"""Pages of the platform: is it well, its figures, and the local mailbox."""

import time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, g, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest
from sqlmodel import col, select

from webapp.platform import clock, jobs
from webapp.platform.access import enter_first, from_here, public, signed_in_user
from webapp.platform.db import db
from webapp.platform.mail import letters
from webapp.platform.migrate import is_current
from webapp.platform.settings import Settings
from webapp.platform.tables import Job, JobState

bp = Blueprint("platform", __name__, template_folder="templates")

REQUESTS = Histogram("vermilion_request_seconds", "Time to answer, by page", ["endpoint", "status"])
JOBS = Gauge("vermilion_jobs", "Jobs in the table", ["queue", "state"])


@bp.before_app_request
def _start() -> None:
    g.started = time.monotonic()


@bp.after_app_request
def _measure(response: Response) -> Response:
    if "started" in g:
        status = f"{response.status_code // 100}xx"
        REQUESTS.labels(request.endpoint or "none", status).observe(time.monotonic() - g.started)
    return response


@bp.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """200 when requests can be served, else 503."""
    try:
        ready = is_current(db.engine)
    except sa.exc.SQLAlchemyError:
        ready = False
    return ({"ok": True}, 200) if ready else ({"ok": False}, 503)


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Prometheus' figures, for this machine and for operators."""
    user = signed_in_user()
    if not (from_here() or (user is not None and user.is_operator)):
        abort(404)
    JOBS.clear()
    for queue, state, count in db.session.exec(
        select(Job.queue, Job.state, sa.func.count()).group_by(Job.queue, Job.state)
    ):
        JOBS.labels(queue, state).set(count)
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


@bp.get("/mailbox")
@public
def mailbox() -> ResponseReturnValue:
    """The letters of a demo without a mail server, to whoever sits at this machine."""
    if not _mailbox_is_here():
        abort(404)
    enter_first(session.get("studio", ""))
    # As the reader's studio shows times; to who is not signed in, as this machine does, where they sit.
    zone = ZoneInfo(g.studio.time_zone) if "studio" in g else None
    found = letters(current_app.config["SETTINGS"])
    return render_template(
        "platform/mailbox.html", letters=[(letter, letter.at.astimezone(zone)) for letter in found]
    )


@bp.app_context_processor
def _of_this_server() -> dict[str, Any]:
    """What a page says while models are not ready yet; ``mailbox_is_here()``: whether it may link to it."""
    return {"preparing": _preparing, "step_words": _step_words, "mailbox_is_here": _mailbox_is_here}


def _mailbox_is_here() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.demo and not settings.mail_server and from_here()


@bp.get("/preparing")
def preparing() -> ResponseReturnValue:
    """How far the models are; 204 when they are ready."""
    if not _preparing():
        return "", 204
    return render_template("platform/preparing.html")


def _preparing() -> list[Job]:
    """The jobs that prepare models, those that are done already first; none when all are done."""
    open_ = jobs.unfinished(db.session, jobs.SCHOOL, "prepare")
    if not open_:
        return []
    done = db.session.exec(
        select(Job)
        .where(
            Job.queue == jobs.SCHOOL,
            Job.kind == "prepare",
            Job.state == JobState.DONE,
            col(Job.created_at) >= open_[0].created_at,
        )
        .order_by(col(Job.finished_at))
    ).all()
    return [*done, *sorted(open_, key=lambda job: job.state is not JobState.RUNNING)]


def _step_words(job: Job) -> str:
    """What is done with a model at this moment, and since when: a step may last minutes, and no model's pace
    tells that of another, so nothing is said of the time left.
    """
    if job.state is JobState.DONE:
        return str(_("prepared"))
    if job.state is not JobState.RUNNING or job.started_at is None:
        return str(_("waits for its turn"))
    # As ``drafting.bases.preparing.STEPS``.
    steps = (
        _("looking at the file"),
        _("reading the vocabulary"),
        _("reading the weights"),
        _("writing"),
        _("checking"),
        _("prepared"),
    )
    seconds = max(0, round((clock.machine_now() - job.started_at).total_seconds()))
    doing = steps[min(job.done, len(steps) - 1)]
    if seconds < 90:
        return str(_("%(doing)s, %(num)d s so far", doing=doing, num=seconds))
    return str(_("%(doing)s, %(num)d min so far", doing=doing, num=seconds // 60))
