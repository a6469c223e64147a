"""The API's routes: classes, drawings, the roster, usage, and the document that describes them."""

from flask.typing import ResponseReturnValue

from webapp.api import classes, drawings, roster, usage  # noqa: F401 - they add their routes
from webapp.api.blueprint import bp, document
from webapp.platform.access import public

__all__ = ["bp"]


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The contract, for anyone: it holds no data."""
    return document()
