"""What is known of a drawing: what was measured, turned as the teacher turned it, corrected, and in their
words.
"""

import json
import re
from hashlib import sha256
from typing import Any, cast

from prompts.context import LIMITS, MOST
from prompts.facts import Facts
from webapp.lessons.tables import Drawing

_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")
_SWAPPED = {
    "horizontal": "vertical",
    "vertical": "horizontal",
    "landscape": "portrait",
    "portrait": "landscape",
}


def known_facts(drawing: Drawing) -> Facts:
    """The facts that drafting, checking and feedback go by. Before measuring only the subjects are known."""
    facts = dict(drawing.facts or {"schema": 1})
    for _ in range(drawing.turned % 4):
        facts = _turn(facts)
    known = cast(Facts, facts)
    if drawing.corrections:
        from drafting.measure import correct  # OpenCV takes a moment to load

        known = correct(known, drawing.corrections)
    return cast(Facts, {**known, "subjects": drawing.corrections.get("subjects", drawing.subjects)})


def split_subjects(typed: str) -> list[str]:
    """The words of a typed or dictated list, each once: ``cat, red mat``, ``猫、红垫子``."""
    words = (" ".join(word.split())[: LIMITS["subject"]] for word in re.split(r"[,，、;；\n]+", typed))
    return list(dict.fromkeys(word for word in words if word))[: MOST["subjects"]]


def fingerprint(facts: Facts) -> str:
    """The same for the same facts, and never for others."""
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def turn(drawing: Drawing, quarters: int) -> None:
    """Turn the picture clockwise by so many quarters, and with it what the teacher corrected: they said it
    of the picture as they saw it then.
    """
    for _ in range(quarters % 4):
        drawing.corrections = _turn(drawing.corrections)
    drawing.turned = (drawing.turned + quarters) % 4


def _turn(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts, all or some, of the picture turned by a quarter clockwise. What only a new measurement
    could tell is left out.
    """
    turned = dict(facts)
    if sheet := facts.get("sheet"):
        turned["sheet"] = _swap(sheet, "orientation")
    if composition := facts.get("composition"):
        # The picture's symmetry is about its upright axis, which is another one now.
        kept = {key: value for key, value in composition.items() if key != "symmetry"}
        if centre := composition.get("centre"):
            kept["centre"] = [round(1 - centre[1], 3), centre[0]]
        if place := composition.get("place"):
            kept["place"] = _turn_place(place)
        turned["composition"] = kept
    if "strengths" in facts:
        turned["strengths"] = [s for s in facts["strengths"] if s != "symmetry"]
    if facts.get("weakest") == "symmetry":
        turned["weakest"] = None
    if line := facts.get("line"):
        turned["line"] = _swap(line, "direction")
    return turned


def _swap(group: dict[str, Any], key: str) -> dict[str, Any]:
    """The group of facts with upright for lying and the reverse; a key that is not there stays away."""
    word = group.get(key)
    return {**group, key: _SWAPPED[word]} if word in _SWAPPED else group


def _turn_place(place: str) -> str:
    """``top left`` becomes ``top right``: what was up is right, what was left is up."""
    words = place.split()
    row = next((i for i, word in enumerate(_ROWS) if word in words), 1)
    column = next((i for i, word in enumerate(_COLUMNS) if word in words), 1)
    return f"{_ROWS[column]} {_COLUMNS[2 - row]}".strip() or "centre"
