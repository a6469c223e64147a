"""Refusals, in the shape in which Stripe gives them."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - most are no errors of the server
    """An answer other than 200. ``keeps`` says that what was written before it stays (a declined payment);
    ``says`` names the words in which a page tells it, where its code does not.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keeps: bool = False,
        says: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.says = says
        self.status = status
        self.keeps = keeps
        named = {"code": code, "param": param, **more}
        self.error: dict[str, Any] = {"message": message, "type": kind}
        self.error |= {name: value for name, value in named.items() if value is not None}


def missing(kind: str, wanted: str, param: str, status: int = 400) -> Refusal:
    """There is no such object: 404 when the path names it, 400 when a parameter does."""
    words = kind.rpartition(".")[2].replace("_", " ")
    return Refusal(f"There is no {words} '{wanted}'.", status=status, code="resource_missing", param=param)


def absent(param: str, words: str | None = None) -> Refusal:
    """A parameter that must be there and is not."""
    return Refusal(words or f"The parameter {param} is missing.", code="parameter_missing", param=param)


def declined(message: str, code: str, decline_code: str | None = None, **more: Any) -> Refusal:
    """A card that says no: 402."""
    return Refusal(
        message, status=402, kind="card_error", code=code, decline_code=decline_code, keeps=True, **more
    )


def unsupported(what: str, param: str | None = None) -> Refusal:
    """Something that Stripe does and this sandbox does not: said aloud instead of ignored."""
    return Refusal(f"The sandbox does not do this: {what}.", code="sandbox_unsupported", param=param)
