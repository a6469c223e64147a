"""By which names somebody is called in a text, where no roster tells.

Records that Vermilion makes have none: there the roster is known. A file of somebody else's may have them,
and without a roster only what a name is called by can be seen: it is greeted (``Dear Anna,``), stands apart
at the end (``Your cat glows, Anna!``), or is a well-known one that begins (``Anna, your cat``). Other names
are not found. A thing, and what the teacher said of the drawing or its lesson, is none.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from drafting.check.sentences import split
from drafting.check.things import thing_words
from finetune.words import lexicon
from prompts.vocabulary import Language

_NAME = r"(?-i:[A-Z][\w’'\-]*[a-zà-ÿ](?: [A-Z][\w’'\-]*[a-zà-ÿ])?)"
_HAN = r"[\u4e00-\u9fff]"


def called(text: str, language: Language, noted: str) -> dict[str, bool]:
    """The names as they are written, and whether each is in doubt: it may be a word, or not the child's
    (小明, Mrs Brown). ``noted`` is what the teacher said of drawing and lesson, in lower case."""
    find = _english if language == "en" else _chinese
    found = (each for sentence in split(text, language) for each in find(sentence.text))
    return {name: doubt for name, doubt in found if not _said(name.casefold(), noted, language)}


def replaced(text: str, names: Iterable[str], by: str) -> str:
    """The text with ``by`` for each of the names, and for the first of several words of one."""
    forms = {form for name in names for form in (name, name.split(" ")[0])}
    either = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.sub(rf"(?<![A-Za-z])(?:{either})(?![A-Za-z])", lambda _: by, text)


def _said(name: str, noted: str, language: Language) -> bool:
    """Whether the teacher said it herself; in English in whole words: an umbrella is no Ella."""
    if language == "zh":
        return name in noted
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", noted))


def _english(sentence: str) -> Iterator[tuple[str, bool]]:
    greeted, begins, apart = _patterns_en()
    for pattern in (greeted, begins, apart):
        for match in pattern.finditer(sentence):
            name = match["name"]
            if not _no_name().fullmatch(name):
                titled = bool(re.match(rf"(?:{lexicon('names')['titles']})\b", name))
                yield name, titled or (pattern is apart and not begins.match(f"{name},"))


@cache
def _patterns_en() -> tuple[re.Pattern[str], ...]:
    known = lexicon("names")
    greetings, given = "|".join(known["greetings"]), "|".join(known["given_en"].split())
    titled = rf"(?:(?-i:{known['titles']})\.? )?"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"^(?:{greetings}),? (?P<name>{titled}{_NAME})(?=\s*(?:[,.!?:;—–]|$))",
            rf"(?:^|, )(?P<name>(?=(?-i:[A-Z]))(?:{given}))(?=[,!.:]|['’]s\b)",
            # At the end of a sentence that speaks to somebody.
            r"(?=.*\byou(?:r|rs|['’]ve|['’]re)?\b).*[a-z], (?P<name>(?-i:[A-Z][a-zà-ÿ]+))(?=[!?]|\.?$)",
        )
    )


@cache
def _no_name() -> re.Pattern[str]:
    return re.compile("|".join([*lexicon("names")["no_names"], thing_words("en")]), re.IGNORECASE)


def _chinese(sentence: str) -> Iterator[tuple[str, bool]]:
    for pattern in _patterns_zh():
        match = pattern.match(sentence)
        if match and not (_no_child() if match["sure"] else _no_child_or_thing()).search(match["name"]):
            yield match["name"], match["name"][0] in "小阿"


@cache
def _patterns_zh() -> tuple[re.Pattern[str], ...]:
    """``sure`` is matched where it is a name even if one of its characters is a thing (雨桐, 王小雨同学)."""
    known = lexicon("names")
    surname = f"[{known['surnames_zh']}]"
    given = rf"(?P<sure>(?:{surname})?(?:{'|'.join(known['given_zh'].split())}))"
    ends = "[，,：:！!、]"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"(?:亲爱的)?(?P<name>{given}|[小阿]{_HAN})(?:(?:同学|小朋友){ends}|{ends}(?={known['addressed_zh']}))",
            rf"(?:亲爱的)?(?P<name>(?P<sure>{surname}{_HAN}{{1,2}}))同学{ends}",
            rf"亲爱的(?P<name>{given}|{_HAN}{{2,3}}){ends}",
        )
    )


@cache
def _no_child() -> re.Pattern[str]:
    """A word for whoever is greeted in general."""
    return re.compile(lexicon("names")["no_names_zh"])


@cache
def _no_child_or_thing() -> re.Pattern[str]:
    """The same, or what is drawn: 小猫，你好."""
    return re.compile(f"{lexicon('names')['no_names_zh']}|{thing_words('zh')}")
