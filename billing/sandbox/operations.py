"""Which function answers which call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.sandbox.store import Thing

Handler = Callable[..., Thing]


@dataclass(frozen=True)
class Operation:
    """``honours`` names the parameters that have an effect here; any other one is refused, not ignored."""

    handler: Handler
    honours: frozenset[str]


OPERATIONS: dict[str, Operation] = {}
"""``POST /v1/customers`` → what answers it."""


def serves(key: str, honours: str = "") -> Callable[[Handler], Handler]:
    """Register a handler: it takes a world, the typed parameters, and what the path holds, in order."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[key] = Operation(handler, frozenset([*honours.split(), "expand"]))
        return handler

    return register


Params = dict[str, Any]
"""Typed parameters of a request."""

PAGING = "created ending_before limit starting_after "
"""What every list takes."""
