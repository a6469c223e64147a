"""Errors of the API: problem details for HTTP APIs (RFC 9457), and never a page."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import RequestRedirect

PREFIX = "/api/"
MIME = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An answer that is an error. ``kind`` tells programs what happened; ``title`` and ``detail`` tell
    people.

    ``members`` are further members of the answer, as the RFC allows.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(kind)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.headers = dict(headers or {})
        self.members = members


def answer(problem: Problem) -> Response:
    """The response that says it."""
    body = {
        "type": f"urn:vermilion:problem:{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    return Response(
        current_app.json.dumps(body), status=problem.status, headers=problem.headers, content_type=MIME
    )


def handle(bp: Any) -> None:
    """Let every error of this blueprint, and every unknown address under ``/api/``, be answered so."""
    bp.register_error_handler(Problem, answer)
    for status in default_exceptions:  # one by one: handlers of a status go before those of a class
        bp.register_error_handler(status, _http)
    bp.before_app_request(_unrouted)


def invalid(errors: Iterable[tuple[str, str]]) -> Problem:
    """422: the request was understood, and these parts of it are wrong. Pairs of a JSON pointer and what is
    wrong.
    """
    listed = [{"pointer": pointer, "detail": detail} for pointer, detail in errors]
    return Problem(
        422,
        "invalid",
        _("The request is not valid"),
        "; ".join(f"{error['pointer'].removeprefix('#/')}: {error['detail']}" for error in listed),
        errors=listed,
    )


def of_validation(error: ValidationError) -> Problem:
    """The same, from what pydantic found."""
    return invalid(
        ("#" + "".join(f"/{part}" for part in found["loc"]), _wording(found)) for found in error.errors()
    )


def _wording(found: Mapping[str, Any]) -> str:
    """What pydantic found, in the reader's language. Never the value: it could be a name."""
    limits = found.get("ctx", {})
    match found["type"]:
        case "missing":
            return _("is required")
        case "extra_forbidden":
            return _("is not known here; see the OpenAPI document for what is")
        case "string_too_long":
            return _("has more than %(most)s characters", most=limits["max_length"])
        case "too_long":
            return _("has more than %(most)s entries", most=limits["max_length"])
        case "string_too_short" | "too_short":
            return _("must not be empty")
        case "enum" | "literal_error":
            return _("must be one of %(options)s", options=limits["expected"])
        case "greater_than_equal":
            return _("must be at least %(bound)s", bound=limits["ge"])
        case "less_than_equal":
            return _("must be at most %(bound)s", bound=limits["le"])
        case kind if kind.startswith("date"):
            return _("must be a date such as 2026-11-21")
        case kind if kind.startswith("int"):
            return _("must be a whole number")
        case kind if kind.startswith("float"):
            return _("must be a number")
        case kind if kind.startswith("bool"):
            return _("must be true or false")
        case kind if kind.startswith("string"):
            return _("must be a text")
        case kind if kind.startswith("list"):
            return _("must be a list")
        case kind if kind.startswith(("model", "dict", "typed_dict")):
            return _("must be an object")
        case "value_error":
            return str(limits["error"])
    return str(found["msg"])


def _http(error: HTTPException) -> Response:
    """An error that Flask, or a page's function such as ``owned``, raised."""
    status = error.code or 500
    title, detail = _said().get(status, (error.name, error.description or error.name))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    kind = error.name.lower().replace(" ", "-")
    return answer(Problem(status, kind, title, detail, headers=headers))


def _unrouted() -> Response | None:
    """An address under ``/api/`` that leads nowhere belongs to no blueprint, so it is answered before routing
    fails.
    """
    error = request.routing_exception
    if error is None or isinstance(error, RequestRedirect) or not request.path.startswith(PREFIX):
        return None
    return _http(error)


def _said() -> dict[int, tuple[str, str]]:
    """Title and detail by status."""
    return {
        400: (
            _("The request cannot be read"),
            _("Check that the body is valid JSON, or a complete multipart form."),
        ),
        404: (
            _("There is no such thing"),
            _("Nothing of this studio is at this address. Check the address and the id."),
        ),
        405: (_("The address does not do this"), _("Use one of the methods named in the Allow header.")),
        413: (_("The request is too large"), _("Send fewer or smaller photos at a time.")),
        415: (
            _("The body is of the wrong type"),
            _("Send JSON with Content-Type: application/json, and photos as multipart/form-data."),
        ),
        429: (
            _("Too many requests"),
            _("Wait for the seconds named in the Retry-After header, then go on."),
        ),
    }
