"""Where sentences begin and end, in English and Chinese, and when two say the same."""

import re
from typing import NamedTuple

from prompts.vocabulary import Language

STUDENT = "{student}"

# A sentence ends after its marks and closing quotes; in English only before a space, so "3.5" holds together.
_END = {
    "en": re.compile(r"(?:[.!?…]+|[。！？])[\"'”’)\]]*(?=\s|$)|\n+"),
    "zh": re.compile(r"(?:[。！？…；!?]+|\.(?=\s|$))[”’」』）\"'）]*|\n+"),
}
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|mr|mrs|ms|dr|st|no|vs)\.$", re.IGNORECASE)
_UNIT = {
    "en": re.compile(r"\{student\}|[^\W_]+(?:['’\-][^\W_]+)*"),
    "zh": re.compile(r"\{student\}|[A-Za-z0-9]+|[^\W_]"),
}


class Sentence(NamedTuple):
    """``text[start:end]``, without the space around it."""

    start: int
    end: int
    text: str


def split(text: str, language: Language) -> list[Sentence]:
    """The sentences in order, with their places in ``text``; what stands after the last mark is one too."""
    ends = [
        match.end()
        for match in _END[language].finditer(text)
        if not _ABBREVIATION.search(text, max(0, match.end() - 8), match.end()) or match.end() == len(text)
    ]
    found, start = [], 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        if piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            found.append(Sentence(first, first + len(piece.strip()), piece.strip()))
        start = end
    return found


def is_finished(text: str) -> bool:
    """Whether the text ends as a sentence ends."""
    return bool(re.search(r"[.!?。！？…~～][\"'”’」』）)]*\s*$", text))


def units(text: str, language: Language) -> list[str]:
    """What a length is counted in: words in English, characters in Chinese; ``{student}`` is one."""
    return _UNIT[language].findall(text)


def normalised(sentence: str, language: Language) -> tuple[str, ...]:
    """The sentence's units without case, punctuation and the student: equal when two say the same."""
    return tuple(unit.casefold() for unit in units(sentence, language) if unit != STUDENT)
