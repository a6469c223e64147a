"""Error pages that say what to do; as RFC 9457 problems where a program asked."""

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.platform.db import db

log = structlog.get_logger()


ADVICE = {
    400: (_("This page could not be understood"), _("Go back, load the page anew and try again.")),
    401: (
        _("You are signed out"),
        _("Sign in again, in this window or another; then do it once more. Nothing is lost."),
    ),
    403: (
        _("Only an owner of the studio may do this"),
        _("Ask one of the studio's owners to do it, or to make you an owner."),
    ),
    404: (
        _("There is nothing here"),
        _("It was deleted, or belongs to another studio. Check the address, or start from your lessons."),
    ),
    405: (_("This page cannot be opened like that"), _("Start from your lessons.")),
    413: (_("This is too large"), _("Send fewer photos at once, or smaller ones.")),
    429: (_("That was tried too often"), _("Wait a few minutes, then try again.")),
    500: (
        _("Something broke on our side"),
        _("Your work is saved. Load the page again; if it stays broken, tell whoever runs this server."),
    ),
}
"""By status: what happened, and what to do about it."""

STALE_PAGE = (
    _("This page was open for too long"),
    _("Go back, load the page anew and send it again. What you typed on the desk is kept."),
)


def set_up_errors(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(HTTPException, _page)
    app.register_error_handler(Exception, _crash)


def wants_problem() -> bool:
    """Whether the caller is a program: the API, or a page's script that asked for JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return request.path.startswith("/api/") or best == "application/json"


def problem(status: int, title: str, detail: str) -> Response:
    """An RFC 9457 answer."""
    response = jsonify(type="about:blank", title=title, status=status, detail=detail)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _page(error: HTTPException) -> Response:
    if error.response is not None:  # e.g. a redirect to the address with a slash
        return error.get_response()  # type: ignore[return-value]
    code = error.code or 500
    stale = isinstance(error, CSRFError)
    title, advice = STALE_PAGE if stale else ADVICE.get(code, ADVICE[400 if code < 500 else 500])
    if wants_problem():
        response = problem(code, str(title), str(advice))
    else:
        page = render_template("platform/error.html", title=title, advice=advice)
        response = Response(page, status=code, mimetype="text/html")
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value  # e.g. Allow, Retry-After
    return response


def _crash(error: Exception) -> Response:
    """Log where it broke, without values: they could be a child's name or a comment."""
    db.session.rollback()
    log.error("request_failed", endpoint=request.endpoint, error=type(error).__name__, where=where(error))
    return _page(InternalServerError())


def where(error: BaseException) -> list[str]:
    """File, line and function of the last frames of the traceback."""
    lines, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-8:]
