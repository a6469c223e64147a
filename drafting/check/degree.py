"""Words of degree that the measured numbers contradict: "cool colours" of a warm drawing."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from drafting.check.case import Case
from drafting.check.flag import Flag, flag, lexicon
from prompts.context import as_number
from prompts.facts import Facts
from prompts.vocabulary import Language, degree, table, term

_NEGATES = {
    "en": re.compile(
        r"(?:\bnot|\bno|n't|\bwithout|\bless|\bmore|\bun)[\s\-]*(?:so |very |quite |yet )?$", re.IGNORECASE
    ),
    "zh": re.compile(
        r"(?:不够|不太|不是|没有|没|不用|不必|不)(?:把[^，。；！？把]{1,6}?|大片|太多|[漏留剩]下?|完全|全部|全|都)?$"
    ),
}


def check_degree(case: Case) -> Iterator[Flag]:
    """Flags each claim of ``degrees.yaml`` that the facts deny. An unknown fact denies nothing."""
    for claim, pattern in _claims(case.language):
        value = _value(case.context.facts, claim["fact"])
        if value is None or _holds(claim, value):
            continue
        for match in pattern.finditer(case.plain):
            at = match.start()
            if not case.suggested_at(at) and not _negated(case.plain, at, case.language):
                yield flag("degree", match.span(), case.language, words=match[0],
                           said=claim["said"][case.language],
                           degree=_word(claim["fact"], value, case.language))  # fmt: skip


def facts_told(case: Case) -> set[str]:
    """The facts that the text speaks of truly, as far as words of degree go."""
    return {
        claim["fact"]
        for claim, pattern in _claims(case.language)
        if (value := _value(case.context.facts, claim["fact"])) is not None
        and _holds(claim, value)
        and pattern.search(case.plain)
    }


@cache
def _claims(language: Language) -> list[tuple[dict[str, Any], re.Pattern[str]]]:
    compiled = []
    for claim in lexicon("degrees"):
        either = "|".join(claim["claims"][language])
        pattern = rf"\b(?:{either})\b" if language == "en" else either
        compiled.append((claim, re.compile(pattern, re.IGNORECASE)))
    return compiled


def _value(facts: Facts, name: str) -> float | str | None:
    inner = (facts.get("composition"), facts.get("line"), facts.get("sheet"))
    places: dict[str, Any] = {**facts}
    for part in inner:
        places |= part or {}
    value = places.get(name)
    return value if isinstance(value, str) else as_number(value)


def _holds(claim: dict[str, Any], value: float | str) -> bool:
    if "words" in claim:
        return value in claim["words"]
    return isinstance(value, str) or claim.get("least", -9.0) <= value <= claim.get("most", 9.0)


def _word(name: str, value: float | str, language: Language) -> str:
    """The vocabulary's word for what was measured."""
    if not isinstance(value, str):
        return degree(name, value, language)
    group = {
        "weight": "weights",
        "direction": "directions",
        "paper": "papers",
        "orientation": "orientations",
    }[name]
    return term(group, value, language) if value in table()[group] else value


def _negated(text: str, at: int, language: Language) -> bool:
    """ "not balanced", 不均衡, are the opposite claim."""
    return bool(_NEGATES[language].search(text, max(0, at - 24), at))
