"""The word lists of ``lexicon/``, and which English words are ordinary ones."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from drafting.check.english import how_common
from prompts.vocabulary import Language

# Said less than once in ten million words (Zipf scale: the logarithm of times in a thousand million).
_RARE = 2.0
# Of one or two letters almost anything is an abbreviation ("cf"); words are far more frequent.
_RARE_AND_SHORT = 5.0


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


def is_ordinary(word: str) -> bool:
    """Whether a word of Latin letters is an English one that anybody may use, in any of its forms."""
    return how_common(word, short=_RARE_AND_SHORT) >= _RARE
