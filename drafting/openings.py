"""Sentence openings for a base that was never trained to comment.

An untrained model of a few hundred million weights wanders when left alone. Given how each sentence begins,
from the drawing's own facts, it stays with the drawing and only has to finish the thought.
"""

import random
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml

from prompts import LIMITS, Context
from prompts.clean import item
from prompts.context import LEAST_SHARE, as_number
from prompts.vocabulary import Language, term

# Which kinds of sentence a comment has, by its length. The two in between come in any order.
_SHAPES = {
    "short": ("subject", "colour"),
    "medium": ("subject", "colour", "line", "next"),
    "long": ("subject", "colour", "line", "space", "colour", "next"),
}


def openings(context: Context, language: Language, n: int, seed: int) -> tuple[tuple[str, ...], ...]:
    """``n`` plans for one drawing: how each sentence of a comment begins. No two plans begin alike while
    there is another beginning; a kind of sentence that the facts say nothing for is left out."""
    fields = _fields(context, language)
    things = _things(context) or [fields["subject"]]
    chance = random.Random(seed)
    decks: dict[str, list[str]] = {}
    plans = []
    for _ in range(n):
        plan: list[str] = []
        # Each plan looks at one thing more closely, so that the sentences of a class differ.
        fields["thing"] = chance.choice(things)
        for kind in _shape(context, chance):
            if not decks.get(kind):
                decks[kind] = _usable(kind, fields, language)
                chance.shuffle(decks[kind])
            if decks[kind]:
                plan.append(decks[kind].pop().format_map(fields))
        plans.append(tuple(plan))
    return tuple(plans)


def _shape(context: Context, chance: random.Random) -> list[str]:
    shape = list(_SHAPES[context.length])
    if context.length == "medium":
        shape[2] = chance.choice(("line", "space"))
    return shape


def _usable(kind: str, fields: dict[str, str], language: Language) -> list[str]:
    """The lines of a kind whose fields are all known and whose condition holds."""
    lines = [
        {"text": line, "when": ""} if isinstance(line, str) else line for line in _table()[language][kind]
    ]
    return [
        line["text"]
        for line in lines
        if (not line["when"] or line["when"] in fields)
        and all(name in fields for _, name, _, _ in Formatter().parse(line["text"]) if name)
    ]


def _fields(context: Context, language: Language) -> dict[str, str]:
    """What the openings may name; a field that is not known is absent."""
    facts = context.facts
    subjects = _things(context)[:2]
    glue = " and " if language == "en" else "和"
    fields = {
        "student": "{student}",
        "subject": glue.join(subjects) or ("drawing" if language == "en" else "画"),
    }
    shown = [c for c in facts.get("palette") or () if (as_number(c.get("share")) or 0) >= LEAST_SHARE]
    for at, colour in enumerate(shown[:2], 1):
        fields[f"colour{at}"] = colour["name"] if language == "en" else colour["zh"]
    line = facts.get("line") or {}
    if (weight := line.get("weight")) in ("fine", "bold"):
        fields["weight"] = term("weights", str(weight), language)
    if (direction := line.get("direction")) in ("horizontal", "vertical", "diagonal"):
        fields["direction"] = term("directions", str(direction), language)
    for name, fact, least, most in (
        ("full", "coverage", 0.85, 2.0),
        ("open", "coverage", -1.0, 0.25),
        ("contrast", "contrast", 0.6, 2.0),
        ("soft", "contrast", -1.0, 0.3),
    ):
        value = as_number(facts.get(fact))
        if value is not None and least <= value < most:
            fields[name] = ""
    return fields


def _things(context: Context) -> list[str]:
    subjects = [item(subject, LIMITS["subject"]) for subject in context.facts.get("subjects") or ()]
    return [subject for subject in subjects if subject]


@cache
def _table() -> dict[str, dict[str, list[Any]]]:
    source = files("drafting").joinpath("openings.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[Any]]] = yaml.safe_load(source)
    return table
