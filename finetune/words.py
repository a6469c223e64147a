"""The word lists of ``lexicon/``, and which English words are ordinary ones."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from prompts.vocabulary import Language

_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "r", "er", "st", "est", "ness", "ful", "less", "y")
_SHORTEST_STEM = 3


@cache
def lexicon(name: str) -> Any:
    """One of the word lists, as in its file."""
    return yaml.safe_load(_read(f"{name}.yaml"))


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
        not part or any(form in _ordinary() for form in (part, *_stems(part))) for part in short.split("-")
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


@cache
def _ordinary() -> frozenset[str]:
    lines = (line for line in _read("ordinary.txt").splitlines() if not line.startswith("#"))
    return frozenset(" ".join(lines).split())


def _read(name: str) -> str:
    return files("finetune").joinpath("lexicon", name).read_text(encoding="utf-8")
