"""The word lists of ``lexicon/``, and which English words are ordinary ones."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from wordfreq import zipf_frequency

from prompts.vocabulary import Language

_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "r", "er", "st", "est", "ness", "ful", "less", "y")
_SHORTEST_STEM = 3
# Said less than once in ten million words (Zipf scale: the logarithm of times in a thousand million).
_RARE = 2.0
# Of one or two letters almost anything is an abbreviation ("cf"); words are far more frequent.
_RARE_AND_SHORT = 5.0
# What is said in a studio and hardly elsewhere.
_STUDIO = frozenset(
    {"crosshatch", "scumble", "impasto", "brushload", "underdrawing", "sgraffito", "frottage"}
)


@cache
def lexicon(name: str) -> Any:
    """One of the word lists, as in its file."""
    return yaml.safe_load(files("finetune").joinpath("lexicon", f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def phrases(name: str, group: str, language: Language) -> re.Pattern[str]:
    """Any of the regular expressions of a group of a list, in English between the borders of words."""
    either = "|".join(lexicon(name)[group][language])
    pattern = rf"(?<!\w)(?:{either})(?!\w)" if language == "en" else f"(?:{either})"
    return re.compile(pattern, re.IGNORECASE)


@cache
def is_ordinary(word: str) -> bool:
    """Whether a word of Latin letters is an English one that anybody may use, in any of its forms.

    What is stretched is read short ("sooo"), and of a hyphenated word each part must be ordinary.
    """
    short = re.sub(r"([a-z])\1{2,}", r"\1", word.casefold().replace("’", "'"))
    return all(
        not part or any(_is_known(form) for form in (part, *_stems(part))) for part in short.split("-")
    )


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


def _is_known(word: str) -> bool:
    rare = _RARE if len(word) > 2 else _RARE_AND_SHORT
    return word in _STUDIO or float(zipf_frequency(word, "en")) >= rare
