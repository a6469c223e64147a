"""Keeps a model, while it writes, from words that a drawing gives no reason for, and from the name where it
is out of place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import accumulate

from drafting.check import check
from drafting.check.address import misaddressed
from drafting.check.colour import colour_words
from drafting.check.flag import lexicon
from drafting.check.sentences import STUDENT
from drafting.check.things import things
from prompts import Context
from prompts.vocabulary import Language

# Common in what small models write, and never known: the check of claims finds them in any sentence.
_CLAIMS = {
    "en": (
        "he",
        "she",
        "his",
        "her",
        "him",
        "mother",
        "father",
        "mom",
        "dad",
        "family",
        "friend",
        "friends",
        "today",
    ),
    "zh": ("妈妈", "爸爸", "他", "她", "家人", "同学们", "今天"),
}
_BETWEEN = {"en": " . ", "zh": "。"}
_KINDS = {"colour", "unknowable", "degree", "place"}
_WORDS = re.compile(r"[a-z]+(?:['-][a-z]+)*")
# Of the claims of degree only those that are plain words; the others are regular expressions.
_PATTERN = re.compile(r"[\\()\[\]|?*+]")


def refusal(context: Context, language: Language) -> Callable[[str, int], bool]:
    """A test whether a text, from character ``new`` on, names what this drawing does not have, or begins the
    student's name where that is ``misaddressed``.

    What is refused is what ``check`` would flag, so the two cannot disagree: it is shown every word it
    knows, once. Longer words come first: where 浅蓝 is measured and 蓝 is not, a text may end in 浅蓝.
    """
    words = _all_words(language)
    glue = _BETWEEN[language]
    starts = list(accumulate((len(word) + len(glue) for word in words), initial=0))
    # The paper's own colour is no error in a teacher's sentence, but it is none of the swatches shown.
    drawn = replace(context, facts={**context.facts, "sheet": {}})
    flags = check(glue.join(words), context=drawn, language=language)
    unfit = {flag["span"][0] for flag in flags if flag["kind"] in _KINDS}
    refused = frozenset(word for word, start in zip(words, starts, strict=False) if start in unfit)
    allowed = frozenset(words) - refused

    def refuse(text: str, new: int) -> bool:
        names = (at for at in range(new, len(text)) if text[at] == STUDENT[0])
        if any(misaddressed(text[:at], context.audience, language) for at in names):
            return True
        text = text.lower()
        return any(_ends_in(text[:end], refused, allowed, language) for end in _ends(text, new, language))

    return refuse


def _ends(text: str, new: int, language: Language) -> Iterator[int]:
    """Where a word may end in the new part: anywhere in Chinese, before what is no letter in English."""
    for end in range(new + 1, len(text) + 1):
        if language == "zh" or end == len(text) or not text[end].isalpha():
            yield end


def _ends_in(text: str, refused: frozenset[str], allowed: frozenset[str], language: Language) -> bool:
    for end in _last_words(text, language):
        if end in allowed:
            return False
        if end in refused:
            return True
    return False


def _last_words(text: str, language: Language) -> list[str]:
    """What the text ends in, the longest first: its last six to one characters, or its last two words and
    its last."""
    if language == "zh":
        return [text[-size:] for size in range(6, 0, -1)]
    words = _WORDS.findall(text[-60:])
    return [" ".join(words[-2:]), *words[-1:]]


@cache
def _all_words(language: Language) -> tuple[str, ...]:
    known = {word for thing in things(language) for word in thing.words}
    if language == "en":
        known |= {f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s" for word in known}
    degrees = {claim for row in lexicon("degrees") for claim in row["claims"][language]}
    plain = {claim for claim in degrees if not _PATTERN.search(claim)}
    return tuple(sorted(known | plain | set(colour_words(language)) | set(_CLAIMS[language])))
