"""Sentence openings for a base that was never trained to comment.

An untrained model of a few hundred million weights wanders when left alone. Given how each sentence begins, from the
drawing's own facts, it stays with the drawing and only has to finish the thought.
"""

import random
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
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
    """``n`` plans for one drawing: how each sentence of a comment begins. No two plans begin alike while there is
    another beginning; a kind of sentence that the facts say nothing for is left out."""
    fields = _fields(context, language)
    chance = random.Random(seed)
    decks: dict[str, list[str]] = {}
    plans = []
    for _ in range(n):
        plan: list[str] = []
        for kind in _shape(context, chance):
            if not decks.get(kind):
                decks[kind] = list(_usable(kind, fields, language))
                chance.shuffle(decks[kind])
            fresh = [line for line in decks[kind] if line not in plan]
            if fresh:
                decks[kind].remove(fresh[-1])
                plan.append(fresh[-1])
        plans.append(tuple(plan))
    return tuple(plans)


def _shape(context: Context, chance: random.Random) -> list[str]:
    shape = list(_SHAPES[context.length])
    if context.length == "medium":
        shape[2] = chance.choice(("line", "space"))
    return shape


def _usable(kind: str, fields: dict[str, str], language: Language) -> Iterator[str]:
    for line in _table()[language][kind]:
        text, when = (line, "") if isinstance(line, str) else (line["text"], line["when"])
        try:
            filled = text.format_map(fields)
        except KeyError:
            continue
        if not when or when in fields:
            yield filled


def _fields(context: Context, language: Language) -> dict[str, str]:
    """What the openings may name; a field that is not known is absent."""
    facts = context.facts
    subjects = [item(subject, LIMITS["subject"]) for subject in facts.get("subjects") or ()]
    subjects = [subject for subject in subjects if subject][:2]
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


@cache
def _table() -> dict[str, dict[str, list[Any]]]:
    source = files("drafting").joinpath("openings.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[Any]]] = yaml.safe_load(source)
    return table
