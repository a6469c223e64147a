"""A child's name is stored on the student only; every other stored text says ``{student}``.

``with_name`` and ``without_name`` convert at the edge. ``scrub`` prepares a text to be learned from:
classmates are taken out too, and it says when a name could as well be a word (Violet, 小雨).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

import yaml

from drafting.check.names import variants
from prompts.vocabulary import table

STUDENT = "{student}"
SHORTEST_NAME = 2
"""A single letter or character stands in too many other words to be found again in a text."""

BLANK = "____"
"""Stands for the name on paper when nobody has said yet whose drawing it is."""

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_HAN_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
_PARTS = re.compile(r"[\s·•・]+")  # 阿依古丽·买买提
_CLASSMATE = {"en": "a classmate", "zh": "同学"}
# After a name that is really meant as one: it is addressed, or titled.
_ADDRESSED = re.compile(r"\s*(?:[,，、:：!！]|同学|小朋友|你)|'s\b|’s\b")
_SENTENCE_START = re.compile(r"(?:^|[.!?。！？…\n]|[\"“”‘’「『(（]|[,，;；、])\s*$")


class Named(Protocol):
    """Whoever has a roster name and a name to be called by (which may be empty)."""

    name: str
    called: str


class Scrubbed(NamedTuple):
    """``doubtful``: a name in it, or what was taken for one, could be an ordinary word."""

    text: str
    doubtful: bool


def usual_call(name: str) -> str:
    """How a teacher would call a child of this name: ``Mia`` for Mia Chen, ``小雨`` for 王小雨, ``陈雨``
    for 陈雨.
    """
    name = name.strip()
    if _HAN_NAME.fullmatch(name):
        return _given(name) or name
    first = _PARTS.split(name)[0]
    return first if len(first) >= SHORTEST_NAME else name


def address(student: Named) -> str:
    """How comments address this child."""
    return student.called or student.name


def with_name(text: str, student: Named | None) -> str:
    """The text as a person reads it. Without a student it stays as it is, so that nothing is lost on
    saving.
    """
    return text if student is None else text.replace(STUDENT, address(student))


def on_paper(text: str, student: Named | None) -> str:
    """The text as it leaves the house: an unknown child's name becomes a blank to fill in."""
    return text.replace(STUDENT, BLANK) if student is None else with_name(text, student)


def without_name(text: str, student: Named | None) -> str:
    """The text as it is stored: every form of the child's name becomes ``{student}``."""
    return text if student is None else _replace(text, _variants(student), STUDENT)


def without_classmate(text: str, student: Named, language: str) -> str:
    """A text about another child, in which this child is no longer named."""
    return _replace(text, _variants(student), _CLASSMATE[language])


def scrub(text: str, student: Named | None, roster: Iterable[Named], language: str) -> Scrubbed:
    """A stored text without any child's name: ``{student}`` for its own, "a classmate" for every other."""
    doubtful = student is not None and _own_name_in_doubt(text, student)
    text = without_name(text, student)
    doubtful = doubtful or (student is not None and _by_a_nickname(text, student))
    own = set(_variants(student)) if student is not None else set()
    others = sorted({v for other in roster if other is not student for v in _variants(other)} - own, key=len)
    found = [variant for variant in reversed(others) if _pattern(variant).search(text)]
    doubtful = doubtful or any(_is_word(variant) for variant in found)
    return Scrubbed(_replace(text, found, _CLASSMATE[language]), doubtful)


def _own_name_in_doubt(text: str, student: Named) -> bool:
    """Whether a placeholder may be standing where the teacher meant the word, not the child."""
    called = address(student)
    if not _is_word(called):
        return False
    for match in re.finditer(re.escape(STUDENT), text):
        before, after = text[: match.start()], text[match.end() :]
        starts = bool(_SENTENCE_START.search(before))
        if _HAN.search(called):
            if not (starts and _ADDRESSED.match(after)):
                return True
        elif starts and not _ADDRESSED.match(after):
            return True  # inside an English sentence the capital letter says that it is a name
    return False


def _by_a_nickname(text: str, student: Named) -> bool:
    """Whether the child seems to be called by a short form of a Chinese name (小明, 明明, 王同学): it may be
    a word or another child's, so it is not replaced."""
    forms = variants(student.name) if _HAN.search(student.name) else set()
    return any(
        _SENTENCE_START.search(text[: match.start()]) and _ADDRESSED.match(text[match.end() :])
        for form in forms
        for match in re.finditer(re.escape(form), text)
    )


def _variants(student: Named) -> list[str]:
    """The forms in which the name may be written, longest first. A single letter or character is none of
    them. Of a name of several words the first ones are called together, too (Anna Maria Lopez).
    """
    name = student.name.strip()
    ends = [match.start() for match in _PARTS.finditer(name)]
    forms = {name, student.called.strip(), usual_call(student.name), *(name[:end] for end in ends)}
    if _HAN_NAME.fullmatch(student.name):
        forms.add(_given(student.name))
    return sorted((form for form in forms if len(form) >= SHORTEST_NAME), key=lambda form: (-len(form), form))


def _given(name: str) -> str:
    """The given name of two characters in a Chinese full name, or nothing."""
    surname = 2 if name[:2] in _words()["compound_surnames"] else 1
    given = name[surname:]
    return given if len(given) == 2 else ""


def _replace(text: str, variants: Iterable[str], by: str) -> str:
    """Put ``by`` in the place of every variant, with a capital letter where a sentence begins."""
    for variant in variants:
        first, *others = text.split(STUDENT)
        sub = _pattern(variant).sub
        pieces = [sub(partial(_begun, by=by, begins_text=False), piece) for piece in others]
        text = STUDENT.join([sub(partial(_begun, by=by, begins_text=True), first), *pieces])
    return text


def _begun(match: re.Match[str], by: str, begins_text: bool) -> str:
    before = match.string[: match.start()]
    begins = before.rstrip()[-1:] in {".", "!", "?", "\n"} or (begins_text and not before.strip())
    return by[0].upper() + by[1:] if begins else by


@cache
def _pattern(variant: str) -> re.Pattern[str]:
    """Chinese has no word boundaries. A Latin name that is also a word counts only with its capitals. An
    accent may be a character of its own, as it is in what some systems paste, or left out by whoever types.
    """
    apart = unicodedata.normalize("NFD", variant)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    forms = dict.fromkeys(filter(None, (unicodedata.normalize("NFC", variant), apart, bare)))
    body = f"(?:{'|'.join(map(re.escape, forms))})"
    if _HAN.search(variant):
        return re.compile(body)
    return re.compile(rf"(?<!\w){body}(?!\w)", 0 if _is_word(variant) else re.IGNORECASE)


@cache
def _is_word(variant: str) -> bool:
    if _HAN.search(variant):
        doubled = len(variant) == 2 and variant[0] == variant[1]  # 乐乐, 天天
        return doubled or variant.startswith("小") or variant in _words()["zh"]
    return variant.casefold() in _words()["en"]


@cache
def _words() -> dict[str, Any]:
    """Words that are also given names, with the vocabulary's colour words; and surnames of two characters."""
    source = files("webapp.lessons").joinpath("names_that_are_words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = {key: set(value.split()) for key, value in yaml.safe_load(source).items()}
    for language, name, also in (("en", "name", "also"), ("zh", "zh", "also_zh")):
        words[language].update(_colour_words(name, also))
    return words


def _colour_words(name: str, also: str) -> Iterator[str]:
    for colour in table()["colours"]:
        yield from (colour[name], *colour[also])
