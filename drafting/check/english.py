"""Which words of Latin letters are English ones."""

import re
from collections.abc import Iterator
from functools import lru_cache

from wordfreq import zipf_frequency

_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "r", "er", "st", "est", "ness", "ful", "less", "y")
_BEGINNINGS = ("out", "over", "under", "un", "re")
_SHORTEST_STEM = 3
# What is said in a studio and hardly elsewhere.
_STUDIO = frozenset(
    {"crosshatch", "scumble", "impasto", "brushload", "underdrawing", "sgraffito", "frottage"}
)
_COMMON = 4.0  # as everyday words are


@lru_cache(maxsize=16_384)
def how_common(word: str, short: float = 0.0) -> float:
    """How often English says a word, in whichever of its forms it says most often: on the Zipf scale, the
    logarithm of times in a thousand million words; 0 where it is no word. What studios say is common.

    What is stretched is read short ("sooo"), and a hyphenated word is as common as the rarest of its parts.
    Of one or two letters almost anything is an abbreviation ("cf"): said less than ``short`` it is no word.
    """
    plain = re.sub(r"([a-z])\1{2,}", r"\1", word.casefold().replace("’", "'"))
    parts = [part for part in plain.split("-") if part]
    return min((_of_a_part(part, short) for part in parts), default=_COMMON)


def is_word(word: str) -> bool:
    """Whether it is a word at all, or made from one by a beginning (outshouts)."""
    shorter = (word.casefold().removeprefix(beginning) for beginning in _BEGINNINGS)
    made_from = (rest for rest in shorter if _SHORTEST_STEM < len(rest) < len(word))
    return how_common(word) > 0 or any(how_common(rest) > 0 for rest in made_from)


def _of_a_part(part: str, short: float) -> float:
    return max(_of_a_form(form, short) for form in (part, *_stems(part)))


def _of_a_form(form: str, short: float) -> float:
    if form in _STUDIO:
        return _COMMON
    said = float(zipf_frequency(form, "en"))
    return said if len(form) > 2 or said >= short else 0.0


def _stems(word: str) -> Iterator[str]:
    """What the word may be a form of: glow for glows, happy for happier, big for bigger."""
    word = re.sub(r"'(?:s|d|ll|re|ve)$", "", word)
    yield word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _SHORTEST_STEM:
            continue
        yield stem
        if ending in ("ing", "est", "y"):
            yield stem + "e"
        if stem.endswith("i"):
            yield stem[:-1] + "y"
        if stem[-1] == stem[-2]:
            yield stem[:-1]
        yield from _stems(stem) if ending in ("s", "ly", "ness") else ()
