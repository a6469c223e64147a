"""The teacher's corrections of the facts: kept beside what was measured, never over it, so they can be taken
back.
"""

import re
from collections.abc import Iterable
from typing import Any, cast

from sqlmodel import Session

from drafting.measure import correct
from prompts.context import MOST
from prompts.facts import Facts
from prompts.vocabulary import table
from webapp.desk.doubts import recheck
from webapp.desk.showing import student_of
from webapp.desk.wording import DEGREES
from webapp.lessons.naming import without_name
from webapp.lessons.tables import Drawing

_MOST_SHARE = 100
"""Shares are given in per cent or as parts of one; they are made to sum to 1."""

_PATHS = {
    "place": ("composition", "place"),
    "balance": ("composition", "balance"),
    "weight": ("line", "weight"),
    "direction": ("line", "direction"),
    "paper": ("sheet", "paper"),
}
"""Where a fact stands in the facts, when it is not at their top."""


def correct_fact(session: Session, drawing: Drawing, fact: str, value: Any) -> None:
    """Set one fact as the teacher sees it, and hold the drafts against it.

    ``value`` is a word of the vocabulary, or for ``palette`` a list of ``{name, hex, share}`` whose shares
    need not add up. ValueError, with a message for the teacher, for anything else.
    """
    if fact == "palette":
        changes: dict[str, Any] = {"palette": _palette(value)}
    elif fact in DEGREES or fact in _PATHS:
        given = _number(fact, str(value)) if fact in DEGREES else str(value)
        *parents, key = _PATHS.get(fact, (fact,))
        changes = {key: given}
        for parent in reversed(parents):
            changes = {parent: changes}
    else:
        raise ValueError(f"unknown fact: {fact}")
    correct_facts(session, drawing, changes)


def correct_facts(session: Session, drawing: Drawing, changes: dict[str, Any]) -> None:
    """Lay changes, which have the form of facts, over what was measured, and hold the drafts against them.

    FactError, which says in both languages what is wrong, for what cannot be.
    """
    merged = _merge(drawing.corrections, changes)
    correct(cast(Facts, drawing.facts or {}), merged)  # raises, and says what is wrong with it
    drawing.corrections = merged
    recheck(session, drawing)


def measured_again(session: Session, drawing: Drawing) -> None:
    """Take every correction back."""
    drawing.corrections = {}
    recheck(session, drawing)


def name_subjects(session: Session, drawing: Drawing, subjects: Iterable[str]) -> None:
    """Set the words for what is drawn, as the teacher says them, and hold the drafts against them."""
    student = student_of(session, drawing)
    stored = dict.fromkeys(without_name(word, student) for word in subjects)
    drawing.subjects = list(stored)[: MOST["subjects"]]
    drawing.corrections = {key: value for key, value in drawing.corrections.items() if key != "subjects"}
    recheck(session, drawing)


def _number(quality: str, word: str) -> float:
    """A number in the middle of what is called by this (English) word."""
    low = -1.0 if quality == "warmth" else 0.0
    for bound, name, _zh in table()["degrees"][quality]:
        high = 1.0 if bound is None else float(bound)
        if name == word:
            return round((low + high) / 2, 3)
        low = high
    raise ValueError(f"no such word for {quality}: {word}")


def _palette(given: Any) -> list[dict[str, Any]]:
    """The colours with their shares made to sum to 1, largest first."""
    if not isinstance(given, list) or not given:
        raise ValueError("a drawing has at least one colour")
    known = {colour["name"]: colour for colour in table()["colours"]}
    if not all(isinstance(c, dict) and isinstance(c.get("name"), str) for c in given):
        raise ValueError("each colour needs a name and a share")
    if unknown := [c["name"] for c in given if c["name"] not in known]:
        raise ValueError(f"unknown colours: {unknown}")
    if not all(type(c.get("share")) in (int, float) and 0 <= c["share"] <= _MOST_SHARE for c in given):
        raise ValueError("the share of a colour is a number from 0 to 100")
    total = sum(max(float(c["share"]), 0.01) for c in given)
    colours = [
        {
            "name": c["name"],
            "zh": known[c["name"]]["zh"],
            "hex": c["hex"]
            if re.fullmatch(r"#[0-9a-f]{6}", str(c.get("hex")))
            else known[c["name"]]["hex"][0],
            "share": round(max(float(c["share"]), 0.01) / total, 3),
        }
        for c in given
    ]
    return sorted(colours, key=lambda c: -c["share"])


def _merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
