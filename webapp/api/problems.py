"""Errors of the API: problem details for HTTP APIs (RFC 9457), and never a page."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
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
        json.dumps(body, ensure_ascii=False),
        status=problem.status,
        headers=problem.headers,
        content_type=MIME,
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
    where = [f"{place}: " if (place := error["pointer"][2:]) else "" for error in listed]
    return Problem(
        422,
        "invalid",
        _("The request is not valid"),
        "; ".join(place + error["detail"] for place, error in zip(where, listed, strict=True)),
        errors=listed,
    )


def of_validation(error: ValidationError) -> Problem:
    """The same, from what pydantic found."""
    return invalid(
        ("#" + "".join(f"/{part}" for part in found["loc"]), _wording(found)) for found in error.errors()
    )


def _wording(found: Mapping[str, Any]) -> str:
    """What pydantic found, in the reader's language. Never the value: it could be a name."""
    words = next((str(words) for kind, words in _WORDINGS if found["type"].startswith(kind)), None)
    return str(found["msg"]) if words is None else words % found.get("ctx", {})


_WORDINGS = (  # by the beginning of pydantic's type of error
    ("missing", _l("is required")),
    ("extra_forbidden", _l("is not known here; see the OpenAPI document for what is")),
    ("string_too_long", _l("has more than %(max_length)s characters")),
    ("too_long", _l("has more than %(max_length)s entries")),
    ("string_too_short", _l("must not be empty")),
    ("too_short", _l("must not be empty")),
    ("string_pattern_mismatch", _l("must look like %(pattern)s")),
    ("enum", _l("must be one of %(expected)s")),
    ("literal_error", _l("must be one of %(expected)s")),
    ("greater_than_equal", _l("must be at least %(ge)s")),
    ("greater_than", _l("must be more than %(gt)s")),
    ("less_than_equal", _l("must be at most %(le)s")),
    ("date", _l("must be a date such as 2026-11-21")),
    ("int", _l("must be a whole number")),
    ("float", _l("must be a number")),
    ("bool", _l("must be true or false")),
    ("string", _l("must be a text")),
    ("list", _l("must be a list")),
    ("model", _l("must be an object")),
    ("dict", _l("must be an object")),
    ("value_error", "%(error)s"),
)


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
