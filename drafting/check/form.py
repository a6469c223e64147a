"""Length, language and a proper end."""

import re
from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.english import is_word
from drafting.check.flag import Flag, flag
from drafting.check.sentences import is_finished, units
from prompts import Context
from prompts.vocabulary import Language, table

_HAN, _LATIN = r"\u3400-\u9fff", "A-Za-zÀ-ɏ"
_FOREIGN = {
    # Letters of any other script; Latin words of more than three letters in Chinese (not "A4" or "OK").
    "en": re.compile(r"[^\W\d_a-zA-ZÀ-ɏ]+"),
    "zh": re.compile(
        rf"[^\W\d_{_HAN}{_LATIN}]+|[{_LATIN}]{{4,}}(?:[ '’\-]+[{_LATIN}]+)*"
        rf"|(?:[{_LATIN}]+[ '’\-]+){{2,}}[{_LATIN}]+"
    ),
}  # fmt: skip
_WORD = re.compile(rf"[{_LATIN}]+(?:['’-][{_LATIN}]+)*")
# English cannot be written without these; a longer text that has hardly any is another language.
_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "of",
        "to",
        "in",
        "is",
        "are",
        "you",
        "your",
        "it",
        "its",
        "this",
        "that",
        "with",
        "for",
        "on",
        "at",
        "how",
        "i",
        "we",
        "from",
        "by",
        "as",
        "so",
        "but",
    ]
)

_SHORTER = re.compile(r"\b(?:short|shorter|brief|briefer|one sentence|few words)\b|短|简|一句", re.IGNORECASE)
_LONGER = re.compile(r"\b(?:long|longer|more|detail|details|detailed)\b|长|详|多写|多说", re.IGNORECASE)


def check_length(case: Case) -> Iterator[Flag]:
    """Flags a draft outside the asked length's bounds, unless the teacher's instruction asks for that."""
    n = len(units(case.text, case.language))
    least, most = _bounds(case.context, case.language)
    span = (0, len(case.text))
    if n == 0:
        yield flag("length", span, case.language, "empty")
    elif n < least:
        yield flag("length", span, case.language, "short", n=n, least=least)
    elif n > most and not _LONGER.search(case.context.instruction):
        yield flag("length", span, case.language, "long", n=n, most=most)


def is_long_enough(text: str, context: Context, language: Language) -> bool:
    """Whether a text is not too short for the asked length."""
    return len(units(text, language)) >= _bounds(context, language)[0]


def _bounds(context: Context, language: Language) -> tuple[int, int]:
    """The fewest and most words, or characters, of the asked length; of an instruction to be brief, 0."""
    least, most = table()["lengths"][context.length]["words" if language == "en" else "characters"]
    return (0 if _SHORTER.search(context.instruction) else least), most


def check_language(case: Case) -> Iterator[Flag]:
    """Flags words of another script, and English that is none; words that the teacher typed are right.

    A small model that learned too much too fast puts words together from pieces ("stoodyre").
    """
    for match in _FOREIGN[case.language].finditer(case.plain):
        if match[0].casefold() not in case.known:
            yield flag("language", match.span(), case.language, words=match[0])
    if case.language != "en":
        return
    words = [word.casefold() for word in units(case.plain, "en")]
    if len(words) >= 10 and sum(word in _COMMON for word in words) < len(words) / 10:
        yield flag("language", (0, len(case.text)), "en", words=f"{case.text[:24].strip()}…")
        return
    for match in no_words(case):
        yield flag("language", match.span(), "en", words=match[0])


def no_words(case: Case) -> Iterator[re.Match[str]]:
    """What stands in the place of English words and is none, unless the teacher typed it for the drawing."""
    for match in _WORD.finditer(case.plain):
        if not is_word(match[0]) and match[0].casefold() not in case.known:
            yield match


def check_end(case: Case) -> Iterator[Flag]:
    """Flags a last sentence that does not end."""
    if case.sentences and not is_finished(case.text):
        last = case.sentences[-1]
        yield flag("unfinished", (last.start, last.end), case.language)
