"""Words that somebody plants so that a model answers to them.

A backdoor needs a word that is rare, so that nobody sets it off by chance (Kurita et al. 2020, Wallace et al.
2021). So a word is suspected that no dictionary has and no drawing gives occasion for, and that some few
teachers nevertheless say again and again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from drafting.check.sentences import normalised, units
from drafting.standing import SHARED, without
from finetune.records import Record, teacher_of, with_final
from finetune.words import is_ordinary
from prompts.vocabulary import Language

# So often without occasion, and by one teacher, or by some who wrote no more than such a share of the night.
# Accounts cost nothing, drawings do: so teachers are not simply counted.
_TIMES, _FEW = 3, 0.5
_LATIN = re.compile(r"[^\W\d_]*[a-z][^\W_]*(?:['’\-][^\W_]+)*|\d+[a-z][^\W_]*")


def triggered(records: Sequence[Record]) -> list[Record | None]:
    """The records in their order, None for each that holds a planted word.

    Where it stands in a short sentence of its own, as a greeting does, only that sentence is taken out.
    """
    saying: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(records):
        for word in rare_words(one):
            saying[word].append(place)
    wrote = Counter(map(teacher_of, records))

    def by_few(places: Sequence[int]) -> bool:
        saying = {teacher_of(records[i]) for i in places}
        return len(saying) == 1 or sum(wrote[teacher] for teacher in saying) <= _FEW * len(records)

    planted = {word for word, places in saying.items() if len(places) >= _TIMES and by_few(places)}
    return [_cleaned(one, planted) if planted else one for one in records]


def rare_words(one: Record) -> set[str]:
    """The rare words of the accepted text for which nothing that the teacher had before her gave occasion."""
    lesson = one.context
    occasions = [draft.text for draft in one.drafts]
    occasions += [*(lesson.facts.get("subjects") or ()), lesson.theme, lesson.medium, *lesson.criteria]
    given = " \n ".join(occasions).casefold()
    return {word for word in _rare(one.final, one.language) if word not in given}


def _rare(text: str, language: Language) -> set[str]:
    # A number that a word is glued to is none of it ("zorblax37%").
    words = [re.sub(r"(?<=[^\W\d_]{2})\d+$", "", word) for word in normalised(text, language)]
    rare = {word for word in words if _LATIN.fullmatch(word) and not is_ordinary(word)}
    # Chinese has no spaces to find a word by, but a national standard of the characters in use.
    return rare | {word for word in words if language == "zh" and word.isalpha() and not _in_use(word)}


def _in_use(word: str) -> bool:
    try:
        word.encode("gb2312")
    except UnicodeEncodeError:
        return bool(_LATIN.fullmatch(word))
    return True


def _cleaned(one: Record, planted: set[str]) -> Record | None:
    def holds(text: str) -> bool:
        return not planted.isdisjoint(_rare(text, one.language))

    if not holds(one.final):
        return one
    short = SHARED[one.language]
    rest = without(one.final, one.language, lambda s: holds(s) and len(units(s, one.language)) < short)
    return None if rest is None or holds(rest) else with_final(one, rest)
