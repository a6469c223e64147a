"""One drawing for the check's tests, and a short way to ask what is flagged."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from drafting.check import Flag, check
from prompts import Context
from prompts.facts import Facts
from prompts.vocabulary import Language

FACTS: Facts = {
    "subjects": ["cat", "red mat"],
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.61},
        {"name": "light blue", "zh": "浅蓝色", "hex": "#8ec5ee", "share": 0.37},
        {"name": "yellow", "zh": "黄色", "hex": "#f4d03f", "share": 0.02},
    ],
    "warmth": 0.42, "saturation": 0.6, "contrast": 0.71, "coverage": 0.88,
    "composition": {"place": "centre", "centre": (0.5, 0.5), "balance": 0.81, "symmetry": 0.35},
    "line": {"density": 0.1, "direction": "diagonal", "weight": "bold", "curved": 0.6},
    "sheet": {"found": True, "paper": "white", "orientation": "landscape"},
}  # fmt: skip
CONTEXT: dict[Language, Context] = {
    "en": Context(facts=FACTS, theme="My pet"),
    "zh": Context(facts={**FACTS, "subjects": ["猫", "红垫子"]}, theme="我的伙伴"),
}


def flags(
    text: str, language: Language = "en", changes: dict[str, Any] | None = None, **asked: Any
) -> list[Flag]:
    """The draft's flags, with the facts changed as given; takes arguments of ``Context`` and of ``check``."""
    context = CONTEXT[language]
    of_context = {name: asked.pop(name) for name in list(asked) if hasattr(context, name)}
    facts: Any = {**context.facts, **(changes or {})}
    context = replace(context, facts=facts, **of_context)
    return check(text, context=context, language=language, **asked)


def phrases(kinds: str | Sequence[str], text: str, language: Language = "en", **asked: Any) -> list[str]:
    """The phrases flagged as one of ``kinds`` (separated by spaces)."""
    wanted = kinds.split() if isinstance(kinds, str) else kinds
    return [text[slice(*each["span"])] for each in flags(text, language, **asked) if each["kind"] in wanted]
