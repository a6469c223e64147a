"""What a simulated teacher writes of a drawing, and what they make of the drafts that lie before them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from drafting.edits import differences, edit_cost, units
from prompts import LIMITS, clean
from prompts.context import as_number, known_term, main_colours
from prompts.facts import Facts
from prompts.vocabulary import Language, degree
from webapp.simulation.persona import ANY, Persona, fields_of


@dataclass(frozen=True)
class Reply:
    """The draft that was chosen, and the text that was accepted."""

    chosen: int
    text: str


def reply(persona: Persona, drafts: Sequence[str], own: str) -> Reply:
    """Takes the draft nearest to the teacher's ``own`` text, by edit cost, and mends it as far as they do."""
    cost, chosen = min((edit_cost(draft, own, persona.language), at) for at, draft in enumerate(drafts))
    draft = drafts[chosen]
    if cost <= persona.accept_below and not _avoided(persona, draft):
        return Reply(chosen, draft)
    return Reply(chosen, edited(persona, draft, own))


def edited(persona: Persona, draft: str, own: str) -> str:
    """The draft with the first of its spans that differ from ``own`` put right: the share ``effort`` of them.

    More are put right while a phrase that the teacher avoids is left.
    """
    have, wanted = units(draft, persona.language), units(own, persona.language)
    spans = differences(have, wanted)
    for mended in range(ceil(persona.effort * len(spans)), len(spans)):
        text, at = list[str](), 0
        for start, end, new_start, new_end in spans[:mended]:
            text += have[at:start] + wanted[new_start:new_end]
            at = end
        joined = _glue(persona.language).join(text + have[at:])
        if joined and not _avoided(persona, joined):
            return joined
    return own


def own_text(persona: Persona, facts: Facts, seed: int, *, theme: str = "") -> str:
    """What the persona would write of a drawing with these facts, ``{student}`` for the name.

    It follows from the facts, the lesson's theme and the seed alone. A part that would break ``max_words`` or
    ``avoid`` is left out; the opening goes before the facts, these before suggestion and closing.
    """
    values = _values(facts, theme, persona.language)
    chance = random.Random(f"{persona.name}:{seed}")

    def one_of(sentences: Sequence[str]) -> str:
        usable = [s.format_map(values) for s in sentences if all(values[name] for name in fields_of(s))]
        usable = [sentence for sentence in usable if not _avoided(persona, sentence)]
        return chance.choice(usable) if usable else ""

    opening = one_of(persona.opening)
    praise = [sentence for fact in persona.order if (sentence := one_of(persona.praise[fact]))]
    suggestion = one_of(persona.suggestion.get(facts.get("weakest") or ANY, ())) or one_of(
        persona.suggestion.get(ANY, ())
    )
    parts = [opening, *praise[: persona.facts], suggestion, one_of(persona.closing)]
    return _fitted(persona, [part for part in parts if part])


def _fitted(persona: Persona, parts: Sequence[str]) -> str:
    glue, text = _glue(persona.language), ""
    for part in parts:
        longer = f"{text}{glue}{part}" if text else part
        if len(units(longer, persona.language)) <= persona.max_words and not _avoided(persona, longer):
            text = longer
    return text or glue.join(units("".join(parts[:1]), persona.language)[: persona.max_words])


def _avoided(persona: Persona, text: str) -> bool:
    return any(phrase.casefold() in text.casefold() for phrase in persona.avoid)


def _glue(language: Language) -> str:
    return " " if language == "en" else ""


def _values(facts: Facts, theme: str, language: Language) -> dict[str, str]:
    """The fields' values in the vocabulary's words; empty where nothing is known."""
    composition, line = facts.get("composition") or {}, facts.get("line") or {}
    colours = [*main_colours(facts, language), ("", 0.0), ("", 0.0)]
    subjects = [clean.item(subject, LIMITS["subject"]) for subject in facts.get("subjects") or ()]
    return {
        "student": clean.STUDENT,
        "theme": clean.field(theme, LIMITS["theme"]),
        "subject": next(filter(None, subjects), ""),
        "colour1": colours[0][0],
        "colour2": colours[1][0],
        "share1": f"{round(100 * colours[0][1])}%" if colours[0][0] else "",
        "place": known_term("places", composition.get("place"), language),
        "line_weight": known_term("weights", line.get("weight"), language),
        "line_direction": known_term("directions", line.get("direction"), language),
        "warmth_word": _degree("warmth", facts.get("warmth"), language),
        "coverage_word": _degree("coverage", facts.get("coverage"), language),
        "contrast_word": _degree("contrast", facts.get("contrast"), language),
    }


def _degree(quality: str, value: object, language: Language) -> str:
    number = as_number(value)
    return "" if number is None else degree(quality, number, language)
