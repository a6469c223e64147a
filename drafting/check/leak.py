"""What belongs to the prompt or the model and not to a comment."""

import re
from collections.abc import Iterator
from functools import cache

from drafting.check.case import Case
from drafting.check.flag import Flag, flag, lexicon
from drafting.check.sentences import normalised, split
from prompts.vocabulary import Language, table

_MARKER = re.compile(
    r"<[^<>\s]{1,60}>|<\||\|>|\[/?INST\]|```|\*\*|__|^#+ |\{\{|\}\}"
    r"|\{(?!student\})[^{}]*\}|(?<!\{student)\}|#[0-9a-fA-F]{6}\b",
    re.MULTILINE,
)
_ADDRESS = re.compile(
    r"https?://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.[\w.]+|\b[\w-]+\.(?:com|org|net|cn|edu|io)\b", re.IGNORECASE
)
# So many of the prompt's words in a row are no accident.
_COPIED = {"en": 8, "zh": 14}


def check_leak(case: Case, prompt_text: str) -> Iterator[Flag]:
    """Flags markup, labels, the model's talk of itself, addresses, and what is copied from the prompt."""
    for reason, pattern in (
        ("leak_marker", _MARKER),
        ("leak_marker", _labels(case.language)),
        ("leak_machine", _machine()),
        ("leak_address", _ADDRESS),
    ):
        for match in pattern.finditer(case.text):
            yield flag("leak", match.span(), case.language, reason, words=match[0].strip())
    if prompt_text:
        yield from _copied(case, prompt_text)


@cache
def _machine() -> re.Pattern[str]:
    return re.compile("|".join(lexicon("leaks")["machine"]), re.IGNORECASE | re.MULTILINE)


@cache
def _labels(language: Language) -> re.Pattern[str]:
    facts = [label[language] for label in table()["labels"].values()]
    either = "|".join(map(re.escape, [*lexicon("leaks")["labels"][language], *facts]))
    colon = r"\s?:(?=\s|$)" if language == "en" else "[:：]"
    return re.compile(rf"(?<!\w)(?:{either}){colon}", re.IGNORECASE)


def _copied(case: Case, prompt_text: str) -> Iterator[Flag]:
    size = _COPIED[case.language]
    prompt = _runs(normalised(prompt_text, case.language), size)
    for sentence in split(case.text, case.language):
        if not prompt.isdisjoint(_runs(normalised(sentence.text, case.language), size)):
            yield flag("leak", (sentence.start, sentence.end), case.language, "leak_prompt")


def _runs(units: tuple[str, ...], size: int) -> set[tuple[str, ...]]:
    return {units[at : at + size] for at in range(len(units) - size + 1)}
