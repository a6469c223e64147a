"""Chinese things with the measure word of others: 几朵龙舟."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from drafting.check.case import Case
from drafting.check.flag import Flag, flag, lexicon
from drafting.check.things import things

_COUNTING = r"(?:[一两三四五六七八九十几半多这那每\d][大小]?|添|加)"
# What may stand between a measure word and its noun and is neither noun nor verb: 一棵挂满星星的树 is a tree.
_DESCRIBING = r"(?:(?P<twice>.)(?P=twice)的|可爱的|漂亮的|美丽的|鲜艳的|[大小新老红黄绿蓝白黑]){0,2}"
# What may follow the noun without being a part of it: 一座足球场.
_ENDS = r"(?=[，。；：！？、,;:!?\s\0]|$|[和与在站来游飞让陪])"


def check_counted(case: Case) -> Iterator[Flag]:
    """Flags each measure word of ``measure_words.yaml`` before a thing that it does not count. A thing that
    ``things.yaml`` does not know may be counted with any; English has no measure words."""
    if case.language != "zh":
        return
    for word in lexicon("measure_words"):
        if word in case.plain:
            for match in _pattern(word).finditer(case.plain):
                thing = match["thing"]
                yield flag("language", match.span("counted"), "zh", "counted", word=word, thing=thing)


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """A measure word before a known thing of other kinds."""
    row: dict[str, Any] = lexicon("measure_words")[word]
    right = {one for thing in things("zh") if thing.kinds & {*row["kinds"]} and not thing.is_part
             for one in thing.words}  # fmt: skip
    right |= set(row["also"])
    known = {one for thing in things("zh") for one in thing.words if len(one) > 1}
    wrong = {one for one in known if not any(part in one for part in right)}
    either = "|".join(sorted(wrong, key=lambda one: (-len(one), one)))
    return re.compile(rf"{_COUNTING}(?P<counted>{word}{_DESCRIBING}(?P<thing>{either})){_ENDS}")
