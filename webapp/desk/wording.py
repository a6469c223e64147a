"""The facts of a drawing in words, as the desk shows them, and what each may be corrected to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from prompts.facts import Facts
from prompts.vocabulary import Language, degree, table, term

DEGREES = ("coverage", "contrast", "warmth", "saturation", "balance")
"""Measured numbers that are shown, and corrected, as one of three or four words."""


class Fact(NamedTuple):
    """``name`` is what a correction calls it; ``options`` are (value, word) to choose from, ``value`` the
    present one.
    """

    name: str
    label: str
    word: str
    value: str
    options: tuple[tuple[str, str], ...]


class Dab(NamedTuple):
    """A colour of the palette; ``percent`` of the drawn area."""

    name: str
    word: str
    hex: str
    percent: int


def dabs(facts: Facts, language: Language) -> list[Dab]:
    """The palette, largest share first."""
    return [
        Dab(c["name"], c["name"] if language == "en" else c["zh"], c["hex"], round(100 * c["share"]))
        for c in facts.get("palette", [])
    ]


def colour_words(language: Language) -> list[Dab]:
    """Every colour there is a word for."""
    return [
        Dab(c["name"], c["name" if language == "en" else "zh"], c["hex"][0], 0) for c in table()["colours"]
    ]


def worded(facts: Facts, language: Language) -> Iterator[Fact]:
    """Each known fact but the palette, as a label and a word. An unknown one is left out."""
    composition: Any = facts.get("composition", {})
    line: Any = facts.get("line", {})
    sheet: Any = facts.get("sheet", {})
    if place := composition.get("place"):
        yield _term("place", "places", place, language)
    values = {**facts, "balance": composition.get("balance")}
    for quality in DEGREES:
        if (value := values.get(quality)) is not None:
            yield _degree(quality, float(value), language)
    if weight := line.get("weight"):
        yield _term("weight", "weights", weight, language)
    if direction := line.get("direction"):
        yield _term("direction", "directions", direction, language)
    if paper := sheet.get("paper"):
        yield _term("paper", "papers", paper, language)


def _term(name: str, group: str, value: str, language: Language) -> Fact:
    options = tuple((other, term(group, other, language)) for other in table()[group])
    return Fact(name, _LABELS[name][language], term(group, value, language), value, options)


def _degree(name: str, value: float, language: Language) -> Fact:
    rows = table()["degrees"][name]
    options = tuple((str(row[1]), str(row[1 if language == "en" else 2])) for row in rows)
    return Fact(
        name, _LABELS[name][language], degree(name, value, language), degree(name, value, "en"), options
    )


# Short headings for a row of facts; the vocabulary's own labels are written for prompts.
_LABELS: dict[str, dict[Language, str]] = {
    "place": {"en": "Place", "zh": "位置"},
    "coverage": {"en": "Sheet", "zh": "画面"},
    "contrast": {"en": "Contrast", "zh": "对比"},
    "warmth": {"en": "Tones", "zh": "冷暖"},
    "saturation": {"en": "Colour", "zh": "色感"},
    "balance": {"en": "Balance", "zh": "平衡感"},
    "weight": {"en": "Line", "zh": "线条"},
    "direction": {"en": "Direction", "zh": "走向"},
    "paper": {"en": "Paper", "zh": "画纸"},
}
