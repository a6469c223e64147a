"""What of a drawing's own facts a text tells, and so what in it is a pattern's filled gap and what is fixed.

A teacher's habit is a pattern ("The {colour1} carries the picture"), and each filled one is true of its own
drawing. What somebody pastes is fixed and knows nothing of the drawing under it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from drafting.check.case import any_word
from drafting.check.colour import mentions, palette
from drafting.check.sentences import normalised
from finetune.records import Record
from prompts.context import facts_in_words
from prompts.vocabulary import Language

GAP = "□"
"""Stands in a shape where the sentence tells of its drawing."""

_TOLD = frozenset({"place", "coverage", "contrast", "warmth", "saturation", "line", "balance", "symmetry"})
# A theme or a subject is told by its words of such a length, too: "garden" of "My garden", 花园 of 我的花园.
_WORD = {
    "en": re.compile(r"(?!(?:with|from|that|this|your|what|when|where|like|into|over|under)\b)\w{4,}"),
    "zh": re.compile(r"[^\s的和与在我们你、，,]{2,}"),
}


def told(one: Record, text: str) -> frozenset[str]:
    """The words of ``text``, lower case, in which it tells something of the record's own drawing."""
    return frozenset(text[start:end].casefold() for start, end in _spans(one, text))


def shape(one: Record, sentence: str) -> tuple[str, ...]:
    """The sentence's units as ``normalised`` gives them, with ``GAP`` for each that tells of the drawing."""
    parts: list[str] = []
    done = 0
    for start, end in sorted(_spans(one, sentence)):
        if start >= done:
            parts += [*normalised(sentence[done:start], one.language), GAP]
        done = max(done, end)
    return (*parts, *normalised(sentence[done:], one.language))


def _spans(one: Record, text: str) -> Iterator[tuple[int, int]]:
    """Where the text tells of the drawing: a colour that it has, a fact's words, a subject, the theme."""
    facts = one.context.facts
    noted = (*(facts.get("subjects") or ()), one.context.theme)
    has = set(palette(facts))
    has |= {name for words in noted for _, names in mentions(words, one.language) for name in names}
    yield from (span for span, names in mentions(text, one.language) if names & has)
    said = {
        part
        for fact in facts_in_words(facts, one.language)
        if fact.key in _TOLD
        for part in re.split(r", |、", fact.words)
    }
    shares = {f"{round(colour['share'] * 100)}%" for colour in facts.get("palette") or ()}
    for pattern in _patterns(one.language, frozenset(said), frozenset(shares), frozenset(noted)):
        yield from (match.span() for match in pattern.finditer(text))


@lru_cache(maxsize=1024)
def _patterns(
    language: Language, said: frozenset[str], shares: frozenset[str], noted: frozenset[str]
) -> tuple[re.Pattern[str], ...]:
    words = said | noted | {word for phrase in noted for word in _WORD[language].findall(phrase)}
    either = any_word(filter(None, words), language, "(?:e?s)?") if any(words) else r"(?!)"
    numbers = "|".join(map(re.escape, sorted(shares))) or r"(?!)"
    return re.compile(either, re.IGNORECASE), re.compile(rf"(?<!\d)(?:{numbers})")
