"""What nobody can see in a drawing: family and home, prizes and marks, other days, feelings, he or she."""

import re
from collections.abc import Iterator
from functools import cache

from drafting.check.case import Case
from drafting.check.flag import Flag, flag, lexicon
from drafting.check.things import has_animate
from prompts.vocabulary import Language


def check_claims(case: Case) -> Iterator[Flag]:
    """Flags each such claim, unless the teacher's own words make it."""
    for reason, pattern in _patterns(case.language):
        if reason == "gender" and has_animate(case):
            continue  # "she" may be the queen in the drawing
        if reason == "family" and case.context.audience == "guardians":
            continue  # the family is whom the comment speaks to
        for match in pattern.finditer(case.plain):
            if match[0].casefold() not in case.known:
                yield flag("unknowable", match.span(), case.language, reason, words=match[0])


@cache
def _patterns(language: Language) -> list[tuple[str, re.Pattern[str]]]:
    compiled = []
    for reason, lists in lexicon("claims").items():
        either = "|".join(lists[language])
        pattern = rf"(?<!\w)(?:{either})(?!\w)" if language == "en" else either
        compiled.append((reason, re.compile(pattern, re.IGNORECASE)))
    return compiled
