"""Pages of the platform: is it well, its figures, and the local mailbox."""

import time
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest
from sqlmodel import select

from webapp.platform import jobs
from webapp.platform.access import public, signed_in_user
from webapp.platform.db import db
from webapp.platform.mail import letters
from webapp.platform.migrate import is_current
from webapp.platform.settings import Settings
from webapp.platform.tables import Job

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
    if not (_local() or (user is not None and user.is_operator)):
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
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.demo or settings.mail_server or not _local():
        abort(404)
    return render_template("platform/mailbox.html", letters=letters(settings))


@bp.app_context_processor
def _models() -> dict[str, Any]:
    """``preparing()``: the models that a page must say are not ready yet."""
    return {"preparing": lambda: jobs.unfinished(db.session, jobs.SCHOOL, "prepare")}


@bp.get("/preparing")
def preparing() -> ResponseReturnValue:
    """How far the models are; 204 when they are ready."""
    if not jobs.unfinished(db.session, jobs.SCHOOL, "prepare"):
        return "", 204
    return render_template("platform/preparing.html")


def _local() -> bool:
    """From this machine, and not through a proxy on it."""
    return request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
