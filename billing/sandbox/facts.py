"""What requests and responses may look like: names, types, required fields and enums, from ``facts.json``.

A type is one of
- a text of alternatives divided by ``/``: ``string``, ``integer``, ``boolean``, ``number``, ``decimal`` (a
  text), ``null``, ``any``, ``true``, ``never``; ``=a|b`` one of these words (``=`` alone: the empty text,
  which unsets); ``@price`` an object of that kind; ``&price|coupon`` the id of such an object, or in its
  place the object;
- ``[type]``, a list; two or more types in a list are alternatives;
- ``{"*": type}``, free names; ``{"page": type}``, a page of a list;
- ``{"name": type, "name!": type}``, an object; ``!`` marks what must be there.
"""

import functools
import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from billing.sandbox.errors import Refusal, absent

Shape = Any


@functools.cache
def facts() -> dict[str, Any]:
    """``version``, ``contract``, ``operations`` and ``objects``."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("facts.json").read_text(encoding="utf-8"))
    return loaded


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """``[("items[0][price]", "p")]`` → ``{"items": {"0": {"price": "p"}}}``; a repeated ``a[]`` is
    numbered.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = name.partition("[")[0]
        path = [head, *re.findall(r"\[([^\]]*)\]", name)]
        here = tree
        for part in path[:-1]:
            inner = here.setdefault(part, {})
            if not isinstance(inner, dict):
                raise Refusal(f"'{name}' is given both as a value and as a group.", param=head)
            here = inner
        last = path[-1] or str(len(here))
        here[last] = value
    return tree


def typed(operation: str, raw: dict[str, Any]) -> dict[str, Any]:
    """A request's parameters with their types; refuses what the operation does not know."""
    shape = facts()["operations"][operation]["params"]
    value: dict[str, Any] = _object(raw, shape, "")
    return value


def _object(raw: dict[str, Any], shape: dict[str, Shape], path: str) -> dict[str, Any]:
    if "*" in shape:
        return {name: _value(value, shape["*"], _inside(path, name)) for name, value in raw.items()}
    known, required = _names(shape)
    for name in raw:
        if name not in known:
            where = _inside(path, name)
            raise Refusal(f"The parameter {where} is unknown.", code="parameter_unknown", param=where)
    for name in required:
        if name not in raw:
            where = _inside(path, name)
            raise absent(where)
    return {name: _value(value, shape[known[name]], _inside(path, name)) for name, value in raw.items()}


_seen: dict[int, tuple[dict[str, str], list[str]]] = {}


def _names(shape: dict[str, Shape]) -> tuple[dict[str, str], list[str]]:
    """Of an object's type: name → the name with its mark, and the required names. Types live for ever."""
    if id(shape) not in _seen:
        marked = {name.removesuffix("!"): name for name in shape}
        _seen[id(shape)] = marked, [name for name, mark in marked.items() if mark.endswith("!")]
    return _seen[id(shape)]


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(raw: Any, shape: Shape, path: str) -> Any:
    if isinstance(shape, list) and len(shape) > 1:
        shape = _alternative(raw, shape)
    if isinstance(shape, str):
        if not isinstance(raw, str):
            raise Refusal(f"{path} takes one value, not a group.", param=path)
        return _leaf(raw, shape, path)
    if isinstance(shape, list):
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise Refusal(f"{path} must be a list.", param=path)
        ordered = sorted(raw.items(), key=lambda item: int(item[0]))
        return [_value(value, shape[0], f"{path}[{n}]") for n, (_, value) in enumerate(ordered)]
    if not isinstance(raw, dict):
        raise Refusal(f"{path} must be a group of values.", param=path)
    return _object(raw, shape, path)


def _alternative(raw: Any, shapes: list[Shape]) -> Shape:
    """Which of several types a raw value is meant to have."""
    if isinstance(raw, str):
        return next((s for s in shapes if isinstance(s, str)), shapes[0])
    numbered = all(key.isdigit() for key in raw)
    for shape in shapes:
        if isinstance(shape, list) == numbered and not isinstance(shape, str):
            return shape
    return next((s for s in shapes if not isinstance(s, str)), shapes[0])


def _leaf(raw: str, shape: str, path: str) -> Any:
    kinds = _leaves(shape)
    for kind in kinds:
        if kind.startswith("=") and raw in kind[1:].split("|"):
            return raw
    if raw == "":
        raise Refusal(f"{path} is empty, and cannot be unset.", code="parameter_invalid_empty", param=path)
    if "integer" in kinds and re.fullmatch(r"-?\d+", raw):
        return int(raw)
    if "boolean" in kinds and raw in ("true", "false"):
        return raw == "true"
    if {"number", "decimal"} & set(kinds):
        try:
            return Decimal(raw)
        except InvalidOperation:
            pass
    if "string" in kinds:
        return raw
    if "integer" in kinds:
        raise Refusal(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=path)
    words = [word for kind in kinds if kind.startswith("=") for word in kind[1:].split("|") if word]
    if words:
        raise Refusal(f"Invalid {path}: must be one of {', '.join(words)}.", param=path)
    raise Refusal(f"Invalid {' or '.join(kinds)}: {raw}", param=path)


@functools.cache
def _leaves(shape: str) -> tuple[str, ...]:
    return tuple(shape.split(" / "))


def fault(value: Any, name: str) -> str | None:
    """Where an object departs from what its kind may look like, in words; None when it does not."""
    return _object_fault(value, name, name)


def _object_fault(value: Any, name: str, path: str) -> str | None:
    if not isinstance(value, dict) or value.get("object") != name:
        return f"{path} is no {name}"
    if value.get("deleted") is True:
        extra = value.keys() - {"id", "object", "deleted"}
        return f"{path} is deleted and has {extra}" if extra and name != "discount" else None
    return _fault(value, facts()["objects"][name], path)


def _fault(value: Any, shape: Shape, path: str) -> str | None:
    if isinstance(shape, str):
        return None if any(_fits(value, kind) for kind in _leaves(shape)) else _leaf_fault(value, shape, path)
    if isinstance(shape, list):
        if len(shape) == 1:
            if not isinstance(value, list):
                return f"{path} is no list"
            faults = (_fault(one, shape[0], f"{path}[{n}]") for n, one in enumerate(value))
            return next(filter(None, faults), None)
        found = [_fault(value, one, path) for one in shape]
        return None if None in found else found[-1]
    if not isinstance(value, dict):
        return f"{path} is no object"
    if "*" in shape:
        faults = (_fault(one, shape["*"], f"{path}.{name}") for name, one in value.items())
        return next(filter(None, faults), None)
    if "page" in shape:
        return _page_fault(value, shape["page"], path)
    known, required = _names(shape)
    for name in required:
        if name not in value:
            return f"{path}.{name} is missing"
    for name, one in value.items():
        if name not in known:
            return f"{path}.{name} is unknown"
        if problem := _fault(one, shape[known[name]], f"{path}.{name}"):
            return problem
    return None


def _page_fault(value: dict[str, Any], shape: Shape, path: str) -> str | None:
    if value.keys() - {"total_count"} != {"object", "data", "has_more", "url"} or value["object"] != "list":
        return f"{path} is no page of a list"
    return _fault(value["data"], [shape], path)


def _leaf_fault(value: Any, shape: str, path: str) -> str:
    if isinstance(value, dict) and "object" in value:
        kind = str(value["object"])
        if kind in facts()["objects"] and (problem := _object_fault(value, kind, path)):
            return problem
    return f"{path} is {value!r}, not {shape[:200]}"


def _fits(value: Any, kind: str) -> bool:
    match kind[0]:
        case "=":
            return isinstance(value, str) and value in kind[1:].split("|")
        case "@":
            return _object_fault(value, kind[1:], kind) is None
        case "&":
            if isinstance(value, str):
                return bool(value)
            names = kind[1:].split("|")
            return (
                isinstance(value, dict)
                and value.get("object") in names
                and not _object_fault(value, value["object"], kind)
            )
    match kind:
        case "null":
            return value is None
        case "string" | "decimal":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "true":
            return value is True
        case "any":
            return True
    return False
