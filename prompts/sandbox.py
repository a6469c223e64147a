"""The only place where template code runs: Jinja2's immutable sandbox, with nothing to call.

A prompt needs to write values, choose and repeat. So that is all a template may do: no calls, no macros, no
imports, no arithmetic that can blow a text up, and loops at most two deep. What is not allowed is refused
when the template is read, with its line, and never at a teacher's desk.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FILTERS = ("capitalize", "default", "first", "join", "last", "length", "lower", "trim", "upper")
_TESTS = ("defined", "eq", "equalto", "in", "ne", "none")
_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Call: "calls something",
    nodes.Macro: "defines a macro",
    nodes.CallBlock: "calls a macro",
    nodes.FilterBlock: "filters a block",
    nodes.Block: "has a block",
    nodes.Extends: "extends another template",
    nodes.Include: "includes another template",
    nodes.Import: "imports another template",
    nodes.FromImport: "imports another template",
    nodes.Assign: "sets a variable",
    nodes.AssignBlock: "sets a variable",
    nodes.Mul: "multiplies",
    nodes.Pow: "raises to a power",
    nodes.Mod: "formats with %",
}
_DEEPEST_LOOP = 2
_LONGEST = 40_000


class BadTemplateError(ValueError):
    """A template that is wrong or asks for too much; the message says what and in which line."""


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=False,  # a prompt is text for a model, not HTML; values are cleaned before they get here
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


def validate(source: str, names: set[str]) -> None:
    """Raises BadTemplateError unless the template uses only ``names`` and what is allowed."""
    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplateError(f"line {error.lineno}: {error.message}") from error
    for kind, what in _REFUSED.items():
        if (found := next(tree.find_all(kind), None)) is not None:
            raise BadTemplateError(f"line {found.lineno}: the template {what}, which a prompt may not do")
    _check_loops(tree, 0)
    try:
        used = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as error:  # an unknown filter or test shows only here
        raise BadTemplateError(f"line {error.lineno}: {error.message}") from error
    if unknown := sorted(used - names):
        raise BadTemplateError(
            f"there is no value called “{unknown[0]}”; there are: {', '.join(sorted(names))}"
        )


def fill(source: str, values: Mapping[str, Any]) -> str:
    """The template with the values in it. The values are data: template syntax inside them stays as it is."""
    pieces: list[str] = []
    length = 0
    try:
        for piece in _compiled(source).generate(values):
            pieces.append(piece)
            length += len(piece)
            if length > _LONGEST:
                raise BadTemplateError(f"the prompt grew past {_LONGEST} characters")
    except TemplateError as error:
        raise BadTemplateError(str(error)) from error
    return "".join(pieces).strip()


@cache
def _compiled(source: str) -> Any:
    return _environment().from_string(source)


def _check_loops(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if inner > _DEEPEST_LOOP:
            raise BadTemplateError(f"line {child.lineno}: loops inside loops inside loops are too deep")
        if isinstance(child, nodes.For) and child.recursive:
            raise BadTemplateError(f"line {child.lineno}: a recursive loop is not allowed")
        _check_loops(child, inner)
