"""Things that a draft sees in the drawing although nobody noted them."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from drafting.check.case import Case, any_word, blanked
from drafting.check.flag import Flag, flag, lexicon
from prompts.vocabulary import Language


class Thing(NamedTuple):
    """A row of ``things.yaml`` in one language: the words for one thing, and the kinds that it is of."""

    words: tuple[str, ...]
    kinds: frozenset[str]
    is_part: bool = False
    is_kind: bool = False


@cache
def things(language: Language) -> list[Thing]:
    """Every thing that the check knows."""
    known = lexicon("things")
    rows = [
        Thing(tuple(words[language]), frozenset({kind}), is_kind=True)
        for kind, words in known["kinds"].items()
    ]
    for kind, entries in known["things"].items():
        for entry in entries:
            spelt = entry.split("|")[language == "zh"].split()
            rows.append(Thing(tuple(word.replace("_", " ") for word in spelt), frozenset({kind})))
    for part in known["parts"]:
        rows.append(Thing(tuple(part[language]), frozenset(part["of"]), is_part=True))
    return rows


@cache
def thing_words(language: Language) -> str:
    """A pattern for any word of any thing."""
    return any_word({word for thing in things(language) for word in thing.words}, language, "(?:e?s)?")


def check_things(case: Case) -> Iterator[Flag]:
    """Flags each thing named as being there that follows from none of the teacher's words."""
    known = _known(case.known, case.language)
    new = re.compile(lexicon("things")["new"][case.language], re.IGNORECASE)
    proposed_until = 0
    text = blanked(case.plain, [any_word(lexicon("things")["idioms"][case.language], case.language)])
    for match in _any_thing(case.language).finditer(text):
        if _singular(match[0], case.language) & known or match.start() < proposed_until:
            continue
        sentence = case.sentence_at(match.start())
        if case.suggested_at(match.start()) and new.search(case.text[sentence.start : match.start()]):
            # "Next time, add a bird in the sky": what follows belongs to the proposal.
            proposed_until = sentence.end
            continue
        yield flag("unknowable", match.span(), case.language, "thing", words=match[0])


def has_animate(case: Case) -> bool:
    """Whether the drawing may show somebody whom a "she" or "he" can mean."""
    noted = _noted(case.known, case.language)
    return any(thing.kinds & {"animal", "bird", "fish", "insect", "person"} for thing in noted)


def names_subject(text: str, subject: str, language: Language) -> bool:
    """Whether the text speaks of one of the teacher's subjects, in these or other words for it."""
    text, subject = text.casefold(), subject.casefold()
    if subject in text:
        return True
    rows = (thing for thing in _noted(subject, language) if not thing.is_kind)
    return any(_mentioned(thing, text, language) for thing in rows)


@lru_cache(maxsize=256)  # a lesson's drawings are checked many times each
def _noted(text: str, language: Language) -> tuple[Thing, ...]:
    """The things that the text speaks of."""
    return tuple(thing for thing in things(language) if _mentioned(thing, text, language))


@lru_cache(maxsize=256)
def _known(noted: str, language: Language) -> frozenset[str]:
    """The words that a draft may use for things, given the teacher's words."""
    for left, right in lexicon("things")["holds"][language].items():
        if _pattern((left,), language).search(noted):
            noted += " \n " + " \n ".join(right)
    mentioned = _noted(noted, language)
    kinds = {kind for thing in mentioned if not thing.is_part for kind in thing.kinds}
    # A bird is an animal too, and a flower a plant.
    kinds |= {"animal"} if kinds & {"bird", "fish", "insect"} else set()
    kinds |= {"plant"} if kinds & {"flower", "tree", "fruit"} else set()
    words = {word for thing in mentioned for word in thing.words}
    words |= {word for thing in things(language) if (thing.is_kind or thing.is_part) and thing.kinds & kinds
              for word in thing.words}  # fmt: skip
    return frozenset(words)


def _mentioned(thing: Thing, noted: str, language: Language) -> bool:
    return bool(thing.words) and bool(_pattern(thing.words, language).search(noted))


@cache
def _pattern(words: tuple[str, ...], language: Language) -> re.Pattern[str]:
    return re.compile(any_word(words, language, "(?:e?s)?"), re.IGNORECASE)


@cache
def _any_thing(language: Language) -> re.Pattern[str]:
    return re.compile(thing_words(language), re.IGNORECASE)


def _singular(word: str, language: Language) -> set[str]:
    word = re.sub(r"[ \-]+", " ", word.lower())
    return {word, word.removesuffix("s"), word.removesuffix("es")} if language == "en" else {word}
