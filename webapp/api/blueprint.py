"""The API's blueprint and its contract: what an operation takes and gives, checked at run time and published
as OpenAPI.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import ValidationError
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from werkzeug.exceptions import UnsupportedMediaType

from webapp.api import problems
from webapp.api.outputs import Output, ProblemDetails
from webapp.api.problems import invalid, of_validation

bp = Blueprint("api", __name__, url_prefix="/api/v1")
problems.handle(bp)

_TROUBLES = {
    "HTTP_400": "The body is not valid JSON.",
    "HTTP_401": "The key is missing, unknown or revoked.",
    "HTTP_404": "Nothing of this studio is at this address.",
    "HTTP_409": "Things stand otherwise than the request supposes.",
    "HTTP_413": "The request is too large.",
    "HTTP_415": "The body is of the wrong type.",
    "HTTP_422": "A part of the request is not valid.",
    "HTTP_429": "Too many requests; Retry-After says for how long to wait.",
}

DESCRIPTION = """
The HTTP API of one studio: give lessons and photographed drawings, take drafts and comments. A key belongs to
a studio and writes in the voice of the person who made it; owners make keys on the studio's page.

**Names.** Texts of drafts, comments and instructions hold `{student}` where the child's name stands, and give
it back so. Names appear under `/students` alone: put `called` in the place of `{student}` when you show a
text. A name written into a text that you send is replaced by `{student}`.

**Waiting.** Photos are measured and drafted by workers. Ask for the batch again, every few seconds, until
`finished`. The first drawings are ready before the last.

**Sending again.** An upload with an `Idempotency-Key` may be sent again after a lost answer; it gives the
same batch. The same photo twice in a lesson is one drawing. A comment is saved against the `revision` that
you saw; when it was changed meanwhile the answer is 409 with the current one, and nothing is lost.

**Errors** are problem details (RFC 9457), in English or Chinese as `Accept-Language` says.
""".strip()

spec = SpecTree(
    "flask",
    mode="strict",
    title="Vermilion",
    version="1",
    description=DESCRIPTION,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[
        SecurityScheme(
            name="key",
            data=SecuritySchemeData(
                type=SecureType.HTTP, scheme="bearer", description="A key of the studio."
            ),
        )
    ],
    security={"key": []},
)


def operation(
    gives: type[Output] | None = None, status: int = 200, **troubles: type[Output]
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Declare a view: its arguments ``json``, ``form`` and ``headers`` are models that the request must fit.

    ``troubles`` are the errors that it answers with beside those that all may, e.g.
    ``HTTP_409=ProblemDetails``.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        takes = view.__annotations__
        check = _read_json if "json" in takes else _read_form if "form" in takes else _raise_invalid
        errors: dict[str, type[Output]] = {f"HTTP_{code}": ProblemDetails for code in (401, 404, 422, 429)}
        if "json" in takes:
            errors["HTTP_400"] = errors["HTTP_415"] = ProblemDetails
        if "form" in takes:
            errors["HTTP_413"] = errors["HTTP_415"] = ProblemDetails
        described = {name: (model, _TROUBLES[name]) for name, model in sorted((errors | troubles).items())}
        return spec.validate(  # type: ignore[no-any-return]
            resp=Response(**{f"HTTP_{status}": gives}, **described),
            before=check,
            tags=[view.__module__.rpartition(".")[2]],
            operation_id=view.__name__,
        )(view)

    return declare


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document. Errors are ``application/problem+json``, which SpecTree cannot say."""
    made: dict[str, Any] = deepcopy(spec.spec)
    for path in made["paths"].values():
        for described in path.values():
            for status, response in described["responses"].items():
                if status >= "400" and (content := response.get("content")):
                    content[problems.MIME] = content.pop("application/json")
    return made


def _read_json(*arguments: Any) -> None:
    """Refuse a body that is no JSON object: SpecTree would take it for an empty one."""
    if not isinstance(request.get_json(), dict):
        raise invalid([("#", _("must be an object"))])
    _raise_invalid(*arguments)


def _read_form(*arguments: Any) -> None:
    """Refuse a body that is no multipart form: SpecTree would hand the view none at all."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    _raise_invalid(*arguments)


def _raise_invalid(_request: Any, _response: Any, error: ValidationError | None, *_more: Any) -> None:
    if error is not None:
        raise of_validation(error)
