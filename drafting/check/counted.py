"""Chinese things with the measure word of others: 几朵龙舟."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from drafting.check.case import Case
from drafting.check.flag import Flag, flag, lexicon
from drafting.check.things import things

# After a number or what stands for one, or after a verb that adds; else 头 is a head and 位 a place.
_COUNTING = "[一两三四五六七八九十几半这那每]|添|加|画"
# A noun with what describes it lies within so many characters.
_NOUN = r"[^，。；：！？、,;:!?\s\0]{1,8}"


def check_counted(case: Case) -> Iterator[Flag]:
    """Flags each measure word of ``measure_words.yaml`` before a known thing where nothing that it counts
    follows. English has none."""
    if case.language != "zh":
        return
    subjects = sorted(case.context.facts.get("subjects") or (), key=len, reverse=True)
    for match in _pattern().finditer(case.plain):
        word, noun = match["word"], match["noun"]
        if _allowed(word).search(noun):
            continue
        named = next((subject for subject in subjects if subject in noun), "")
        if thing := named or next(iter(_known().findall(noun)), ""):
            span = match.start("word"), match.start("noun") + noun.index(thing) + len(thing)
            yield flag("language", span, "zh", "counted", word=word, thing=thing)


@cache
def _pattern() -> re.Pattern[str]:
    words = "".join(lexicon("measure_words"))
    return re.compile(rf"(?:{_COUNTING})(?P<word>[{words}])(?P<noun>{_NOUN})")


@cache
def _known() -> re.Pattern[str]:
    words = {word for thing in things("zh") for word in thing.words if len(word) > 1}
    return re.compile("|".join(sorted(words, key=lambda word: (-len(word), word))))


@cache
def _allowed(word: str) -> re.Pattern[str]:
    """What a measure word may count."""
    row: dict[str, Any] = lexicon("measure_words")[word]
    kinds = set(row["kinds"])
    words = {
        one for thing in things("zh") if thing.kinds & kinds and not thing.is_part for one in thing.words
    }
    return re.compile("|".join(sorted({*words, *row["also"]}, key=lambda one: (-len(one), one))))
