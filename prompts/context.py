"""What a prompt may say of one drawing, and how it is put into words.

Everything here is plain data. ``words`` is the only door to the templates: it cleans each value, cuts it at
the length in ``LIMITS`` and leaves out what is not known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from typing import Any, Literal, NamedTuple

from prompts import clean
from prompts.facts import Facts
from prompts.vocabulary import Language, degree, table, term

Audience = Literal["student", "guardians", "report"]
Length = Literal["short", "medium", "long"]

# The longest a value may be, in characters, and the most entries of a list. What people type is held to these
# where they type it, so that nothing is cut off unseen.
LIMITS = {
    "theme": 80,
    "medium": 40,
    "tone": 40,
    "voice": 16,
    "instruction": 300,
    "subject": 40,
    "criterion": 60,
    "style": 160,
    "example": 600,
}
MOST = {"subjects": 12, "criteria": 8, "style": 6, "examples": 4, "colours": 4}
# A colour of less than this share of the drawn area is not worth a word in the prompt.
LEAST_SHARE = 0.03


@dataclass(frozen=True)
class Context:
    """One drawing in its lesson. ``age`` is in years; ``examples`` are comments the teacher accepted before.

    Every text writes the student as ``{student}``: a child's name never stands in a prompt.
    """

    facts: Facts
    theme: str = ""
    medium: str = ""
    criteria: tuple[str, ...] = ()
    audience: Audience = "student"
    tone: str = "warm"
    length: Length = "medium"
    age: int | None = None
    voice: str = ""
    style: tuple[str, ...] = field(default=())
    examples: tuple[str, ...] = field(default=())
    instruction: str = ""


class Fact(NamedTuple):
    """One measured thing in words, e.g. ``("coverage", "coverage", "nearly full")``."""

    key: str
    label: str
    words: str


def words(context: Context, language: Language) -> dict[str, Any]:
    """The names a template may use; absent things are empty. See ``docs/prompts.md`` for the list."""
    known = table()
    return {
        "facts": facts_in_words(context.facts, language),
        "subjects": _items(context.facts.get("subjects") or (), "subjects", "subject"),
        "colours": colour_names(context.facts, language),
        "theme": clean.field(context.theme, LIMITS["theme"]),
        "medium": clean.field(context.medium, LIMITS["medium"]),
        "criteria": _items(context.criteria, "criteria", "criterion"),
        "audience": context.audience,
        "reader": known["audiences"][context.audience][language],
        "tone": clean.field(context.tone, LIMITS["tone"]),
        "length": context.length,
        "size": known["lengths"][context.length][language],
        "age": context.age,
        "voice": clean.item(context.voice, LIMITS["voice"]),
        "style": _prose(context.style, "style", "style"),
        "examples": _prose(context.examples, "examples", "example"),
        "instruction": clean.prose(context.instruction, LIMITS["instruction"]),
    }


def facts_in_words(facts: Facts, language: Language) -> list[Fact]:
    """The known facts in a fixed order, in the vocabulary's words, without unknown and impossible ones."""
    labels = table()["labels"]
    found = {
        "colours": _colours(facts, language),
        "place": known_term("places", (facts.get("composition") or {}).get("place"), language),
        "line": _line(facts, language),
        "sheet": _sheet(facts, language),
        "strengths": _join(
            (known_term("qualities", s, language) for s in facts.get("strengths") or ()), language
        ),
        "weakest": known_term("qualities", facts.get("weakest"), language),
    }
    for quality, value in (
        ("warmth", facts.get("warmth")),
        ("saturation", facts.get("saturation")),
        ("contrast", facts.get("contrast")),
        ("coverage", facts.get("coverage")),
        ("balance", (facts.get("composition") or {}).get("balance")),
        ("symmetry", (facts.get("composition") or {}).get("symmetry")),
    ):
        number = as_number(value)
        found[quality] = "" if number is None else degree(quality, number, language)
    return [Fact(key, labels[key][language], found[key]) for key in labels if found.get(key)]


def as_number(value: object) -> float | None:
    """A finite number, or None: facts come from files too, where anything may stand."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def colour_names(facts: Facts, language: Language) -> list[str]:
    """The main colours by name, the largest first."""
    return [name for name, _ in main_colours(facts, language)]


def main_colours(facts: Facts, language: Language) -> list[tuple[str, float]]:
    """The main colours by name with their shares of the drawn area, the largest first."""
    names = {row["name"]: row["name"] if language == "en" else row["zh"] for row in table()["colours"]}
    shares = [(colour["name"], as_number(colour.get("share"))) for colour in facts.get("palette") or ()]
    shown = [
        (str(names[name]), share)
        for name, share in shares
        if name in names and share is not None and LEAST_SHARE <= share <= 1
    ]
    return sorted(shown, key=lambda colour: -colour[1])[: MOST["colours"]]


def _colours(facts: Facts, language: Language) -> str:
    space = " " if language == "en" else ""
    return _join(
        (f"{name}{space}{round(share * 100)}%" for name, share in main_colours(facts, language)), language
    )


def _line(facts: Facts, language: Language) -> str:
    line = facts.get("line") or {}
    curved = as_number(line.get("curved"))
    return _join(
        (
            known_term("weights", line.get("weight"), language),
            known_term("directions", line.get("direction"), language),
            "" if curved is None else degree("curved", curved, language),
        ),
        language,
    )


def _sheet(facts: Facts, language: Language) -> str:
    sheet = facts.get("sheet") or {}
    return _join(
        (
            known_term("papers", sheet.get("paper"), language),
            known_term("orientations", sheet.get("orientation"), language),
        ),
        language,
    )


def known_term(group: str, name: object, language: Language) -> str:
    """A word of a closed list, empty for what does not stand in it: facts come from files too."""
    return term(group, name, language) if isinstance(name, str) and name in table()[group] else ""


def _join(entries: Iterable[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(entry for entry in entries if entry)


def _items(values: Iterable[str], most: str, limit: str) -> list[str]:
    cleaned = (clean.item(value, LIMITS[limit]) for value in values)
    return list(islice(filter(None, cleaned), MOST[most]))


def _prose(values: Iterable[str], most: str, limit: str) -> list[str]:
    cleaned = (clean.prose(value, LIMITS[limit]) for value in values)
    return list(islice(filter(None, cleaned), MOST[most]))
